"""Each lesson is run once, in a fresh copy with no network, however many tests look at what it showed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from reading import LIMITS, USUAL_LIMIT, learners, needs_models, quiet_environment, source_of

from bertlab.lessons.execution import execute

collect_ignore = ["offline"]  # looked through for examples, it would cut pytest itself off
PATIENCE = 5
"""A test gives up after so many times the lesson's limit."""


class Run(NamedTuple):
    """A lesson that was run from top to bottom, and the folder in which it worked."""

    notebook: Any
    seconds: float
    folder: Path


@pytest.fixture(scope="session")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Gives the run of the lesson with this two-digit number."""
    done: dict[str, Run] = {}

    def run(number: str) -> Run:
        if number not in done:
            source = source_of(number)
            needs_models(source)
            folder = tmp_path_factory.mktemp(source.stem)
            notebook = learners(source)
            limit = PATIENCE * LIMITS.get(number, USUAL_LIMIT)
            seconds = execute(notebook, folder, limit=limit, environment=quiet_environment())
            done[number] = Run(notebook, seconds, folder)
        return done[number]

    return run
