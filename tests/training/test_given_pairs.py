"""Pairs that are given become rows with their own labels."""

import pytest
import torch

from bertlab.text import Tokenizer
from bertlab.training import Recipe
from bertlab.training.given_pairs import GivenPairs, take_turns

TOKENIZER = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefgh"])
PAIRS = [("a b", "c", 0), ("d", "e f g", 1), ("h", "a", 0)]
RECIPE = Recipe(steps=10, batch_tokens=256, masking=0.3, seed=4)
# What each pair looks like in a row, and where its second text lies.
ROWS = {
    (2, 5, 6, 3, 7, 3): ([0, 0, 0, 0, 1, 1], 0),
    (2, 8, 3, 9, 10, 11, 3): ([0, 0, 0, 1, 1, 1, 1], 1),
    (2, 12, 3, 5, 3): ([0, 0, 0, 1, 1], 0),
}


def test_every_row_is_one_of_the_pairs_with_its_segments_and_label():
    batches = GivenPairs.from_texts(PAIRS, TOKENIZER, RECIPE)
    seen = set()
    for step in range(5):
        batch = batches(step)
        assert len(batch.input_ids) == 256 // 7
        true = torch.where(batch.labels == -100, batch.input_ids, batch.labels)
        for row, segments, real, label in zip(
            true, batch.token_type_ids, batch.attention_mask, batch.next_sentence_label, strict=True
        ):
            length = int(real.sum())
            pieces = tuple(row[:length].tolist())
            assert (segments[:length].tolist(), int(label)) == ROWS[pieces]
            assert row[length:].tolist() == [0] * (len(row) - length)
            seen.add(pieces)
        assert ((batch.labels != -100).sum(dim=1) >= 1).all()
    assert seen == set(ROWS)


def test_a_step_always_reads_the_same():
    batches = GivenPairs.from_texts(PAIRS, TOKENIZER, RECIPE)
    assert torch.equal(batches(3).input_ids, batches(3).input_ids)
    assert not torch.equal(batches(3).labels, batches(4).labels)


def test_a_pair_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"a pair has 133 tokens .* a row of the recipe 128"):
        GivenPairs.from_texts([("a " * 128, "b b", 0)], TOKENIZER, RECIPE)


def test_no_pairs_is_an_error():
    with pytest.raises(ValueError, match="no pairs"):
        GivenPairs.from_texts([], TOKENIZER, RECIPE)


def test_turns_are_taken():
    turns = take_turns(lambda step: ("a", step), lambda step: ("b", step))
    assert [turns(step) for step in range(4)] == [("a", 0), ("b", 1), ("a", 2), ("b", 3)]
