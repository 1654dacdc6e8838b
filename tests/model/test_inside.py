"""A look inside a running model: a silent head adds nothing, and what is watched is what was computed."""

import copy

import pytest
import torch

from bertlab.model import Bert, BertConfig, BertForPreTraining, heads_off, lines_off, watching

IDS = torch.tensor([[2, 7, 8, 9, 3], [2, 5, 5, 6, 3]])


@pytest.fixture
def bert() -> Bert:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=12, hidden_size=24, num_hidden_layers=3, num_attention_heads=4, intermediate_size=48,
        max_position_embeddings=16, initializer_range=0.3,
    )  # fmt: skip
    return Bert(config).eval()


def without_columns(bert: Bert, heads: list[tuple[int, int]]) -> Bert:
    """The same encoder, in which `output` has forgotten what these heads say: another way to the same silence."""
    other = copy.deepcopy(bert)
    with torch.no_grad():
        for layer, head in heads:
            other.layers[layer].attention.output.weight[:, 6 * head : 6 * (head + 1)] = 0
    return other


@pytest.mark.parametrize("heads", [[(0, 0)], [(2, 3)], [(1, 0), (1, 2), (0, 3)]])
@torch.no_grad()
def test_a_silent_head_is_one_whose_columns_of_output_are_zero(bert: Bert, heads: list[tuple[int, int]]):
    expected = without_columns(bert, heads)(IDS, output_attentions=True)
    with heads_off(bert, heads):
        found = bert(IDS, output_attentions=True)
    assert (found.last_hidden_state - expected.last_hidden_state).abs().max() < 1e-6
    for mine, theirs in zip(found.attentions, expected.attentions, strict=True):
        assert (mine - theirs).abs().max() < 1e-6


@torch.no_grad()
def test_with_all_heads_on_and_after_the_block_nothing_is_changed_to_the_last_bit(bert: Bert):
    before = bert(IDS).last_hidden_state
    with heads_off(bert, []):
        assert torch.equal(bert(IDS).last_hidden_state, before)
    with heads_off(bert, [(0, 1)]):
        assert not torch.equal(bert(IDS).last_hidden_state, before)
    assert torch.equal(bert(IDS).last_hidden_state, before)


@torch.no_grad()
def test_the_hooks_are_gone_after_an_error_too(bert: Bert):
    before = bert(IDS).last_hidden_state
    with pytest.raises(ValueError, match="17 tokens"), heads_off(bert, [(0, 1)]), watching(bert, "layers.0"):
        bert(torch.ones(1, 17, dtype=torch.long))
    assert torch.equal(bert(IDS).last_hidden_state, before)
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in bert.modules())


@torch.no_grad()
def test_a_head_silent_at_one_place_leaves_the_other_places_of_its_layer_alone(bert: Bert):
    before = bert(IDS, output_hidden_states=True).hidden_states[2]
    with heads_off(bert, [(1, 2)], at=[3]):
        after = bert(IDS, output_hidden_states=True).hidden_states[2]
    moved = (after - before).abs().amax(dim=(0, 2)) > 0
    assert moved.tolist() == [False, False, False, True, False]
    with heads_off(bert, [(1, 2)], at=range(5)):
        everywhere = bert(IDS).last_hidden_state
    with heads_off(bert, [(1, 2)]):
        assert torch.equal(bert(IDS).last_hidden_state, everywhere)


@torch.no_grad()
def test_a_line_that_is_off_has_no_share_and_nothing_comes_through_it(bert: Bert):
    before = bert(IDS).last_hidden_state
    lines = torch.zeros(2, 5, 5, dtype=torch.bool)
    lines[0, [0, 1, 3, 4], 2] = True
    other = IDS.clone()
    other[0, 2] = 5
    with lines_off(bert, lines):
        cut = bert(IDS, output_attentions=True)
        assert (bert(other).last_hidden_state[0, [0, 1, 3, 4]] == cut.last_hidden_state[0, [0, 1, 3, 4]]).all()
    for looks in cut.attentions:
        assert (looks[0, :, [0, 1, 3, 4], 2] == 0).all()
        assert torch.allclose(looks.sum(dim=-1), torch.ones(2, 4, 5))
    assert torch.equal(cut.last_hidden_state[1], before[1]), "the other row keeps its lines"
    assert torch.equal(bert(IDS).last_hidden_state, before)
    with lines_off(BertForPreTraining(bert.config), lines):
        pass


@torch.no_grad()
def test_without_any_head_only_the_bias_of_output_is_left(bert: Bert):
    with heads_off(bert, [(0, head) for head in range(4)]), watching(bert, "layers.0.attention") as seen:
        bert(IDS)
    bias = bert.layers[0].attention.output.bias
    assert torch.equal(seen["layers.0.attention"].context, bias.expand(2, 5, 24))


def test_what_is_watched_is_what_was_computed_and_carries_gradients(bert: Bert):
    with watching(bert, "embeddings", "layers.1.attention.value") as seen:
        output = bert(IDS, output_hidden_states=True)
    assert torch.equal(seen["embeddings"], output.hidden_states[0])
    value = bert.layers[1].attention.value
    assert torch.equal(seen["layers.1.attention.value"], value(output.hidden_states[1]))
    (slope,) = torch.autograd.grad(output.last_hidden_state[0, 0, 0], seen["embeddings"])
    assert slope[0].abs().sum() > 0
    assert slope[1].abs().sum() == 0, "the other row has no part in it"


def test_a_head_or_a_part_that_is_not_there_is_named(bert: Bert):
    with pytest.raises(ValueError, match="no head 4 in layer 0: 3 layers with 4 heads"), heads_off(bert, [(0, 4)]):
        pass
    with pytest.raises(ValueError, match=r"no part is called layers\.7; .*embeddings"), watching(bert, "layers.7"):
        pass


@torch.no_grad()
def test_the_model_with_its_questions_can_be_silenced_too():
    model = BertForPreTraining(BertConfig.preset("tiny", vocab_size=12)).eval()
    before = model(IDS).prediction_logits
    with heads_off(model, [(1, 0)]):
        assert not torch.equal(model(IDS).prediction_logits, before)


@torch.no_grad()
def test_padding_stays_hidden_where_lines_are_off(bert: Bert):
    real = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    whole = bert(IDS, attention_mask=real).last_hidden_state
    lines = torch.zeros(2, 5, 5, dtype=torch.bool)
    with lines_off(bert, lines):
        assert torch.equal(bert(IDS, attention_mask=real).last_hidden_state, whole), "no line is off"
    lines[1, 0, 1] = True
    with lines_off(bert, lines):
        looks = bert(IDS, attention_mask=real, output_attentions=True).attentions
    assert all((each[1, :, :, 3:] == 0).all() for each in looks)
    assert all((each[1, :, 0, 1] == 0).all() for each in looks)


@torch.no_grad()
def test_of_a_part_that_runs_again_the_last_time_is_kept(bert: Bert):
    with watching(bert, "embeddings") as seen:
        bert(IDS)
        output = bert(IDS[1:], output_hidden_states=True)
    assert torch.equal(seen["embeddings"], output.hidden_states[0])
