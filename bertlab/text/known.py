"""What the tokenizer has by heart."""

from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


class Known(dict[str, Value]):
    """What was found out before about stretches of text: most of a long text is words already met.

    >>> lengths = Known(len)
    >>> lengths["word"], lengths
    (4, {'word': 4})
    """

    LIMIT = 500_000
    LONGEST = 64
    """Characters above which a stretch is not likely to come again."""

    def __init__(self, find_out: Callable[[str], Value]) -> None:
        self.find_out = find_out

    def __missing__(self, stretch: str) -> Value:
        found = self.find_out(stretch)
        if len(stretch) <= self.LONGEST and len(self) < self.LIMIT:
            self[stretch] = found
        return found
