"""The invented text is as English is, and all contenders read the same rows of it."""

from collections import Counter

import numpy as np
import pytest

from bertlab.bench.reading import Turns
from bertlab.training.masking import IGNORED


def test_pieces_are_as_frequent_as_zipf_and_mandelbrot_say(corpus, tokenizer):
    often = np.sort(np.bincount(corpus.ids, minlength=len(tokenizer)))[::-1]
    assert often[0] / often[9] == pytest.approx(12.7 / 3.7, rel=0.1)
    assert often[9] / often[99] == pytest.approx(102.7 / 12.7, rel=0.15)
    assert not np.isin(corpus.ids, tokenizer.special_ids).any()


def test_sentences_are_as_long_as_those_of_novels(corpus):
    """Measured in 72,835 sentences of English novels, in pieces of `mini`: mean 20.8; 4, 9, 16, 27, 53."""
    lengths = np.diff(corpus.sentence_starts)
    assert lengths.mean() == pytest.approx(20.8, rel=0.06)
    assert np.percentile(lengths, [5, 25, 50, 75, 95]) == pytest.approx([4, 9, 16, 27, 53], rel=0.15)


def said(batches) -> Counter:
    return Counter(
        tuple(ids[:length].tolist())
        for batch in batches
        for ids, length in zip(
            batch.input_ids.where(batch.labels == IGNORED, batch.labels),
            batch.attention_mask.sum(dim=-1),
            strict=True,
        )
    )


@pytest.mark.parametrize("kind", ["full", "pairs"])
def test_all_read_the_same_rows(corpus, tokenizer, kind):
    turn = Turns(kind, corpus, tokenizer, rows=6, steps=4)(3)
    assert said(turn.drawn) == said(turn.ours)
    assert len(turn.drawn) == len(turn.ours) == 4, "as asked"
    assert turn.num_tokens == sum(batch.num_tokens for batch in turn.ours)
    asked = [sum(len(batch.positions) for batch in batches) for batches in turn]
    assert asked[0] == asked[1]


def test_full_rows_are_full_and_pairs_are_half_empty(corpus, tokenizer):
    read = {kind: Turns(kind, corpus, tokenizer, rows=32)(0) for kind in ("full", "pairs")}
    places = {kind: sum(batch.input_ids.numel() for batch in turn.drawn) for kind, turn in read.items()}
    assert read["full"].num_tokens / places["full"] > 0.98
    assert 0.3 < read["pairs"].num_tokens / places["pairs"] < 0.55
    ours = sum(batch.input_ids.numel() for batch in read["pairs"].ours)
    assert ours < 0.6 * places["pairs"]


def test_a_kind_that_does_not_exist_is_named(corpus, tokenizer):
    with pytest.raises(ValueError, match="full or pairs, not 'long'"):
        Turns("long", corpus, tokenizer)
