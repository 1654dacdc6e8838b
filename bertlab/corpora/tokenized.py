"""A corpus as training reads it: one long array of ids, and where sentences and documents begin."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Integer
from numpy.lib.format import dtype_to_descr, write_array_header_1_0

from bertlab.atomic import finish_replacing, replacing
from bertlab.corpora.files import Document, split_sentences
from bertlab.text import Tokenizer
from bertlab.text.fast import CorpusEncoder, corpus_encoder

SENTENCES_AT_ONCE = 20_000
PIECES_AT_ONCE = 2**24

NO_TEXT = "there is no text in the corpus: every document is empty"

ARRAYS = ("ids", "sentence_starts", "document_starts")
"""What a corpus is made of, in its folder each with `.npy`."""


@dataclass(frozen=True)
class TokenizedCorpus:
    """Sentence s is `ids[sentence_starts[s]:sentence_starts[s + 1]]`; document d begins at sentence
    `document_starts[d]`. Both arrays of starts end with one more number, where the last one stops.
    """

    ids: Integer[np.ndarray, " tokens"]
    sentence_starts: Int[np.ndarray, " sentences_and_end"]
    document_starts: Int[np.ndarray, " documents_and_end"]

    @property
    def num_sentences(self) -> int:
        """How many sentences there are."""
        return len(self.sentence_starts) - 1

    @property
    def num_documents(self) -> int:
        """How many documents there are."""
        return len(self.document_starts) - 1

    def __str__(self) -> str:
        return f"{len(self.ids):,} pieces, {self.num_sentences:,} sentences, {self.num_documents:,} documents"

    def split(self, held_out: float) -> tuple["TokenizedCorpus", "TokenizedCorpus"]:
        """The beginning to train on, and the last share `held_out` of the sentences to be asked about.

        The end, not a random draw: neighbouring sentences tell of one another.

        Raises:
            ValueError: the share is not between 0 and 1, or leaves one of the parts empty.
        """
        (cut,) = kept_for_training([self.num_sentences], held_out)
        return self.sentences(0, cut), self.sentences(cut, self.num_sentences)

    def sentences(self, first: int, stop: int) -> "TokenizedCorpus":
        """The sentences from `first` to before `stop`, at least one."""
        starts = self.sentence_starts[first : stop + 1]
        inside = self.document_starts[(self.document_starts > first) & (self.document_starts < stop)]
        return TokenizedCorpus(
            ids=self.ids[starts[0] : starts[-1]],
            sentence_starts=starts - starts[0],
            document_starts=np.concatenate([[0], inside - first, [stop - first]]),
        )

    def save(self, folder: Path) -> None:
        """Write the three arrays into a folder; an interrupted write leaves older ones whole."""
        with replacing(folder) as staging:
            for name in ARRAYS:
                np.save(staging / f"{name}.npy", getattr(self, name))

    @classmethod
    def load(cls, folder: Path) -> "TokenizedCorpus":
        """What `save` wrote, mapped into memory: of a large corpus only what is read is fetched."""
        finish_replacing(folder)
        return cls(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS))


def piece_shares(
    ids: Integer[np.ndarray, " tokens"], num_pieces: int, special_ids: Sequence[int] = ()
) -> Float[np.ndarray, " vocab"]:
    """How frequent each piece is: the guess of who does not look. One is added to every count, so that nothing is
    impossible but the special pieces.

    >>> piece_shares(np.array([3, 3, 2]), 4, special_ids=[0]).tolist()
    [0.0, 0.16666666666666666, 0.3333333333333333, 0.5]
    """
    some_at_once = (ids[begin : begin + PIECES_AT_ONCE] for begin in range(0, len(ids), PIECES_AT_ONCE))
    counts = sum((np.bincount(some, minlength=num_pieces) for some in some_at_once), start=np.ones(num_pieces))
    counts[list(special_ids)] = 0.0
    return counts / counts.sum()


def kept_for_training(sentences: Sequence[int], held_out: float) -> list[int]:
    """How many sentences of each part are trained on, where parts follow one another: see `TokenizedCorpus.split`.

    >>> kept_for_training([6, 2, 2], 0.3)
    [6, 1, 0]

    Args:
        sentences: of each part.

    Raises:
        ValueError: the share is not between 0 and 1, or leaves one side empty.
    """
    if not 0 < held_out < 1:
        raise ValueError(f"held_out is a share between 0 and 1, not {held_out}")
    total = sum(sentences)
    if not total:
        raise ValueError(NO_TEXT)
    left = total - max(1, round(held_out * total))
    if left < 1:
        raise ValueError(
            f"{total} sentence(s) cannot be split into training and {held_out:.0%} held-out text; bring more text"
        )
    ends = np.minimum(np.cumsum([0, *sentences]), left)
    return np.diff(ends).tolist()


Parts = Callable[[], Iterable[TokenizedCorpus]]
"""Corpora that follow one another, from the first each time it is called."""


def _end_to_end(parts: Parts, name: str) -> Iterator[Integer[np.ndarray, "_"]]:
    """One of the three arrays of the parts as if they were one corpus, stretch by stretch."""
    if name == "ids":
        yield from (part.ids for part in parts())
        return
    offset = 0
    for part in parts():
        starts = getattr(part, name)
        yield starts[:-1] + offset
        offset += starts[-1]
    yield np.array([offset])


def concatenate(corpora: Sequence[TokenizedCorpus]) -> TokenizedCorpus:
    """Several corpora, one after the other. Documents stay apart."""
    return TokenizedCorpus(*(np.concatenate([*_end_to_end(lambda: corpora, name)]) for name in ARRAYS))


def lay(parts: Parts, folder: Path) -> None:
    """The same on disk, as `save` writes it. However large the parts are together, one at a time is held."""
    with replacing(folder) as staging:
        for name in ARRAYS:
            lengths, kinds = zip(*((len(stretch), stretch.dtype) for stretch in _end_to_end(parts, name)), strict=True)
            kind = np.result_type(*set(kinds))
            header = {"descr": dtype_to_descr(kind), "fortran_order": False, "shape": (sum(lengths),)}
            with (staging / f"{name}.npy").open("wb") as out:
                write_array_header_1_0(out, header)
                for stretch in _end_to_end(parts, name):
                    stretch.astype(kind, copy=False).tofile(out)


def tokenize_corpus(documents: Iterable[Document], tokenizer: Tokenizer) -> TokenizedCorpus:
    """Every sentence of every document as ids, without special tokens.

    Much text is encoded by `corpus_encoder`.

    Raises:
        ValueError: there is no text in the documents.
    """
    parts = [part for _, part in tokenized_parts(documents, tokenizer)]
    if not any(part.num_sentences for part in parts):
        raise ValueError(NO_TEXT)
    return concatenate(parts)


def tokenized_parts(documents: Iterable[Document], tokenizer: Tokenizer) -> Iterator[tuple[int, TokenizedCorpus]]:
    """The same, some documents at a time: how many were read, and their ids. A document without any is left out."""
    encode = corpus_encoder(tokenizer)
    narrow = np.dtype(np.uint16 if len(tokenizer) <= 2**16 else np.int32)
    waiting: list[list[str]] = []
    sentences = 0
    for document in documents:
        waiting.append([sentence for paragraph in document for sentence in split_sentences(paragraph)])
        sentences += len(waiting[-1])
        if sentences >= SENTENCES_AT_ONCE:
            yield len(waiting), _encoded(waiting, encode, narrow)
            waiting, sentences = [], 0
    if waiting:
        yield len(waiting), _encoded(waiting, encode, narrow)


def _encoded(documents: list[list[str]], encode: CorpusEncoder, narrow: np.dtype[Any]) -> TokenizedCorpus:
    """Documents of sentences as ids. A sentence may have none: then it is left out, and so is a document."""
    ids = encode([*chain.from_iterable(documents)])
    lengths = np.array([len(each) for each in ids], dtype=np.int64)
    ends_of_documents = np.cumsum([len(document) for document in documents])
    kept_until = np.cumsum([0, *(lengths > 0)])
    return TokenizedCorpus(
        ids=np.fromiter(chain.from_iterable(ids), dtype=narrow, count=lengths.sum()),
        sentence_starts=np.cumsum([0, *lengths[lengths > 0]]),
        document_starts=np.unique([0, *kept_until[ends_of_documents]]),
    )
