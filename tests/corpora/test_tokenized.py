"""A corpus as ids holds what the tokenizer says, sentence by sentence, and loses nothing when it is cut or joined."""

import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bertlab.corpora import TokenizedCorpus, concatenate, split_sentences, tokenize_corpus, tokenized
from bertlab.corpora.tokenized import lay
from bertlab.text import Tokenizer

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
TOKENIZER = Tokenizer([*SPECIAL, *'abcABC.!?“”"1中é', "##a", "##b", "##c", "ab", "##bc"])

paragraphs = st.text(alphabet='abcABC.!?“”" \t1中éx\u200b', max_size=40) | st.just("a [MASK]. [SEP] B")
all_documents = st.lists(st.lists(paragraphs, max_size=4), max_size=5)

Sentences = list[list[list[int]]]
"""Documents of sentences of ids."""


def spelt_out(corpus: TokenizedCorpus) -> Sentences:
    """The corpus as lists, read by its two arrays of starts."""
    return [
        [
            corpus.ids[corpus.sentence_starts[s] : corpus.sentence_starts[s + 1]].tolist()
            for s in range(corpus.document_starts[d], corpus.document_starts[d + 1])
        ]
        for d in range(corpus.num_documents)
    ]


def from_sentences(documents: Sentences) -> TokenizedCorpus:
    """The other way round."""
    lengths = [len(sentence) for document in documents for sentence in document]
    return TokenizedCorpus(
        ids=np.array([piece for document in documents for sentence in document for piece in sentence]),
        sentence_starts=np.cumsum([0, *lengths]),
        document_starts=np.cumsum([0, *map(len, documents)]),
    )


sentences = st.lists(st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=4), min_size=1, max_size=5), min_size=1)


@settings(deadline=None, max_examples=80)
@given(all_documents, st.integers(1, 7))
@example([["\u200b"], ["a", "\u200b"], ["\u200b", "\u200b."], ["\u200b"]], 1)  # sentences without any piece
def test_ids_are_those_of_the_tokenizer_itself(documents, at_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenized, "SENTENCES_AT_ONCE", at_once)
        expected = [
            [ids for paragraph in document for sentence in split_sentences(paragraph) if (ids := encode(sentence))]
            for document in documents
        ]
        expected = [document for document in expected if document]
        if expected:
            assert spelt_out(tokenize_corpus(documents, TOKENIZER)) == expected
        else:
            with pytest.raises(ValueError, match="there is no text"):
                tokenize_corpus(documents, TOKENIZER)


def encode(sentence: str) -> list[int]:
    return TOKENIZER(sentence).input_ids[1:-1]


@settings(deadline=None)
@given(sentences, st.floats(0.001, 0.999))
def test_a_split_keeps_everything_and_nothing_twice(documents, held_out):
    corpus = from_sentences(documents)
    if corpus.num_sentences - max(1, round(held_out * corpus.num_sentences)) < 1:
        with pytest.raises(ValueError, match="cannot be split"):
            corpus.split(held_out)
        return
    training, unseen = corpus.split(held_out)
    assert unseen.num_sentences == max(1, round(held_out * corpus.num_sentences))
    first, last = spelt_out(training), spelt_out(unseen)
    cut_inside = len(first) + len(last) == len(documents) + 1
    joined = [*first[:-1], first[-1] + last[0], *last[1:]] if cut_inside else first + last
    assert joined == documents


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 1.5])
def test_no_share_is_refused(share):
    with pytest.raises(ValueError, match=f"between 0 and 1, not {share}"):
        from_sentences([[[1], [2]]]).split(share)


@settings(deadline=None, max_examples=50)
@given(st.lists(sentences, min_size=1, max_size=4))
def test_joined_corpora_keep_their_documents_apart(parts):
    joined = concatenate([from_sentences(part) for part in parts])
    assert spelt_out(joined) == [document for part in parts for document in part]


def test_what_is_laid_on_disk_is_what_is_joined_and_one_part_at_a_time_is_held(tmp_path):
    seen: list[weakref.ref] = []
    most = 0

    def parts() -> Iterator[TokenizedCorpus]:
        nonlocal most
        for number in range(9):
            part = from_sentences([[[number]], [[number, 7], [8]]])
            seen.append(weakref.ref(part.ids))
            most = max(most, sum(each() is not None for each in seen))
            yield part

    lay(parts, tmp_path / "laid")
    assert most <= 3, "of nine: the last one while the next one is made, and what the loop before has left"
    laid, joined = TokenizedCorpus.load(tmp_path / "laid"), concatenate([*parts()])
    assert spelt_out(laid) == spelt_out(joined)
    assert laid.ids.dtype == joined.ids.dtype


def test_ids_beyond_16_bits_stay_whole(tmp_path):
    words = [f"w{number}" for number in range(70_000)]
    for size, dtype in [(2**16, np.uint16), (2**16 + 1, np.int32)]:
        corpus = tokenize_corpus([[words[0], words[size - 6]]], Tokenizer([*SPECIAL, *words[: size - 5]]))
        assert corpus.ids.tolist() == [5, size - 1]
        assert corpus.ids.dtype == dtype


def test_saved_and_loaded_it_is_the_same(tmp_path):
    corpus = tokenize_corpus([["Ab. Abc!"], ["C", "中"]], TOKENIZER)
    corpus.save(tmp_path / "text")
    again = TokenizedCorpus.load(tmp_path / "text")
    assert spelt_out(again) == spelt_out(corpus)
    assert again.ids.dtype == corpus.ids.dtype
    assert [file.name for file in tmp_path.iterdir()] == ["text"]
    assert str(again) == "7 pieces, 4 sentences, 2 documents"


def test_an_interrupted_write_leaves_the_older_file_whole(tmp_path, monkeypatch):
    first, second = from_sentences([[[1], [2]]]), from_sentences([[[3]]])
    first.save(tmp_path / "text")

    def cut_short(out, array):
        out.write_bytes(b"half an array")
        raise OSError("no space left")

    monkeypatch.setattr(np, "save", cut_short)
    with pytest.raises(OSError, match="no space"):
        second.save(tmp_path / "text")
    assert spelt_out(TokenizedCorpus.load(tmp_path / "text")) == [[[1], [2]]]
