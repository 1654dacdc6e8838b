"""Tags of words, labels of pieces, and back; beside the word_ids of transformers."""

import random
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bertlab.paths import data_path
from bertlab.tasks.words import IGNORED, TaggedRow, tagged_row, text_row, with_marks, word_tags
from bertlab.text import Tokenizer, split_words
from bertlab.text.normalize import is_accent

NAMES = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "don", "'", "t", "u", ".", "s", "play", "##ing", "new", "york"]
UNCASED = Tokenizer.from_vocab_file(data_path("vocab", "bert-base-uncased.txt"))
LITERAL = Tokenizer(UNCASED.pieces, read_specials=False)
# Split in every way there is: pieces, punctuation, spaces inside, accents, Chinese, nothing at all, special pieces.
WORDS = [
    *["Anna", "don't", "U.S.", "New York", "playing", "tokenization", "", " ", "\u200b", "\u4e00\u4e01x", "Ürümqi"],
    *[
        "cafe\u0301",
        "\ud7a3",
        "[MASK]",
        "co-op",
        "...",
        "\u2603",
        "e\u0301\u0301",
        "x" * 90,
        "각",
        "İ",
        "##s",
        "\u0301",
    ],
]


@pytest.fixture(scope="module")
def their_tokenizer() -> Callable[[Path | str, bool], Any]:
    transformers = pytest.importorskip("transformers")
    return lambda file, lowercase: transformers.BertTokenizer(vocab=str(file), do_lower_case=lowercase)


def test_a_word_is_labelled_at_its_first_piece_only():
    row = tagged_row(
        Tokenizer(PIECES),
        ["playing", "U.S.", "don't", "New York", "zzz"],
        ["O", "B-LOC", "O", "B-LOC", "B-PER"],
        NAMES,
    )
    assert repr(row).split("\n") == [
        "place  piece  label  tag    word",
        "0      [CLS]  -100",
        "1      play   0      O      playing",
        "2      ##ing  -100",
        "3      u      3      B-LOC  U.S.",
        "4      .      -100",
        "5      s      -100",
        "6      .      -100",
        "7      don    0      O      don't",
        "8      '      -100",
        "9      t      -100",
        "10     new    3      B-LOC  New York",
        "11     york   -100",
        "12     [UNK]  1      B-PER  zzz",
        "13     [SEP]  -100",
    ]
    assert row.text == "playing U.S. don't New York zzz"
    assert row.encoding.offsets[10:13] == [(19, 22), (23, 27), (28, 31)]
    assert row.encoding.token_type_ids == [0] * 14
    assert len(row) == 14


def test_words_that_are_not_read_are_named_and_called_outside():
    words, tags = ["play", "\u200b", "playing", "new", "york"], ["B-PER", "I-PER", "O", "B-LOC", "I-LOC"]
    row = tagged_row(Tokenizer(PIECES), words, tags, NAMES, max_length=4)
    assert row.encoding.tokens == ["[CLS]", "play", "play", "[SEP]"]
    assert row.labels == (IGNORED, 1, 0, IGNORED)
    assert (row.cut, row.empty, row.first_places) == ((3, 4), (1,), (1, None, 2, None, None))
    assert repr(row).split("\n")[-2:] == [
        "cut off: 'new' (word 3), 'york' (word 4)",
        "nothing to read in: '\\u200b' (word 1)",
    ]
    assert word_tags(row, np.array([9, 1, 4, 9, 9, 9])) == ("B-PER", "O", "I-LOC", "O", "O")
    assert word_tags(row, np.array([9, 1, 4, 9]), unread="X")[1] == "X"


def test_an_empty_word_beyond_the_cut_is_empty_not_cut():
    row = tagged_row(Tokenizer(PIECES), ["play", "play", "\u200b"], None, NAMES, max_length=3)
    assert (row.cut, row.empty) == ((1,), (2,))


def test_without_tags_nothing_is_labelled_and_without_words_nothing_is_read():
    assert set(tagged_row(Tokenizer(PIECES), ["play", "new"], None, NAMES).labels) == {IGNORED}
    row = tagged_row(Tokenizer(PIECES), [], [], NAMES)
    assert (row.encoding.tokens, row.text, word_tags(row, np.array([0, 0]))) == (["[CLS]", "[SEP]"], "", ())
    assert text_row(Tokenizer(PIECES), " ", NAMES).words == ()


