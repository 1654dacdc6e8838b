"""The shape of a lesson: how long its core is, what its exercises are, how much a slide may say."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from reading import SOURCES, learners, prose, source_of

from bertlab.lessons.notebook import SLIDE, is_exercise

CORE, ALL = (18, 25), (25, 45)
FEWEST_WORDS = 1200
SLIDE_WORDS = 25
KINDS = ("write it", "predict", "find the bug")
each_lesson = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


def part_of(cell) -> str:
    return cell.metadata.tags[0]


def words_in(cell) -> int:
    return len(re.findall(r"[\w']+", prose(cell)))


@each_lesson
def test_the_core_fits_an_hour_and_the_whole_an_evening(source: Path):
    cells = learners(source).cells
    assert CORE[0] <= sum(part_of(cell) == "core" for cell in cells) <= CORE[1]
    assert ALL[0] <= len(cells) <= ALL[1]
    assert sum(words_in(cell) for cell in cells if cell.cell_type == "markdown") >= FEWEST_WORDS


@each_lesson
def test_one_exercise_in_the_core_and_each_kind_in_the_lesson(source: Path):
    cells = learners(source).cells
    stubs = Counter(part_of(cell) for cell in cells if "# your code here" in cell.source)
    assert stubs.pop("core", 0) == 1
    assert sum(stubs.values()) >= 2
    headings = re.findall(r"^#{2,4} Exercise, ([\w ]+): \S", "\n".join(cell.source for cell in cells), re.M)
    assert set(headings) == set(KINDS), "each exercise's heading says of which kind it is"
    assert len(headings) == 1 + sum(stubs.values())


@each_lesson
def test_after_each_check_stand_two_hints_and_the_solution(source: Path):
    cells = learners(source).cells
    for at, cell in enumerate(cells):
        if "# your code here" in cell.source:
            check, folded = cells[at + 1 :][:2]
            assert check.source.startswith("check."), cell.source
            assert re.findall(r"<summary>(.*?)</summary>", folded.source) == ["A hint", "A second hint", "A solution"]


@each_lesson
def test_a_slide_says_little(source: Path):
    cells = learners(source).cells
    tagged = [cell for cell in cells if SLIDE in cell.metadata.tags]
    assert len(tagged) >= 3
    for cell in tagged:
        assert cell.cell_type == "code" or words_in(cell) <= SLIDE_WORDS, cell.source


@each_lesson
def test_a_guess_is_asked_right_below_its_wording(source: Path):
    for before, cell in pairwise(learners(source).cells):
        if re.match(r'guess\("', cell.source):
            assert "**Guess before you run.**" in before.source


def test_an_exercise_is_counted_by_its_stub():
    source = source_of("00").read_text(encoding="utf-8")
    assert source.count("### BEGIN SOLUTION") == sum(
        "# your code here" in cell.source for cell in learners(source_of("00")).cells
    )
    assert is_exercise("def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n")
