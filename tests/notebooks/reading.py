"""How the tests read a lesson: its source, its cells, what they say and what they showed."""

import html
import os
import re
from pathlib import Path
from typing import Any

import pytest

from bertlab.lessons.execution import lesson_environment
from bertlab.lessons.notebook import notebook_from_source
from bertlab.paths import data_path, notebooks_path

SOURCES = sorted(notebooks_path("src").glob("[0-9][0-9]_*.py"))
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?%?")


LIMITS = {"08": 120}
USUAL_LIMIT = 60
"""Seconds of wall time that a lesson may take where nothing else runs."""
OFFLINE = Path(__file__).with_name("offline")
ROOT = Path(__file__).resolve().parents[2]


def source_of(number: str) -> Path:
    """The source of the lesson with this two-digit number."""
    return next(source for source in SOURCES if source.stem.startswith(number))


def quiet_environment() -> dict[str, str]:
    """A lesson's environment, in which nothing outside this machine can be reached."""
    return lesson_environment(PYTHONPATH=os.pathsep.join([str(OFFLINE), str(ROOT)]))


def needs_models(source: Path) -> None:
    """Fail, in words, where a trained model that the lesson loads is missing from the checkout."""
    for name in re.findall(r'\bbertlab\.load\("([\w-]+)"\)', source.read_text(encoding="utf-8")):
        if not name.startswith("my_") and not data_path("models").joinpath(name).is_dir():
            pytest.fail(f"data/models/{name} is missing: {source.stem} needs this trained model of the project")


def learners(source: Path) -> Any:
    """The notebook as a learner first meets it."""
    return notebook_from_source(source.read_text(encoding="utf-8"), source.stem)


def prose(cell: Any) -> str:
    """What a markdown cell says, without code blocks, formulas and HTML tags."""
    text = re.sub(r"```.*?```", " ", cell.source, flags=re.S)
    text = re.sub(r"\$[^$]+\$", " ", text)
    return re.sub(r"<[^>]+>", " ", text)


def claimed_numbers(cell: Any) -> list[str]:
    """The numbers in backticks: each must be printed by a cell nearby."""
    return [quoted for quoted in re.findall(r"`([^`\n]+)`", prose(cell)) if NUMBER.fullmatch(quoted)]


def printed(cell: Any) -> str:
    """All text that a code cell put out; HTML without its tags, scripts and attributes."""
    said = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        said.append(output.get("text", "") + "\n" + data.get("text/plain", ""))
        page = re.sub(r"<iframe.*?</iframe>", " ", data.get("text/html", ""), flags=re.S)
        said.append(html.unescape(re.sub(r"<[^>]*>", " ", page)))
    return "\n".join(said)


def said_by(notebook: Any) -> str:
    """All that the cells printed."""
    return "\n".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))


def pages_of(notebook: Any) -> list[str]:
    """All HTML that the cells put out, one for each output: figures, views, widgets' stills."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})]


def has_token(text: str, number: str) -> bool:
    """Does the number stand in the text by itself, not as part of a longer one?"""
    return re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d%]|[.,]\d)", text) is not None


def unprinted_numbers(notebook: Any, reach: int = 3) -> list[str]:
    """Numbers claimed in prose that none of the nearest code cells printed.

    Args:
        reach: how many code cells before the prose, and one after it, count as near.
    """
    cells = notebook.cells
    missing = []
    for at, cell in enumerate(cells):
        if cell.cell_type != "markdown":
            continue
        before = [near for near in cells[:at] if near.cell_type == "code"][-reach:]
        after = [near for near in cells[at:] if near.cell_type == "code"][:1]
        seen = "\n".join(printed(near) for near in before + after)
        missing += [number for number in claimed_numbers(cell) if not has_token(seen, number)]
    return missing
