"""TEACHING.md: each lesson has a plan of 50 minutes, misconceptions with the cell that answers each, questions."""

import re
from pathlib import Path

import pytest
from reading import SOURCES, learners

from bertlab.paths import notebooks_path

TEXT = (notebooks_path().parent / "TEACHING.md").read_text(encoding="utf-8")
MINUTES = 50
each_lesson = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


def section(source: Path) -> str:
    found = re.search(rf"^## {source.stem[:2]} · .*?\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S)
    assert found, f"TEACHING.md has no section for lesson {source.stem}"
    return found[1]


def table_after(heading: str, text: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    below = text.partition(heading)[2]
    lines = re.search(r"(?:^\|.*\n)+", below, re.M)
    assert lines, f"no table below {heading!r}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[0].splitlines()[2:]]


@each_lesson
def test_the_plan_fills_the_hour(source: Path):
    minutes = [int(row[0]) for row in table_after("### Fifty minutes", section(source))]
    assert sum(minutes) == MINUTES


@each_lesson
def test_each_misconception_is_answered_by_a_cell_that_is_there(source: Path):
    cells = learners(source).cells
    headings = {line.lstrip("# ").strip() for cell in cells if cell.cell_type == "markdown"
                for line in cell.source.splitlines() if line.startswith("#")}  # fmt: skip
    lines = {line.strip() for cell in cells if cell.cell_type == "code" for line in cell.source.splitlines()}
    rows = table_after("### What people believe", section(source))
    assert len(rows) >= 3
    for belief, answered in rows:
        named = re.findall(r"`([^`]+)`|“([^”]+)”", answered)
        assert any(code in lines or heading in headings for code, heading in named), f"{belief}: {answered}"


@each_lesson
def test_there_are_three_questions_for_the_room(source: Path):
    asked = section(source).partition("### Questions for the room")[2].partition("### ")[0]
    assert len(re.findall(r"^\d\. .*\?", asked, re.M)) >= 3
    assert "### When time is short" in section(source)
