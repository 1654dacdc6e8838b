"""What a model costs: counted by torch itself."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from bertlab.model import Bert, BertConfig, BertForPreTraining
from bertlab.model.cost import attention_shares, flops_per_token, megabytes, parameters

SIZES = [("tiny", {}), ("mini", {"intermediate_size": 700}), ("base", {"num_hidden_layers": 3, "vocab_size": 119547})]


def counted_flops(model: torch.nn.Module, batch: int, seq: int) -> int:
    rows = torch.zeros(batch, seq, dtype=torch.long, device="meta")
    with FlopCounterMode(display=False) as counter:
        model(rows)
    return counter.get_total_flops()


@pytest.mark.parametrize(("preset", "changes"), SIZES)
@pytest.mark.parametrize(("batch", "seq"), [(1, 7), (3, 128), (1, 512)])
@pytest.mark.parametrize("causal", [False, True])
def test_flops_are_those_that_torch_counts(preset, changes, batch, seq, causal):
    """A causal model makes them too: it computes all scores and then hides half of them."""
    config = BertConfig.preset(preset, causal=causal, **changes)
    pooler, nsp = 2 * config.hidden_size**2 * batch, 4 * config.hidden_size * batch * (not causal)
    with torch.device("meta"):
        encoder, both = Bert(config), BertForPreTraining(config)
    assert counted_flops(encoder, batch, seq) == flops_per_token(config, seq) * batch * seq + pooler
    with_heads = flops_per_token(config, seq, heads=True) * batch * seq + pooler + nsp
    assert counted_flops(both, batch, seq) == with_heads


def test_megabytes_are_those_of_the_tensors():
    config = BertConfig.preset("tiny", vocab_size=100)
    for dtype in ("float32", "float16", "bfloat16"):
        model = Bert(config).to(getattr(torch, dtype))
        bytes_taken = sum(parameter.nbytes for parameter in model.parameters())
        assert megabytes(parameters(config), dtype) == bytes_taken / 1e6


def test_shares_are_those_that_a_model_gives():
    config = BertConfig.preset("tiny", vocab_size=100)
    seen = Bert(config)(torch.zeros(1, 9, dtype=torch.long), output_attentions=True).attentions
    assert attention_shares(config, 9, layers=2) == sum(shares.numel() for shares in seen)
    assert attention_shares(config, 18) == 4 * attention_shares(config, 9)


def test_counting_takes_no_memory_and_no_random_number():
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    assert parameters(BertConfig.preset("large", hidden_size=16 * 1024, num_hidden_layers=96)) > 10**11
    assert torch.equal(torch.rand(1), expected)
