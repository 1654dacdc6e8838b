"""Pairs and spans against the text itself, row by row, on random corpora in which every id tells its place."""

import numpy as np
import pytest

from bertlab.training import make_pairs, make_spans
from bertlab.training.pairs import can_pair


class Text:
    """A corpus seen slowly: for every id the place it stands at."""

    def __init__(self, corpus):
        self.starts = corpus.sentence_starts.tolist()
        self.ends = [self.starts[d] for d in corpus.document_starts.tolist()]

    def document(self, place):
        return sum(end <= place for end in self.ends)

    def document_end(self, place):
        return next(end for end in self.ends if end > place)


def rows_of(pairs):
    return zip(*(side.tolist() for side in (pairs.a_start, pairs.a_stop, pairs.b_start, pairs.b_stop)), strict=True)


def test_a_batch_of_one_pair_is_random_half_of_the_time(random_corpus):
    rng = np.random.default_rng(0)
    labels = [make_pairs(random_corpus(0), rng, np.array([40])).is_random[0] for _ in range(400)]
    assert abs(sum(labels) - 200) < 5 * 10  # five standard deviations


@pytest.mark.parametrize("seed", range(12))
def test_every_pair_is_what_its_label_says(random_corpus, seed):
    corpus = random_corpus(seed)
    text, rng = Text(corpus), np.random.default_rng(seed)
    lengths = rng.integers(8, 61, size=80 + seed % 2)
    pairs = make_pairs(corpus, rng, lengths)
    halves = {len(lengths) // 2, (len(lengths) + 1) // 2}
    assert pairs.is_random.sum() in halves, "exactly half of them, as far as whole rows can be halved"
    cut = 0
    for (a, a_stop, b, b_stop), length, random in zip(rows_of(pairs), lengths.tolist(), pairs.is_random, strict=True):
        assert a in text.starts
        assert b in text.starts
        assert a < a_stop <= text.document_end(a)
        assert b < b_stop <= text.document_end(b)
        assert a_stop - a + b_stop - b <= length
        assert a_stop - a <= length * 3 // 4
        cut += a_stop not in text.starts
        if random:
            assert text.document(b) != text.document(a)
        else:
            assert text.document(b) == text.document(a)
            assert b == min(start for start in text.starts if start >= a_stop), "the next sentence"
        assert b_stop == text.document_end(b) or a_stop - a + b_stop - b == length, "B takes what is left"
    assert 0 < cut < len(lengths) / 2, "some sentences are too long, most are not"


def test_a_holds_as_many_whole_sentences_as_were_wished_for(numbered):
    """In a text of sentences of one piece nothing need be cut: A is 20 to 80% of the length, evenly."""
    corpus = numbered([[1] * 500, [1] * 500])
    pairs = make_pairs(corpus, np.random.default_rng(0), np.full(4000, 100))
    inside = pairs.a_stop % 500 != 499  # where the document's end did not shorten A
    shares = (pairs.a_stop - pairs.a_start)[inside & (pairs.a_start % 500 < 400)]
    assert shares.min() == 20
    assert shares.max() == 75  # a quarter is kept for B
    assert abs(np.minimum(shares, 75).mean() - 49.3) < 1


@pytest.mark.parametrize("seed", range(12))
def test_spans_stay_in_their_document(random_corpus, seed):
    corpus = random_corpus(seed)
    text = Text(corpus)
    spans = make_spans(corpus, np.random.default_rng(seed), 61, 14)
    assert spans.is_random is None
    for number, (a, a_stop, b, b_stop) in enumerate(rows_of(spans)):
        assert a_stop == min(a + 14, text.document_end(a))
        assert a_stop > a
        assert b == b_stop
        assert number % 2 or a in text.starts, "every second one begins with a sentence"


def test_every_sentence_and_every_piece_gets_its_turn(random_corpus):
    corpus = random_corpus(3)
    rng = np.random.default_rng(0)
    spans = make_spans(corpus, rng, 40_000, 14)
    assert set(spans.a_start[1::2]) == set(range(len(corpus.ids)))
    assert set(spans.a_start[::2]) == set(corpus.sentence_starts[:-1])
    pairs = make_pairs(corpus, rng, np.full(4000, 61))
    last_of_document = corpus.sentence_starts[corpus.document_starts[1:] - 1]
    assert set(pairs.a_start) == set(corpus.sentence_starts[:-1]) - set(last_of_document), "all that have a next one"
    assert set(pairs.b_start[pairs.is_random]) == set(corpus.sentence_starts[:-1])


def test_a_random_b_is_any_sentence_of_the_others_alike(numbered):
    corpus = numbered([[5, 5], [5], [5, 5, 5, 5], [5, 5, 5]])
    pairs = make_pairs(corpus, np.random.default_rng(0), np.full(20_000, 20))
    of_second = pairs.is_random & (pairs.a_start // 5 >= 3) & (pairs.a_start // 5 < 7)  # A in the third document
    counts = np.bincount(pairs.b_start[of_second] // 5, minlength=10)
    assert counts[3:7].tolist() == [0] * 4
    others = counts[[0, 1, 2, 7, 8, 9]]
    assert (abs(others - others.mean()) < 5 * others.mean() ** 0.5).all()


@pytest.mark.parametrize("lengths", [[[3, 4, 5]], [[3], [4], [5]]], ids=["one document", "no next sentence"])
def test_a_text_without_pairs_is_refused_with_the_remedy(numbered, lengths):
    corpus = numbered(lengths)
    assert not can_pair(corpus)
    with pytest.raises(ValueError, match=r"3 sentences, . documents; put a blank line .*--no-nsp"):
        make_pairs(corpus, np.random.default_rng(0), np.array([20]))


def test_the_smallest_text_with_pairs(numbered):
    corpus = numbered([[3, 4], [5]])
    assert can_pair(corpus)
    pairs = make_pairs(corpus, np.random.default_rng(0), np.array([20, 20]))
    following, random = pairs.is_random.argsort()
    assert list(rows_of(pairs))[following] == (0, 3, 3, 7)
    assert list(rows_of(pairs))[random] == (0, 3, 7, 12)
