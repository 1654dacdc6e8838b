"""Two sentences a row: which, cut where, and dealt by length without a row being lost."""

from collections import Counter

import numpy as np
import pytest
import torch

from bertlab.text import Tokenizer
from bertlab.training import Batch, Recipe, Stage
from bertlab.training.masking import IGNORED
from bertlab.training.pairs import make_sentence_pairs
from bertlab.training.sentence_pairs import SentencePairBatches

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def batches_of(corpus, together: int, **changes) -> SentencePairBatches:
    recipe = Recipe(**{"steps": 1, "batch_tokens": 320, "stages": (Stage(0.0, 64),), "seed": 3, **changes})
    return SentencePairBatches(corpus, Tokenizer([*SPECIAL, *map(str, range(len(corpus.ids)))]), recipe, together)


def rows_of(batch: Batch) -> list[tuple[int, ...]]:
    """What each row says, its holes filled in, its label behind it."""
    true = batch.input_ids.where(batch.labels == IGNORED, batch.labels)
    lengths = batch.attention_mask.sum(dim=-1)
    labels = batch.next_sentence_label
    return [(*ids[:n].tolist(), int(label)) for ids, n, label in zip(true, lengths, labels, strict=True)]


@pytest.mark.parametrize("room", [8, 20, 61])
def test_each_row_has_two_sentences_and_what_does_not_fit_is_cut_at_its_end(random_corpus, room):
    corpus = random_corpus(2)
    pairs = make_sentence_pairs(corpus, np.random.default_rng(0), 200, room)
    starts, documents = corpus.sentence_starts.tolist(), corpus.document_starts.tolist()
    assert pairs.is_random.sum() == 100
    cut = 0
    for row in range(len(pairs)):
        a, b = (starts.index(start) for start in (pairs.a_start[row], pairs.b_start[row]))
        of_a, of_b = (sum(first <= sentence for first in documents) for sentence in (a, b))
        assert (b != a + 1 and of_a != of_b) if pairs.is_random[row] else (b == a + 1 and of_a == of_b)
        whole = [starts[sentence + 1] - starts[sentence] for sentence in (a, b)]
        kept = [int(pairs.a_stop[row] - pairs.a_start[row]), int(pairs.b_stop[row] - pairs.b_start[row])]
        assert sum(kept) == min(sum(whole), room) == pairs.lengths[row]
        if sum(whole) > room:
            cut += 1
            shorter = int(whole[1] < whole[0])
            assert kept[shorter] == min(whole[shorter], room // 2 + (room % 2 if shorter else 0))
    assert (cut > 0) == (room < 61)


def test_sorting_by_length_loses_no_row_and_saves_padding(random_corpus):
    corpus = random_corpus(1)
    sorted_, drawn = batches_of(corpus, together=8), batches_of(corpus, together=8)
    pairs, _, _ = drawn.pairs_of(2)
    as_drawn = [drawn.batch(pairs.take(part), seed=(0,)) for part in np.array_split(np.arange(len(pairs)), 8)]
    dealt = [sorted_(step) for step in range(16, 24)]
    assert [len(batch.input_ids) for batch in dealt] == [5] * 8
    assert Counter(row for batch in dealt for row in rows_of(batch)) == Counter(
        row for batch in as_drawn for row in rows_of(batch)
    )
    padding = [sum(int((batch.attention_mask == 0).sum()) for batch in each) for each in (dealt, as_drawn)]
    assert padding[0] < padding[1] / 3
    longest = [batch.input_ids.shape[1] for batch in dealt]
    assert all((batch.attention_mask.sum(dim=-1) == width).any() for batch, width in zip(dealt, longest, strict=True))
    assert longest not in (sorted(longest), sorted(longest, reverse=True)), "they come in an order of chance"


def test_a_step_reads_the_same_whatever_was_read_before(random_corpus):
    corpus = random_corpus(1)
    one, other = batches_of(corpus, together=4), batches_of(corpus, together=4)
    for step in (9, 2, 9):
        other(step)
    assert all(
        torch.equal(getattr(one(9), name), getattr(other(9), name)) for name in ("input_ids", "labels", "positions")
    )
    assert rows_of(one(9)) != rows_of(batches_of(corpus, together=4, seed=4)(9))


def test_who_does_not_ask_for_the_next_sentence_is_told(random_corpus):
    with pytest.raises(ValueError, match="next_sentence=True"):
        batches_of(random_corpus(1), together=4, next_sentence=False)


def test_a_text_without_pairs_is_refused(numbered):
    with pytest.raises(ValueError, match="put a blank line between documents"):
        batches_of(numbered([[3, 4]]), together=4)
