"""Encodings, pairs, batches, decoding, files, and what the tokenizer says when it is misused."""

import json
import pickle
import random
from pathlib import Path

import pytest
import tokenizers

from bertlab.paths import data_path
from bertlab.text import Encoding, Tokenizer, fast_tokenizer
from bertlab.text.encoding import kept_lengths

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SMALL = [*SPECIALS, "the", "cat", "##s", "sat", "É", "."]
TEXTS = ["The café's cats sat!", "one", "", "我爱 New York", "a [MASK] b", "unkindness " * 12]


@pytest.fixture(scope="module")
def uncased() -> Tokenizer:
    return Tokenizer.from_vocab_file(data_path("vocab", "bert-base-uncased.txt"))


@pytest.fixture
def library(uncased: Tokenizer) -> tokenizers.Tokenizer:
    return fast_tokenizer(uncased)


def assert_equal(ours: Encoding, theirs: tokenizers.Encoding) -> None:
    assert ours.tokens == theirs.tokens
    assert ours.input_ids == theirs.ids
    assert ours.token_type_ids == theirs.type_ids
    assert ours.attention_mask == theirs.attention_mask
    assert ours.offsets == theirs.offsets


def test_single_texts_and_pairs_are_the_library_s(uncased: Tokenizer, library: tokenizers.Tokenizer):
    for first in TEXTS:
        assert_equal(uncased(first), library.encode(first))
        for second in TEXTS:
            assert_equal(uncased(first, second), library.encode(first, second))


@pytest.mark.parametrize("max_length", [3, 4, 5, 8, 9, 10, 15, 16, 30, 100])
def test_the_longer_text_is_cut_first_as_in_the_library(
    uncased: Tokenizer, library: tokenizers.Tokenizer, max_length: int
):
    library.enable_truncation(max_length, strategy="longest_first")
    for first in TEXTS:
        assert_equal(uncased(first, max_length=max_length), library.encode(first))
        for second in TEXTS:
            encoding = uncased(first, second, max_length=max_length)
            assert_equal(encoding, library.encode(first, second))
            assert len(encoding) <= max_length


def test_kept_lengths_take_from_the_longer_until_both_fit():
    rng = random.Random(0)
    for _ in range(500):
        lengths, room = [rng.randint(0, 12), rng.randint(0, 12)], rng.randint(0, 20)
        first, second = lengths
        while first + second > room:
            if first > second or (first == second and lengths[0] <= lengths[1]):
                first -= 1
            else:
                second -= 1
        assert kept_lengths(lengths, room) == [first, second], (lengths, room)


@pytest.mark.parametrize("pad_to", [None, 40])
def test_batches_are_the_library_s(uncased: Tokenizer, library: tokenizers.Tokenizer, pad_to: int | None):
    library.enable_padding(pad_id=uncased.pad_id, pad_token="[PAD]", length=pad_to)
    library.enable_truncation(20)
    for seconds in (None, TEXTS[::-1]):
        batch = uncased.batch(TEXTS, seconds, max_length=20, pad_to=pad_to)
        theirs = library.encode_batch(TEXTS if seconds is None else list(zip(TEXTS, seconds, strict=True)))
        assert len(batch) == len(TEXTS)
        for row, expected in enumerate(theirs):
            assert_equal(
                Encoding(
                    batch.tokens[row],
                    batch.input_ids[row],
                    batch.token_type_ids[row],
                    batch.attention_mask[row],
                    batch.offsets[row],
                ),
                expected,
            )


def test_an_empty_batch(uncased: Tokenizer):
    assert uncased.batch([]).input_ids == []


def test_offsets_show_the_text_that_a_piece_stands_for(uncased: Tokenizer):
    text = "Señor\u200b Ångström’s 東京—naïveté"
    spans = [(piece, text[start:end]) for piece, start, end in uncased.tokenize_with_offsets(text)]
    assert spans[:6] == [("sen", "Señ"), ("##or", "or"), ("ang", "Ång"), ("##strom", "ström"), ("’", "’"), ("s", "s")]
    assert spans[6:] == [("東", "東"), ("京", "京"), ("—", "—"), ("naive", "naïve"), ("##te", "té")]


def test_decoding_is_the_library_s(uncased: Tokenizer, library: tokenizers.Tokenizer):
    rng = random.Random(0)
    assert uncased.decode(uncased("Don't stop, please.").input_ids) == "don ' t stop, please."
    for _ in range(300):
        ids = [rng.choice([rng.randrange(len(uncased)), rng.randrange(999, 1100)]) for _ in range(rng.randint(0, 12))]
        assert uncased.decode(ids) == library.decode(ids)
        assert uncased.decode(ids, skip_special_tokens=False) == library.decode(ids, skip_special_tokens=False)


def test_it_prints_itself(uncased: Tokenizer):
    assert repr(uncased) == "Tokenizer(30522 pieces, uncased)"
    assert repr(Tokenizer(SMALL)("Cats", "the")).split("\n") == [
        "place  piece  id  segment  real  characters",
        "0      [CLS]  2   0        1",
        "1      cat    6   0        1     0-3",
        "2      ##s    7   0        1     3-4",
        "3      [SEP]  3   0        1",
        "4      the    5   1        1     0-3",
        "5      [SEP]  3   1        1",
    ]
    assert repr(Tokenizer(SMALL).batch(["cats", "the"])) == (
        "Batch of 2 texts, each 4 pieces long\n  0: [CLS] cat ##s [SEP]\n  1: [CLS] the [SEP] [PAD]"
    )


