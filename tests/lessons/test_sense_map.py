"""Lesson 01's map of senses: what it answers, and what it refuses."""

import numpy as np
import pytest

import bertlab
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.instruments.sense_map import YOURS, Asked, SenseMap, in_english, in_stories, margins, nearer
from bertlab.lessons.instruments.senses_of_a_word import untrained, vectors_of

ZOO, LAB = "Tom goes to the zoo. Everybody wants to talk about Python.", "Tom goes to the lab. Python made Tom sad."


@pytest.fixture(scope="module")
def map_of_senses() -> SenseMap:
    model, tokenizer = bertlab.load("story-bert")
    known = in_stories(StoryWorld.load("full"), ["python", "bark"], each=6)
    readers = {"BERT": Asked(model, tokenizer, known), "untrained": Asked(untrained(model, 0), tokenizer, known)}
    return SenseMap(readers, "python", ZOO)


@pytest.mark.parametrize(("text", "place"), [(ZOO, "zoo"), (LAB, "lab")])
def test_a_sentence_of_the_world_lies_near_its_sense(map_of_senses: SenseMap, text: str, place: str):
    answer = map_of_senses.answer(["BERT", "python", text])
    assert answer["said"].startswith(f"Your python lies nearer to {place}: ")
    assert "clearer" not in answer["said"]
    assert answer["worth"] == "Of the 12 known sentences, 12 lie nearer to their own sense. A coin has about 6."
    assert answer["unknown"] == []


def test_a_known_text_does_not_judge_itself(map_of_senses: SenseMap):
    model, tokenizer, known = map_of_senses.readers["BERT"]
    text = next(each.text for each in known if each.word == "python" and each.sense == "zoo")
    others = [each.text for each in known if (each.word, each.sense) == ("python", "zoo") and each.text != text]
    own, *rest = vectors_of(model, tokenizer, [text, *others], "python")
    mean = nearer(own, np.stack(rest), ["zoo"] * len(rest))["zoo"]
    assert f"nearer to zoo: mean cosine {mean:.2f}, " in map_of_senses.answer(["BERT", "python", text])["said"]


def test_without_a_clue_it_says_that_it_is_undecided(map_of_senses: SenseMap):
    answer = map_of_senses.answer(["BERT", "python", "Everybody wants to talk about Python."])
    assert "Each known sentence is clearer than yours." in answer["said"]


def test_the_untrained_reader_is_worth_little(map_of_senses: SenseMap):
    answer = map_of_senses.answer(["untrained", "python", ZOO])
    assert answer["worth"].startswith("Of the 12 known sentences, ")
    assert answer["worth"].endswith("Luck would do as much: this map says nothing.")


def test_there_is_a_point_for_each_known_sentence_and_one_for_yours(map_of_senses: SenseMap):
    answer = map_of_senses.answer(["BERT", "bark", "Anna noticed the bark."])
    assert answer["groups"] == ["farm", "forest", YOURS]
    assert [point["group"] for point in answer["points"]] == [0] * 6 + [1] * 6 + [2]
    low_x, high_x, low_y, high_y = answer["bounds"]
    assert all(low_x <= point["x"] <= high_x and low_y <= point["y"] <= high_y for point in answer["points"])


@pytest.mark.parametrize(
    ("question", "error"),
    [
        (["BERT", "python", "No such word here."], "needs the word “python”"),
        (["BERT", "python", ""], "needs the word “python”"),
        (["BERT", "python", "Python " * 40], "characters; 200 can be read here"),
        (["BERT", "date", "The date."], "has no sentences with “date”"),
        (["nobody", "python", "Python."], "no reader is called 'nobody'; there are BERT, untrained"),
        (["BERT"], "missing a required argument: 'word'"),
        (None, "NoneType"),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(map_of_senses: SenseMap, question, error: str):
    assert error in map_of_senses.answer(question)["error"]


def test_unknown_words_are_named(map_of_senses: SenseMap):
    assert map_of_senses.answer(["BERT", "python", "Python adores pizza."])["unknown"] == ["adores", "pizza"]


def test_the_still_page_says_it_all_in_words(map_of_senses: SenseMap):
    page = map_of_senses.still()
    assert "Map of senses, BERT." in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_nearer_is_a_mean_of_cosines():
    known = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 3.0]])
    near = nearer(np.array([3.0, 4.0]), known, ["a", "b", "b"])
    assert list(near) == ["b", "a"]
    assert near == pytest.approx({"b": 0.8, "a": 0.6})


def test_a_margin_leaves_the_text_itself_out():
    known = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1], [0.1, 1.0]])
    assert min(margins(known, ["a", "b", "a", "b"])) > 0.5
    assert max(margins(known, ["a", "a", "b", "b"])) < 0, "no text judges itself"


def test_english_has_five_pairs_a_word():
    known = in_english()
    assert len(known) == 120
    assert {each.sense for each in known if each.word == "python"} == {"snake", "language"}
