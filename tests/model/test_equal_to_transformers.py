"""Our numbers are those of transformers' BERT: part by part, whole, and in the gradients."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from bertlab.model import build_mask
from bertlab.model.checkpoint import hugging_face_name
from bertlab.model.self_attention import SelfAttention

CLOSE = 1e-5


def furthest(ours: Tensor, theirs: Tensor) -> float:
    assert ours.shape == theirs.shape
    return (ours - theirs).abs().max().item()


def additive(mask: Tensor) -> Tensor:
    """A mask as transformers wants it: 0 where one may look, the lowest number where not."""
    return torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)


def losses(prediction: Tensor, relationship: Tensor | None, labels: Tensor, next_label: Tensor) -> Tensor:
    total = functional.cross_entropy(prediction.flatten(0, -2), labels.flatten(), ignore_index=-100)
    return total if relationship is None else total + functional.cross_entropy(relationship, next_label)


@torch.no_grad()
def test_embeddings(pair):
    ids, segments, _ = pair.rows
    assert furthest(pair.ours.bert.embeddings(ids, segments), pair.theirs.bert.embeddings(ids, segments)) <= CLOSE


@torch.no_grad()
def test_self_attention_and_layer(pair):
    config = pair.ours.config
    mask = build_mask(pair.rows.attention_mask, config.causal)
    hidden = torch.randn(*pair.rows.input_ids.shape, config.hidden_size)
    for ours, theirs in zip(pair.ours.bert.layers, pair.theirs.bert.encoder.layer, strict=True):
        context, shares = theirs.attention.self(hidden, additive(mask))
        attended = ours.attention(hidden, mask, True)
        assert furthest(attended.context, theirs.attention.output.dense(context)) <= CLOSE
        assert furthest(attended.probs, shares) <= CLOSE
        assert furthest(ours(hidden, mask, False)[0], theirs(hidden, additive(mask))) <= CLOSE


@torch.no_grad()
def test_pooler_and_heads(pair):
    hidden = torch.randn(*pair.rows.input_ids.shape, pair.ours.config.hidden_size)
    embedding = pair.ours.bert.embeddings.token.weight
    assert furthest(torch.tanh(pair.ours.bert.pooler(hidden[:, 0])), pair.theirs.bert.pooler(hidden)) <= CLOSE
    assert furthest(pair.ours.mlm_head(hidden, embedding), pair.theirs.cls.predictions(hidden)) <= CLOSE
    assert furthest(pair.ours.nsp_head(hidden[:, 0]), pair.theirs.cls.seq_relationship(hidden[:, 0])) <= CLOSE


@torch.no_grad()
def test_whole_model(pair):
    ours = pair.ours(*pair.rows, output_attentions=True, output_hidden_states=True)
    theirs = pair.theirs(**pair.rows._asdict(), output_attentions=True, output_hidden_states=True)
    assert furthest(ours.prediction_logits, theirs.prediction_logits) <= CLOSE
    if pair.ours.config.causal:
        assert ours.seq_relationship_logits is None
    else:
        assert furthest(ours.seq_relationship_logits, theirs.seq_relationship_logits) <= CLOSE
    for name in ("hidden_states", "attentions"):
        assert len(getattr(ours, name)) == len(getattr(theirs, name))
        for here, there in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            assert furthest(here, there) <= CLOSE


@torch.no_grad()
def test_encoder_alone(pair):
    ours, theirs = pair.ours.bert(*pair.rows), pair.theirs.bert(**pair.rows._asdict())
    assert furthest(ours.last_hidden_state, theirs.last_hidden_state) <= CLOSE
    assert furthest(ours.pooler_output, theirs.pooler_output) <= CLOSE


@torch.no_grad()
def test_what_is_left_out_means_one_segment_and_no_padding(pair):
    ids = pair.rows.input_ids
    assert furthest(pair.ours(ids).prediction_logits, pair.theirs(ids).prediction_logits) <= CLOSE


@torch.no_grad()
def test_training_mode_drops_the_same_numbers(pair):
    """With one seed both draw the same numbers, so rates and places of dropout are the same too."""
    outputs = []
    for model in (pair.ours, pair.theirs):
        model.train()
        torch.manual_seed(3)
        outputs.append(model(**pair.rows._asdict()).prediction_logits)
        model.eval()
    still = pair.ours(*pair.rows).prediction_logits
    assert furthest(*outputs) <= CLOSE
    assert furthest(outputs[0], still) > 0.1


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_gradients(make_pair, seed, causal):
    pair = make_pair(seed, causal)
    ids = pair.rows.input_ids
    chosen = (torch.rand(ids.shape) < 0.3) & pair.rows.attention_mask.bool()
    chosen[0, 1] = True
    labels = torch.randint(0, pair.ours.config.vocab_size, ids.shape).where(chosen, -100)
    next_label = torch.randint(0, 2, ids.shape[:1])

    ours = pair.ours(*pair.rows)
    loss = losses(ours.prediction_logits, ours.seq_relationship_logits, labels, next_label)
    loss.backward()
    theirs = pair.theirs(**pair.rows._asdict(), labels=labels, next_sentence_label=next_label)
    their_loss = losses(theirs.prediction_logits, None, labels, next_label) if causal else theirs.loss
    their_loss.backward()

    assert abs(loss.item() - their_loss.item()) <= CLOSE
    their_gradients = {name: weight.grad for name, weight in pair.theirs.named_parameters()}
    reached = 0
    for name, weight in pair.ours.named_parameters():
        gradient = their_gradients[hugging_face_name(name)]
        if weight.grad is None:
            assert causal, f"{name} gets no gradient"
            assert gradient is None
        else:
            assert furthest(weight.grad, gradient) <= CLOSE, name
            reached += 1
    assert reached == len(their_gradients) - (4 if causal else 0)


def test_scoring_only_some_positions_changes_no_gradient(make_model):
    model, rows = make_model(1)
    chosen = rows.attention_mask.flatten().nonzero()[::4, 0]
    labels = rows.input_ids.flatten()[chosen]
    gradients = []
    for positions in (None, chosen):
        model.zero_grad()
        logits = model(*rows, positions=positions).prediction_logits
        logits = logits.flatten(0, 1)[chosen] if positions is None else logits
        functional.cross_entropy(logits, labels).backward()
        gradients.append([weight.grad.clone() for weight in model.parameters() if weight.grad is not None])
    assert all(furthest(whole, some) <= 1e-6 for whole, some in zip(*gradients, strict=True))


@pytest.mark.parametrize("causal", [False, True])
def test_in_training_the_last_layer_thinks_only_where_it_is_asked_and_learns_the_same(make_model, causal):
    model, rows = make_model(1, causal)
    model.double().train()
    for part in model.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
        elif isinstance(part, SelfAttention):
            part.dropout = 0.0
    chosen = rows.attention_mask.flatten().nonzero()[::4, 0]
    labels, follows = rows.input_ids.flatten()[chosen], torch.arange(len(rows.input_ids)) % 2
    thoughts: list[int] = []
    model.bert.layers[-1].feed_forward.register_forward_hook(
        lambda part, given, thought: thoughts.append(thought[..., 0].numel())
    )
    found = []
    for positions in (None, chosen):
        model.zero_grad()
        said = model(*rows, positions=positions)
        logits = said.prediction_logits
        loss = functional.cross_entropy(logits.flatten(0, 1)[chosen] if positions is None else logits, labels)
        if said.seq_relationship_logits is not None:
            loss = loss + functional.cross_entropy(said.seq_relationship_logits, follows)
        loss.backward()
        gradients = [weight.grad.clone() for weight in model.parameters() if weight.grad is not None]
        found.append([loss.detach(), *gradients])
    assert len(found[0]) == len(found[1]) > 30
    assert all(furthest(whole, some) <= 1e-12 for whole, some in zip(*found, strict=True))
    assert thoughts == [rows.input_ids.numel(), len(chosen) + len(rows.input_ids)]


def test_who_wants_all_vectors_or_only_reads_has_the_whole_last_layer(make_model):
    model, rows = make_model(1)
    places = torch.tensor([3, 1])
    states = model.train()(*rows, positions=places, output_hidden_states=True).hidden_states
    assert {tuple(state.shape[:2]) for state in states} == {tuple(rows.input_ids.shape)}
    model.eval()
    whole, asked = model(*rows), model(*rows, positions=places)
    assert torch.equal(whole.seq_relationship_logits, asked.seq_relationship_logits)
