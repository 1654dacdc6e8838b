"""A corpus as training reads it: one long array of ids, and where sentences and documents begin."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int, Integer

from bertlab.atomic import whole_file
from bertlab.corpora.files import Document, split_sentences
from bertlab.text import Tokenizer, fast_tokenizer

SENTENCES_AT_ONCE = 20_000


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
        if not 0 < held_out < 1:
            raise ValueError(f"held_out is a share between 0 and 1, not {held_out}")
        cut = self.num_sentences - max(1, round(held_out * self.num_sentences))
        if cut < 1:
            raise ValueError(
                f"{self.num_sentences} sentence(s) cannot be split into training and {held_out:.0%} held-out text; "
                "bring more text"
            )
        return self._sentences(0, cut), self._sentences(cut, self.num_sentences)

    def _sentences(self, first: int, stop: int) -> "TokenizedCorpus":
        starts = self.sentence_starts[first : stop + 1]
        inside = self.document_starts[(self.document_starts > first) & (self.document_starts < stop)]
        return TokenizedCorpus(
            ids=self.ids[starts[0] : starts[-1]],
            sentence_starts=starts - starts[0],
            document_starts=np.concatenate([[0], inside - first, [stop - first]]),
        )

    def save(self, file: Path) -> None:
        """Write the three arrays into one `.npz` file; an interrupted write leaves an older file whole."""
        with whole_file(file) as draft:
            np.savez(draft, ids=self.ids, sentence_starts=self.sentence_starts, document_starts=self.document_starts)

    @classmethod
    def load(cls, file: Path) -> "TokenizedCorpus":
        """Read what `save` wrote."""
        with np.load(file) as arrays:
            return cls(arrays["ids"], arrays["sentence_starts"], arrays["document_starts"])


def piece_shares(
    ids: Integer[np.ndarray, " tokens"], num_pieces: int, special_ids: Sequence[int] = ()
) -> Float[np.ndarray, " vocab"]:
    """How frequent each piece is: the guess of who does not look. One is added to every count, so that nothing is
    impossible but the special pieces.

    >>> piece_shares(np.array([3, 3, 2]), 4, special_ids=[0]).tolist()
    [0.0, 0.16666666666666666, 0.3333333333333333, 0.5]
    """
    counts = np.bincount(ids, minlength=num_pieces) + 1.0
    counts[list(special_ids)] = 0.0
    return counts / counts.sum()


def concatenate(corpora: Sequence[TokenizedCorpus]) -> TokenizedCorpus:
    """Several corpora, one after the other. Documents stay apart."""

    def chain(name: str, lengths: list[int]) -> Int[np.ndarray, " starts"]:
        offsets = np.cumsum([0, *lengths])
        parts = [getattr(each, name)[:-1] + offset for each, offset in zip(corpora, offsets, strict=False)]
        return np.concatenate([*parts, offsets[-1:]])

    return TokenizedCorpus(
        ids=np.concatenate([each.ids for each in corpora]),
        sentence_starts=chain("sentence_starts", [len(each.ids) for each in corpora]),
        document_starts=chain("document_starts", [each.num_sentences for each in corpora]),
    )


def tokenize_corpus(documents: Iterable[Document], tokenizer: Tokenizer) -> TokenizedCorpus:
    """Every sentence of every document as ids, without special tokens.

    The `tokenizers` library does the work, in parallel, with our vocabulary: the ids are the same.

    Raises:
        ValueError: there is no text in the documents.
    """
    fast = fast_tokenizer(tokenizer)
    ids, lengths, document_starts = [], [], [0]
    narrow = np.uint16 if len(tokenizer) <= 2**16 else np.int32

    def sentences() -> Iterator[tuple[str, bool]]:
        for document in documents:
            of_document = [sentence for paragraph in document for sentence in split_sentences(paragraph)]
            for number, sentence in enumerate(of_document, start=1):
                yield sentence, number == len(of_document)

    stream = sentences()
    while some := list(islice(stream, SENTENCES_AT_ONCE)):
        encoded = fast.encode_batch_fast([sentence for sentence, _ in some], add_special_tokens=False)
        for encoding, (_, ends_document) in zip(encoded, some, strict=True):
            if encoding.ids:
                ids.append(np.array(encoding.ids, dtype=narrow))
                lengths.append(len(encoding.ids))
            if ends_document and len(lengths) > document_starts[-1]:
                document_starts.append(len(lengths))
    if not ids:
        raise ValueError("there is no text in the corpus: every document is empty")
    return TokenizedCorpus(
        ids=np.concatenate(ids),
        sentence_starts=np.concatenate([[0], np.cumsum(lengths)]),
        document_starts=np.array(document_starts),
    )
