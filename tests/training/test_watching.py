"""Watching one sentence says what the model says, and disturbs nothing."""

import numpy as np
import pytest
import torch

from bertlab.model import BertConfig, BertForPreTraining
from bertlab.pretrained import encoder
from bertlab.text import Tokenizer
from bertlab.training import fill_mask, watching

TOKENIZER = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "bat", "flew", "in"])


@pytest.fixture
def model() -> BertForPreTraining:
    torch.manual_seed(0)
    return BertForPreTraining(BertConfig.preset("tiny", vocab_size=len(TOKENIZER)))


def test_a_look_is_what_encoder_and_fill_mask_say_and_leaves_training_as_it_was(model):
    sentence = "the [MASK] flew [MASK]"
    look = watching(model, TOKENIZER, sentence, top=3)
    model.train()
    seen = look()
    assert model.training, "dropout goes on"
    tokens, attentions = encoder(model, TOKENIZER)(sentence)
    assert seen.tokens == list(tokens)
    np.testing.assert_allclose(seen.attentions, np.stack(attentions), atol=1e-6)
    for found, wanted in zip(seen.guesses, fill_mask(model, TOKENIZER, sentence, top=3), strict=True):
        assert [guess.piece for guess in found] == [guess.piece for guess in wanted]
        assert [guess.probability for guess in found] == pytest.approx([guess.probability for guess in wanted])


def test_each_look_sees_the_model_as_it_is_now(model):
    look = watching(model, TOKENIZER, "the [MASK] flew")
    before = look()
    with torch.no_grad():
        model.mlm_head.bias[TOKENIZER.vocab["in"]] += 50.0
    after = look()
    assert before.guesses[0][0].probability < 0.9
    assert after.guesses[0][0] == ("in", pytest.approx(1.0))


def test_without_a_hole_there_is_attention_and_no_guess(model):
    seen = watching(model, TOKENIZER, "the bat flew")()
    assert seen.guesses == []
    assert seen.attentions.shape[-2:] == (5, 5)
