"""A number for each example: how far off, and whether what is higher is also called higher."""

from collections.abc import Sequence
from typing import SupportsFloat

import numpy as np
from jaxtyping import Float

from bertlab.tasks.metrics.counts import count_examples

Numbers = Sequence[SupportsFloat] | np.ndarray
"""A number for each example."""


def read_numbers(
    true: Numbers, predicted: Numbers
) -> tuple[Float[np.ndarray, " examples"], Float[np.ndarray, " examples"]]:
    """Both in double precision and of one length.

    Raises:
        ValueError: they differ in length, are empty, have more than one dimension, or hold what is no finite number.

    >>> read_numbers([1.0, 2.0], [1.5, float("nan")])
    Traceback (most recent call last):
    ValueError: predicted number 1 is nan: only finite numbers can be scored
    """
    count_examples(true=true, predicted=predicted)
    first, second = np.asarray(true, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    for name, numbers in (("true", first), ("predicted", second)):
        if numbers.ndim != 1:
            raise ValueError(f"{name} has the shape {numbers.shape}, but one number for each example is scored")
        if not np.isfinite(numbers).all():
            at = int((~np.isfinite(numbers)).argmax())
            raise ValueError(f"{name} number {at} is {numbers[at]}: only finite numbers can be scored")
    return first, second


def mean_squared_error(true: Numbers, predicted: Numbers) -> float:
    """The mean of the squared distances, in squared units: one far miss weighs more than many near ones.

    Raises:
        ValueError: see `read_numbers`.

    >>> mean_squared_error([1.0, 2.0, 3.0], [1.0, 2.0, 6.0])
    3.0
    """
    first, second = read_numbers(true, predicted)
    return float(((first - second) ** 2).mean())


def _centred(column: Float[np.ndarray, " examples"]) -> Float[np.ndarray, " examples"]:
    """What is above the mean and below it, in some unit: a correlation knows no scale, and squares never overflow."""
    if (column == column[0]).all():
        return np.zeros_like(column)  # minus its mean, rounded, it might not be 0
    column = column / np.abs(column).max()
    return column - column.mean()


def pearson(true: Numbers, predicted: Numbers) -> float:
    """Whether the points lie on a rising line (1), a falling line (-1), or neither; offset and scale do not matter.

    With x and y counted from their means, r = sum x y / sqrt(sum x^2 sum y^2). It is nan where one side is the same for
    every example: who always gives one number follows nothing. STS-B is scored by this and by `spearman`.

    Raises:
        ValueError: see `read_numbers`.

    >>> round(pearson([1.0, 2.0, 3.0], [10.0, 20.0, 60.0]), 3)
    0.945
    """
    x, y = map(_centred, read_numbers(true, predicted))
    length = float(np.sqrt((x @ x) * (y @ y)))
    return float(np.clip(x @ y / length, -1, 1)) if length else float("nan")


def ranks(numbers: Float[np.ndarray, " examples"]) -> Float[np.ndarray, " examples"]:
    """The place of each number from the lowest, 1, on; equal ones share the mean of their places.

    >>> ranks(np.array([7.0, 5.0, 7.0, 9.0])).tolist()
    [2.5, 1.0, 2.5, 4.0]
    """
    _, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def spearman(true: Numbers, predicted: Numbers) -> float:
    """Whether what is higher is called higher: `pearson` of the ranks, so any rising curve gives 1.

    Equal numbers share the mean of their places. It is nan where one side is the same for every example.

    Raises:
        ValueError: see `read_numbers`.

    >>> spearman([1.0, 2.0, 3.0], [10.0, 20.0, 60.0])
    1.0
    """
    first, second = read_numbers(true, predicted)
    return pearson(ranks(first), ranks(second))