def assert_as_theirs(row: TaggedRow, theirs: Any, words: list[str], labels: list[int]) -> None:
    """The usual loop over word_ids: a word's label where the number of the word is new."""
    word_ids = theirs.word_ids()
    expected = [
        IGNORED if word is None or word == before else labels[word]
        for before, word in zip([None, *word_ids], word_ids, strict=False)
    ]
    assert row.encoding.input_ids == theirs["input_ids"]
    assert list(row.word_of) == word_ids
    assert list(row.labels) == expected
    begins = np.cumsum([0, *(len(word) + 1 for word in words)])
    for word, ours, (start, stop) in zip(row.word_of, row.encoding.offsets, theirs["offset_mapping"], strict=True):
        if word is not None:
            inside = words[word][start:stop]
            # Theirs count in the word, and leave out accents that are characters of their own.
            assert ours[0] - begins[word] == start
            assert row.text[ours[0] : ours[1]].rstrip("\u0301") == inside.rstrip("\u0301")


@pytest.mark.parametrize("max_length", [None, 3, 7, 20])
@pytest.mark.parametrize("lowercase", [True, False])
def test_labels_are_those_of_the_word_ids_of_transformers(their_tokenizer, lowercase: bool, max_length: int | None):
    file = data_path("vocab", "bert-base-uncased.txt")
    ours, theirs, rng = Tokenizer.from_vocab_file(file, lowercase), their_tokenizer(file, lowercase), random.Random(0)
    for _ in range(200):
        words = rng.choices(WORDS, k=rng.randint(1, 12))
        labels = [rng.randrange(len(NAMES)) for _ in words]
        cut = {} if max_length is None else {"truncation": True, "max_length": max_length}
        expected = theirs(words, is_split_into_words=True, return_offsets_mapping=True, **cut)
        row = tagged_row(ours, words, [NAMES[label] for label in labels], NAMES, max_length)
        assert_as_theirs(row, expected, words, labels)


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=10), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_tags_that_go_through_the_pieces_come_back(words: list[str], rng: random.Random):
    tags = [rng.choice(NAMES) for _ in words]
    row = tagged_row(UNCASED, words, tags, NAMES)
    assert row.words == tuple(words)
    back = word_tags(row, np.array(row.labels))
    assert back == tuple("O" if number in row.empty else tag for number, tag in enumerate(tags))
    assert all(not UNCASED.tokenize(words[number]) for number in row.empty)
    assert row.cut == ()


@given(st.text(alphabet="aé e\u0301'.!-力\u200b한3", max_size=20) | st.text(max_size=20))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_typed_text_is_cut_into_the_words_of_the_basic_tokenizer(text: str):
    row = text_row(LITERAL, text, NAMES)
    words = split_words(text)
    assert len(row.words) == len(words)
    assert row.encoding.input_ids == LITERAL(text).input_ids
    for (start, stop), word in zip(row.spans, words, strict=True):
        assert 0 <= start < stop <= len(text)
        # A mark that stays and is put into another order takes the character of the place where it then is.
        if not any(unicodedata.combining(char) and not is_accent(char) for char in text):
            assert split_words(text[start:stop]) == [word]
    assert row.empty == ()


def test_an_accent_of_its_own_stays_with_its_letter():
    assert with_marks("e\u0301\u0302 x", [(0, 1), (4, 5)]) == [(0, 3), (4, 5)]
    # Where accents are kept they are in the offsets, and two pieces never share one.
    assert with_marks("e\u0301", [(0, 1), (1, 2)]) == [(0, 1), (1, 2)]
    row = text_row(UNCASED, "Cafe\u0301 Ange\u0301lique", NAMES)
    assert row.words == ("Cafe\u0301", "Ange\u0301lique")
    assert text_row(UNCASED, "[MASK]don't", NAMES).words == ("[MASK]", "don", "'", "t")


@pytest.mark.parametrize(
    ("words", "tags", "max_length", "message"),
    [
        (["a", "b"], ["O"], None, r"2 words but 1 tags; give one tag for each word"),
        (["a"], ["B-ORG"], None, r"no label for the tags B-ORG; the names are O, B-PER, I-PER, B-LOC, I-LOC"),
        (["a"], ["O"], 2, r"max_length=2 has no room for a word between 2 special pieces; give 3 or more"),
    ],
)
def test_misuse_is_answered_with_the_values(words, tags, max_length, message: str):
    with pytest.raises(ValueError, match=message):
        tagged_row(Tokenizer(PIECES), words, tags, NAMES, max_length)


def test_labels_that_do_not_fit_the_row_are_refused():
    row = text_row(Tokenizer(PIECES), "new york", NAMES)
    with pytest.raises(ValueError, match=r"3 labels for a row of 4 pieces; give one for each place"):
        word_tags(row, np.array([0, 0, 0]))
    with pytest.raises(ValueError, match=r"label 5 has no name; the 5 names are O, B-PER"):
        word_tags(row, np.array([0, 5, 0, 0]))
