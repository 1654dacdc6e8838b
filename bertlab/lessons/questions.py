"""What a lesson asks: read from `notebooks/src/NN_name.toml`, beside the lesson's own source.

A guess is worded in the lesson's prose, so that it can be read without running anything; here stand only the belief
behind each of its options and what is said after it. Every other question stands here whole. What the whole course
settles is asked by `course_test.toml`, before it and after it.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bertlab.paths import notebooks_path

SURE = {1: "guessing", 2: "fairly sure", 3: "certain"}
FIRST = "00"
"""The lesson that looks whether one brings what the others need."""


@dataclass(frozen=True)
class Guess:
    """A question asked before a cell is run. `beliefs` has for each option what one may believe who chooses it."""

    name: str
    beliefs: dict[str, str]
    answer: str
    explanation: str


@dataclass(frozen=True)
class QuizQuestion:
    """A question that is answered at once. `replies` has for each option what is said to whoever chooses it."""

    name: str
    question: str
    options: dict[str, str]
    answer: str
    replies: dict[str, str]
    practice: str = ""
    """The heading under which one can practise what the question is about."""


@dataclass(frozen=True)
class CourseQuestion:
    """One of the twelve that are asked before the course and after it; explained only when both are done."""

    name: str
    question: str
    options: dict[str, str]
    answer: str
    beliefs: dict[str, str]
    explanation: str


def _file_of(lesson: str, source: Path | None, ending: str = "toml") -> Path:
    files = sorted((source or notebooks_path("src")).glob(f"{lesson}_*.{ending}"))
    if not files:
        raise ValueError(f"lesson {lesson!r} has no questions: there is no {lesson}_*.toml among the lesson sources")
    return files[0]


def _table(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def guesses_of(lesson: str, source: Path | None = None) -> dict[str, Guess]:
    """All guesses of the lesson with this two-digit number, by their full names ("00-untrained")."""
    found = {}
    for short, entry in _table(_file_of(lesson, source)).get("guess", {}).items():
        name = f"{lesson}-{short}"
        _must_be_option(name, entry["answer"], entry["beliefs"])
        found[name] = Guess(name, entry["beliefs"], entry["answer"], _paragraphs(entry["explanation"]))
    return found


@cache
def quiz_of(lesson: str, source: Path | None = None) -> list[QuizQuestion]:
    """The quiz of the lesson with this two-digit number, in order; its questions are named "00-1", "00-2"."""
    entries = _table(_file_of(lesson, source)).get("quiz", [])
    return [_replying(f"{lesson}-{number}", entry) for number, entry in enumerate(entries, start=1)]


@cache
def prerequisites_of(lesson: str = FIRST, source: Path | None = None) -> list[QuizQuestion]:
    """What one should bring to the course, in order; each question is named by its topic ("softmax")."""
    return [_replying(entry["topic"], entry) for entry in _table(_file_of(lesson, source)).get("prerequisite", [])]


@cache
def course_questions(source: Path | None = None) -> list[CourseQuestion]:
    """The questions that are asked before the course and after it, in order; each has a name of its own ("leak")."""
    found = []
    for entry in _table((source or notebooks_path("src")) / "course_test.toml")["question"]:
        name, options = entry["name"], entry["options"]
        _must_be_option(name, entry["answer"], options)
        _each_option(name, options, entry["beliefs"])
        explanation = _line(entry["explanation"])
        found.append(CourseQuestion(name, entry["question"], options, entry["answer"], entry["beliefs"], explanation))
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


@cache
def wording_of(name: str, source: Path | None = None) -> dict[str, str]:
    """How the lesson words the options of a guess, by their letters; empty where its source does not ask it."""
    lesson = _file_of(name[:2], source, "py").read_text(encoding="utf-8")
    before, asked, _ = lesson.partition(f'guess("{name}")')
    above = before.rsplit("# %% [markdown]", 1)[-1] if asked else ""
    options = re.findall(r"^# - \((\w)\) (.+(?:\n#   .+)*)", above, re.M)
    return {letter: _line(re.sub(r"\n#", "\n", text)) for letter, text in options}


def _replying(name: str, entry: Mapping[str, Any]) -> QuizQuestion:
    options, replies = entry["options"], entry["replies"]
    _must_be_option(name, entry["answer"], options)
    _each_option(name, options, replies)
    return QuizQuestion(name, entry["question"], options, entry["answer"], replies, entry.get("practice", ""))


def _must_be_option(name: str, answer: str, options: Mapping[str, str]) -> None:
    if answer not in options:
        raise ValueError(f"{name}: the answer is {answer!r}, the options are {', '.join(options)}")


def _each_option(name: str, options: Mapping[str, str], said: Mapping[str, str]) -> None:
    if set(said) != set(options):
        raise ValueError(f"{name}: options {sorted(options)}, but something to say to {sorted(said)}")


def _paragraphs(text: str) -> str:
    return "\n\n".join(map(_line, text.strip().split("\n\n")))


def _line(text: str) -> str:
    return " ".join(text.split())
