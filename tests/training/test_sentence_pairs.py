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


def test_rows_too_short_for_pairs_are_filled_until_the_pairs_begin(random_corpus):
    """Turns of four steps: the third begins in the last stage, though the second ends there."""
    stages = (Stage(0.0, 16), Stage(7 / 16, 64))
    batches = batches_of(random_corpus(1), together=4, steps=16, stages=stages)
    read = [batches(step) for step in range(16)]
    assert [batch.next_sentence_label is None for batch in read] == [True] * 8 + [False] * 8
    assert all(torch.equal(batches.filled.draw(16, (3, step)).input_ids, read[step].input_ids) for step in range(8))
    assert {len(batch.input_ids) for batch in read[:8]} == {20}
    assert {len(batch.input_ids) for batch in read[8:]} == {5}


def test_unseen_text_is_asked_in_the_longest_rows(random_corpus):
    batches = batches_of(random_corpus(1), together=4, stages=(Stage(0.0, 16), Stage(0.5, 64)))
    asked = [batches.held_out(number) for number in (0, 1, 0)]
    assert all(len(batch.input_ids) == 5 and batch.next_sentence_label is not None for batch in asked)
    assert rows_of(asked[0]) == rows_of(asked[2]) != rows_of(asked[1])


@pytest.mark.parametrize("changes", [{"next_sentence": False}, {"stages": (Stage(0.0, 32),)}])
def test_who_asks_for_pairs_and_can_have_none_is_told(changes):
    with pytest.raises(ValueError, match="in rows of 64 tokens or more"):
        Recipe(**{"steps": 1, "sentence_pairs": True, "stages": (Stage(0.0, 64),), **changes})


def test_a_text_without_pairs_is_refused(numbered):
    with pytest.raises(ValueError, match="put a blank line between documents"):
        batches_of(numbered([[3, 4]]), together=4)
