"""Share times length is the length of what a place adds to the sum, by the model's own arithmetic."""

import pytest
import torch

from bertlab.lessons.instruments.handed_over import handed_over
from bertlab.model import BertConfig, BertForPreTraining, heads_off, watching


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_contributions_are_those_of_the_attention_itself(layer: int, head: int):
    torch.manual_seed(0)
    model = BertForPreTraining(BertConfig.preset("tiny", vocab_size=20)).eval()
    ids = torch.tensor([[2, 7, 9, 3], [2, 5, 3, 0]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    shares, lengths = handed_over(model, layer, head, ids, mask)
    assert torch.allclose(shares.sum(dim=-1), torch.ones(2, 4))
    assert (shares[1, :, 3] == 0).all()
    # One head's value alone, sent through `output`, is as long as what the place hands over.
    attention = model.bert.layers[layer].attention
    with torch.no_grad(), heads_off(model, [(layer, 1 - head)]), watching(attention, "value", "output") as seen:
        model(ids, attention_mask=mask)
    size = model.config.head_dim
    mine = slice(head * size, (head + 1) * size)
    for place in range(4):
        one = torch.zeros(size * 2)
        one[mine] = seen["value"][0, place, mine]
        alone = attention.output(one) - attention.output.bias
        assert torch.allclose(alone.norm(), lengths[0, place], atol=1e-5)
    gathered = shares[0] @ (seen["value"][0, :, mine] @ attention.output.weight[:, mine].T)
    assert torch.allclose(gathered + attention.output.bias, seen["output"][0], atol=1e-5)
