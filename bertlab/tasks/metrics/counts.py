"""What every score begins with: how many examples there are, what was named, and how much of it is right."""

from collections.abc import Sized
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int


def count_examples(**columns: Sized) -> int:
    """How many examples there are, each column holding one entry for each.

    Raises:
        ValueError: the columns differ in length, or are empty.

    >>> count_examples(true=["glad", "sad"], predicted=["glad", "glad"])
    2
    >>> count_examples(true=["glad", "sad"], predicted=["glad"])
    Traceback (most recent call last):
    ValueError: 2 true but 1 predicted: give one of each for every example
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = " but ".join(f"{length:,} {name}" for name, length in lengths.items())
        raise ValueError(f"{listed}: give one of each for every example")
    if not (count := min(lengths.values())):
        raise ValueError(f"there is nothing to score: {' and '.join(lengths)} are empty; give at least one example")
    return count


@dataclass(frozen=True)
class Found:
    """How much of what is there was found, and how much of what was named is right.

    Where nothing was named there is no precision, where nothing is there no recall: both then count as 0, as they do
    in scikit-learn and seqeval.

    Args:
        right: named and there; true positives.
        named: rightly or wrongly; predicted positives.
        there: to be found; the support.

    >>> Found(right=2, named=3, there=5)
    Found(right=2, named=3, there=5)
    >>> print(Found(right=2, named=3, there=5))
    precision 66.7%, recall 40.0%, F1 50.0% (3 named, 2 of them right, of 5)
    """

    right: int
    named: int
    there: int

    @classmethod
    def total(cls, counts: Int[np.ndarray, "examples 3"]) -> "Found":
        """Rows of right, named and there, summed: what one resamples for an interval.

        >>> Found.total(np.array([[1, 1, 2], [1, 2, 3]]))
        Found(right=2, named=3, there=5)
        """
        return cls(*counts.sum(axis=0).tolist())

    @property
    def precision(self) -> float:
        """The share of right ones among the named: right / named."""
        return self.right / self.named if self.named else 0.0

    @property
    def recall(self) -> float:
        """The share that was found of what is there: right / there."""
        return self.right / self.there if self.there else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both, near the lower one: 2 right / (named + there)."""
        return 2 * self.right / (self.named + self.there) if self.named + self.there else 0.0

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.1%}, recall {self.recall:.1%}, F1 {self.f1:.1%} "
            f"({self.named:,} named, {self.right:,} of them right, of {self.there:,})"
        )
