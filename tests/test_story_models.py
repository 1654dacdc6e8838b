"""The shipped twins beside the truth that they were trained to approach.

Scored by what one expects under the exact distribution, not by the pieces that happened to stand there, the first two
claims are theorems about whatever model; that BERT comes below the left-only limit is what training achieved.
"""

import pytest

import bertlab
from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryWorld
from bertlab.paths import data_path
from bertlab.training.truth import BesideTheTruth, Questions, ask_world, beside_the_truth

pytestmark = pytest.mark.slow
STORIES = 150


@pytest.fixture(scope="module")
def world() -> StoryWorld:
    return StoryWorld.load("full")


@pytest.fixture(scope="module")
def questions(world: StoryWorld) -> Questions:
    return ask_world(world, world.documents(STORIES, seed=5, part="test"))


@pytest.fixture(scope="module")
def scores(world: StoryWorld, questions: Questions) -> dict[str, BesideTheTruth]:
    read = tokenize_corpus(([story.text] for story in world.documents(500)), world.tokenizer)
    return {name: beside_the_truth(*bertlab.load(name), questions, read) for name in ("story-bert", "story-gpt")}


@pytest.mark.parametrize("name", ["story-bert", "story-gpt"])
def test_it_is_small_and_speaks_the_worlds_pieces(name: str, world: StoryWorld):
    model, tokenizer = bertlab.load(name)
    assert tokenizer.pieces == world.tokenizer.pieces
    assert model.config.causal == (name == "story-gpt")
    folder = data_path("models", name)
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 8_000_000
    assert "bertlab train-story full" in (folder / "README.md").read_text(encoding="utf-8")


def test_the_twins_differ_in_nothing_but_the_mask():
    (bert, _), (gpt, _) = bertlab.load("story-bert"), bertlab.load("story-gpt")
    differing = {key for key, value in bert.config.__dict__.items() if gpt.config.__dict__[key] != value}
    assert differing == {"causal"}
    sizes = [{(name, value.shape) for name, value in model.state_dict().items()} for model in (bert, gpt)]
    assert sizes[0] >= sizes[1]  # the twin without a right side has no head for the next sentence


def test_bert_is_below_what_any_left_to_right_model_can_reach(scores: dict[str, BesideTheTruth]):
    bert = scores["story-bert"]
    left, both = bert.limits["left"], bert.limits["both"]
    assert bert.sees == "both"
    assert both.cross_entropy < bert.model.cross_entropy < left.cross_entropy - 0.2
    assert bert.model.cross_entropy < both.cross_entropy + 0.15
    assert bert.model.expected_accuracy > left.expected_accuracy + 0.1


def test_gpt_is_never_below_the_left_only_limit(scores: dict[str, BesideTheTruth]):
    gpt = scores["story-gpt"]
    left = gpt.limits["left"]
    assert gpt.sees == "left"
    assert left.cross_entropy < gpt.model.cross_entropy < left.cross_entropy + 0.15
    assert gpt.model.expected_accuracy < left.expected_accuracy + 1e-9


def test_the_limits_are_in_the_order_that_information_demands(scores: dict[str, BesideTheTruth]):
    limits = scores["story-bert"].limits
    assert limits["both"].cross_entropy < limits["right"].cross_entropy < scores["story-bert"].unigram.cross_entropy
    assert limits["both"].cross_entropy < limits["left"].cross_entropy < scores["story-bert"].unigram.cross_entropy
