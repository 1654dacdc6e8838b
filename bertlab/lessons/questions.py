"""What a lesson asks: read from `notebooks/src/NN_name.toml`, beside the lesson's own source.

A guess is worded in the lesson's prose, so that it can be read without running anything; here stand only the belief
behind each of its options and what is said after it. A quiz question stands here whole.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bertlab.paths import notebooks_path

SURE = {1: "guessing", 2: "fairly sure", 3: "certain"}


@dataclass(frozen=True)
class Guess:
    """A question asked before a cell is run. `beliefs` has for each option what one may believe who chooses it."""

    name: str
    beliefs: dict[str, str]
    answer: str
    explanation: str


@dataclass(frozen=True)
class QuizQuestion:
    """A question asked at the end. `replies` has for each option what is said to whoever chooses it."""

    name: str
    question: str
    options: dict[str, str]
    answer: str
    replies: dict[str, str]


def _file_of(lesson: str, source: Path | None) -> Path:
    files = sorted((source or notebooks_path("src")).glob(f"{lesson}_*.toml"))
    if not files:
        raise ValueError(f"lesson {lesson!r} has no questions: there is no {lesson}_*.toml among the lesson sources")
    return files[0]


@cache
def guesses_of(lesson: str, source: Path | None = None) -> dict[str, Guess]:
    """All guesses of the lesson with this two-digit number, by their full names ("00-untrained")."""
    table = tomllib.loads(_file_of(lesson, source).read_text(encoding="utf-8"))
    found = {}
    for short, entry in table.get("guess", {}).items():
        name = f"{lesson}-{short}"
        _must_be_option(name, entry["answer"], entry["beliefs"])
        found[name] = Guess(name, entry["beliefs"], entry["answer"], " ".join(entry["explanation"].split()))
    return found


@cache
def quiz_of(lesson: str, source: Path | None = None) -> list[QuizQuestion]:
    """The quiz of the lesson with this two-digit number, in order."""
    table = tomllib.loads(_file_of(lesson, source).read_text(encoding="utf-8"))
    found = []
    for number, entry in enumerate(table.get("quiz", []), start=1):
        name = f"{lesson}-{number}"
        _must_be_option(name, entry["answer"], entry["options"])
        if set(entry["replies"]) != set(entry["options"]):
            raise ValueError(f"{name}: options {sorted(entry['options'])} but replies to {sorted(entry['replies'])}")
        found.append(QuizQuestion(name, entry["question"], entry["options"], entry["answer"], entry["replies"]))
    return found


def find_guess(name: str) -> Guess:
    """The guess of this name.

    Raises:
        ValueError: there is none; the message lists the lesson's.
    """
    guesses = guesses_of(name[:2])
    if name not in guesses:
        raise ValueError(f"there is no guess {name!r}; lesson {name[:2]} has {', '.join(guesses)}")
    return guesses[name]


def _must_be_option(name: str, answer: str, options: dict[str, str]) -> None:
    if answer not in options:
        raise ValueError(f"{name}: the answer is {answer!r}, the options are {', '.join(options)}")
