"""What lesson 08 claims holds on its own run; and it trains where there is no Jupyter."""

import json
import re
import subprocess
import symtable
import sys
from pathlib import Path

import pytest
from reading import learners, pages_of, quiet_environment, said_by, source_of

from bertlab.paths import data_path

CROSSING = 0.05
"""Nats by which lesson 08's BERT must end below the best possible reader of the left side."""


SHORTER = {"steps=2000": "steps=24", "steps=500": "steps=12", "steps=400": "steps=12", "12_000": "400"}
"""What makes lesson 08 a matter of seconds, where its results are not what is tested."""


@pytest.fixture
def said(executed) -> str:
    return said_by(executed("08").notebook)


def number(pattern: str, text: str) -> float:
    """The number that a pattern's only group finds."""
    found = re.search(pattern, text)
    assert found, f"nothing in the lesson says {pattern!r}"
    return float(found[1])


def read_and_set(code: str) -> tuple[set[str], set[str]]:
    """The names that a cell takes from the cells before it, and those that it leaves to the cells after it."""
    top = symtable.symtable(code, "cell", "exec")
    left = {name.get_name() for name in top.get_symbols() if name.is_assigned() or name.is_imported()}
    tables, taken = [top], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        taken |= {
            name.get_name()
            for name in table.get_symbols()
            if name.is_referenced() and (table is top or name.is_global())
        }
    return taken - left, left


def test_lesson_08_answers_a_late_guess_as_it_would_have_answered_at_first():
    """After Run All a reveal cell is run once more: what it reads must still be what it was."""
    cells = [cell.source for cell in learners(source_of("08")).cells if cell.cell_type == "code"]
    revealing = [at for at, code in enumerate(cells) if "reveal(" in code]
    assert len(revealing) == 3
    for at in revealing:
        taken, _ = read_and_set(cells[at])
        for later in cells[at + 1 :]:
            assert not taken & read_and_set(later)[1], (
                f"{later}\n\nsets anew what the answer of\n\n{cells[at]}\n\nreads"
            )


@pytest.mark.slow
def test_lesson_08_crosses_the_line_of_the_card_and_says_so(executed, said: str):
    """What the lesson claims, on its own curve: below any left-to-right reader, never below its own limit."""
    left, both = (number(rf"{side}, limit: ([\d.]+) nats, a die", said) for side in ("left only", "both sides"))
    reached = number(r"BERT ([\d.]+) nats: [\d.]+ nats below left only", said)
    assert both < reached < left - CROSSING
    assert re.search(r"BERT [\d.]+ nats: [\d.]+ nats above both sides", said)
    pages = "\n".join(pages_of(executed("08").notebook))
    still = re.search(r'<iframe title="Training of BERT, step [\d,]+: ([\d.]+) nats, [^"]*".*?</iframe>', pages, re.S)
    assert float(still[1]) == reached, "the monitor's last picture stays"
    assert all(name in still[0] for name in ("unigram guess", "left only, limit", "both sides, limit"))


@pytest.mark.slow
def test_lesson_08s_limits_by_pencil_are_the_least_of_three_trusts(said: str):
    pencil = {trust: float(nats) for trust, nats in re.findall(r"by pencil, (\d+)% on feeds after ben: ([\d.]+)", said)}
    assert pencil == {"50": 0.3466, "60": 0.3568, "90": 0.602}
    for side in ("left only", "right only", "both sides"):
        limit, drawn = (float(nats) for nats in re.search(
            rf"{side}, limit: ([\d.]+) nats, a die .*? as it stood: ([\d.]+)", said
        ).groups())  # fmt: skip
        assert abs(limit - drawn) < 0.05, "luck is small with so many questions"


@pytest.mark.slow
def test_lesson_08s_bert_uses_the_clue_on_the_right(said: str):
    """With both clues hidden it doubts, as all must; with the right one alone it does not; a newborn knows none."""
    found = {
        hidden: tuple(map(int, told))
        for hidden, *told in re.findall(
            r"^([\w ]+?) +trained (\d+)%, newborn (\d+)%; one can be (\d+)% sure", said, re.M
        )
    }
    assert list(found) == ["nothing", "fed", "Yesterday", "Yesterday and fed"]
    assert [exact for _, _, exact in found.values()] == [100, 100, 100, 50]
    assert found["Yesterday"][0] > 80
    assert found["Yesterday and fed"][0] < found["Yesterday"][0] - 5, "how far it leans there is luck"
    assert max(newborn for _, newborn, _ in found.values()) < 10


