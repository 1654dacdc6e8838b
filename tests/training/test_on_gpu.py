"""What a GPU reads is what the CPU reads, but for the luck of hiding; all of it runs on any device."""

import dataclasses
import subprocess
import sys

import pytest
import torch

from bertlab.training import Stage, ask, new_model
from bertlab.training import train as train_model
from bertlab.training.masking import IGNORED
from bertlab.training.on_gpu import BatchesOnDevice

DEVICES = [
    torch.device("cpu"),
    pytest.param(
        torch.device("cuda"),
        marks=[pytest.mark.cuda, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")],
    ),
]


@pytest.fixture(params=DEVICES, ids=str)
def device(request):
    """Where rows are made."""
    return request.param


@pytest.fixture(params=[16, 64], ids=["stretches", "pairs"])
def settings(request, small_batches, small_recipe):
    """Batches of rows of one length, alone and in pairs, some of them short."""
    stages, shares = (Stage(0.0, request.param),), {"masking": 0.3, "replaced": 0.2, "kept": 0.1}
    return small_batches(small_recipe(batch_tokens=64 * 100, stages=stages, short_share=0.3, **shares))


@pytest.fixture
def small_model(small_config, small_batches, device):
    """A model on the device, without dropout, for a recipe."""
    without_dropout = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}

    def make(recipe):
        config = small_config(vocab_size=len(small_batches(recipe).tokenizer), **without_dropout)
        return new_model(config, recipe).to(device)

    return make


def on_cpu(batch):
    return batch.to(torch.device("cpu"))


def unhidden(batch):
    return batch.input_ids.where(batch.labels == IGNORED, batch.labels)


def test_rows_hold_the_same_text(settings, device):
    made = BatchesOnDevice(settings, device)
    for step in (3, 4, 0):
        ours, theirs = on_cpu(made(step)), settings(step)
        assert torch.equal(unhidden(ours), unhidden(theirs))
        assert torch.equal(ours.token_type_ids, theirs.token_type_ids)
        assert torch.equal(ours.attention_mask, theirs.attention_mask)
        assert ours.num_tokens == theirs.num_tokens
        if theirs.next_sentence_label is None:
            assert ours.next_sentence_label is None
        else:
            assert torch.equal(ours.next_sentence_label, theirs.next_sentence_label)


def test_as_many_pieces_of_each_row_are_hidden(settings, device):
    ours, theirs = on_cpu(BatchesOnDevice(settings, device)(1)), settings(1)
    assert torch.equal((ours.labels != IGNORED).sum(dim=-1), (theirs.labels != IGNORED).sum(dim=-1))
    special = torch.tensor(settings.tokenizer.special_ids)
    assert not torch.isin(ours.labels, special).any()
    assert device.type != "cpu" or torch.equal(ours.labels, theirs.labels), "on the CPU the very same ones"


def test_positions_name_every_hidden_piece_once_and_have_one_shape(settings, device):
    made = BatchesOnDevice(settings, device)
    batches = [on_cpu(made(step)) for step in range(6)]
    assert len({batch.positions.shape for batch in batches}) == 1
    for batch in batches:
        asked = batch.positions[batch.labels.flatten()[batch.positions] != IGNORED]
        assert sorted(asked.tolist()) == (batch.labels.flatten() != IGNORED).nonzero().flatten().tolist()
        assert len(batch.positions.unique()) == len(batch.positions)


def test_what_stands_there_instead(settings, device):
    """Of 70/20/10: a random piece is the true one once in a while."""
    made, shares = BatchesOnDevice(settings, device), torch.zeros(3, dtype=torch.float64)
    tokenizer, asked = settings.tokenizer, 0
    for step in range(6):
        batch = on_cpu(made(step))
        chosen = batch.labels != IGNORED
        shown, true = batch.input_ids[chosen], batch.labels[chosen]
        masked = shown == tokenizer.mask_id
        assert not torch.isin(shown[~masked], torch.tensor(tokenizer.special_ids)).any()
        shares += torch.stack([masked.sum(), (~masked & (shown != true)).sum(), (shown == true).sum()])
        asked += len(true)
    ordinary = len(tokenizer) - len(tokenizer.special_ids)
    expected = torch.tensor([0.7, 0.2 * (1 - 1 / ordinary), 0.1 + 0.2 / ordinary], dtype=torch.float64)
    deviation = (expected * (1 - expected) / asked).sqrt()
    assert ((shares / asked - expected).abs() < 4 * deviation).all()


def test_a_batch_is_a_function_of_its_step(settings, device):
    made = BatchesOnDevice(settings, device)
    in_order = [made(step) for step in range(4)]
    again = BatchesOnDevice(settings, device)
    for step in (2, 0, 3, 1):
        for field in dataclasses.fields(in_order[step]):
            mine, other = (getattr(batch, field.name) for batch in (again(step), in_order[step]))
            assert torch.equal(mine, other) if isinstance(mine, torch.Tensor) else mine == other
    assert not torch.equal(in_order[0].labels, in_order[1].labels)


def test_places_that_nobody_asks_about_change_nothing(settings, small_model, device):
    """The same rows with and without them: the same losses, the same accuracy."""
    batch = BatchesOnDevice(settings, device)(2)
    kept = batch.positions[batch.labels.flatten()[batch.positions] != IGNORED]
    assert len(kept) < len(batch.positions)
    model = small_model(settings.recipe)
    with_them, without = ask(model, batch), ask(model, dataclasses.replace(batch, positions=kept))
    torch.testing.assert_close(with_them.loss, without.loss)
    torch.testing.assert_close(with_them.mlm_accuracy, without.mlm_accuracy)


def test_a_model_learns_from_them(small_batches, small_recipe, small_model, device):
    recipe = small_recipe(steps=60, batch_tokens=64 * 16)
    fixed = BatchesOnDevice(small_batches(recipe), device)(59)
    losses = [step.mlm_loss for step in train_model(small_model(recipe), lambda _: fixed, recipe)]
    assert losses[-1] < losses[0] - 1


FUSED = """
import torch
from bertlab.bench.reading import counted_pieces, synthetic_corpus
from bertlab.model import BertConfig
from bertlab.training import PretrainingBatches, Recipe, Stage, ask, new_model
from bertlab.training.on_gpu import BatchesOnDevice, ask_fused
import numpy as np

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
tokenizer = counted_pieces(200)
corpus = synthetic_corpus(tokenizer, 3000, np.random.default_rng(0))
recipe = Recipe(steps=6, batch_tokens=256, stages=(Stage(0.0, 16), Stage(0.3, 64)))
made = BatchesOnDevice(PretrainingBatches(corpus, tokenizer, recipe), device)
size = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
config = BertConfig(vocab_size=200, **size, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
model, fused = new_model(config, recipe).to(device), ask_fused(64)
for step in (0, 4, 5):
    found = []
    for asking in (ask, fused):
        model.zero_grad()
        answers = asking(model, made(step))
        answers.loss.backward()
        gradients = [each.grad for each in model.parameters() if each.grad is not None]
        found.append([answers.mlm_loss, answers.mlm_accuracy, *gradients])
    for mine, other in zip(*found, strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-4)
compiled = torch._dynamo.utils.counters["stats"]["unique_graphs"]
assert compiled == 1, f"rows of one length have one shape, but {compiled} graphs were made"
"""


@pytest.mark.slow
def test_fused_asking_is_asking():
    """Rows of the length it was made for and others: the same answers and gradients, and it is compiled once.

    In a process of its own: what checks types in the tests is not for compiling.
    """
    ended = subprocess.run([sys.executable, "-c", FUSED], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
