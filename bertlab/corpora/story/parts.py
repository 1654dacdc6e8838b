"""Training, validation and test: parts of what a world can say, drawn by chance that no other part has."""

from typing import Literal

import numpy as np

PARTS = ("training", "validation", "test")
Part = Literal["training", "validation", "test"]


def check_part(part: str) -> None:
    """See that there is such a part of a corpus.

    Raises:
        ValueError: there is none.
    """
    if part not in PARTS:
        raise ValueError(f"the parts are {', '.join(PARTS)}, not {part!r}")


def chance_of(seed: int, part: str, number: int, task: int = 0) -> np.random.Generator:
    """The source of chance for one example of a part.

    Args:
        number: of the example.
        task: what has another number here draws by other chance; stories have 0.

    Raises:
        ValueError: there is no such part, or the seed is negative.

    >>> chance_of(0, "test", 3).random() == chance_of(0, "training", 3).random()
    False
    """
    check_part(part)
    if seed < 0:
        raise ValueError(f"a seed is 0 or more, not {seed}")
    # A last number of 0 gives what three numbers give.
    return np.random.default_rng((seed, PARTS.index(part), number, task))
