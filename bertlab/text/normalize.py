"""From raw text to words: cleaning, Chinese characters, accents, capitals, punctuation.

Every normalised character carries the index of the original character it came from. Nothing else is needed to
say later from which stretch of the text a piece was made.

Source: google-research/bert, tokenization.py, BasicTokenizer. Where that and the library `tokenizers` differ on
rare characters, this file sides with the library, so that its fast tokenizer always gives our ids: private-use
characters are dropped, a capital sigma at the end of a word becomes σ and not ς, 256 Chinese characters get no
spaces, and the tables are those of Unicode 8 (see `categories.py`).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby

from bertlab.text.categories import category, combining_class, is_within

Traced = list[tuple[str, int]]
"""Normalised characters, each with the index of the original character it came from."""

PLAIN_WORD = re.compile("[A-Za-z0-9]+|[^A-Za-z0-9 ]")
"""A word, or a punctuation mark, of ASCII that can be printed."""

# Source: `tokenizers`, normalizers/bert.rs. In google-research/bert, tokenization.py, the sixth begins at 2B820.
# Kana and Hangul are not among them: Japanese and Korean words are written in letters and keep their spaces.
CHINESE_BLOCKS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


@cache
def is_whitespace(char: str) -> bool:
    r"""Whether a character separates words.

    >>> [is_whitespace(char) for char in " \n\u3000\x0b"]
    [True, True, True, False]
    """
    return char in " \t\n\r" or category(char) in ("Zs", "Zl", "Zp")


@cache
def is_dropped(char: str) -> bool:
    r"""Whether a character vanishes: control, format and private-use characters, and the sign of a decoding error.

    >>> [is_dropped(char) for char in "\x00\u200b\ufffd\n"]
    [True, True, True, False]
    """
    return char == "\ufffd" or (char not in "\t\n\r" and category(char) in ("Cc", "Cf", "Co"))


@cache
def is_punctuation(char: str) -> bool:
    """Whether a character is a word by itself: what Unicode calls punctuation, and every ASCII symbol.

    >>> [is_punctuation(char) for char in ".$_。€"]
    [True, True, True, True, False]
    """
    if char.isascii():
        return char.isprintable() and not char.isalnum() and char != " "
    return category(char).startswith("P")


@cache
def is_accent(char: str) -> bool:
    r"""Whether a character is a mark that sits on the one before it.

    >>> is_accent("\u0301"), is_accent("e")
    (True, False)
    """
    return category(char) == "Mn"


@cache
def is_chinese(char: str) -> bool:
    """Whether a character is a Chinese character, which BERT makes a word by itself.

    >>> [is_chinese(char) for char in "力あ한a"]
    [True, False, False, False]
    """
    return is_within(char, CHINESE_BLOCKS)


def clean(traced: Traced) -> Traced:
    """Drops characters without a shape and turns every kind of whitespace into a plain space."""
    return [(" " if is_whitespace(char) else char, index) for char, index in traced if not is_dropped(char)]


def space_out_chinese(traced: Traced) -> Traced:
    """Puts spaces around every Chinese character."""
    spaced: Traced = []
    for char, index in traced:
        spaced += [(" ", index), (char, index), (" ", index)] if is_chinese(char) else [(char, index)]
    return spaced


def decompose(traced: Traced) -> Traced:
    """Takes characters apart into base and marks (Unicode's NFD): é becomes e and an acute accent.

    Marks on one base are put in a fixed order. One that was moved takes the origin of the place where it now is,
    so that origins never run backwards; the library counts so too.
    """
    # Each part: whether it begins a character of the text, its rank among marks (0 for a base), itself.
    parts = [
        (place == 0, combining_class(part), part)
        for char, _ in traced
        for place, part in enumerate(unicodedata.normalize("NFD", char))
    ]
    decomposed: Traced = []
    seen = 0
    for is_mark, run in groupby(parts, key=lambda part: part[1] > 0):
        for begins, _, part in sorted(run, key=lambda part: part[1] if is_mark else 0):
            seen += begins
            decomposed.append((part, traced[max(seen - 1, 0)][1]))
    return decomposed


def drop_accents(traced: Traced) -> Traced:
    """Removes the marks that sit on another character.

    Source: google-research/bert, tokenization.py, _run_strip_accents.
    """
    return [(char, index) for char, index in decompose(traced) if not is_accent(char)]


def lower(traced: Traced) -> Traced:
    """Turns capitals into small letters. One capital can become two characters, both of the same origin."""
    return [(small, index) for char, index in traced for small in char.lower()]


def normalize_traced(text: str, lowercase: bool = True, strip_accents: bool | None = None) -> Traced:
    """Normalises a text and keeps, for every character, the index it had there.

    >>> normalize_traced("É b")
    [('e', 0), (' ', 1), ('b', 2)]

    Args:
        strip_accents: None means the same as `lowercase`, as in BERT.
    """
    traced = clean([(char, index) for index, char in enumerate(text)])
    # Most words are plain ASCII, which has neither Chinese characters nor accents.
    if not text.isascii():
        traced = space_out_chinese(traced)
        if lowercase if strip_accents is None else strip_accents:
            traced = drop_accents(traced)
    return lower(traced) if lowercase else traced


def normalize_text(text: str, lowercase: bool = True, strip_accents: bool | None = None) -> str:
    """The text as the tokenizer sees it, before it is cut into words.

    >>> normalize_text("Café 力加!")
    'cafe  力  加 !'

    Args:
        strip_accents: None means the same as `lowercase`, as in BERT.
    """
    return "".join(char for char, _ in normalize_traced(text, lowercase, strip_accents))


def split_traced(traced: Traced) -> list[Traced]:
    """Cuts normalised text into words: at spaces, and before and after every punctuation mark."""
    words: list[Traced] = [[]]
    for char, index in traced:
        if is_whitespace(char):
            words.append([])
        elif is_punctuation(char):
            words += [[(char, index)], []]
        else:
            words[-1].append((char, index))
    return [word for word in words if word]


def is_plain(text: str) -> bool:
    """Whether it is as most text: nothing to clean, and `PLAIN_WORD` finds the words."""
    return text.isascii() and text.isprintable()


def traced_words(
    text: str, lowercase: bool = True, strip_accents: bool | None = None
) -> Iterator[tuple[str, Sequence[int]]]:
    """The words of a text, each with the indices of the original characters that its own came from.

    >>> [(word, list(origins)) for word, origins in traced_words("Don't")]
    [('don', [0, 1, 2]), ("'", [3]), ('t', [4])]

    Args:
        strip_accents: None means the same as `lowercase`, as in BERT.
    """
    if is_plain(text):
        for found in PLAIN_WORD.finditer(text.lower() if lowercase else text):
            yield found[0], range(*found.span())
    else:
        for word in split_traced(normalize_traced(text, lowercase, strip_accents)):
            yield "".join(char for char, _ in word), [index for _, index in word]


def split_words(text: str, lowercase: bool = True, strip_accents: bool | None = None) -> list[str]:
    """The words of a text: normalised, punctuation apart.

    >>> split_words("Don't panic: 力加.")
    ['don', "'", 't', 'panic', ':', '力', '加', '.']

    Args:
        strip_accents: None means the same as `lowercase`, as in BERT.
    """
    if is_plain(text):
        return PLAIN_WORD.findall(text.lower() if lowercase else text)
    return [word for word, _ in traced_words(text, lowercase, strip_accents)]
