"""What a lesson needs besides its subject: guesses, checks, a quiz, a test, and the learner's own progress.

A lesson begins with `from bertlab.lessons import check, guess, quiz, reveal, same`. What is asked for is imported
then; a script that trains on a machine without Jupyter can import all of it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bertlab.lessons import checks as check
    from bertlab.lessons.before_after import course_test
    from bertlab.lessons.compare import same
    from bertlab.lessons.guesses import guess, reveal
    from bertlab.lessons.quizzes import prerequisites, quiz
    from bertlab.lessons.record import progress

__all__ = ["check", "course_test", "guess", "prerequisites", "progress", "quiz", "reveal", "same"]

_HOMES = {
    "course_test": "before_after",
    "same": "compare",
    "guess": "guesses",
    "reveal": "guesses",
    "progress": "record",
    "prerequisites": "quizzes",
    "quiz": "quizzes",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "check":
        return import_module("bertlab.lessons.checks")
    if name in _HOMES:
        return getattr(import_module(f"bertlab.lessons.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'bertlab.lessons' has no attribute {name!r}")
