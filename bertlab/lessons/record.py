"""What a learner guessed and solved, in one small file in the folder of the notebooks. It goes nowhere else.

A plain script leaves no file behind: there the record lives as long as the process. `BERTLAB_PROGRESS` names
another file (for a shared classroom machine, or for a test).
"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from bertlab.lessons.store import set_aside, write_json

FILE = "bertlab-progress.json"
KINDS = ("guesses", "exercises", "quiz", "prerequisites", "test")
"""What is remembered, each kind as {name: {fact: value, "at": time}}:

guesses        00-untrained  answer "b", sure 1 to 3, right, revealed; or skipped, revealed;
                             shown, once the cell that tells was run with no guess made: its pictures may have
                             told as much, so a guess that comes after has late, and is not counted in a report
exercises      00-choices    tries, solved
quiz           00-1          answer, right: of the first try
prerequisites  softmax       answer, right: of the first try
test           before,       answers {"leak": {"answer": "b", "sure": 2}, ...}; sure is absent where nobody said;
               after         revealed, once the results were shown
"""

_in_memory: dict[str, dict[str, Any]] = {}


def in_notebook() -> bool:
    """Is this a notebook's kernel, or a plain Python?

    >>> in_notebook()
    False
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


def progress_path() -> Path | None:
    """Where the record lies, or None where none is kept."""
    named = os.environ.get("BERTLAB_PROGRESS")
    if named:
        return Path(named)
    return Path.cwd() / FILE if in_notebook() else None


def recall() -> dict[str, dict[str, Any]]:
    """The whole record, every kind of it: {"guesses": {...}, "exercises": {...}, ...}."""
    path = progress_path()
    found = _read(path) if path else _in_memory
    return {kind: dict(found.get(kind, {})) for kind in KINDS}


def note(kind: str, name: str, **facts: Any) -> dict[str, Any]:
    """Add facts to one entry, with the time; returns the whole entry.

    Args:
        kind: one of `KINDS`.

    Raises:
        ValueError: the kind is none of these.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no kind {kind!r} of progress; there are {', '.join(KINDS)}")
    record = recall()
    entry = record[kind].get(name, {}) | facts | {"at": datetime.now().isoformat(timespec="seconds")}
    record[kind][name] = entry
    path = progress_path()
    if path:
        write_json(path, record)
    else:
        _in_memory.update(record)
    return entry


def progress() -> None:
    """Print what has been done so far, and where that is written."""
    record = recall()
    solved = [name for name, entry in record["exercises"].items() if entry.get("solved")]
    made = [entry for entry in record["guesses"].values() if "answer" in entry]
    late = sum(bool(entry.get("late")) for entry in made)
    print(f"guesses made: {len(made)}" + (f", {late} of them late" if late else ""))
    print(f"exercises solved: {', '.join(solved) or 'none yet'}")
    for kind, questions in (("quiz", "quiz questions"), ("prerequisites", "questions on what one needs")):
        right = [name for name, entry in record[kind].items() if entry.get("right")]
        print(f"{questions} right: {len(right)} of {len(record[kind])} answered")
    for when, entry in sorted(record["test"].items(), reverse=True):
        print(f"test {when} the course: {len(entry.get('answers', {}))} answered")
    print(f"kept in: {progress_path() or 'nothing; this is a plain script'}")


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict) and all(isinstance(found.get(kind, {}), dict) for kind in KINDS):
            return found
    except FileNotFoundError:
        return {}
    except ValueError:
        pass
    # A record that cannot be read is never written over: someone may be able to mend it.
    print(f"{path.name} could not be read; it is now {set_aside(path).name}, and a new record begins.")
    return {}
