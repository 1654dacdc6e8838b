"""From raw text to words: cleaning, Chinese characters, accents, capitals, punctuation.

Every normalised character carries the index of the original character it came from. Nothing else is needed to
say later from which stretch of the text a piece was made.

Source: google-research/bert, tokenization.py, BasicTokenizer. Where that and the library `tokenizers` differ on
rare characters, this file does what the library does: private-use characters are dropped, and a capital sigma at
the end of a word becomes σ, not ς.
"""

import unicodedata
from functools import cache
from itertools import groupby

Traced = list[tuple[str, int]]
"""Normalised characters, each with the index of the original character it came from."""

# Source: google-research/bert, tokenization.py, _is_chinese_char. Kana and Hangul are not among them: Japanese and
# Korean words are written in letters and keep their spaces.
CHINESE_BLOCKS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


@cache
def is_whitespace(char: str) -> bool:
    r"""Whether a character separates words.

    >>> [is_whitespace(char) for char in " \n\u3000\x0b"]
    [True, True, True, False]
    """
    return char in " \t\n\r" or unicodedata.category(char) in ("Zs", "Zl", "Zp")


@cache
def is_control(char: str) -> bool:
    r"""Whether a character has no shape of its own and is dropped: control, format and private-use characters.

    >>> [is_control(char) for char in "\x00\u200b\ue000\n"]
    [True, True, True, False]
    """
    return char not in "\t\n\r" and unicodedata.category(char) in ("Cc", "Cf", "Co")


@cache
def is_punctuation(char: str) -> bool:
    """Whether a character is a word by itself: what Unicode calls punctuation, and every ASCII symbol.

    >>> [is_punctuation(char) for char in ".$_。€"]
    [True, True, True, True, False]
    """
    if char.isascii():
        return char.isprintable() and not char.isalnum() and char != " "
    return unicodedata.category(char).startswith("P")


@cache
def is_chinese(char: str) -> bool:
    """Whether a character is a Chinese character, which BERT makes a word by itself.

    >>> [is_chinese(char) for char in "力あ한a"]
    [True, False, False, False]
    """
    return any(first <= ord(char) <= last for first, last in CHINESE_BLOCKS)


def clean(traced: Traced) -> Traced:
    """Drops characters without a shape and turns every kind of whitespace into a plain space."""
    return [
        (" " if is_whitespace(char) else char, index)
        for char, index in traced
        if not (char in "\0\ufffd" or is_control(char))
    ]


def space_out_chinese(traced: Traced) -> Traced:
    """Puts spaces around every Chinese character."""
    spaced: Traced = []
    for char, index in traced:
        spaced += [(" ", index), (char, index), (" ", index)] if is_chinese(char) else [(char, index)]
    return spaced


def decompose(traced: Traced) -> Traced:
    """Takes characters apart into base and marks (Unicode's NFD): é becomes e and an acute accent."""
    parts = [(part, index) for char, index in traced for part in unicodedata.normalize("NFD", char)]
    ordered: Traced = []
    for is_mark, run in groupby(parts, key=lambda part: unicodedata.combining(part[0]) > 0):
        ordered += sorted(run, key=lambda part: unicodedata.combining(part[0])) if is_mark else run
    return ordered


def drop_accents(traced: Traced) -> Traced:
    """Removes the marks that sit on another character.

    Source: google-research/bert, tokenization.py, _run_strip_accents.
    """
    return [(char, index) for char, index in decompose(traced) if unicodedata.category(char) != "Mn"]


def lower(traced: Traced) -> Traced:
    """Turns capitals into small letters. One capital can become two characters, both of the same origin."""
    return [(small, index) for char, index in traced for small in char.lower()]


def normalize_traced(text: str, lowercase: bool = True, strip_accents: bool | None = None) -> Traced:
    """Normalises a text and keeps, for every character, the index it had there.

    >>> normalize_traced("É\\tb")
    [('e', 0), (' ', 1), ('b', 2)]

    Args:
        strip_accents: None means the same as `lowercase`, as in BERT.
    """
    traced = space_out_chinese(clean([(char, index) for index, char in enumerate(text)]))
    if lowercase if strip_accents is None else strip_accents:
        traced = drop_accents(traced)
    return lower(traced) if lowercase else traced


def normalize(text: str, lowercase: bool = True, strip_accents: bool | None = None) -> str:
    """The text as the tokenizer sees it, before it is cut into words.

    >>> normalize("Café 力加!")
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


def split_words(text: str, lowercase: bool = True, strip_accents: bool | None = None) -> list[str]:
    """The words of a text: normalised, punctuation apart.

    >>> split_words("Don't panic: 力加.")
    ['don', "'", 't', 'panic', ':', '力', '加', '.']

    Args:
        strip_accents: None means the same as `lowercase`, as in BERT.
    """
    words = split_traced(normalize_traced(text, lowercase, strip_accents))
    return ["".join(char for char, _ in word) for word in words]
