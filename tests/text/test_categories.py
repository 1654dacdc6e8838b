"""Our categories are those of the library's tables, on every character and on every Python."""

from collections.abc import Callable

import pytest
from tokenizers import normalizers, pre_tokenizers

from bertlab.text.categories import combining_class
from bertlab.text.normalize import is_accent, is_chinese, is_dropped, is_punctuation, is_whitespace

pytestmark = pytest.mark.slow

# Planes 0 to 3 without surrogates, the tags of plane 14, and a few of the private planes; the rest is empty.
RANGES = [range(0xD800), range(0xE000, 0x33480), range(0xE0000, 0xE0200), range(0xFFFF0, 0x100010)]
CHARACTERS = [chr(number) for numbers in RANGES for number in numbers]
PLAIN = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}


def bert(**only: bool) -> normalizers.BertNormalizer:
    return normalizers.BertNormalizer(**(PLAIN | only))


def nfd(text: str) -> str:
    return normalizers.NFD().normalize_str(text)


def differing(ours: Callable[[str], bool], theirs: Callable[[str], bool], characters=CHARACTERS) -> list[str]:
    return [f"U+{ord(char):04X}" for char in characters if ours(char) != theirs(char)]


def test_dropped_characters_and_whitespace():
    cleaner = bert(clean_text=True)
    cleaned = {char: cleaner.normalize_str(f"a{char}b") for char in CHARACTERS}
    assert differing(is_dropped, lambda char: cleaned[char] == "ab") == []
    assert differing(is_whitespace, lambda char: cleaned[char] == "a b") == []


def test_chinese_characters():
    spacer = bert(handle_chinese_chars=True)
    assert differing(is_chinese, lambda char: spacer.normalize_str(char) == f" {char} ") == []


def test_punctuation():
    splitter = pre_tokenizers.BertPreTokenizer()
    assert differing(is_punctuation, lambda char: len(splitter.pre_tokenize_str(f"a{char}b")) == 3) == []


def test_accents_and_their_order():
    stripper = bert(strip_accents=True)
    single = [char for char in CHARACTERS if len(nfd(char)) == 1]
    assert differing(is_accent, lambda char: stripper.normalize_str(f"a{char}b") == "ab", single) == []

    # U+0345 has the highest rank of all marks: whatever has a lower one moves before it.
    def moves(char: str) -> bool:
        return char != "\u0345" and not nfd(f"a\u0345{char}").startswith("a\u0345")

    assert differing(lambda char: 0 < combining_class(char) < 240, moves, single) == []