@pytest.mark.slow
def test_lesson_08s_card_costs_what_as_many_holes_anywhere_cost(said: str):
    """So the lesson may not take the card for a measure of the right side."""
    card, anywhere = (number(rf"{name}: +([\d.]+) nats", said) for name in ("with the card", "hidden, anywhere"))
    limit, seeing = (number(rf"{name}: +([\d.]+) nats", said) for name in ("all with a card", "with holes"))
    assert seeing < limit - CROSSING
    assert min(card, anywhere) > limit + 0.2
    assert anywhere > card - 0.1, "no better"


@pytest.mark.slow
def test_lesson_08_keeps_what_it_learned(executed, said: str):
    assert "saved and loaded: the same, to the last digit." in said
    assert re.search(r"transformers: the same", said)
    assert "Loading weights" not in said, "no bars in the page"
    assert "resumed after step 5: the same, to the last digit." in said
    assert "parameters alone: not the same" in said, "the control"
    assert (executed("08").folder / "my_first_bert" / "model.safetensors").is_file()


@pytest.mark.slow
def test_lesson_08_learns_by_heart_and_from_text_of_ones_own(said: str):
    by_heart, limit, weighed = (float(nats) for nats in re.search(
        r"asked about the ten: ([\d.]+) nats; both sides, limit: ([\d.]+) nats\n.*?weighed.*?: ([\d.]+)", said
    ).groups())  # fmt: skip
    assert by_heart < limit - 0.15, "text known by heart lies outside the limit"
    assert weighed > limit + 0.5, "it learned ten stories, not their rules"
    assert number(r"asked about the drawer: ([\d.]+) nats", said) > 4, "about as bad as not to look"
    read, unread = (number(rf"{name} +masked words [\d.]+% right, ([\d.]+) nats", said) for name in
                    ("text it reads", "never read"))  # fmt: skip
    assert read < unread - 0.2
    blind = [number(rf"{name} .*without looking [\d.]+%, ([\d.]+) nats", said) for name in ("it reads", "never read")]
    assert unread < blind[1] - 0.5
    assert 0.02 < blind[1] - blind[0] < unread - read - 0.1, "a little harder by itself; the rest is overfitting"


def test_the_recorded_run_on_novels_is_that_of_a_forerunner_of_mini():
    """It says so, and how much more the one that comes with the course has read."""
    told = number(r"Lesson 00's read (\d+) times as much", source_of("08").read_text(encoding="utf-8"))
    *_, last, _ = data_path("runs", "mini", "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    card = data_path("models", "mini", "README.md").read_text(encoding="utf-8")
    tokens = 1e6 * number(r"steps, ([\d.]+) million tokens", card)
    assert tokens / json.loads(last)["tokens"] == pytest.approx(told, rel=0.05)


@pytest.mark.slow
def test_lesson_08s_bug_shows_itself(said: str):
    as_one, in_parts = number(r"as one +([\d.]+) nats", said), number(r"in parts +([\d.]+) nats", said)
    assert abs(as_one - in_parts) > 0.08


@pytest.mark.slow
def test_lesson_08_trains_where_there_is_no_jupyter(tmp_path: Path):
    """As a plain script, a few steps long, with nothing of Jupyter, matplotlib or transformers to import."""
    source = source_of("08").read_text(encoding="utf-8")
    for many, few in SHORTER.items():
        assert many in source
        source = source.replace(many, few)
    (tmp_path / "lesson.py").write_text(source, encoding="utf-8")
    hidden = ("IPython", "ipywidgets", "matplotlib", "bertviz", "transformers", "anywidget")
    bare = f"import runpy, sys; sys.modules.update(dict.fromkeys({hidden})); runpy.run_path('lesson.py')"
    result = subprocess.run(
        [sys.executable, "-c", bare], cwd=tmp_path, env=quiet_environment(), capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr[-2000:]
    for praise in ("Measure, clear", "Each question counts", "Up in a straight line"):
        assert f"Right. {praise}" in result.stdout
    assert "Training of BERT, step 24: " in result.stdout
    assert (tmp_path / "my_first_bert" / "config.json").is_file()
    assert not list(tmp_path.glob("*.json"))
