"""The glossary is complete: each term that a lesson introduces in bold, and no other."""

import re

import pytest
from reading import SOURCES, learners, prose

from bertlab.paths import notebooks_path

COLUMNS = ["term", "中文", "in the code", "lesson", "what it means", "not to be confused with"]
NO_TERMS = re.compile(r"Guess before you run\.|What this does not show\.?|Next:")


def rows() -> list[dict[str, str]]:
    text = (notebooks_path().parent / "GLOSSARY.md").read_text(encoding="utf-8")
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    assert table[0] == COLUMNS
    assert all(len(row) == len(COLUMNS) for row in table)
    return [dict(zip(COLUMNS, row, strict=True)) for row in table[2:]]


def introduced() -> dict[str, str]:
    """Each bold term, and the first lesson in which it is bold."""
    found: dict[str, str] = {}
    for source in SOURCES:
        for cell in learners(source).cells:
            if cell.cell_type == "markdown":
                for term in re.findall(r"\*\*([^*]+)\*\*", prose(cell)):
                    if not NO_TERMS.fullmatch(" ".join(term.split())):
                        found.setdefault(" ".join(term.split()).lower(), source.stem[:2])
    return found


def test_every_term_in_bold_has_its_row_with_the_lesson_that_introduces_it():
    assert {row["term"].strip("`").lower(): row["lesson"] for row in rows()} == {
        term.strip("`"): lesson for term, lesson in introduced().items()
    }


def test_the_rows_stand_in_the_order_of_the_lessons():
    numbers = [row["lesson"] for row in rows()]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["term"])
def test_a_row_says_it_in_chinese_and_names_the_false_friend(row: dict[str, str]):
    assert re.search(r"[\u4e00-\u9fff]", row["中文"]) or row["term"].startswith("`[")
    assert len(row["what it means"]) > 15
    assert row["not to be confused with"]
    assert "!" not in "".join(row.values())
