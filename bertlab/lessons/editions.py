"""Lessons as a teacher hands them out: for a class or with the solutions, whole or along a path for fewer hours."""

from pathlib import Path
from typing import Literal

from bertlab.atomic import write_whole
from bertlab.lessons.notebook import PARTS, Edition, notebook_bytes, notebook_from_source
from bertlab.paths import notebooks_path

PathName = Literal["one", "three", "all"]

SLOTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "one": (("00", "04", "06", "09"),),
    "three": (("00", "02", "03"), ("04", "05"), ("06", "08", "09")),
}
"""The lessons of each slot of 90 minutes. TEACHING.md says which of their sections fit."""


def write_editions(edition: Edition, path: PathName, out: Path, source: Path | None = None) -> list[str]:
    """Write notebooks for a class; gives a sentence for each, and for each lesson of the path that is still missing.

    On a path for fewer hours each slot is a folder, and of its lessons there is the core alone.
    """
    sources = {file.stem[:2]: file for file in sorted((source or notebooks_path("src")).glob("[0-9][0-9]_*.py"))}
    if path == "all":
        return [_write(file, edition, out, PARTS) for file in sources.values()]
    messages = []
    for number, slot in enumerate(SLOTS[path], start=1):
        folder = out / f"slot_{number}"
        for lesson in slot:
            file = sources.get(lesson)
            message = _write(file, edition, folder, PARTS[:1]) if file else f"lesson {lesson} is not written yet"
            messages.append(message)
    return messages


def _write(source: Path, edition: Edition, folder: Path, parts: tuple[str, ...]) -> str:
    notebook = notebook_from_source(source.read_text(encoding="utf-8"), source.stem, edition)
    notebook.cells = [cell for cell in notebook.cells if cell.metadata.tags[0] in parts]
    file = write_whole(folder / f"{source.stem}.ipynb", notebook_bytes(notebook))
    return f"{file}: {edition} edition, {len(notebook.cells)} cells"
