"""The trust of a model in every piece, at a hole."""

import pytest
import torch

from bertlab.lessons.instruments.first_wonder import trust
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.text import Tokenizer

TOKENIZER = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "yes", "no"])


def test_trust_is_the_softmax_at_the_first_hole():
    torch.manual_seed(0)
    model = BertForPreTraining(BertConfig.preset("tiny", vocab_size=7)).eval()
    shares = trust(model, TOKENIZER, "yes [MASK] [MASK]")
    with torch.no_grad():
        ids = torch.tensor([TOKENIZER("yes [MASK] [MASK]").input_ids])
        expected = model(ids).prediction_logits[0, 2].softmax(dim=-1)
    assert list(shares.values()) == sorted(expected.tolist(), reverse=True)
    assert shares["no"] == pytest.approx(expected[6].item())
    assert sum(shares.values()) == pytest.approx(1)
    assert trust(model, TOKENIZER, "[MASK] yes [MASK]", which=2) != trust(model, TOKENIZER, "[MASK] yes [MASK]")
    with pytest.raises(ValueError, match="no hole 3"):
        trust(model, TOKENIZER, "yes [MASK] [MASK]", which=3)
    with pytest.raises(ValueError, match="nothing to guess"):
        trust(model, TOKENIZER, "yes")
