"""The run that comes with the course, and how it is made."""

from pathlib import Path

import numpy as np
import pytest

from bertlab.corpora.story import StoryPairs, StoryWorld
from bertlab.paths import data_path
from bertlab.training import recorded_story
from bertlab.training.recorded_story import SENTENCES, TWO_SENSES, record_story, what_to_watch
from bertlab.training.recording import Recording


@pytest.fixture(scope="module")
def world() -> StoryWorld:
    return StoryWorld.load("pocket")


@pytest.fixture(scope="module")
def shipped() -> Recording:
    return Recording.load(data_path("runs", "story"))


def test_it_is_small_and_whole(shipped: Recording):
    folder = data_path("runs", "story")
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 6_000_000
    assert 20 <= len(shipped.moments) <= 26
    assert shipped.steps[0] == 0
    assert shipped.watch.sentences == SENTENCES
    assert shipped.facts["command"].startswith("bertlab record-story")
    for moment in shipped.moments:
        for tokens, attention in zip(shipped.tokens, moment.attentions, strict=True):
            assert attention.shape[-2:] == (len(tokens), len(tokens))
            np.testing.assert_allclose(attention.sum(axis=-1), 1, atol=5e-3)  # half precision


def test_it_learned_and_its_limits_are_in_order(shipped: Recording):
    nats = [moment.numbers["nats"] for moment in shipped.moments]
    left, right, both = (shipped.facts["limits"][side][0] for side in ("left", "right", "both"))
    assert nats[0] > shipped.facts["unigram"][0] > left
    assert both < nats[-1] < min(left, right) - 0.1
    following = shipped.facts["next_limits"]
    assert following["hard"] < following["random"]
    for grade, limit in following.items():
        assert 0.65 < shipped.moments[-1].numbers[f"next_{grade}"] < limit + 0.06  # 200 pairs, as drawn


@pytest.mark.slow
def test_what_could_be_known_was_written_down_rightly(shipped: Recording, world: StoryWorld):
    vocab = world.tokenizer.vocab
    for sentence, truth in zip(SENTENCES, shipped.facts["truth"], strict=True):
        exact = world.limit(sentence, [world.pieces(sentence).index(world.tokenizer.mask_id)])[0]
        for piece, share in truth:
            assert share == pytest.approx(float(exact[vocab[piece]]), abs=1e-4)
        # After training the likeliest piece is what the model says first.
        place = SENTENCES.index(sentence)
        assert shipped.moments[-1].guesses[place][0][0].piece == truth[0][0]
    grades = ["random"] * 4 + ["hard"] * 4
    for grade, pair, limit in zip(grades, shipped.watch.pairs, shipped.facts["pairs_follow"], strict=True):
        assert StoryPairs(world, grade).limit(pair[:2]) == pytest.approx(limit, abs=1e-6)


@pytest.mark.slow
def test_both_senses_of_every_word_are_watched(world: StoryWorld):
    watch = what_to_watch(world)
    for word, topics in TWO_SENSES.items():
        for topic in topics:
            texts = [at.text for at in watch.senses if (at.word, at.sense) == (word, topic)]
            assert len(set(texts)) == recorded_story.OCCURRENCES
            assert all(word in text.lower() for text in texts)
    assert [pair.label for pair in watch.pairs] == [0, 0, 1, 1] * 2


@pytest.mark.slow
def test_a_short_run_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorded_story, "STORIES", 200)
    monkeypatch.setattr(recorded_story, "PAIRS", 60)
    monkeypatch.setattr(recorded_story, "EXAMINED", 3)
    monkeypatch.setattr(recorded_story, "PAIRS_EXAMINED", 6)
    made = record_story(tmp_path, command="bertlab record-story ...", steps=12)
    found = Recording.load(tmp_path)
    assert found.steps == made.steps
    assert found.steps[-1] == 12
    assert found.facts["recipe"]["steps"] == 12
    assert set(found.moments[0].numbers) == {"nats", "accuracy", "next_random", "next_hard"}
    assert [step for step, _ in found.facts["losses"]] == [1, 11]
