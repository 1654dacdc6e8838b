"""A reading is what the model itself says, under its own mask and under the other, and the model is left as it was."""

import numpy as np
import pytest
import torch

from bertlab.model import BertConfig, BertForPreTraining
from bertlab.pretrained import encoder
from bertlab.reader import Stretch, reader
from bertlab.text import Tokenizer
from bertlab.training import fill_mask

WORDS = ["the", "bank", "by", "river", "was", "steep", "un", "##kind"]
TOKENIZER = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])
TEXT = "the bank by the river"
BANK, RIVER = Stretch(0, 4, 8), Stretch(0, 16, 21)


def small(causal: bool = False, dropout: float = 0.0) -> BertForPreTraining:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(TOKENIZER), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=16, initializer_range=0.5, causal=causal,
        hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout,
    )  # fmt: skip
    return BertForPreTraining(config)


def shares_at(model: BertForPreTraining, tokens: list[str], row: int) -> torch.Tensor:
    ids = torch.tensor([[TOKENIZER.vocab[token] for token in tokens]])
    with torch.no_grad():
        return model.eval()(ids).prediction_logits[0, row].softmax(dim=-1)


def test_a_hidden_piece_is_guessed_as_fill_mask_guesses_it():
    model = small()
    reading = reader(model, TOKENIZER)(TEXT, holes=[BANK])
    assert reading.tokens == ["[CLS]", "the", "[MASK]", "by", "the", "river", "[SEP]"]
    [answer] = reading.answers
    assert (answer.place, answer.told_at, answer.right) == (2, 2, "bank")
    [guesses] = fill_mask(model, TOKENIZER, "the [MASK] by the river")
    assert [guess.piece for guess in answer.guesses] == [guess.piece for guess in guesses]
    assert [guess.probability for guess in answer.guesses] == pytest.approx([g.probability for g in guesses], abs=1e-6)
    right = shares_at(model, reading.tokens, 2)[TOKENIZER.vocab["bank"]]
    assert answer.nats == pytest.approx(-right.log().item(), abs=1e-5)
    _, attentions = encoder(model, TOKENIZER)("the [MASK] by the river")
    assert reading.attentions == pytest.approx(np.stack(attentions), abs=1e-6)


def test_the_loss_is_the_mean_over_what_is_known():
    read = reader(small(), TOKENIZER)
    both = read(TEXT, holes=[BANK, RIVER])
    assert both.nats == pytest.approx((both.answers[0].nats + both.answers[1].nats) / 2)
    typed = read("the [MASK] by the river", holes=[(0, 18, 23)])
    assert [answer.right for answer in typed.answers] == [None, "river"]
    assert typed.answers[0].nats is None
    assert typed.nats == typed.answers[1].nats
    assert read(TEXT).nats is None


@pytest.mark.parametrize("causal", [False, True])
def test_the_other_mask_reads_with_the_same_parameters(causal):
    model = small(causal)
    twin = BertForPreTraining(model.config.replace(causal=not causal)).eval()
    twin.load_state_dict(model.state_dict())
    reading = reader(model, TOKENIZER, target="masked")(TEXT, holes=[BANK], other_mask=True)
    expected = reader(twin, TOKENIZER, target="masked")(TEXT, holes=[BANK])
    assert (reading.attentions == expected.attentions).all()
    assert reading.answers == expected.answers
    assert (reading.causal, reading.as_trained) == (not causal, False)
    assert (expected.causal, expected.as_trained) == (not causal, True)


def test_a_control_is_said_to_be_untrained():
    assert reader(small(), TOKENIZER)(TEXT).trained
    assert not reader(small(), TOKENIZER, trained=False)(TEXT).trained


def test_a_reading_follows_training_and_leaves_it_alone():
    model = small(dropout=0.5).train()
    read = reader(model, TOKENIZER)
    before = read(TEXT, holes=[BANK])
    assert model.training
    assert read(TEXT, holes=[BANK]).answers == before.answers  # so without dropout
    with torch.no_grad():
        model.mlm_head.bias[TOKENIZER.vocab["steep"]] += 20
    assert read(TEXT, holes=[BANK]).answers[0].guesses[0].piece == "steep"
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())


def test_who_says_the_next_piece_is_heard_one_place_before_and_nothing_is_hidden_from_it():
    model = small(causal=True)
    read = reader(model, TOKENIZER)
    reading = read(TEXT, holes=[RIVER])
    assert reading.tokens == ["[CLS]", "the", "bank", "by", "the", "river", "[SEP]"]
    [answer] = reading.answers
    assert (answer.place, answer.told_at, answer.right, reading.target) == (5, 4, "river", "next")
    shares = shares_at(model, reading.tokens[:5], 4)  # what stands there is not even read
    assert answer.nats == pytest.approx(-shares[TOKENIZER.vocab["river"]].log().item(), abs=1e-5)
    assert answer.guesses[0].probability == pytest.approx(shares.max().item(), abs=1e-6)


def test_holes_in_a_pair_and_words_of_several_pieces():
    read = reader(small(), TOKENIZER)
    reading = read("the unkind", "the unkind bank", holes=[(1, 4, 10)])
    assert reading.tokens == ["[CLS]", "the", "un", "##kind", "[SEP]", "the", "[MASK]", "[MASK]", "bank", "[SEP]"]
    assert [answer.right for answer in reading.answers] == ["un", "##kind"]
    assert reading.stretches[5:9] == [Stretch(1, 0, 3), Stretch(1, 4, 6), Stretch(1, 6, 10), Stretch(1, 11, 15)]
    assert reading.stretches[0] is reading.stretches[4] is reading.stretches[9] is None


def test_a_text_longer_than_the_positions_is_refused():
    with pytest.raises(ValueError, match="rows of 17 tokens, but this model knows 16 positions"):
        reader(small(), TOKENIZER)("the " * 15)
