"""Our tokenizer beside Google's ids and beside the library `tokenizers`, ids and offsets.

Two differences from the library's own BERT pipeline are known. It gives up on words of more than 100 characters,
Google and we on more than 200. And one from Google's: a special piece written out in the text is that piece, for the
library and for us; `read_specials=False` gives Google's ids there too.
"""

import json
import random
import unicodedata
from pathlib import Path

import pytest
from tokenizers import BertWordPieceTokenizer

from bertlab.paths import data_path
from bertlab.text import Tokenizer, fast_tokenizer, train_wordpiece

VOCABULARIES = [("uncased", True), ("cased", False), ("chinese", True)]
# Where text comes from: scripts with accents, without spaces, composed, right to left; symbols; all of Unicode.
POOLS = [
    range(0x20, 0x7F),
    range(0x01, 0x250),
    range(0x300, 0x370),
    range(0x370, 0x600),
    range(0x900, 0x1000),
    range(0x1100, 0x1200),
    range(0x1E00, 0x2100),
    range(0x3000, 0x3100),
    range(0x4E00, 0xA000),
    range(0xAC00, 0xD7A4),
    range(0xE000, 0x10000),
    range(0x01, 0xD800),
    range(0x10000, 0x33480),
    range(0x2A600, 0x2FA20),
    [ord(char) for char in " \t\n\r.,'-[]#_İΣßﬁ\u00a0\u200b\u2028\x85\x1c"],
    [number for number in range(0x20000) if unicodedata.combining(chr(number))],
]


def random_texts(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    texts = []
    for _ in range(count):
        pools = rng.sample(POOLS, rng.randint(1, 4))
        texts.append("".join(chr(rng.choice(rng.choice(pools))) for _ in range(rng.randint(0, 40))))
    return texts


def assert_same(tokenizer: Tokenizer, library, texts: list[str]) -> None:
    for text in texts:
        theirs = library.encode(text, add_special_tokens=False)
        ids, spans = tokenizer.encode_with_offsets(text)
        assert (ids, spans) == (theirs.ids, theirs.offsets), ascii(text)
        assert tokenizer.encode_ids(text) == ids
        assert (
            [piece for piece, _, _ in tokenizer.tokenize_with_offsets(text)]
            == tokenizer.tokenize(text)
            == theirs.tokens
        )


def library_pipeline(tokenizer: Tokenizer) -> BertWordPieceTokenizer:
    return BertWordPieceTokenizer(
        dict(tokenizer.vocab), lowercase=tokenizer.lowercase, strip_accents=tokenizer.strip_accents
    )


@pytest.fixture(scope="module")
def uncased() -> Tokenizer:
    return Tokenizer.from_vocab_file(data_path("vocab", "bert-base-uncased.txt"))


@pytest.mark.parametrize(("name", "lowercase"), VOCABULARIES)
def test_google_gives_the_same_ids(test_data: Path, name: str, lowercase: bool):
    ours = Tokenizer.from_vocab_file(test_data / "vocab" / f"bert-base-{name}-vocab.txt", lowercase)
    without_specials = Tokenizer(ours.pieces, lowercase, read_specials=False)
    file = test_data / "golden" / f"bert-base-{name}.jsonl"
    # One line was torn at a character that some programs take for a line end; its rest holds no text.
    lines = [line for line in file.read_text(encoding="utf-8").split("\n") if line.startswith("{")]
    assert len(lines) >= 58
    for line in lines:
        golden = json.loads(line)
        assert without_specials.encode_ids(golden["text"]) == golden["ids"]
        assert without_specials.tokenize(golden["text"]) == golden["tokens"]
        assert ours.tokenize(golden["text"]) == (golden["tokens"] if golden["hf_same"] else golden["hf_tokens"])


@pytest.mark.parametrize("strip_accents", [None, True, False])
@pytest.mark.parametrize("lowercase", [True, False])
def test_the_library_gives_the_same_ids_and_offsets(uncased: Tokenizer, lowercase: bool, strip_accents: bool | None):
    ours = Tokenizer(uncased.pieces, lowercase, strip_accents=strip_accents)
    texts = random_texts(0, 300)
    assert_same(ours, library_pipeline(ours), texts)
    assert_same(ours, fast_tokenizer(ours), texts)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "name", "lowercase"), [(seed, *vocabulary) for seed, vocabulary in enumerate(VOCABULARIES, start=1)]
)
def test_the_library_gives_the_same_on_20000_random_texts(test_data: Path, seed: int, name: str, lowercase: bool):
    ours = Tokenizer.from_vocab_file(test_data / "vocab" / f"bert-base-{name}-vocab.txt", lowercase)
    assert_same(ours, library_pipeline(ours), random_texts(seed, 20_000))


@pytest.mark.slow
def test_the_library_gives_the_same_on_whole_books(test_data: Path):
    lines = (test_data / "text" / "fairytales.txt").read_text(encoding="utf-8").split("\n")
    trained = Tokenizer(train_wordpiece(lines, 2000).pieces)
    theirs = fast_tokenizer(trained).encode_batch(lines, add_special_tokens=False)
    for line, expected in zip(lines, theirs, strict=True):
        assert trained.encode_ids(line) == expected.ids
        assert trained.encode_with_offsets(line).spans == expected.offsets


@pytest.mark.parametrize(
    "text",
    ["the [MASK]s are", "the[MASK] [mask] [ MASK ]", "[CLS][SEP]x[PAD]", "[[MASK]]", "é[UNK]é 力[MASK]力", "[MASK"],
)
def test_special_pieces_in_the_text_are_read_as_the_library_reads_them(uncased: Tokenizer, text: str):
    assert_same(uncased, library_pipeline(uncased), [text])


def test_special_pieces_can_be_text(uncased: Tokenizer):
    literal = Tokenizer(uncased.pieces, read_specials=False)
    assert literal.tokenize("[MASK]") == ["[", "mask", "]"]
    assert_same(literal, fast_tokenizer(literal), ["the [MASK]s", "[CLS]"])


@pytest.mark.parametrize(("length", "library_knows"), [(100, True), (101, False), (200, False), (201, False)])
def test_long_words(uncased: Tokenizer, length: int, library_knows: bool):
    word = "a" * length
    assert (uncased.tokenize(word) == library_pipeline(uncased).encode(word, add_special_tokens=False).tokens) == (
        library_knows or length > 200
    )
    assert_same(uncased, fast_tokenizer(uncased), [word])
    assert (uncased.tokenize(word) == ["[UNK]"]) == (length > 200)


def test_never_split(uncased: Tokenizer):
    ours = Tokenizer([*uncased.pieces, "COVID-19", "C++"], never_split=["COVID-19", "C++"])
    assert ours.tokenize("Is COVID-19, covid-19 or C++?") == [
        *["is", "COVID-19", ",", "co", "##vid", "-", "19", "or", "C++", "?"]
    ]
    texts = ["COVID-19", "xCOVID-19 COVID-190 COVID-19.", "(C++) C+++ [MASK]C++[MASK]", "éCOVID-19", "力C++"]
    assert_same(ours, fast_tokenizer(ours), texts)