def test_the_ids_of_special_pieces():
    pieces = ["a", "[SEP]", "[MASK]", "[CLS]", "b", "[UNK]", "[PAD]"]
    tokenizer = Tokenizer(pieces)
    assert tokenizer("a z").input_ids == [3, 0, 5, 1]
    assert (tokenizer.pad_id, tokenizer.unk_id, tokenizer.cls_id, tokenizer.sep_id, tokenizer.mask_id) == (
        6,
        5,
        3,
        1,
        2,
    )
    assert sorted(tokenizer.special_ids) == [1, 2, 3, 5, 6]
    assert (tokenizer.pieces, tokenizer.vocab["b"], len(tokenizer)) == (pieces, 4, 7)


def test_memory_does_not_change_what_is_given(uncased: Tokenizer):
    text = "so so " + "x" * 100 + " so"
    once = uncased.tokenize_with_offsets(text)
    assert uncased.tokenize_with_offsets(text) == once
    assert "x" * 100 not in uncased._known
    assert pickle.loads(pickle.dumps(uncased)).tokenize_with_offsets(text) == once


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lowercase": False},
        {"strip_accents": False},
        {"never_split": ("É", "cat")},
        {"read_specials": False},
    ],
)
def test_a_saved_folder_gives_the_same_tokenizer(tmp_path: Path, options: dict):
    ours = Tokenizer(SMALL, **options)
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    ours.save(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["tokenizer_config.json", "vocab.txt"]
    back = Tokenizer.from_folder(tmp_path)
    assert back.pieces == ours.pieces
    for text in ("É cats", "the É. [MASK]", "Cat the"):
        assert back(text) == ours(text)


@pytest.mark.slow
@pytest.mark.parametrize("lowercase", [True, False])
def test_transformers_reads_our_folder_and_we_read_its(tmp_path: Path, lowercase: bool):
    transformers = pytest.importorskip("transformers")
    ours = Tokenizer(SMALL, lowercase)
    ours.save(tmp_path / "ours")
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path / "ours")
    for text in ("É the Cats.", "the [MASK]", "THE cats cats"):
        assert theirs(text)["input_ids"] == ours(text).input_ids
    theirs.save_pretrained(tmp_path / "theirs")
    back = Tokenizer.from_folder(tmp_path / "theirs")
    assert (back.pieces, back.lowercase) == (ours.pieces, lowercase)


def test_a_folder_with_only_a_tokenizer_json(tmp_path: Path):
    fast_tokenizer(Tokenizer(SMALL, lowercase=False, strip_accents=True)).save(str(tmp_path / "tokenizer.json"))
    back = Tokenizer.from_folder(tmp_path)
    assert (back.pieces, back.lowercase, back.strip_accents) == (SMALL, False, True)


def test_windows_line_ends_and_strange_pieces(tmp_path: Path):
    pieces = [*SPECIALS, "\u2028", "\x85", "##\u00a0"]
    file = tmp_path / "vocab.txt"
    file.write_bytes("\r\n".join(pieces).encode())
    assert Tokenizer.from_vocab_file(file).pieces == pieces


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        ([*SPECIALS, "a", "b", "a"], r"line 8 repeats 'a' of line 6"),
        ([*SPECIALS, "a", "", "b"], r"line 7 is empty"),
        (["[PAD]", "[UNK]", "[CLS]", "a"], r"none of its 4 lines is \[SEP\] or \[MASK\]"),
    ],
)
def test_a_vocabulary_with_a_fault_is_refused_by_line(tmp_path: Path, pieces: list[str], message: str):
    with pytest.raises(ValueError, match="the vocabulary: " + message):
        Tokenizer(pieces)
    file = tmp_path / "words.txt"
    file.write_text("\n".join(pieces) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"words\.txt: " + message):
        Tokenizer.from_vocab_file(file)


def test_what_is_no_vocabulary_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match=r"of line 6, has a line end in it"):
        Tokenizer([*SPECIALS, "a\nb"])
    (tmp_path / "vocab.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"vocab\.txt is not UTF-8"):
        Tokenizer.from_vocab_file(tmp_path / "vocab.txt")
    with pytest.raises(FileNotFoundError, match=r"neither vocab\.txt nor tokenizer\.json"):
        Tokenizer.from_folder(tmp_path / "empty")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"type": "BPE", "vocab": {}}, r"of the kind BPE"),
        ({"type": "WordPiece", "vocab": {"[PAD]": 0, "a": 2}}, r"gives 'a' the id 2, and no piece the id 1"),
    ],
)
def test_a_tokenizer_json_of_another_kind_is_refused(tmp_path: Path, model: dict, message: str):
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": model}), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        Tokenizer.from_folder(tmp_path)


def test_misuse_is_answered_with_the_numbers():
    tokenizer = Tokenizer(SMALL)
    with pytest.raises(ValueError, match=r"max_length=1 has no room for the 2 special pieces; give 3 or more"):
        tokenizer("cat", max_length=1)
    with pytest.raises(ValueError, match=r"max_length=2 has no room for the 3 special pieces"):
        tokenizer("cat", "cat", max_length=2)
    with pytest.raises(ValueError, match=r"a text has 4 pieces, more than pad_to=3; give max_length=3 too"):
        tokenizer.batch(["cat", "cats"], pad_to=3)
    with pytest.raises(ValueError, match=r"2 first texts but 1 second ones"):
        tokenizer.batch(["cat", "cats"], ["cat"])
    with pytest.raises(IndexError, match=r"id 11 is not in the vocabulary of 11 pieces"):
        tokenizer.decode([5, 11])
    with pytest.raises(ValueError, match=r"never_split has 'dog', which is none of the 11 pieces"):
        Tokenizer(SMALL, never_split=["dog"])
    with pytest.raises(ValueError, match=r"'the cat'; give single words"):
        Tokenizer([*SMALL, "the cat"], never_split=["the cat"])
