"""Small files, written whole or not at all."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from bertlab.atomic import write_whole


def time_stamp(now: datetime | None = None) -> str:
    """A moment as part of a file's name, readable and in order when sorted.

    >>> time_stamp(datetime(2026, 3, 1, 9, 30, 5))
    '2026-03-01_09-30-05'
    """
    return (now or datetime.now()).strftime("%Y-%m-%d_%H-%M-%S")


def free_path(path: Path) -> Path:
    """The path itself, or the same name with -2, -3 … before its ending when it is taken."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate


def write_json(path: Path, value: Any) -> None:
    """The value as JSON that a person can read, in the same bytes each time."""
    text = json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True)
    write_whole(path, text + "\n")


def set_aside(path: Path, folder: Path | None = None) -> Path:
    """Move a file out of the way, its name marked with the time; returns where it went."""
    folder = folder or path.parent
    folder.mkdir(parents=True, exist_ok=True)
    target = free_path(folder / f"{path.stem}.{time_stamp()}{path.suffix}")
    os.replace(path, target)
    return target
