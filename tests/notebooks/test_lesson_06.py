"""What lesson 06 claims holds on its own run: roads, leaks, counts, slopes, rows that move, pairs that do not fit."""

import ast
import re

import nbformat
import pytest
from reading import said_by

from bertlab.paths import notebooks_path

CHANCE, NEAR = 0.125, 0.03
"""One in eight letters; how far chance may be off over the last twenty steps."""


@pytest.mark.parametrize("name", ["shown", "masked", "same", "words", "village"])
def test_whoever_runs_an_earlier_cell_again_still_gets_the_bars(name: str):
    """What the cell with the bars reads of the thousand tokens is set by one cell alone."""
    setting = 0
    for cell in nbformat.read(notebooks_path("06_masked_language_model.ipynb"), as_version=4).cells:
        if cell.cell_type == "code":
            body = [part for part in ast.parse(cell.source).body if not isinstance(part, ast.FunctionDef)]
            parts = [part for outer in body for part in ast.walk(outer) if isinstance(part, ast.Name)]
            setting += any(part.id == name and isinstance(part.ctx, ast.Store) for part in parts)
    assert setting == 1


@pytest.mark.slow
def test_lesson_06_shows_what_it_says(executed):
    said = said_by(executed("06").notebook)

    def number(pattern: str) -> float:
        found = re.search(pattern, said)
        assert found, pattern
        return float(found[1])

    both, _, with_card = said.partition("with the card")
    assert all(float(moved) > 20 for moved in re.findall(r"(?:opened it|village)\..* moved ([\d.]+)%", both))
    answers = re.findall(r"^  (?=went|looked).{34} (.*?) +moved ([\d.]+)%", with_card[:500], re.M)  # before the lab
    *behind, before = answers
    assert len(behind) == 3
    assert len(set(behind)) == 1
    assert behind[0][1] == "0.0", "the card lets nothing behind the hole move it"
    assert float(before[1]) > 20, "and hears what stands before"

    assert number(r"own letter, no look at itself, 1 layer +([\d.]+) right") > 0.95
    assert number(r"next letter, no look at it, 2 layers +([\d.]+) right") > 0.95
    for safe in (
        "next letter, no look at it, 1 layer",
        "next letter, causal, 2 layers",
        "letter taken out, no mask, 2",
    ):
        assert abs(number(rf"{safe}.*? ([\d.]+) right") - CHANCE) < NEAR, safe
    assert number(r"(?m)^([\d.]+) right \(chance 0.125\)") > 0.9, "and without a residual connection too"

    assert [number(rf"{name} +(\d+) of 1,000") for name in ("chosen", "become \\[MASK\\]", "read as written")] == [
        150,
        120,
        865,
    ]
    assert number(r"nothing hidden, at a word in sight: ([\d.]+) nats") < 0.05, "the copier has learned its task"
    assert number(r"at a wrong word it says that in ([\d.]+)%") > 90
    assert number(r"right at \[MASK\], (\d+)% at words as written") > number(r"village: (\d+)% right at \[MASK\]") + 40
    assert number(r"of 15 wrong words it says (\d+) again") <= 5, "repeats what fits, and few wrong words"
    assert number(r"behind +at the scores 0\.0000 +at the start ([\d.]+)") > 0.01
    assert number(r"\[MASK\] +at the scores ([\d.]+)") > 0.1
    assert re.search(r"attention mask +1 rows move: \[4\]\s+causal mask +6 rows move: \[4, 5, 6, 7, 8, 9\]", said)
    assert number(r"exact joint +([\d.]+)% of draws") == 0
    assert 40 < number(r"at once +([\d.]+)% of draws") < 60
    assert number(r"in turn +([\d.]+)% of draws") < 1
    alone, beside, whole = (
        number(rf"words of the village: ([\d.]+) nats, hidden {name}(?m:$)")
        for name in ("the ending", "the ending and what stands before the word", "the whole word")
    )
    assert alone < whole - 1.5
    assert beside - alone < (whole - alone) / 2, "it is the beginning that helps, not any piece more"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_games_end_the_same_with_other_seeds(seed: int):
    """The cells of the lesson itself, with another seed."""
    from reading import learners, source_of

    cells = [cell.source for cell in learners(source_of("06")).cells if cell.cell_type == "code"]
    game = next(cell for cell in cells if "def told_right" in cell).replace("manual_seed(0)", f"manual_seed({seed})")
    ways, _, _ = next(cell for cell in cells if "def following" in cell).partition("found = []")
    space: dict = {}
    exec("import torch\n" + game, space)
    exec(ways, space)
    right = [space["told_right"](layers, mask, ask) for _, layers, mask, ask in space["games"]]
    assert right[0] > 0.95
    assert right[2] > 0.95
    assert all(abs(right[at] - CHANCE) < NEAR for at in (1, 3, 4))
