"""Who may look at whom, and that the visible attention and torch's fused one agree."""

import math

import pytest
import torch

from bertlab.model import BertForPreTraining, attention, build_mask, fused_attention
from bertlab.model.self_attention import SelfAttention


@pytest.mark.parametrize("causal", [False, True])
def test_mask_says_who_may_look(causal):
    real = [[1, 1, 1, 1], [1, 1, 0, 0], [0, 1, 1, 0]]
    mask = build_mask(torch.tensor(real), causal)
    assert mask.shape == (3, 1, 4, 4)
    for row in range(3):
        for query in range(4):
            for key in range(4):
                allowed = real[row][key] == 1 and (not causal or key <= query)
                assert mask[row, 0, query, key].item() is allowed


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_the_formula(causal):
    """In double precision, number by number, from the formula's own words."""
    query, key, value = (torch.randn(2, 3, 5, 4, dtype=torch.float64) for _ in range(3))
    mask = build_mask(torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]), causal)
    context, probs = attention(query, key, value, mask)
    for batch in range(2):
        for head in range(3):
            for at in range(5):
                seen = [k for k in range(5) if mask[batch, 0, at, k]]
                scores = [
                    sum(query[batch, head, at, d] * key[batch, head, k, d] for d in range(4)).item() for k in seen
                ]
                shares = [math.exp(score / 2) for score in scores]
                expected = torch.zeros(5, dtype=torch.float64)
                expected[seen] = torch.tensor(shares, dtype=torch.float64) / sum(shares)
                assert torch.allclose(probs[batch, head, at], expected, atol=1e-12, rtol=0)
                gathered = sum(expected[k] * value[batch, head, k] for k in seen)
                assert torch.allclose(context[batch, head, at], gathered, atol=1e-12, rtol=0)


@pytest.mark.parametrize("lengths", [(17, 9, 1), (17, 17, 17)])
@pytest.mark.parametrize("causal", [False, True])
def test_visible_and_fused_agree_with_gradients(causal, lengths):
    mask = build_mask((torch.arange(17) < torch.tensor(lengths)[:, None]).long(), causal)
    parts = [torch.randn(3, 2, 17, 8, requires_grad=True) for _ in range(3)]
    weights = torch.randn(3, 2, 17, 8)
    results = []
    for context in (attention(*parts, mask)[0], fused_attention(*parts, mask)):
        results.append([context, *torch.autograd.grad((context * weights).sum(), parts)])
    for visible, fused in zip(*results, strict=True):
        assert (visible - fused).abs().max() <= 1e-5


@pytest.mark.parametrize("causal", [False, True])
def test_the_model_learns_the_same_by_the_fused_kernel(make_model, monkeypatch, causal):
    model, rows = make_model(2, causal)  # not in training mode, which would drop shares by chance
    found = []
    for kernel in (True, False):
        monkeypatch.setattr("bertlab.model.self_attention.fused_pays", lambda query, training, takes=kernel: takes)
        logits = model(*rows).prediction_logits
        found.append([logits, *torch.autograd.grad(logits.square().mean(), list(model.bert.layers.parameters()))])
    assert all((fused - plain).abs().max() <= 1e-5 for fused, plain in zip(*found, strict=True))


@torch.no_grad()
def test_who_reads_gets_the_same_to_the_last_digit_looked_at_or_not(make_model):
    model, rows = make_model(2)
    assert torch.equal(model(*rows).prediction_logits, model(*rows, output_attentions=True).prediction_logits)


def test_the_fused_kernel_is_taken_where_it_pays(make_model, monkeypatch):
    model, rows = make_model(2)
    calls = []

    def counted(*parts):
        calls.append(parts[0].dtype)
        return fused_attention(*parts)

    monkeypatch.setattr("bertlab.model.self_attention.fused_attention", counted)
    layers = model.config.num_hidden_layers
    model(*rows)
    assert not calls, "who reads"
    model.train()(*rows, output_attentions=True)
    assert not calls, "who wants the shares"
    with torch.autocast("cpu", torch.bfloat16):
        model(*rows)
    assert not calls, "bfloat16 on a CPU"
    model(*rows)
    assert calls == [torch.float32] * layers


@pytest.mark.cuda
def test_model_is_the_same_on_a_gpu(make_model):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here; run this on a machine with one")
    for causal in (False, True):
        model, rows = make_model(2, causal)
        with torch.no_grad():
            here = model(*rows, output_attentions=True)
            model, rows = model.cuda(), [part.cuda() for part in rows]
            fused, visible = model(*rows), model(*rows, output_attentions=True)
        real = rows[2].bool().cpu()
        for there in (fused, visible):
            assert (there.prediction_logits.cpu() - here.prediction_logits)[real].abs().max() <= 1e-4
        assert (visible.attentions[-1].cpu() - here.attentions[-1]).abs().max() <= 1e-4


