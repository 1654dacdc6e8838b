"""A recording gives back what the model said, and watching disturbs nothing."""

from pathlib import Path

import numpy as np
import pytest
import torch

from bertlab.model import BertConfig, BertForPreTraining
from bertlab.pretrained import encoder
from bertlab.text import Tokenizer
from bertlab.training import fill_mask, watching
from bertlab.training.recording import Moment, Occurrence, PairShown, Recording, Watch, moments_of, observe, vector_of

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "bat", "ba", "##t", "flew", "ba", "in"]
WATCH = Watch(
    sentences=("the [MASK] flew", "the bat flew in"),
    senses=(Occurrence("bat", "animal", "the bat flew"), Occurrence("bat", "club", "in the bat")),
    pairs=(PairShown("the bat", "flew in", 0), PairShown("flew", "the the", 1)),
)


@pytest.fixture
def tokenizer() -> Tokenizer:
    return Tokenizer(list(dict.fromkeys(WORDS)))


@pytest.fixture
def model(tokenizer: Tokenizer) -> BertForPreTraining:
    torch.manual_seed(0)
    return BertForPreTraining(BertConfig.preset("tiny", vocab_size=len(tokenizer)))


def test_what_is_observed_is_what_the_model_says(model, tokenizer):
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    moment = observe(model, tokenizer, WATCH, 3, {"nats": 1.5})
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert (moment.step, moment.numbers) == (3, {"nats": 1.5})
    for sentence, attention in zip(WATCH.sentences, moment.attentions, strict=True):
        np.testing.assert_array_equal(attention, np.stack(encoder(model, tokenizer)(sentence)[1]))
    assert moment.guesses == (fill_mask(model, tokenizer, WATCH.sentences[0]), [])
    model.eval()
    ids = torch.tensor([[2, 5, 6, 9, 3]])
    assert [tokenizer.pieces[piece] for piece in ids[0]] == ["[CLS]", "the", "bat", "flew", "[SEP]"]
    hidden = model.bert(ids).last_hidden_state[0].detach().numpy()
    np.testing.assert_allclose(moment.vectors[0], hidden[2], rtol=1e-6)
    logits = model(
        torch.tensor([[2, 5, 6, 3, 9, 10, 3]]), torch.tensor([[0, 0, 0, 0, 1, 1, 1]])
    ).seq_relationship_logits
    assert moment.follows[0] == pytest.approx(logits[0].softmax(dim=-1)[0].item(), rel=1e-5)


def test_a_word_of_several_pieces_is_their_mean(model, tokenizer):
    narrow = Tokenizer([piece for piece in tokenizer.pieces if piece != "bat"])
    model = BertForPreTraining(BertConfig.preset("tiny", vocab_size=len(narrow))).eval()
    encoding = narrow("the bat flew")
    assert list(encoding.tokens) == ["[CLS]", "the", "ba", "##t", "flew", "[SEP]"]
    hidden = model.bert(torch.tensor([encoding.input_ids])).last_hidden_state[0].detach().numpy()
    vector = vector_of(model, narrow, Occurrence("bat", "animal", "the bat flew"))
    np.testing.assert_allclose(vector, hidden[2:4].mean(axis=0), rtol=1e-5)


def test_a_missing_word_is_named(model, tokenizer):
    with pytest.raises(ValueError, match="'bat' does not stand in 'the flew'"):
        vector_of(model, tokenizer, Occurrence("bat", "animal", "the flew"))


def test_a_recording_comes_back_from_the_disk(model, tokenizer, tmp_path: Path):
    moments = [observe(model, tokenizer, WATCH, step, {"loss": step / 7}) for step in (0, 5)]
    tokens = tuple(tuple(tokenizer(sentence).tokens) for sentence in WATCH.sentences)
    Recording(WATCH, moments, tokens, {"limit": 0.25}).save(tmp_path)
    found = Recording.load(tmp_path)
    assert (found.watch, found.tokens, found.facts, found.steps) == (WATCH, tokens, {"limit": 0.25}, [0, 5])
    for one, two in zip(found.moments, moments, strict=True):
        assert isinstance(one, Moment)
        assert one.numbers == two.numbers
        assert one.guesses == two.guesses
        np.testing.assert_allclose(one.follows, two.follows, atol=5e-5)
        np.testing.assert_allclose(one.vectors, two.vectors, rtol=1e-3, atol=1e-6)
        for mine, theirs in zip(one.attentions, two.attentions, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-6)


def test_no_recording_is_said_so(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"recording\.json is missing"):
        Recording.load(tmp_path)


def test_nothing_is_recorded_of_no_moment(tmp_path: Path):
    with pytest.raises(ValueError, match="no moments to write"):
        Recording(WATCH, [], ()).save(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_moments_begin_at_0_end_at_the_last_and_never_repeat():
    for steps, count in [(1, 2), (10, 24), (3000, 24), (100_000, 24)]:
        moments = moments_of(steps, count)
        assert moments[0] == 0
        assert moments[-1] == steps
        assert len(set(moments)) == len(moments) <= count
        assert moments == sorted(moments)
    assert len(moments_of(3000, 24)) >= 20
    with pytest.raises(ValueError, match="2 moments or more"):
        moments_of(100, 1)


def test_a_look_is_what_encoder_and_fill_mask_say_and_leaves_training_as_it_was(model, tokenizer):
    sentence = "the [MASK] flew [MASK]"
    look = watching(model, tokenizer, sentence, top=3)
    model.train()
    seen = look()
    assert model.training, "dropout goes on"
    tokens, attentions = encoder(model, tokenizer)(sentence)
    assert seen.tokens == list(tokens)
    np.testing.assert_allclose(seen.attentions, np.stack(attentions), atol=1e-6)
    for found, wanted in zip(seen.guesses, fill_mask(model, tokenizer, sentence, top=3), strict=True):
        assert [guess.piece for guess in found] == [guess.piece for guess in wanted]
        assert [guess.probability for guess in found] == pytest.approx([guess.probability for guess in wanted])


def test_each_look_sees_the_model_as_it_is_now(model, tokenizer):
    look = watching(model, tokenizer, "the [MASK] flew")
    before = look()
    with torch.no_grad():
        model.mlm_head.bias[tokenizer.vocab["in"]] += 50.0
    after = look()
    assert before.guesses[0][0].probability < 0.9
    assert after.guesses[0][0] == ("in", pytest.approx(1.0))


def test_without_a_hole_there_is_attention_and_no_guess(model, tokenizer):
    seen = watching(model, tokenizer, "the bat flew")()
    assert seen.guesses == []
    assert seen.attentions.shape[-2:] == (5, 5)
