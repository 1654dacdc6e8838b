"""Whole documents as rows: written out by hand, counted, and learned from until the entropy of a known text is met."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from bertlab.corpora import TokenizedCorpus
from bertlab.model import BertConfig, Recurrent, RecurrentConfig
from bertlab.training import DocumentBatches, Recipe, Stage, new_model, train

PLAIN = {"masking": 0.99, "replaced": 0.0, "kept": 0.0, "next_sentence": False}  # 0.99 of few is all of them


@pytest.fixture
def recipe():
    return Recipe(steps=6, batch_tokens=20, stages=(Stage(0.0, 16),), **PLAIN)


def drawn(batches, row_length, steps=200):
    """The first batch whose rows are of this length."""
    return next(batch for batch in map(batches, range(steps)) if batch.input_ids.shape[1] == row_length)


def test_a_batch_of_hidden_words_written_out(numbered, spell, recipe):
    """Documents 5 6 7, 8 9 10 11 12 (two sentences) and 13: each alone on its shelf."""
    corpus = numbered([[3], [2, 3], [1]])
    batches = DocumentBatches(corpus, spell(corpus), recipe)
    batch = drawn(batches, 7)
    assert batch.input_ids.tolist() == [[2, 4, 4, 4, 4, 4, 3]] * 2
    assert batch.labels.tolist() == [[-100, 8, 9, 10, 11, 12, -100]] * 2
    assert batch.attention_mask.tolist() == [[1] * 7] * 2
    assert batch.token_type_ids.tolist() == [[0] * 7] * 2
    assert batch.positions.tolist() == [1, 2, 3, 4, 5, 8, 9, 10, 11, 12]
    assert batch.next_sentence_label is None
    assert batch.num_tokens == 14
    assert drawn(batches, 3).labels.tolist() == [[-100, 13, -100]] * 6
    assert drawn(batches, 5).labels.tolist() == [[-100, 5, 6, 7, -100]] * 4


def test_a_batch_that_asks_for_the_next_piece_written_out(numbered, spell, recipe, monkeypatch):
    monkeypatch.setattr("bertlab.training.documents.SHELVES", 1)
    corpus = numbered([[3], [2, 3], [1]])
    rows = {
        2 + 1: ([2, 13, 3, 0, 0, 0, 0], [13, 3, -100, -100, -100, -100, -100]),
        2 + 3: ([2, 5, 6, 7, 3, 0, 0], [5, 6, 7, 3, -100, -100, -100]),
        2 + 5: ([2, 8, 9, 10, 11, 12, 3], [8, 9, 10, 11, 12, 3, -100]),
    }
    batches = DocumentBatches(corpus, spell(corpus), replace(recipe, batch_tokens=42), "next")
    batch = next(batch for batch in map(batches, range(200)) if {3, 5, 7} <= {*batch.attention_mask.sum(1).tolist()})
    assert batch.input_ids.shape == (6, 7)
    places = []
    for number, (ids, real, labels) in enumerate(zip(batch.input_ids, batch.attention_mask, batch.labels, strict=True)):
        length = int(real.sum())
        assert (ids.tolist(), labels.tolist()) == rows[length]
        assert real.tolist() == [1] * length + [0] * (7 - length)
        places += [7 * number + place for place in range(length - 1)]
    assert batch.positions.tolist() == places
    assert batch.num_tokens == int(batch.attention_mask.sum())
    assert not batch.token_type_ids.any()


def test_a_batch_that_asks_for_every_piece_shows_it_and_labels_it(many, spell, long_recipe):
    masked, own = (DocumentBatches(many, spell(many), long_recipe, target) for target in ("masked", "own"))
    for step in range(5):
        hidden, batch = masked(step), own(step)
        assert torch.equal(batch.input_ids, hidden.input_ids.where(hidden.labels == -100, hidden.labels))
        ordinary = batch.input_ids > 4
        assert torch.equal(batch.labels, batch.input_ids.where(ordinary, -100))
        assert torch.equal(batch.positions, ordinary.flatten().nonzero().flatten())


@pytest.fixture
def many(numbered):
    """Three hundred documents of 6 to 60 pieces."""
    rng = np.random.default_rng(3)
    return numbered([rng.integers(3, 31, size=2).tolist() for _ in range(300)])


@pytest.fixture
def long_recipe():
    return Recipe(steps=6, batch_tokens=640, stages=(Stage(0.0, 64),), **{**PLAIN, "masking": 0.3})


def documents_of(batch, corpus):
    """Which document each row holds, told by its first ids; the rows must hold it whole."""
    starts = corpus.sentence_starts[corpus.document_starts]
    found = []
    for row, labels in zip(batch.input_ids, batch.labels, strict=True):
        true = row.where(labels == -100, labels)
        document = int(np.searchsorted(starts, int(true[1]) - 5, side="right")) - 1
        ids = corpus.ids[starts[document] : starts[document + 1]].tolist()
        assert true.tolist() == [2, *ids, 3] + [0] * (len(row) - len(ids) - 2)
        found.append(document)
    return found


@pytest.mark.slow
def test_rows_are_whole_documents_of_about_equal_length(many, spell, long_recipe):
    batches = DocumentBatches(many, spell(many), long_recipe)
    real = seats = 0
    for step in range(300):
        batch = batches(step)
        assert len(documents_of(batch, many)) == len(batch.input_ids)
        assert batch.input_ids.numel() <= 640
        assert batch.attention_mask.sum(dim=1).max() == batch.input_ids.shape[1], "padded to the longest of the batch"
        real, seats = real + batch.num_tokens, seats + batch.input_ids.numel()
    assert 1 - real / seats < 0.05  # shuffled, these documents need a third
    tokens = np.mean([batches(step).input_ids.numel() for step in range(300)])
    assert tokens > 0.9 * 640


@pytest.mark.slow
def test_all_documents_are_read_equally_often(many, spell, long_recipe):
    batches = DocumentBatches(many, spell(many), long_recipe)
    counts = np.zeros(300)
    for step in range(1500):
        np.add.at(counts, documents_of(batches(step), many), 1)
    lengths = np.diff(many.sentence_starts[many.document_starts])
    short, long = counts[lengths < 25].mean(), counts[lengths > 45].mean()
    assert abs(short / long - 1) < 0.1  # as often as shelves are chosen evenly, it would be 2.4
    assert counts.min() > 0.5 * counts.mean()


def same(one, other):
    return torch.equal(one.input_ids, other.input_ids) and torch.equal(one.labels, other.labels)


def test_a_batch_is_a_function_of_seed_and_step_alone(many, spell, long_recipe):
    batches = DocumentBatches(many, spell(many), long_recipe)
    once = [batches(step) for step in range(5)]
    torch.manual_seed(9)
    np.random.seed(9)
    again = DocumentBatches(many, spell(many), replace(long_recipe, learning_rate=1.0))
    assert all(same(again(step), once[step]) for step in (4, 0, 2, 2))
    assert not same(DocumentBatches(many, spell(many), replace(long_recipe, seed=1))(2), once[2])


def test_no_step_reads_what_is_held_out(many, spell, long_recipe):
    batches = DocumentBatches(many, spell(many), long_recipe)
    steps = [batches(step) for step in range(20)]
    assert not any(same(batches.held_out(number), step) for number in range(20) for step in steps)
    assert same(batches.held_out(3), batches.held_out(3))
    assert not same(batches.held_out(3), batches.held_out(4))


@pytest.mark.slow
def test_short_documents_come_first_where_the_recipe_says_so(many, spell, long_recipe):
    recipe = replace(long_recipe, steps=600, stages=(Stage(0.0, 20), Stage(0.5, 64)))
    batches = DocumentBatches(many, spell(many), recipe)
    lengths = np.diff(many.sentence_starts[many.document_starts]) + 2
    first = {document for step in range(300) for document in documents_of(batches(step), many)}
    assert first == set((lengths <= 20).nonzero()[0].tolist())
    later = {document for step in range(300, 600) for document in documents_of(batches(step), many)}
    assert len(later) > 290
    assert batches.held_out(0).input_ids.shape == batches.draw(64, (0, 2**32)).input_ids.shape
    assert max(batches.held_out(number).input_ids.shape[1] for number in range(50)) > 55


def test_twins_read_the_same_documents(many, spell, long_recipe):
    bert, gpt = (DocumentBatches(many, spell(many), long_recipe, target) for target in ("masked", "next"))
    for step in range(20):
        masked, clean = bert(step), gpt(step)
        assert torch.equal(masked.input_ids.where(masked.labels == -100, masked.labels), clean.input_ids)
        assert torch.equal(masked.attention_mask, clean.attention_mask)


@pytest.mark.parametrize(("replaced", "kept"), [(0.0, 0.0), (0.1, 0.1), (0.5, 0.0), (0.0, 1.0)])
def test_the_recipe_says_what_becomes_of_chosen_pieces(many, spell, long_recipe, replaced, kept):
    recipe = replace(long_recipe, replaced=replaced, kept=kept, batch_tokens=6400)
    batch = DocumentBatches(many, spell(many), recipe)(0)
    chosen = batch.labels != -100
    shares = [
        (batch.input_ids[chosen] == now).double().mean().item()
        for now in (torch.tensor(4).expand(int(chosen.sum())), batch.labels[chosen])
    ]
    assert shares == pytest.approx([1 - replaced - kept, kept], abs=0.01)


def test_a_document_that_does_not_fit_is_named(numbered, spell, long_recipe):
    corpus = numbered([[10], [40, 23], [62], [70]])
    with pytest.raises(ValueError, match=r"2 document\(s\) do not fit into rows of 64 .*: 1 \(65\), 3 \(72\); give"):
        DocumentBatches(corpus, spell(corpus), long_recipe)


@pytest.mark.parametrize(
    ("changes", "target", "says"),
    [
        ({"next_sentence": True}, "masked", "hold no pair"),
        ({"stages": (Stage(0.0, 11), Stage(0.5, 64))}, "masked", "no document fits into rows of 11 tokens; .* has 12"),
        ({}, "causal", "'masked' or 'next' or 'own', not 'causal'"),
    ],
)
def test_what_cannot_be_asked_is_refused(numbered, spell, long_recipe, changes, target, says):
    corpus = numbered([[10]])
    with pytest.raises(ValueError, match=says):
        DocumentBatches(corpus, spell(corpus), replace(long_recipe, **changes), target)


def small_world(documents, seed):
    """Six pieces a document: a b a b a b, where a is drawn of 4 pieces and b of 2 (others for each a)."""
    rng = np.random.default_rng(seed)
    a = rng.integers(4, size=documents)
    b = 4 + 2 * a + rng.integers(2, size=documents)
    ids = 5 + np.stack([a, b] * 3, axis=1)
    starts = np.arange(0, documents * 6 + 1, 6)
    return TokenizedCorpus(ids.flatten(), starts, np.arange(documents + 1))


@pytest.mark.slow
def test_a_two_way_reader_that_is_asked_for_every_piece_learns_what_stands_around(spell):
    corpus = small_world(400, seed=0)
    tokenizer = spell(TokenizedCorpus(np.arange(12), np.array([0, 12]), np.array([0, 1])))
    recipe = Recipe(steps=600, batch_tokens=512, stages=(Stage(0.0, 8),), learning_rate=5e-3, warmup_steps=20, **PLAIN)
    torch.manual_seed(0)
    reader = Recurrent(RecurrentConfig(len(tokenizer), hidden_size=32, both_ways=True))
    losses = [step.mlm_loss for step in train(reader, DocumentBatches(corpus, tokenizer, recipe, "own"), recipe)]
    # a, b, a, b, a, b: each is told by another one of its kind; from one side the first two are not.
    one_way = (math.log(4) + math.log(2)) / 6
    assert losses[0] > 1.5
    assert np.mean(losses[-20:]) < one_way / 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("causal", "target", "limit"),
    [
        # a: log 4 once, then b: log 2 once, then five pieces that are sure, [SEP] among them.
        (True, "next", (math.log(4) + math.log(2)) / 7),
        # 2 of 6 are hidden: a third a, a third b always tells them.
        (False, "masked", 0.0),
        # All 6 are hidden: a is one of 4, b one of 8.
        (False, "all", (math.log(4) + math.log(8)) / 2),
    ],
)
def test_twins_learn_what_can_be_known(spell, causal, target, limit):
    corpus = small_world(400, seed=0)
    tokenizer = spell(TokenizedCorpus(np.arange(12), np.array([0, 12]), np.array([0, 1])))
    recipe = Recipe(
        steps=1000,
        batch_tokens=512,
        stages=(Stage(0.0, 8),),
        learning_rate=3e-3,
        warmup_steps=20,
        **{**PLAIN, "masking": 0.99 if target == "all" else 0.3},
    )
    batches = DocumentBatches(corpus, tokenizer, recipe, "next" if causal else "masked")
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=8,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        causal=causal,
    )
    losses = [step.mlm_loss for step in train(new_model(config, recipe), batches, recipe)]
    assert losses[0] > limit + 0.5
    assert np.mean(losses[-50:]) == pytest.approx(limit, abs=0.03)
