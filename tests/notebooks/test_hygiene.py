"""The rules a lesson keeps: short cells, few words, one tag, a calm voice, a question for each button."""

import re
from pathlib import Path
from statistics import median

import pytest
from reading import SOURCES, learners, prose

from bertlab.lessons.notebook import PARTS
from bertlab.lessons.questions import guesses_of, quiz_of
from bertlab.paths import notebooks_path

LONGEST_CELL, LONGEST_MEDIAN = 25, 6
MOST_CELLS, MOST_WORDS = 45, 2500
each_lesson = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


def code_of(source: Path) -> list[str]:
    return [cell.source for cell in learners(source).cells if cell.cell_type == "code"]


def words_of(source: Path) -> int:
    return sum(len(re.findall(r"[A-Za-z']+", prose(c))) for c in learners(source).cells if c.cell_type == "markdown")


@each_lesson
def test_code_cells_are_short(source: Path):
    lengths = [len([line for line in code.splitlines() if line.strip()]) for code in code_of(source)]
    assert max(lengths) <= LONGEST_CELL
    assert median(lengths) <= LONGEST_MEDIAN


@each_lesson
def test_a_lesson_is_no_book(source: Path):
    assert len(learners(source).cells) <= MOST_CELLS
    assert words_of(source) <= MOST_WORDS


@each_lesson
def test_each_cell_belongs_to_one_part_and_the_parts_stand_in_order(source: Path):
    parts = [cell.metadata.tags[0] for cell in learners(source).cells]
    assert parts == sorted(parts, key=PARTS.index)


@each_lesson
def test_the_voice_is_calm(source: Path):
    for cell in learners(source).cells:
        if cell.cell_type == "markdown":
            assert "!" not in prose(cell).replace("![", "["), cell.source
            assert not re.search(r"\b(clearly|obviously|of course|simply)\b", prose(cell), re.I), cell.source
    assert "!" not in re.sub(r"[!=]=|#!", "", source.with_suffix(".toml").read_text(encoding="utf-8"))


@each_lesson
def test_a_lesson_has_what_a_lesson_has(source: Path):
    cells = learners(source).cells
    text = "\n".join(cell.source for cell in cells)
    assert cells[0].source.startswith(f"# {source.stem[:2]} · ")
    assert "**Guess before you run.**" in text
    assert "What this does not show" in text
    assert "<details><summary>A hint</summary>" in text
    assert f'quiz("{source.stem[:2]}")' in text
    assert len(quiz_of(source.stem[:2])) == 3


@each_lesson
def test_each_guess_is_worded_asked_and_revealed(source: Path):
    cells = learners(source).cells
    code = code_of(source)
    asked = {name: at for at, text in enumerate(code) for name in re.findall(r'\bguess\("([\w-]+)"\)', text)}
    revealed = {name: at for at, text in enumerate(code) for name in re.findall(r'\breveal\(\s*"([\w-]+)"', text)}
    assert list(asked) == list(guesses_of(source.stem[:2]))
    assert sorted(asked) == sorted(revealed)
    assert all(asked[name] < revealed[name] for name in asked), "what opens a lesson may be told at its end"
    for at, cell in enumerate(cells):
        for name in re.findall(r'^guess\("([\w-]+)"\)', cell.source, re.M):
            letters = re.findall(r"^- \((\w)\)", cells[at - 1].source, re.M)
            assert letters == list(guesses_of(source.stem[:2])[name].beliefs), cells[at - 1].source


def test_the_map_in_lesson_00_says_what_is_there():
    source = next(source for source in SOURCES if source.stem.startswith("00"))
    rows = re.findall(r"^# \| (\d\d) .*\| ([\w ]+) \|$", source.read_text(encoding="utf-8"), re.M)
    assert len(rows) == 14
    there = {file.stem[:2] for file in notebooks_path().glob("*.ipynb")}
    assert {number for number, state in rows if state != "planned"} == there
