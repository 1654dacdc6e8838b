"""A batch is what BERT reads, as a slow and obvious program would lay it out."""

import dataclasses

import numpy as np
import pytest
import torch

from bertlab.training import Pairs, PretrainingBatches, Stage
from bertlab.training.batches import build_rows


def laid_out(corpus, tokenizer, pairs, row_length):
    """Row by row, with lists."""
    rows = []
    for a, a_stop, b, b_stop in zip(pairs.a_start, pairs.a_stop, pairs.b_start, pairs.b_stop, strict=True):
        ids = [tokenizer.cls_id, *corpus.ids[a:a_stop].tolist(), tokenizer.sep_id]
        segments = [0] * len(ids)
        if b_stop > b:
            second = [*corpus.ids[b:b_stop].tolist(), tokenizer.sep_id]
            ids += second
            segments += [1] * len(second)
        padding = [0] * (row_length - len(ids))
        rows.append((ids + padding, segments + padding, [1] * len(ids) + padding))
    return [list(part) for part in zip(*rows, strict=True)]


@pytest.mark.parametrize("seed", range(5))
def test_rows_are_laid_out_as_a_slow_program_would(random_corpus, spell, seed):
    corpus, rng = random_corpus(seed), np.random.default_rng(seed)
    a_start, b_start = rng.integers(0, len(corpus.ids) - 20, size=(2, 30))
    a_length, b_length = rng.integers(1, 9, size=30), rng.integers(0, 10, size=30)
    pairs = Pairs(a_start, a_start + a_length, b_start, b_start + b_length, is_random=None)
    rows = build_rows(corpus, pairs, spell(corpus), 20)
    assert [part.tolist() for part in rows] == laid_out(corpus, spell(corpus), pairs, 20)


@pytest.mark.parametrize("row_length", [8, 16, 63, 64, 128])
def test_a_batch_is_whole(random_corpus, spell, small_recipe, row_length):
    corpus = random_corpus(1)
    tokenizer = spell(corpus)
    recipe = small_recipe(batch_tokens=4000, stages=(Stage(0.0, row_length),), short_share=0.3)
    batch = PretrainingBatches(corpus, tokenizer, recipe)(0)
    rows = 4000 // row_length
    assert batch.input_ids.shape == batch.labels.shape == (rows, row_length)
    chosen = batch.labels != -100
    assert batch.positions.tolist() == chosen.flatten().nonzero().flatten().tolist()
    assert batch.num_tokens == batch.attention_mask.sum()
    if row_length < 64:
        assert batch.next_sentence_label is None
    else:
        assert batch.next_sentence_label.sum() == rows // 2
    true = batch.input_ids.where(~chosen, batch.labels)
    for row in range(rows):
        real = int(batch.attention_mask[row].sum())
        ids, segments = true[row, :real].tolist(), batch.token_type_ids[row, :real].tolist()
        assert batch.attention_mask[row].tolist() == [1] * real + [0] * (row_length - real)
        assert true[row, real:].tolist() == [tokenizer.pad_id] * (row_length - real)
        ends = [place for place, piece in enumerate(ids) if piece == tokenizer.sep_id]
        assert ids[0] == tokenizer.cls_id
        assert ends[-1] == real - 1
        assert len(ends) == (1 if row_length < 64 else 2)
        assert segments == [0] * (ends[0] + 1) + [1] * (real - ends[0] - 1)
        for first, last in zip([0, *ends], ends, strict=False):
            stretch = ids[first + 1 : last]
            assert stretch == list(range(stretch[0], stretch[0] + last - first - 1)), "a stretch of the text"


def test_some_pairs_are_short_and_the_rest_are_full(numbered, spell, small_recipe):
    corpus = numbered([[3] * 400, [3] * 400])
    recipe = small_recipe(batch_tokens=64 * 2000, stages=(Stage(0.0, 64),), short_share=0.25)
    lengths = PretrainingBatches(corpus, spell(corpus), recipe)(0).attention_mask.sum(dim=1)
    assert abs((lengths < 64).double().mean().item() - 0.25) < 0.07  # a document's end shortens a few more


def test_a_batch_is_a_function_of_seed_and_step_alone(small_batches, small_recipe):
    batches = small_batches(small_recipe())
    once = [batches(step) for step in range(6)]
    torch.manual_seed(9)
    np.random.seed(9)
    for step in (5, 0, 3, 3, 1):
        assert same(batches(step), once[step])
    assert [batch.input_ids.shape[1] for batch in once] == [16, 16, 64, 64, 64, 64]
    for first, second in [(0, 1), (2, 3), (4, 5)]:
        assert not same(once[first], once[second])
    assert not same(small_batches(small_recipe(seed=1))(3), once[3])
    assert same(small_batches(small_recipe(learning_rate=1.0))(3), once[3])


def same(one, other):
    return all(
        torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b
        for a, b in ((getattr(one, each.name), getattr(other, each.name)) for each in dataclasses.fields(one))
    )


def test_without_next_sentence_rows_hold_one_stretch(small_batches, small_recipe):
    batch = small_batches(small_recipe(next_sentence=False))(5)
    assert batch.input_ids.shape[1] == 64
    assert batch.next_sentence_label is None
    assert not batch.token_type_ids.any()


def test_a_text_without_pairs_is_refused_before_the_first_step(numbered, spell, small_recipe):
    corpus = numbered([[3, 4, 5]])
    with pytest.raises(ValueError, match=r"two documents.*--no-nsp"):
        PretrainingBatches(corpus, spell(corpus), small_recipe())
    short = small_recipe(stages=(Stage(0.0, 16),))
    assert PretrainingBatches(corpus, spell(corpus), short)(0).next_sentence_label is None, (
        "short rows ask for no pairs"
    )


def test_a_batch_describes_itself(numbered, spell, small_recipe):
    corpus = numbered([[4, 4], [4, 4]])
    batch = PretrainingBatches(corpus, spell(corpus), small_recipe())(5)
    said = batch.describe(spell(corpus), rows=2)
    assert said.startswith(f"4 rows of 64, {batch.num_tokens} real tokens\n")
    assert said.count("reads  [CLS] ") == said.count("asked  ") == said.count("B is   ") == 2
    place = int(batch.positions[0])
    assert f"{place}: w{int(batch.labels.flatten()[place]) - 5}" in said
    assert ("random" in said) == bool(batch.next_sentence_label[:2].any())
