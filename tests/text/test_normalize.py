"""Cleaning and cutting into words, by hand-made cases; agreement with the library is in test_agreement.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertlab.text import normalize_text, split_words
from bertlab.text.normalize import normalize_traced, split_traced, traced_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello\tWorld\r\n", "hello world  "),
        ("a\x00b\ufffdc\u200bd\ue000e", "abcde"),
        ("Ångström naïve", "angstrom naive"),
        ("Cafe\u0301", "cafe"),
        ("İstanbul", "istanbul"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
        ("straße ﬁn", "straße ﬁn"),
        ("我爱BERT。", " 我  爱 bert。"),
        ("한국 カナ", "\u1112\u1161\u11ab\u1100\u116e\u11a8 カナ"),
        ("", ""),
    ],
)
def test_uncased(text: str, expected: str):
    assert normalize_text(text) == expected


def test_cased_keeps_capitals_and_accents_unless_told():
    assert normalize_text("Café İ", lowercase=False) == "Café İ"
    assert normalize_text("Café", lowercase=False, strip_accents=True) == "Cafe"
    assert normalize_text("Café İ", strip_accents=False) == "café i\u0307"


def test_every_character_knows_where_it_came_from():
    text = "\u200bÉa\u0301力 İ"
    assert normalize_traced(text) == [
        *[("e", 1), ("a", 2), (" ", 4), ("力", 4), (" ", 4), (" ", 5), ("i", 6)],
    ]
    assert normalize_traced("İ", strip_accents=False) == [("i", 0), ("\u0307", 0)]


def test_marks_in_another_order_are_the_same_text():
    # A tone mark of Hangul is no accent: it stays.
    assert normalize_text("a\u302e\u3099\u0345b") == normalize_text("a\u0345\u302eb")
    assert normalize_text("a\u1b44\u302eb") == normalize_text("a\u302e\u1b44b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("don't", ["don", "'", "t"]),
        ("$3.50 (net)_x", ["$", "3", ".", "50", "(", "net", ")", "_", "x"]),
        ("a…b—c", ["a", "…", "b", "—", "c"]),
        ("5€ x²", ["5€", "x²"]),
        ("力加!", ["力", "加", "!"]),
        (" \n\u3000 ", []),
    ],
)
def test_words(text: str, expected: list[str]):
    assert split_words(text) == expected


@given(text=st.text(st.characters(max_codepoint=127)), lowercase=st.booleans())
def test_plain_text_is_cut_at_once_as_it_is_character_by_character(text: str, lowercase: bool):
    slowly = split_traced(normalize_traced(text, lowercase))
    assert [list(zip(word, origins, strict=True)) for word, origins in traced_words(text, lowercase)] == slowly
