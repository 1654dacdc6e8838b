"""Is what I made the same as what the package makes? In numbers."""

from typing import Any

import numpy as np

from bertlab.views.attended import as_array

ROUNDING = 1e-5


def largest_difference(mine: Any, reference: Any) -> tuple[float, tuple[int, ...]]:
    """How far two arrays are apart where they are farthest apart, and where that is.

    >>> largest_difference([1.0, 2.0], [1.0, 2.5])
    (0.5, (1,))

    Raises:
        ValueError: the shapes differ.
    """
    left, right = (as_array(numbers) for numbers in (mine, reference))
    if left.shape != right.shape:
        raise ValueError(f"yours has the shape {left.shape}, the reference {right.shape}: nothing to compare yet")
    if left.size == 0:
        return 0.0, ()
    apart = np.where(np.isnan(left) != np.isnan(right), np.inf, np.nan_to_num(np.abs(left - right), nan=0.0))
    where = np.unravel_index(int(apart.argmax()), apart.shape)
    return float(apart[where]), tuple(int(index) for index in where)


def same(name: str, mine: Any, reference: Any, within: float = ROUNDING) -> None:
    """Print the largest difference between yours and the reference, and whether it is only rounding.

    >>> same("halves", [0.5, 0.25], [0.5, 0.25])
    halves: the same, to the last digit.

    Args:
        within: differences up to this are called rounding.
    """
    try:
        apart, where = largest_difference(mine, reference)
    except ValueError as error:
        print(f"{name}: {error}.")
        return
    if apart == 0:
        print(f"{name}: the same, to the last digit.")
    elif apart <= within:
        print(f"{name}: the same; the largest difference is {apart:.1e}, which is rounding.")
    else:
        at = f" at {where if len(where) > 1 else where[0]}" if where else ""
        print(f"{name}: not the same; the largest difference is {apart:.4g}{at}.")
