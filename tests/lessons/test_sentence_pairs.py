"""Lesson 07's instruments: pairs as rows, asked of a model, told again with one thing changed, typed by a learner."""

import re

import numpy as np
import pytest
import torch

from bertlab.corpora.story import StoryPairs, StoryWorld
from bertlab.lessons.instruments import sentence_pairs
from bertlab.lessons.instruments.next_or_random import NextOrRandom
from bertlab.lessons.instruments.sentence_pairs import as_texts, lay_out, p_next, tell_again
from bertlab.model import BertConfig, BertForPreTraining


@pytest.fixture(scope="module")
def world() -> StoryWorld:
    return StoryWorld.load("pocket")


@pytest.fixture(scope="module")
def model(world: StoryWorld) -> BertForPreTraining:
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    return BertForPreTraining(BertConfig(vocab_size=len(world.tokenizer), initializer_range=0.5, **sizes)).eval()


def test_a_pair_is_answered_the_same_alone_and_in_a_batch(world: StoryWorld, model: BertForPreTraining):
    texts = as_texts(list(StoryPairs(world).draw(9)))
    together = p_next(model, world.tokenizer, texts, batch=4)
    alone = [p_next(model, world.tokenizer, [pair])[0] for pair in texts]
    assert np.abs(together - alone).max() < 1e-5
    assert together.std() > 0.01


def test_segments_are_taken_away_or_exchanged(world: StoryWorld, model: BertForPreTraining):
    texts = as_texts(list(StoryPairs(world).draw(3)))
    plain, none, exchanged = (
        p_next(model, world.tokenizer, texts, how) for how in ("as they are", "none", "exchanged")
    )
    assert np.abs(plain - none).max() > 1e-4
    assert np.abs(plain - exchanged).max() > 1e-4
    ids, segments, real, _ = lay_out(texts[:1], world.tokenizer)
    logits = model(ids, 1 - segments, real).seq_relationship_logits
    assert abs(logits.softmax(dim=-1)[0, 0].item() - exchanged[0]) < 1e-5


def test_a_causal_model_is_refused(world: StoryWorld, model: BertForPreTraining):
    causal = BertForPreTraining(model.config.replace(causal=True))
    with pytest.raises(ValueError, match="its \\[CLS\\] sees nothing but itself"):
        p_next(causal, world.tokenizer, [("Anna smiled.", "She went home.", 0)])
    with pytest.raises(ValueError, match="'mini' is causal"):
        NextOrRandom({"mini": (causal, world.tokenizer)}, "Anna smiled.", "She went home.")


@pytest.mark.parametrize("what", ["name", "topic", "tense", "object"])
def test_one_thing_is_changed_and_the_dice_stay(world: StoryWorld, what: str):
    for told in tell_again(world, what, 12, seed=5):
        assert told.pair.a == told.other.a
        before, after = told.pair.b, told.other.b
        assert before.words != after.words
        assert before.stages == after.stages
        assert before.state[what] != after.state[what]
        others = {"name", "topic", "tense", "mood", "hero"} - {what}
        assert all(before.state[each] == after.state[each] for each in others)
        if what in ("name", "object"):
            said, instead = ({b for a, b in zip(x.words, y.words, strict=True) if a != b}
                             for x, y in ((after, before), (before, after)))  # fmt: skip
            assert before.state[what].lower() in map(str.lower, said)
            assert after.state[what].lower() in map(str.lower, instead)


def test_one_thing_is_kept_and_all_else_is_drawn_anew(world: StoryWorld):
    told = list(tell_again(world, "name", 40, seed=5, keep=True))
    assert all(each.pair.b.state["name"] == each.other.b.state["name"] for each in told)
    assert np.mean([each.pair.b.state["topic"] == each.other.b.state["topic"] for each in told]) < 0.5


def test_what_the_world_does_not_draw_is_refused(world: StoryWorld):
    with pytest.raises(ValueError, match="draws no 'colour'; it draws hero, topic"):
        next(tell_again(world, "colour", 1))


def test_the_picture_says_for_each_reader_how_sure_it_is(world: StoryWorld, model: BertForPreTraining):
    view = NextOrRandom({"one": (model, world.tokenizer), "two": (model, world.tokenizer)}, "Anna smiled.", "Ben left.")
    expected = p_next(model, world.tokenizer, [("Anna smiled.", "Ben left.", 0)])[0]
    assert re.search(rf"one {expected:.0%} sure, two {expected:.0%} sure", str(view))
    assert "one 50" in view.still() or f"{expected:.0%}" in view.still()
    answer = view.answer(["Ben left.", "Anna smiled."])
    assert answer["readers"][0]["pieces"][:3] == [["[CLS]", 0], ["ben", 0], ["left", 0]]
    assert view.answer(["", "Ben left."]) == {"error": "Text A is empty: type a sentence."}
    assert "401 characters" in view.answer(["Ben left.", "x" * 401])["error"]
    assert "error" in view.answer(None)


def test_a_model_in_training_goes_on_in_training(world: StoryWorld, model: BertForPreTraining):
    model.train()
    NextOrRandom({"one": (model, world.tokenizer)}, "Anna smiled.", "Ben left.")
    assert model.training
    model.eval()


def test_how_well_a_reader_does_is_counted_by_hand(monkeypatch, world, model):
    pairs = [("a", "b", 0), ("a", "c", 1), ("a", "d", 1)]
    monkeypatch.setattr(sentence_pairs, "p_next", lambda *_: np.array([0.9, 0.2, 0.6]))
    right, nats = sentence_pairs.how_well(model, world.tokenizer, pairs)
    assert right == pytest.approx(2 / 3)
    assert nats == pytest.approx(-(np.log(0.9) + np.log(0.8) + np.log(0.4)) / 3)
