"""Rows for fine-tuning: each read once a pass, padded little, the same for the same step, and labelled alike."""

import numpy as np
import pytest

from bertlab.text import Tokenizer
from bertlab.training.masking import IGNORED
from bertlab.training.rows import Row, RowBatches, padded_rows


def row_of(number: int, length: int) -> Row:
    return Row([2, *[5 + number] * (length - 2), 3], [0] * length, {"label": number})


@pytest.fixture
def rows():
    lengths = np.random.default_rng(0).integers(3, 40, size=101).tolist()
    return [row_of(number, length) for number, length in enumerate(lengths)]


def test_every_row_is_read_once_in_each_pass_and_in_another_order(rows):
    batches = RowBatches(rows, pad_id=0, batch_rows=8, seed=3)
    passes = [[n for step in range(13) for n in batches(at * 13 + step).labels["label"].tolist()] for at in range(2)]
    assert batches.steps(2) == 26
    assert [sorted(each) for each in passes] == [list(range(101))] * 2
    assert passes[0] != passes[1]


def test_a_step_reads_the_same_whenever_it_is_asked_for(rows):
    first, again = (RowBatches(rows, pad_id=0, batch_rows=8, seed=3) for _ in range(2))
    wanted = [first(step).input_ids.tolist() for step in range(30)]
    assert [again(step).input_ids.tolist() for step in reversed(range(30))] == wanted[::-1]
    other = RowBatches(rows, pad_id=0, batch_rows=8, seed=4)
    assert [other(step).input_ids.tolist() for step in range(13)] != wanted[:13]


def test_rows_of_about_the_same_length_stand_together(rows):
    batches = RowBatches(rows, pad_id=0, batch_rows=8)
    slots = sum(batches(step).input_ids.numel() for step in range(13))
    real = sum(batches(step).num_tokens for step in range(13))
    assert real == sum(map(len, rows))
    assert real > 0.85 * slots, "in batches drawn by chance about half of the slots would be padding"


def test_labels_of_pieces_are_ignored_at_padding():
    rows = [Row([2, 7, 8, 3], [0, 0, 1, 1], {"tags": [-100, 1, 2, -100]}), Row([2, 3], [0, 0], {"tags": [-100, -100]})]
    batch = padded_rows(rows, pad_id=0)
    assert batch.labels["tags"].tolist() == [[-100, 1, 2, -100], [-100, -100, IGNORED, IGNORED]]
    assert batch.token_type_ids.tolist() == [[0, 0, 1, 1], [0, 0, 0, 0]]
    assert batch.num_tokens == 6


def test_padding_has_the_id_that_the_tokenizer_gives_it():
    rows = [Row([2, 7, 8, 3], [0] * 4, {"label": 0}), Row([2, 3], [0, 0], {"label": 1})]
    for pad_id in (0, 9):
        batches = (padded_rows(rows, pad_id), RowBatches(rows, pad_id, batch_rows=2)(0))
        for batch in batches:
            short = batch.labels["label"].tolist().index(1)
            assert batch.input_ids[short].tolist() == [2, 3, pad_id, pad_id]
            assert batch.attention_mask[short].tolist() == [1, 1, 0, 0]


def test_a_number_stays_a_number_and_a_place_a_place():
    rows = [Row([2, 3], [0, 0], {"label": 0.5, "start": 1}), Row([2, 3], [0, 0], {"label": 2.0, "start": 0})]
    labels = padded_rows(rows, pad_id=0).labels
    assert labels["label"].is_floating_point()
    assert labels["start"].tolist() == [1, 0]


def test_what_cannot_be_a_batch_is_refused():
    with pytest.raises(ValueError, match="at least one row"):
        padded_rows([], pad_id=0)
    odd = Row([2, 3], [0, 0], {"tags": [0, 0]})
    with pytest.raises(ValueError, match=r"one has \['label'\] and another \['tags'\]"):
        padded_rows([row_of(0, 3), odd], pad_id=0)
    with pytest.raises(ValueError, match="0 rows for batches of 4"):
        RowBatches([], pad_id=0, batch_rows=4)
    with pytest.raises(ValueError, match="1 rows for batches of 0"):
        RowBatches([odd], pad_id=0, batch_rows=0)


def test_a_batch_shows_itself():
    tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ice", "##berg"])
    rows = [Row([2, 5, 6, 3], [0] * 4, {"tags": [-100, 1, -100, -100], "intent": 2})]
    told = padded_rows(rows, pad_id=0).describe(tokenizer)
    assert "reads  [CLS] ice ##berg [SEP]" in told
    assert "tags   ice 1" in told
    assert "intent 2" in told
