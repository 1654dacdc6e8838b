"""A race is fair if all are asked the same: with the same parameters, the same loss."""

import pytest
import torch
from torch.nn import functional

from bertlab.bench import contenders
from bertlab.bench.contenders import VARIANTS, as_shipped, contender, d2l_slots, theirs, tuned
from bertlab.bench.reading import Turns
from bertlab.model.checkpoint import hugging_face_name
from bertlab.training import Recipe, ask, new_model, new_optimizer, train

CPU = torch.device("cpu")


@pytest.fixture
def pair(small):
    """Ours and theirs with the same parameters, without dropout."""
    ours, peer = new_model(small, Recipe(steps=1)), theirs(small, 0.0, CPU)
    state = {hugging_face_name(name): tensor for name, tensor in ours.state_dict().items()}
    missing = peer.load_state_dict(state, strict=False)
    assert not missing.unexpected_keys
    assert all("position_ids" in name or "decoder" in name for name in missing.missing_keys)
    return ours, peer


@pytest.mark.parametrize("kind", ["full", "pairs"])
@pytest.mark.parametrize("loss_of", [as_shipped, tuned])
def test_all_are_asked_the_same(pair, corpus, tokenizer, kind, loss_of):
    ours, peer = pair
    for batch in Turns(kind, corpus, tokenizer, rows=4)(0).drawn:
        assert loss_of(peer, batch).item() == pytest.approx(ask(ours, batch).loss.item(), abs=2e-5)


def test_empty_slots_count_as_piece_0(pair, corpus, tokenizer):
    ours, peer = pair
    batch = Turns("pairs", corpus, tokenizer, rows=4)(0).drawn[0]
    slots = round(0.15 * batch.input_ids.shape[1])
    empty = slots * len(batch.input_ids) - len(batch.positions)
    assert empty > 10
    output = ours(batch.input_ids, batch.token_type_ids, batch.attention_mask)
    total = functional.cross_entropy(output.prediction_logits.flatten(0, 1), batch.labels.flatten(), reduction="sum")
    for row, labels in enumerate(batch.labels):  # an empty slot points to the first places that nobody asks about
        unasked = (labels == -100).nonzero().flatten()[: slots - int((labels != -100).sum())]
        total -= output.prediction_logits[row, unasked].log_softmax(dim=-1)[:, 0].sum()
    nsp = functional.cross_entropy(output.seq_relationship_logits, batch.next_sentence_label)
    mean = total / (slots * len(batch.input_ids))
    assert d2l_slots(peer, batch).item() == pytest.approx((mean + nsp).item(), abs=2e-5)


def test_with_one_optimiser_both_learn_along_one_curve(pair, corpus, tokenizer):
    ours, peer = pair
    recipe = Recipe(steps=12, warmup_steps=0, learning_rate=5e-3)
    batches = Turns("full", corpus, tokenizer, rows=4)
    steps = train(ours, batches.batch_of, recipe)
    optimizer, learned = new_optimizer(peer, recipe), []
    for number, step in enumerate(steps):
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate_at(number)
        optimizer.zero_grad()
        loss = tuned(peer.train(), batches.batch_of(number))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(peer.parameters(), recipe.clip_norm)
        optimizer.step()
        learned.append((step.loss, loss.item()))
    assert all(mine == pytest.approx(other, abs=1e-3) for mine, other in learned)
    assert learned[-1][0] < learned[0][0] - 0.05


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_contender_learns(small, corpus, tokenizer, variant):
    update = contender(variant, small, Recipe(steps=100, warmup_steps=0, learning_rate=3e-3), CPU)
    batch = Turns("full", corpus, tokenizer, rows=4)(0).drawn[0]
    losses = [update(batch).item() for _ in range(12)]
    assert losses[-1] < losses[0] - 0.3


def test_as_shipped_has_dropout_and_tuned_has_none(small, corpus, tokenizer):
    batch = Turns("full", corpus, tokenizer, rows=2)(0).drawn[0]
    for variant, differ in ((contenders.SHIPPED, True), (contenders.SLOTS, True), (contenders.TUNED, False)):
        update = contender(variant, small, Recipe(steps=1, learning_rate=1e-30), CPU)
        assert (update(batch).item() != update(batch).item()) is differ


def test_without_the_peer_the_remedy_is_named(small, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(ImportError, match="pip install transformers"):
        contender(contenders.SHIPPED, small, Recipe(steps=1), CPU)
