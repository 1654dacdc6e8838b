"""How much luck is in a score? Other examples of the same kind would have given another one.

The bootstrap draws such other test sets from the one there is: as many examples, each drawn blindly, so that some come
twice and some not at all. How far the score moves among them is how far it could have moved.

What it does not know: other seeds of training, other kinds of text, or mistakes that no example here shows. Where every
answer is right it says [1, 1]; of n examples, up to about 3/n mistakes are then still likely.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from bertlab.tasks.metrics.counts import count_examples

Column = Sequence[Any] | np.ndarray
"""One entry for each example."""


@dataclass(frozen=True)
class Interval:
    """A score and where it lies among other examples of the same kind.

    Args:
        level: the share of the drawn test sets whose score lies from low to high.

    >>> print(Interval(0.8125, 0.75, 0.875, 0.95, 64))
    0.812 (95% interval 0.750 to 0.875, 64 examples)
    >>> f"{Interval(0.8125, 0.75, 0.875, 0.95, 64):.1%}"
    '81.2% (95% interval 75.0% to 87.5%, 64 examples)'
    """

    value: float
    low: float
    high: float
    level: float
    examples: int

    def __format__(self, how: str) -> str:
        how = how or ".3f"
        bounds = f"{self.low:{how}} to {self.high:{how}}"
        return f"{self.value:{how}} ({self.level:.0%} interval {bounds}, {self.examples:,} examples)"

    def __str__(self) -> str:
        return format(self, "")


@dataclass(frozen=True)
class Difference(Interval):
    """By how much one system is better than another on the same examples.

    Args:
        not_better: the share of the drawn test sets in which the first is not above the second.
    """

    not_better: float

    @property
    def beyond_luck(self) -> bool:
        """Whether 0 lies outside the interval."""
        return not self.low <= 0 <= self.high

    def __format__(self, how: str) -> str:
        return f"{super().__format__('+' + (how or '.3f'))}; not better in {self.not_better:.1%} of the draws"


def bootstrap(
    score: Callable[..., float],
    *columns: Column,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> Interval:
    """A score with its interval: the middle 95% of the scores of test sets drawn from these examples.

    Args:
        score: of the columns, or of the entries drawn from them: `accuracy` of true and predicted, `np.mean` of one
            column of single scores. What can be counted for each example should be: the mean of counts is quick.
        level: probability, above 0 and below 1.

    Raises:
        ValueError: the columns differ in length or are empty, the level is no share, there are no draws, or the score
            of a draw is nan.

    Source: Efron 1979; the interval is the percentile one, Efron and Tibshirani 1993, chapter 13.

    >>> right = np.array([1.0] * 52 + [0.0] * 12)
    >>> print(bootstrap(np.mean, right, rng=np.random.default_rng(0)))
    0.812 (95% interval 0.718 to 0.906, 64 examples)
    """
    low, high, _ = _drawn(score, columns, rng, draws, level)
    return Interval(float(score(*columns)), low, high, level, len(columns[0]))


def paired_bootstrap(
    score: Callable[..., float],
    true: Column,
    first: Column,
    second: Column,
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> Difference:
    """By how much the first system is better than the second: score(true, first) - score(true, second).

    Both are scored on the same draws. What is hard for both moves both, and cancels: two intervals of their own can
    overlap widely where this one leaves no doubt. Where each example has a score of its own, as a question has an F1,
    `bootstrap(np.mean, first - second, ...)` gives the same interval at once.

    Args:
        true, first, second: what is right, and what each system says; see `bootstrap` for the others.

    Raises:
        ValueError: see `bootstrap`.

    Source: Koehn 2004 (statistical significance tests for machine translation evaluation).

    >>> true = [1] * 100
    >>> first, second = [1] * 90 + [0] * 10, [1] * 80 + [0] * 20
    >>> def share(true, said):
    ...     return float(np.mean(np.equal(true, said)))
    >>> print(paired_bootstrap(share, true, first, second, rng=np.random.default_rng(0)))
    +0.100 (95% interval +0.050 to +0.170, 100 examples); not better in 0.0% of the draws
    """

    def better_by(true: Column, first: Column, second: Column) -> float:
        return float(score(true, first)) - float(score(true, second))

    columns = (true, first, second)
    low, high, scores = _drawn(better_by, columns, rng, draws, level)
    return Difference(better_by(*columns), low, high, level, len(true), float((scores <= 0).mean()))


def _drawn(
    score: Callable[..., float], columns: Sequence[Column], rng: np.random.Generator, draws: int, level: float
) -> tuple[float, float, Float[np.ndarray, " draws"]]:
    """The bounds, and the scores of all draws."""
    examples = count_examples(**{f"entries of column {number}": column for number, column in enumerate(columns)})
    if not 0 < level < 1:
        raise ValueError(f"the level is a share above 0 and below 1, as 0.95, not {level}")
    if draws < 1:
        raise ValueError(f"{draws} draws show nothing; take 1,000")
    scores = np.array(
        [score(*(_take(each, rows) for each in columns)) for rows in rng.integers(examples, size=(draws, examples))]
    )
    if undefined := int(np.isnan(scores).sum()):
        raise ValueError(f"the score is nan in {undefined:,} of {draws:,} draws of {examples:,} examples; give it more")
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high), scores


def _take(column: Column, rows: Int[np.ndarray, " drawn"]) -> Column:
    return column[rows] if isinstance(column, np.ndarray) else [column[row] for row in rows]
