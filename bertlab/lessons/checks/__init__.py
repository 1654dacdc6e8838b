"""Exercises that answer back: `check.choices(choices)` says "not yet", "right", or names the mistake."""

from bertlab.lessons.checks.lesson_00 import choices
from bertlab.lessons.checks.lesson_08 import step
from bertlab.lessons.checks.verdict import Check, Verdict

__all__ = ["Check", "Verdict", "choices", "step"]
