"""Which stretches of text go into a row: one stretch, or two of which the second may follow the first."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from bertlab.corpora import TokenizedCorpus

Counts = Int[np.ndarray, " rows"]


@dataclass(frozen=True)
class Pairs:
    """Row r holds `ids[a_start:a_stop]` and, where there is a second segment, `ids[b_start:b_stop]`.

    `is_random` says where B was fetched from elsewhere: it is next sentence prediction's label, 1 = random.
    A row without B has an empty second stretch and no label.
    """

    a_start: Counts
    a_stop: Counts
    b_start: Counts
    b_stop: Counts
    is_random: Bool[np.ndarray, " rows"] | None

    def __len__(self) -> int:
        return len(self.a_start)

    @property
    def lengths(self) -> Counts:
        """Pieces of each row, without [CLS] and [SEP]."""
        return self.a_stop - self.a_start + self.b_stop - self.b_start

    def take(self, rows: Counts) -> "Pairs":
        """Some of the rows, in the order given."""
        label = None if self.is_random is None else self.is_random[rows]
        return Pairs(self.a_start[rows], self.a_stop[rows], self.b_start[rows], self.b_stop[rows], label)


def make_spans(corpus: TokenizedCorpus, rng: np.random.Generator, count: int, length: int) -> Pairs:
    """Single stretches of `length` pieces, cut short only where their document ends.

    Every second row begins where a sentence begins, the others anywhere: else a short row would never show the
    end of a long sentence.
    """
    start = rng.integers(len(corpus.ids), size=count)
    sentence = np.searchsorted(corpus.sentence_starts, start, side="right") - 1
    start[::2] = corpus.sentence_starts[sentence[::2]]
    stop = np.minimum(start + length, _document_end(corpus, sentence))
    empty = np.zeros_like(start)
    return Pairs(start, stop, empty, empty, is_random=None)


def can_pair(corpus: TokenizedCorpus) -> bool:
    """Whether there is a sentence that has a next one, and another document to fetch a random one from."""
    return corpus.num_sentences > corpus.num_documents > 1


def check_pairs(corpus: TokenizedCorpus) -> None:
    """Refuses a text that next sentence prediction cannot be learned from.

    Raises:
        ValueError: no document has two sentences, or there is only one document.
    """
    if not can_pair(corpus):
        raise ValueError(
            f"next sentence prediction needs two documents and a sentence that has a next one, but the text has "
            f"{corpus}; put a blank line between documents, or switch it off (--no-nsp)"
        )


def make_pairs(corpus: TokenizedCorpus, rng: np.random.Generator, lengths: Counts) -> Pairs:
    """Sentence pairs for next sentence prediction, one a length: in half of them B follows A in the text
    (of an odd number one more, or one less, by chance).

    A begins with a sentence and ends with one, before a random share of its length; a sentence that is too long is
    cut. B begins with a sentence, the next one or one of another document, and takes what is left of the length.

    Args:
        lengths: pieces of A and B together, at least 8, without [CLS] and [SEP].

    Raises:
        ValueError: see `check_pairs`.

    Source: Devlin et al. 2019, section 3.1; google-research/bert, create_instances_from_document.
    """
    check_pairs(corpus)
    sentence = _sentences_that_have_a_next(corpus, rng, len(lengths))
    document = _document_of(corpus, sentence)
    last_of_document = corpus.document_starts[1:] - 1
    a_start = corpus.sentence_starts[sentence]
    wish = a_start + np.maximum(1, (lengths * rng.uniform(0.2, 0.8, size=len(lengths))).astype(np.int64))
    next_sentence = np.searchsorted(corpus.sentence_starts, wish, side="right") - 1  # the last that begins before
    next_sentence = np.clip(next_sentence, sentence + 1, last_of_document[document])
    a_stop = np.minimum(corpus.sentence_starts[next_sentence], a_start + lengths * 3 // 4)

    is_random = _half(rng, len(lengths))
    b_sentence = np.where(is_random, _sentence_elsewhere(corpus, rng, document), next_sentence)
    b_start = corpus.sentence_starts[b_sentence]
    b_stop = np.minimum(b_start + lengths - (a_stop - a_start), _document_end(corpus, b_sentence))
    return Pairs(a_start, a_stop, b_start, b_stop, is_random)


def make_sentence_pairs(corpus: TokenizedCorpus, rng: np.random.Generator, count: int, room: int) -> Pairs:
    """Two sentences a row as the text has them, long or short: in half of the rows the second is the next one.

    What does not fit is cut at its end, the longer of the two first.

    Args:
        room: pieces of A and B together, without [CLS] and [SEP].

    Raises:
        ValueError: see `check_pairs`.
    """
    check_pairs(corpus)
    sentence = _sentences_that_have_a_next(corpus, rng, count)
    is_random = _half(rng, count)
    b_sentence = np.where(is_random, _sentence_elsewhere(corpus, rng, _document_of(corpus, sentence)), sentence + 1)
    starts, lengths = corpus.sentence_starts, np.diff(corpus.sentence_starts)
    a_length = np.minimum(lengths[sentence], np.maximum(room // 2, room - lengths[b_sentence]))
    b_length = np.minimum(lengths[b_sentence], room - a_length)
    a_start, b_start = starts[sentence], starts[b_sentence]
    return Pairs(a_start, a_start + a_length, b_start, b_start + b_length, is_random)


def _sentences_that_have_a_next(corpus: TokenizedCorpus, rng: np.random.Generator, count: int) -> Counts:
    """Some of them, drawn with replacement. No list of them is made: a corpus may have millions."""
    drawn = rng.integers(corpus.num_sentences - corpus.num_documents, size=count)
    # Before the last sentence of document d lie d others that have no next one.
    before = corpus.document_starts[1:] - 1 - np.arange(corpus.num_documents)
    return drawn + np.searchsorted(before, drawn, side="right")


def _half(rng: np.random.Generator, count: int) -> Bool[np.ndarray, " rows"]:
    """True for half of the rows; of an odd number one more, or one less, by chance."""
    half = rng.permutation(count) % 2 == 1
    if count % 2:  # else a batch of a single row would never be random
        half ^= rng.random() < 0.5
    return half


def _sentence_elsewhere(corpus: TokenizedCorpus, rng: np.random.Generator, document: Counts) -> Counts:
    """For each row a sentence of any other document, all such sentences equally likely."""
    begin, end = corpus.document_starts[document], corpus.document_starts[document + 1]
    drawn = rng.integers(corpus.num_sentences - (end - begin))
    return np.where(drawn >= begin, drawn + (end - begin), drawn)


def _document_of(corpus: TokenizedCorpus, sentence: Counts) -> Counts:
    return np.searchsorted(corpus.document_starts, sentence, side="right") - 1


def _document_end(corpus: TokenizedCorpus, sentence: Counts) -> Counts:
    """Where, in ids, the document of each sentence ends."""
    return corpus.sentence_starts[corpus.document_starts[_document_of(corpus, sentence) + 1]]
