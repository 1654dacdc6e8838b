"""A part is left out of every layer, and nothing else changes."""

import pytest
import torch
from torch.nn.functional import layer_norm

from bertlab.lessons.experiments import Recorded, recorded
from bertlab.lessons.instruments.taken_apart import PARTS, leave_out, show_parts
from bertlab.model import BertConfig, BertForPreTraining, build_mask
from bertlab.views.figures import words_of

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


def without_parts(never: float) -> Recorded:
    """A recording in which feed-forward costs a little over 1 nat, and a model that never had it has `never`."""
    known = {"seed": 0, "limit": 0.2, "unigram": 4.5, "heads": 4}
    found = [{**known, "without": "nothing", "how": "whole", "nats": 0.834}]
    for part in PARTS:
        found += [
            {**known, "without": part, "how": how, "nats": nats}
            for how, nats in [("removed", 1.836), ("retrained", never)]
        ]
    return Recorded("bertlab record it", "2027-03-01", "a machine", 1.0, found)


@pytest.mark.parametrize(("never", "beside"), [(0.5, "better than"), (0.85, "about as good as"), (1.5, "worse than")])
def test_the_title_subtracts_the_numbers_that_are_seen(monkeypatch, never: float, beside: str):
    said: list[str] = []
    monkeypatch.setattr("bertlab.views.show", lambda fig: said.append(words_of(fig).alt))
    found = show_parts(without_parts(never), recorded("place_alone"))
    assert said[0].startswith("Feed-forward taken out: +1.01 nats."), "1.84 − 0.83, though 1.836 − 0.834 is 1.00"
    assert "knows the place alone 3.97" in said[0]
    assert found["beside_the_whole"] == found["layer_norm_beside"] == beside
    assert (found["feed_forward_out"], found["whole"], found["place"]) == ("1.84", "0.83", "3.97")
