"""Search by meaning: shelves on which words mislead, one right text on each, and who finds it; a short run."""

import numpy as np
import pytest

from bertlab.corpora.story import StoryWorld
from bertlab.corpora.story.parts import chance_of
from bertlab.lessons.experiments import recorded, searched
from bertlab.lessons.experiments.fine_tuned import encoders
from bertlab.model.task_heads import SentenceEncoder


@pytest.fixture(scope="module")
def pool():
    return searched.passages(StoryWorld.load("full"), 900, seed=0, part="test")


@pytest.mark.slow
def test_a_passage_names_its_hero_and_leaves_one_topic_possible(pool):
    world = StoryWorld.load("full")
    assert pool[:20] == searched.passages(world, 20, seed=0, part="test")
    assert pool[:20] != searched.passages(world, 20, seed=0, part="validation")
    venue = world.grammar.lexicon.categories["venue"]
    for each in pool[:100]:
        place = venue.words[each.topic][0][0]
        assert each.name in each.text
        assert each.request == f"{each.name} {'was' if each.tense == 'past' else 'is'} at the {place}."
        assert each.told == (place in each.text.replace(".", " ").replace(",", " ").split())
    topic = list(world.grammar.latents).index("topic")
    kept = world.truth.machine.support_of(world.pieces(pool[0].text)).kept[topic]
    assert [world.variables["topic"][value] for value in kept] == [pool[0].topic]


@pytest.mark.slow
@pytest.mark.parametrize("told", [True, False])
def test_a_shelf_has_one_right_text_among_those_that_share_hero_or_place(pool, told):
    asked = searched.shelves(pool, told, 10, np.random.default_rng(0))
    by_text = {each.text: each for each in pool}
    for shelf in asked:
        own = by_text[shelf.texts[shelf.right]]
        assert own.request == shelf.request
        there = [by_text[text] for text in shelf.texts]
        assert len(there) == len(set(shelf.texts)) == 1 + 3 * searched.LIKE
        assert {(each.told, each.tense) for each in there} == {(told, own.tense)}
        same = [(each.name == own.name, each.topic == own.topic) for each in there]
        called = {"all": (True, True), "name": (True, False), "topic": (False, True), "neither": (False, False)}
        assert same == [called[share] for share in shelf.shares]
        assert same.count((True, True)) == 1
        assert same.count((True, False)) == same.count((False, True)) == searched.LIKE
    assert len({shelf.right for shelf in asked}) > 2, "the order tells nothing"


def test_too_few_passages_are_refused():
    few = [searched.Passage("Ben is at the zoo.", "Ben runs.", "Ben", "zoo", "present", told=False)]
    with pytest.raises(ValueError, match="enough for 0 requests of this kind, not for 3"):
        searched.shelves(few, False, 3, np.random.default_rng(0))


@pytest.mark.slow
def test_pairs_to_tell_have_a_right_one_and_wrong_ones_that_share_a_little(pool):
    pairs, labels = searched.pairs_to_tell(pool[:30], np.random.default_rng(0))
    own = {(each.request, each.text) for each in pool[:30]}
    assert {pair for pair, label in zip(pairs, labels, strict=True) if label} == own
    wrong = [pair for pair, label in zip(pairs, labels, strict=True) if not label]
    assert not own & set(wrong)
    assert len(wrong) > len(own)


@pytest.mark.slow
def test_words_find_what_is_said_and_not_what_is_meant(pool):
    models, tokenizer = encoders(0)
    rng = chance_of(0, "test", 0, searched.TASK + 1)
    asked = {kind: searched.shelves(pool, kind == "told", 20, rng) for kind in ("told", "shown")}
    by_words = {kind: searched.scored(each, searched.by_words(tokenizer, pool, each)) for kind, each in asked.items()}
    assert by_words["told"]["recall"] > by_words["shown"]["recall"] + 0.3
    vectors = searched.by_vectors(SentenceEncoder(models["BERT"]), tokenizer, asked["shown"])
    assert vectors.shape == (20, 16)
    assert np.abs(vectors).max() <= 1 + 1e-5


@pytest.mark.slow
def test_a_fresh_run_has_every_way_and_fine_tuning_helps():
    found = list(searched.rows(1, known=480, pool=900, requests=20))
    ways = {(row["way"], row["of"]) for row in found}
    assert len(ways) == 3 + 3 * 3
    assert len(found) == 2 * len(ways)
    assert {row["readings"] for row in found if row["way"] == "cross-encoder"} == {16}
    assert all(0 <= row["recall"] <= row["mrr"] <= 1 for row in found)
    assert all(row["recall"] <= min(row["hero"], row["place"]) for row in found)
    recall = {(row["way"], row["of"], row["asked"]): row["recall"] for row in found}
    assert recall["bi-encoder", "BERT", "shown"] > recall["untouched", "BERT", "shown"] + 0.2


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_words_find_what_is_said_and_a_trained_encoder_what_is_meant(seed):
    found = {(row["way"], row["of"], row["asked"]): row for row in recorded("searched").where(seed=seed)}
    assert len(found) == 2 * (3 + 3 * 3)
    recall = {key: row["recall"] for key, row in found.items()}
    for kind in ("told", "shown"):
        assert recall["bi-encoder", "BERT", kind] > 0.98
        assert recall["untouched", "from scratch", kind] < 0.15 < 0.2 < recall["untouched", "BERT", kind] < 0.45
        assert recall["bi-encoder", "BERT", kind] > recall["bi-encoder", "from scratch", kind] + 0.4
        assert recall["cross-encoder", "BERT", kind] < recall["bi-encoder", "BERT", kind], "in one pass"
        assert recall["cross-encoder", "BERT", kind] > 0.85
        assert recall["cross-encoder", "from scratch", kind] < 0.15
        assert recall["cross-encoder", "causal twin", kind] < recall["cross-encoder", "BERT", kind] - 0.2
        assert recall["bi-encoder", "causal twin", kind] > 0.85
        longer = recall["bi-encoder, longer", "from scratch", kind]
        assert longer > recall["bi-encoder", "from scratch", kind] + 0.2, "it lacked steps"
    untouched = found["untouched", "BERT", "shown"]
    assert untouched["hero"] > untouched["place"] + 0.1, "its errors have the right hero"
    words = [recall["bag of words", "", kind] for kind in ("told", "shown")]
    assert words[0] > 0.6 > 0.3 > words[1]