@torch.no_grad()
@pytest.mark.parametrize("causal", [False, True])
def test_queries_and_keys_make_the_attentions(make_model, causal):
    for seed in range(3):
        model, rows = make_model(seed, causal)
        output = model(*rows, output_attentions=True, output_queries_keys=True)
        mask = build_mask(rows.attention_mask, causal)
        assert len(output.queries) == len(output.keys) == len(output.attentions) == model.config.num_hidden_layers
        for query, key, probs in zip(output.queries, output.keys, output.attentions, strict=True):
            assert query.shape[1] == model.config.num_attention_heads
            scores = torch.einsum("bhqd,bhkd->bhqk", query, key) / model.config.head_dim**0.5
            made = scores.masked_fill(~mask, -math.inf).softmax(dim=-1)
            assert (made - probs).abs().max() <= 1e-6


def test_nothing_is_kept_that_was_not_asked_for(make_model):
    model, rows = make_model()
    output = model(*rows)
    assert [output.attentions, output.hidden_states, output.queries, output.keys] == [None] * 4


@torch.no_grad()
def test_causal_twin_cannot_see_what_comes_later(make_model):
    model, rows = make_model(1, causal=True)
    ids = rows.input_ids[:1]
    before = model.bert(ids, output_hidden_states=True).hidden_states
    for place in range(1, ids.shape[1]):
        changed = ids.clone()
        changed[0, place] = (changed[0, place] + 1) % model.config.vocab_size
        after = model.bert(changed, output_hidden_states=True).hidden_states
        for old, new in zip(before, after, strict=True):
            assert (old - new)[0, :place].abs().max() == 0.0
        assert (before[-1] - after[-1])[0, place].abs().max() > 0


@torch.no_grad()
def test_bert_sees_what_comes_later_everywhere(make_model):
    model, rows = make_model(1)
    ids = rows.input_ids[:1]
    changed = ids.clone()
    changed[0, -1] = (changed[0, -1] + 1) % model.config.vocab_size
    moved = (model.bert(ids).last_hidden_state - model.bert(changed).last_hidden_state).abs().amax(dim=-1)
    assert moved.min() > 1e-4


@torch.no_grad()
def test_the_causal_cls_moves_for_nothing(make_model):
    model, rows = make_model(3, causal=True)
    ids = rows.input_ids.clone()
    ids[:, 0] = 2
    other_words = (ids + 1) % model.config.vocab_size
    other_words[:, 0] = 2
    here, there = model.bert(ids), model.bert(other_words)
    assert (here.last_hidden_state - there.last_hidden_state)[:, 0].abs().max() == 0.0
    assert (here.pooler_output - there.pooler_output).abs().max() == 0.0
    assert (here.last_hidden_state - there.last_hidden_state)[:, 1:].abs().amax(dim=-1).min() > 0


def test_twins_start_with_the_same_parameters(make_model):
    config = make_model(2)[0].config
    twins = []
    for causal in (False, True):
        torch.manual_seed(7)
        twins.append(BertForPreTraining(config.replace(causal=causal)).state_dict())
    assert twins[0].keys() == twins[1].keys()
    assert all(torch.equal(twins[0][name], twins[1][name]) for name in twins[0])


@torch.no_grad()
@pytest.mark.parametrize("causal", [False, True])
def test_padding_changes_nothing(make_model, causal):
    model, rows = make_model(0, causal)
    together = model(*rows, output_attentions=True)
    for row, length in enumerate(rows.attention_mask.sum(dim=1).tolist()):
        alone = model(*(part[row : row + 1, :length] for part in rows))
        assert (alone.prediction_logits[0] - together.prediction_logits[row, :length]).abs().max() <= 1e-5
        assert together.attentions[0][row, :, :, length:].abs().sum() == 0.0


def test_dropout_acts_in_training_only(make_model):
    model, _ = make_model()
    part = SelfAttention(model.config.replace(attention_probs_dropout_prob=0.25))
    hidden = torch.randn(8, 60, model.config.hidden_size)
    mask = build_mask(torch.ones(8, 60, dtype=torch.long), causal=False)
    dropped = (part.train()(hidden, mask, True).probs == 0).float().mean().item()
    assert abs(dropped - 0.25) < 0.02
    assert (part.eval()(hidden, mask, True).probs == 0).sum() == 0
