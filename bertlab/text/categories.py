"""Unicode categories that are the same on every Python.

What counts as an accent or a punctuation mark is looked up in a table, and Python's table grows with its versions:
the same text would give other ids on another machine. The library `tokenizers` keeps to an old table, that of
Unicode 8, so this file undoes what was added since. It was found by asking the library about every character, and
a test asks again.
"""

import unicodedata
from collections.abc import Iterable

# Marks, punctuation and format characters in these ranges came after Unicode 8. There they had no category, Cn.
LATER = (
    *[(0x5C8, 0x5C9), (0x61D, 0x61D), (0x7FD, 0x7FD), (0x890, 0x8E2), (0x9FD, 0x9FE), (0xA76, 0xA76)],
    *[(0xAFA, 0xAFF), (0xB53, 0xB55), (0xC04, 0xC3C), (0xC77, 0xC77), (0xC84, 0xC84), (0xD00, 0xD00)],
    *[(0xD3B, 0xD3C), (0xD81, 0xD81), (0xEBA, 0xEBA), (0xECE, 0xECE), (0x180F, 0x1886), (0x1ABF, 0x1AF0)],
    *[(0x1B4E, 0x1B4F), (0x1B7D, 0x1B7F), (0x1DF6, 0x1DFB), (0x2E43, 0x2E63), (0xA82C, 0xA82C)],
    *[(0xA8C5, 0xA8C5), (0xA8FF, 0xA8FF), (0xA9BD, 0xA9BD), (0x10D24, 0x10F89), (0x11070, 0x11074)],
    *[(0x110C2, 0x110CD), (0x111CF, 0x111CF), (0x1123E, 0x11241), (0x1133B, 0x1133B), (0x113BB, 0x1145E)],
    *[(0x11660, 0x1166C), (0x116B9, 0x116B9), (0x1182F, 0x11FFF), (0x12FF1, 0x1612F), (0x16D6D, 0x16F4F)],
    *[(0x16FE2, 0x16FE4), (0x1CF00, 0x1D128), (0x1D25B, 0x1D25C), (0x1E000, 0x1E6F5), (0x1E944, 0x1E95F)],
)

CHANGED = {"\u166d": "Po", "\u1734": "Mn", "\U000111c9": "Po", "\U0001171e": "Mn"}
"""Characters that were in another category in Unicode 8 than they are today."""

# Marks in these ranges came after Unicode 9, that of the library's table of the order of marks.
UNORDERED = (
    *[(0x5C8, 0x5C9), (0x7FD, 0x7FD), (0x897, 0x8D3), (0x9FE, 0x9FE), (0xC3C, 0xC3C), (0xD3B, 0xD3C)],
    *[(0xEBA, 0xEBA), (0x1715, 0x1715), (0x1ABF, 0x1AF0), (0x1DF6, 0x1DFA), (0xA82C, 0xA82C)],
    *[(0x10D24, 0x10F85), (0x11070, 0x11070), (0x1133B, 0x1133B), (0x113CE, 0x113D0), (0x1145E, 0x1145E)],
    *[(0x11839, 0x11A99), (0x11D42, 0x1612F), (0x16FF0, 0x16FF1), (0x1D127, 0x1D128), (0x1D250, 0x1D281)],
    (0x1E08F, 0x1E6F5),
)


def is_within(char: str, ranges: Iterable[tuple[int, int]]) -> bool:
    """Whether a character lies in one of several ranges of code points, ends included."""
    return any(first <= ord(char) <= last for first, last in ranges)


def category(char: str) -> str:
    """The two letters by which Unicode 8 classes a character, such as Lu for a capital and Po for a full stop.

    >>> [category(char) for char in "A.!\u0301\u166d"]
    ['Lu', 'Po', 'Po', 'Mn', 'Po']
    """
    today = unicodedata.category(char)
    if char in CHANGED:
        return CHANGED[char]
    if today in ("Mn", "Cf") or today.startswith("P"):
        return "Cn" if is_within(char, LATER) else today
    return today


def combining_class(char: str) -> int:
    r"""The rank of a mark among the marks on one base, or 0 for what is no mark, by the table of Unicode 9.

    >>> combining_class("\u0301"), combining_class("e")
    (230, 0)
    """
    today = unicodedata.combining(char)
    return 0 if today and is_within(char, UNORDERED) else today  # nearly all characters are no marks: look no further
