"""How the tests read a lesson: its sources, its cells, what they say and what they printed."""

import html
import re
from pathlib import Path
from typing import Any

from bertlab.lessons.notebook import notebook_from_source
from bertlab.paths import notebooks_path

SOURCES = sorted(notebooks_path("src").glob("[0-9][0-9]_*.py"))
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?%?")


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
