"""A part is left out of every layer, and nothing else changes."""

import pytest
import torch
from torch.nn.functional import layer_norm

from bertlab.lessons.instruments.taken_apart import PARTS, leave_out
from bertlab.model import BertConfig, BertForPreTraining, build_mask

IDS = torch.tensor([[2, 7, 9, 8, 3]])
CONFIG = BertConfig.preset("tiny", vocab_size=11)


@pytest.fixture
def whole() -> BertForPreTraining:
    torch.manual_seed(0)
    return BertForPreTraining(CONFIG.replace(initializer_range=0.2)).eval()


@pytest.fixture
def hidden() -> torch.Tensor:
    return torch.randn(1, 5, CONFIG.hidden_size, generator=torch.Generator().manual_seed(1))


MASK = build_mask(torch.ones(1, 5, dtype=torch.long), causal=False)


@pytest.mark.parametrize("part", PARTS)
def test_the_given_model_stays_whole_and_the_other_parameters_are_its_own(whole: BertForPreTraining, part: str):
    before = {name: tensor.clone() for name, tensor in whole.state_dict().items()}
    said = whole(IDS).prediction_logits
    robbed = leave_out(whole, part)
    assert not robbed.training
    assert not torch.equal(robbed(IDS).prediction_logits, said)
    assert torch.equal(whole(IDS).prediction_logits, said)
    left = robbed.state_dict()
    assert all(torch.equal(left[name], before[name]) for name in left)
    gone = {name.split(".", 3)[3].split(".w")[0].split(".b")[0] for name in before.keys() - left.keys()}
    assert (
        gone
        == {
            "attention": {"attention.output"},
            "feed-forward": {"feed_forward.expand", "feed_forward.contract"},
            "residual": set(),
            "layer norm": {"attention_norm", "feed_forward_norm"},
        }[part]
    )


def halves(layer, hidden: torch.Tensor):
    return layer.attention(hidden, MASK, False).context, layer.feed_forward


def normed(hidden: torch.Tensor) -> torch.Tensor:
    return layer_norm(hidden, hidden.shape[-1:], eps=CONFIG.layer_norm_eps)


@torch.no_grad()
@pytest.mark.parametrize("part", PARTS)
def test_a_layer_does_the_rest_and_nothing_for_the_part(whole: BertForPreTraining, hidden: torch.Tensor, part: str):
    context, think = halves(whole.bert.layers[0], hidden)
    if part == "attention":
        middle = normed(hidden)
        expected = normed(middle + think(middle))
    elif part == "feed-forward":
        expected = normed(normed(hidden + context))
    elif part == "residual":
        expected = normed(think(normed(context)))
    else:
        expected = hidden + context + think(hidden + context)
    found, _ = leave_out(whole, part).bert.layers[0](hidden, MASK, False)
    assert torch.allclose(found, expected, atol=1e-5)


def test_an_unknown_part_is_refused_by_name(whole: BertForPreTraining):
    with pytest.raises(ValueError, match="no part 'pooler'; there are attention, feed-forward, residual, layer norm"):
        leave_out(whole, "pooler")
