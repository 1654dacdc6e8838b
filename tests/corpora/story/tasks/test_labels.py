"""Labels: limits by hand and by count, tags and claims by other rules than those that made them."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from bertlab.corpora.story import StoryWorld
from bertlab.corpora.story.tasks.best import label_limits
from bertlab.corpora.story.tasks.entailment import FACTS, OUTCOMES, claims, entailments, fill_fact, known_facts
from bertlab.corpora.story.tasks.labels import (
    KINDS,
    ambiguous_words,
    entities,
    labelled,
    senses,
    tags_of,
    word_spans,
)


@pytest.fixture(scope="module", params=["pocket", "full"])
def world(request: pytest.FixtureRequest) -> StoryWorld:
    return StoryWorld.load(request.param)


@pytest.fixture(scope="module")
def pocket() -> StoryWorld:
    return StoryWorld.load("pocket")


TASKS = {
    "mood": lambda world, *args: labelled(world, "mood", *args),
    "senses": senses,
    "entities": entities,
    "entailments": entailments,
}


@pytest.mark.parametrize("task", TASKS)
def test_examples_follow_from_seed_part_and_number(pocket, task):
    draw = TASKS[task]
    assert list(draw(pocket, 3, 1)) == list(draw(pocket, 6, 1))[:3]
    assert list(draw(pocket, 3, 1)) != list(draw(pocket, 3, 2))
    assert list(draw(pocket, 3, 1, "test")) != list(draw(pocket, 3, 1, "training"))


def test_the_limit_of_the_mood_is_bayes_rule_by_hand(tiny):
    # Of a glad story's feelings 0.8 are kind or happy and 0.2 unkind; of a sad one's, the other way round.
    counted = set()
    for example in labelled(tiny, "mood", 200):
        words = re.findall(r"\w+", example.text.lower())
        balance = sum(word in ("kind", "happy") for word in words) - words.count("unkind")
        counted.add(balance)
        assert example.limit["glad"] == pytest.approx(4.0**balance / (4.0**balance + 1), abs=1e-10)
    assert len(counted) >= 4


@pytest.mark.slow
def test_a_label_is_right_as_often_as_announced(pocket):
    gap, spread = 0.0, 0.0
    for example in labelled(pocket, "mood", 800):
        best = max(example.limit, key=example.limit.__getitem__)
        p = example.limit[best]
        gap += (0.5 if math.isclose(p, 0.5) else example.label == best) - p
        spread += p * (1 - p)
    assert spread > 10
    assert abs(gap) < 4 * spread**0.5


@pytest.mark.slow
def test_a_sense_is_what_its_topic_says_as_often_as_announced(tiny):
    assert ambiguous_words(tiny, ("bat", "ape", "lion", "moon")) == {"bat": ("zoo", "farm"), "lion": ("zoo", "farm")}
    gap, spread, doubtful = 0.0, 0.0, 0
    for example in senses(tiny, 900, words=("bat", "lion")):
        assert example.text[example.start : example.stop].lower() == example.word
        assert example.word in ("bat", "lion")
        p = example.limit["zoo"]
        gap += (example.label == "zoo") - p
        spread += p * (1 - p)
        doubtful += 0.05 < p < 0.95
    assert doubtful > 180
    assert abs(gap) < 4 * spread**0.5


@pytest.mark.slow
def test_every_sense_is_met(world):
    met = {(example.word, example.label) for example in senses(world, 250)}
    expected = {(word, topic) for word, topics in ambiguous_words(world).items() for topic in topics}
    assert len(met & expected) > 0.7 * len(expected)
    assert met <= expected


def test_spans_find_every_word(world):
    for story in world.documents(50, seed=9):
        found = [story.text[start:stop].lower() for start, stop in word_spans(story)]
        assert found == [word.lower() for word in story.words]


@pytest.mark.slow
def test_a_word_of_several_parts_begins_once():
    world = StoryWorld.load("full")
    for tagged in entities(world, 300):
        for before, tag in zip(("O", *tagged.tags), tagged.tags, strict=False):
            assert not tag.startswith("I-") or before[2:] == tag[2:]
    tagged = [
        (word, tag) for example in entities(world, 300) for word, tag in zip(example.words, example.tags, strict=True)
    ]
    assert ("last", "B-DATE") in tagged
    assert ("week", "I-DATE") in tagged


def test_names_are_persons_and_nothing_else_is(world):
    names = set(world.variables["name"])
    for tagged in entities(world, 100):
        for word, tag in zip(tagged.words, tagged.tags, strict=True):
            assert (tag == "B-PER") == (word in names)


@pytest.mark.slow
def test_the_words_of_a_sentence_decide_its_tags(world):
    """So a perfect reader makes no mistake: the limit of the task is 1."""
    known: dict[tuple[str, ...], tuple[str, ...]] = {}
    repeated = 0
    for story in world.documents(1500, seed=3):
        tags = tags_of(story, KINDS)
        for first, stop in story.sentences:
            sentence = story.words[first:stop]
            repeated += sentence in known
            assert known.setdefault(sentence, tags[first:stop]) == tags[first:stop]
    assert repeated > 500


@pytest.mark.slow
def test_withheld_names_come_in_the_released_world_alone():
    training, released = StoryWorld.load("full"), StoryWorld.load("full", released=True)
    assert not any(any(example.withheld) for example in entities(training, 200))
    new = {
        word
        for example in entities(released, 200, part="test")
        for word, tag, withheld in zip(example.words, example.tags, example.withheld, strict=True)
        if withheld and tag == "B-PER"
    }
    assert new
    assert not new & set(training.variables["name"])


STATE = {"hero": "female", "name": "Anna", "topic": "river", "tense": "past", "object": "umbrella", "spot": "bank"}


@pytest.mark.parametrize(
    ("fact", "tense", "claim"),
    [
        ("object", "past", "Anna had an umbrella."),
        ("object", "present", "Anna has an umbrella."),
        ("topic", "present", "Anna is at the river."),
        ("spot", "past", "Her umbrella was near the bank."),
    ],
)
def test_claims_are_english(pocket, fact, tense, claim):
    assert fill_fact(pocket, FACTS[fact], {**STATE, "tense": tense}) == claim


def test_claims_of_the_full_world_are_english():
    world = StoryWorld.load("full")
    state = {**STATE, "companion": "male", "relative": "uncle", "weather": "rain"}
    assert fill_fact(world, FACTS["relative"], state) == "This story is about Anna and her uncle."
    assert re.fullmatch(r"It was (rainy|wet)\.", fill_fact(world, FACTS["weather"], state))


@pytest.mark.slow
def test_a_claim_is_true_false_or_open_as_the_text_says(world):
    """By the words that were written, not by probabilities: what is said is so, what is not said is open."""
    seen: dict[str, set[bool]] = {}
    for story in world.documents(60, seed=5):
        for fact in set(FACTS) & set(world.grammar.latents) - {"weather"}:
            said = {"topic": "venue"}.get(fact, fact) in story.slots
            if fact == "topic" and not said:
                continue  # other words tell of the topic too
            found = claims(world, story, fact)
            expected = "entailment" if said else "neutral"
            value = story.state[fact]
            for claim, outcome, probability in found:
                true = claim == fill_fact(world, FACTS[fact], {**story.state, fact: value})
                assert outcome == (expected if true or not said else "contradiction"), (story.text, claim)
                # Less than one of four where the topic is open too.
                assert probability == pytest.approx({"entailment": 1, "contradiction": 0}.get(outcome, probability))
                assert outcome != "neutral" or 0 < probability < 0.25 + 1e-9
                seen.setdefault(fact, set()).add(said)
    assert seen["object"] == {True, False}


@pytest.mark.slow
def test_weather_is_as_the_text_says():
    world = StoryWorld.load("full")
    told = 0
    for story in world.documents(150, seed=6):
        for claim, outcome, probability in claims(world, story, "weather"):
            true = claim == fill_fact(world, FACTS["weather"], story.state)
            if "sky" in story.slots:
                told += 1
                assert outcome == ("entailment" if true else "contradiction")
            elif not {"element", "fall", "air", "gear"} & set(story.slots):
                assert (outcome, probability) == ("neutral", pytest.approx(0.25))
    assert told > 10


def test_a_spot_that_is_said_of_something_else_is_not_asked_about(world):
    for story in world.documents(200, seed=7):
        apart = not any({"object", "spot"} <= set(story.slots[a:b]) for a, b in story.sentences)
        if "spot" in story.slots and apart:
            assert claims(world, story, "spot") == []
            return
    pytest.fail("no such story")


@pytest.mark.slow
def test_a_third_of_each_outcome(pocket):
    found = [example.label for example in entailments(pocket, 225)]
    for outcome in OUTCOMES:
        assert abs(found.count(outcome) - 75) < 4 * (225 * 2 / 9) ** 0.5


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (lambda world: labelled(world, "size", 1), "'size' is not decided once a story"),
        (lambda world: entailments(world, 1), "entailment needs her, which "),
        (lambda world: entities(world, 1, kinds={"city": "LOC"}), "named entities needs city, which "),
        (lambda world: senses(world, 1, words=("moon",)), "none of moon stands under two topics"),
    ],
)
def test_what_a_world_lacks_is_named(tiny, task, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        next(task(tiny))


def test_the_limit_is_a_distribution(pocket):
    for example in labelled(pocket, "topic", 30):
        assert np.isclose(sum(example.limit.values()), 1)
        assert example.limit[example.label] > 0


def test_only_what_is_drawn_once_a_story_is_a_label(pocket):
    with pytest.raises(ValueError, match=r"'thing' is not decided once a story.*hero, topic, tense, mood, name"):
        next(labelled(pocket, "thing", 1))


def write_world(folder: Path, lexicon: str, templates: str) -> StoryWorld:
    (folder / "lexicon.txt").write_text(lexicon, encoding="utf-8")
    (folder / "stories.txt").write_text(f"[all]\n{templates}[plans]\n1 all\n", encoding="utf-8")
    (folder / "held_out.txt").write_text("", encoding="utf-8")
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ann", "it", "her", "is", "was", "bright", "rainy", "."]
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    return StoryWorld.load(folder)


TOLD = "[hero female]\nname*: Ann\nher: her\n[tense past]\n[tense present]\n"


def test_a_world_without_topics_and_venues_claims_what_it_can(tmp_path):
    weather = "[weather dry]\n{sky}: bright\n[weather wet]\n{sky}: rainy\n"
    template = "1 {name} {=be.he} {%s} .\n"
    (tmp_path / "a").mkdir()
    world = write_world(tmp_path / "a", TOLD + weather.format(sky="sky"), template % "sky")
    assert known_facts(world) == ["weather"]
    assert next(entailments(world, 1, seed=1)).label in OUTCOMES
    (tmp_path / "b").mkdir()
    wordless = write_world(tmp_path / "b", TOLD + weather.format(sky="air"), template % "air")
    with pytest.raises(ValueError, match="has the words for none of the facts topic, object"):
        next(entailments(wordless, 1))


def test_a_search_in_vain_ends(tmp_path, monkeypatch):
    monkeypatch.setattr("bertlab.corpora.story.tasks.labels.MOST_STORIES", 50)
    weather = "[weather dry]\nsky: bright\n[weather wet]\nsky: rainy\n"
    # Whoever is never named cannot be claimed about.
    world = write_world(tmp_path, TOLD + weather, "1 it {=be.he} {sky} .\n")
    with pytest.raises(ValueError, match=r"none of 50 stories of .* leaves a claim of weather"):
        next(entailments(world, 1))


def test_there_is_no_limit_of_no_examples():
    with pytest.raises(ValueError, match="no examples"):
        label_limits([])
