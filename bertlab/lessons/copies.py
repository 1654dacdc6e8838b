"""The learners' own copies of the lessons, and how an update meets them without touching an answer.

What counts as a change is the text of the cells: saving, running, adding an empty cell are none. Beside the
copies lies a small file that remembers which edition each was made from. A copy whose cells still say what that
edition said follows an update; any other is kept, and its owner is told. Outputs are never thrown away either:
a copy that was only run goes to `backups/` with them before the new one takes its place.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from bertlab.atomic import write_whole
from bertlab.lessons.store import set_aside, write_json
from bertlab.paths import notebooks_path

MEMORY = ".copies.json"
BACKUPS = "backups"


def text_digest(notebook: dict[str, Any]) -> str:
    """One short name for what the cells say; outputs, empty cells and trailing spaces do not count.

    >>> ran = {"cells": [{"cell_type": "code", "source": ["1 + 1\\n"], "outputs": ["2"]}]}
    >>> text_digest(ran) == text_digest({"cells": [{"cell_type": "code", "source": "1 + 1"}]})
    True
    """
    said = []
    for cell in notebook["cells"]:
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        lines = "\n".join(line.rstrip() for line in source.strip().splitlines())
        if lines:
            said.append([cell["cell_type"], lines])
    return hashlib.sha256(json.dumps(said).encode("utf-8")).hexdigest()[:16]


def has_outputs(notebook: dict[str, Any]) -> bool:
    """Has any cell been run and saved with what it showed?"""
    return any(cell.get("outputs") for cell in notebook["cells"])


def find_lesson(name: str, published: Path | None = None) -> Path:
    """The published notebook that a person means by '00', '0', 'start_here' or the whole name.

    Raises:
        ValueError: no lesson, or more than one, answers to the name; the message lists those there are.
    """
    lessons = sorted((published or notebooks_path()).glob("[0-9][0-9]_*.ipynb"))
    wanted = name.strip().lower().removesuffix(".ipynb").replace("-", "_").replace(" ", "_")
    number = re.fullmatch(r"\d{1,2}", wanted)
    for path in lessons:
        if (number and path.stem[:2] == wanted.zfill(2)) or wanted in (path.stem, path.stem[3:]):
            return path
    there_are = ", ".join(path.stem for path in lessons) or "none yet"
    raise ValueError(f"no lesson answers to {name!r}; there are: {there_are}. The number alone will do.")


def update(work: Path, published: Path | None = None) -> list[str]:
    """Bring the copies in `work` up to date; returns one sentence for each thing a person should know."""
    work = Path(work)
    memory = _remembered(work)
    messages = []
    for lesson in sorted((published or notebooks_path()).glob("[0-9][0-9]_*.ipynb")):
        message = _update_one(lesson, work / lesson.name, memory)
        if message:
            messages.append(message)
        _remember(work, memory)
    return messages


def reset(lesson: str, work: Path, published: Path | None = None) -> list[str]:
    """Put the published lesson in place of the copy in `work`; the copy goes to `work/backups`.

    Raises:
        ValueError: no lesson answers to that name.
    """
    work, source = Path(work), find_lesson(lesson, published)
    copy, content = work / source.name, source.read_bytes()
    messages = []
    if copy.exists() and copy.read_bytes() != content:
        backup = _back_up(copy)
        messages.append(f"{copy.name}: your copy is kept as {_beside(backup, work)}.")
    write_whole(copy, content)
    memory = _remembered(work)
    memory[copy.name] = text_digest(json.loads(content))
    _remember(work, memory)
    return [
        *messages,
        f"{copy.name}: as published. If a browser tab shows it, close that tab without saving.",
    ]


def _update_one(lesson: Path, copy: Path, memory: dict[str, str]) -> str | None:
    """Meet one copy; the memory is changed only where a copy was made from the edition of today."""
    content = lesson.read_bytes()
    new = text_digest(json.loads(content))
    made_from = memory.get(copy.name)
    advice = f"`bertlab reset {lesson.stem[:2]}` gives you the published one and keeps yours in {BACKUPS}/."
    if not copy.exists():
        write_whole(copy, content)
        memory[copy.name] = new
        return f"{copy.name}: copied." if made_from is None else f"{copy.name}: was gone, copied again."
    try:
        own = json.loads(copy.read_text(encoding="utf-8"))
        says = text_digest(own)
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"{copy.name}: cannot be read as a notebook; left as it is. {advice}"
    if says == new:
        memory[copy.name] = new
        return None
    if says == made_from:
        backup = _back_up(copy) if has_outputs(own) else None
        write_whole(copy, content)
        memory[copy.name] = new
        kept = f" The old one, with its outputs, is {_beside(backup, copy.parent)}." if backup else ""
        return f"{copy.name}: updated.{kept}"
    if made_from == new:
        return None
    return f"{copy.name}: you have worked in it, so it stays, though a newer one is published. {advice}"


def _back_up(copy: Path) -> Path:
    return set_aside(copy, copy.parent / BACKUPS)


def _beside(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _remembered(work: Path) -> dict[str, str]:
    """What each copy was made from. Where that is not known a copy counts as changed, which harms nothing."""
    try:
        found = json.loads((work / MEMORY).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remember(work: Path, memory: dict[str, str]) -> None:
    write_json(work / MEMORY, memory)
