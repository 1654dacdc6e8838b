"""Lesson 01's map of senses: what it answers, and what it refuses."""

import numpy as np
import pytest

import bertlab
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.instruments.sense_map import YOURS, Asked, SenseMap, in_english, in_stories, margins, nearer, worth
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
    assert answer["worth"] == "Of the 12 known sentences, 12 lie nearer to their own group. Luck alone has about 6."
    assert answer["unknown"] == []


@pytest.mark.parametrize(("text", "place"), [(ZOO, "zoo"), (LAB, "lab")])
def test_the_first_group_stays_on_the_left_whatever_is_typed(map_of_senses: SenseMap, text: str, place: str):
    """The farthest point has no say: it may be the one that is typed."""
    answer = map_of_senses.answer(["BERT", "python", text])
    across = {
        group: np.mean([point["x"] for point in answer["points"] if point["group"] == at])
        for at, group in enumerate(answer["groups"])
    }
    assert across["zoo"] < across["lab"]
    assert (across[YOURS] < 0) == (place == "zoo")


def test_each_known_sentence_has_its_cosine_with_yours(map_of_senses: SenseMap):
    model, tokenizer, all_known = map_of_senses.readers["BERT"]
    texts = [each.text for each in all_known if each.word == "python"]
    own, *known = vectors_of(model, tokenizer, [ZOO, *texts], "python")
    cosines = map_of_senses.answer(["BERT", "python", ZOO])["cosines"]
    assert cosines == [pytest.approx(nearer(own, each[None], ["a"])["a"], abs=0.006) for each in known]


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
    assert answer["worth"].endswith("this map says nothing.")


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (1, "1 lies nearer to its own group. Luck has about 5: this map says nothing."),
        (5, "5 lie nearer to their own group. Luck would do as much: this map says nothing."),
        (8, "8 lie nearer to their own group. Luck would do as much: this map says nothing."),
        (9, "9 lie nearer to their own group. Luck alone has about 5."),
    ],
)
def test_what_a_map_is_worth_is_said_beside_luck(right: int, said: str):
    assert worth(right, 10) == f"Of the 10 known sentences, {said}"


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
    assert map_of_senses.answer(["BERT", "python", "Python adores pizza, Pizza."])["unknown"] == ["adores", "pizza"]


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


def test_a_partner_of_the_other_sense_does_not_judge_it():
    """Both have one form, which decided against their own sense."""
    known = np.array([[1.0, 0.0, 5.0, 0.0], [0.0, 1.0, 5.0, 0.0], [1.0, 0.0, 0.0, 5.0], [0.0, 1.0, 0.0, 5.0]])
    assert max(margins(known, list("abab"))) < 0
    assert min(margins(known, list("abab"), pairs=[0, 0, 1, 1])) > 0


def test_a_typed_sentence_of_a_pair_is_judged_without_its_partner():
    mini, tokenizer = bertlab.load("mini")
    known = [each for each in in_english() if each.word == "bank"]
    map_of_bank = SenseMap({"mini": Asked(mini, tokenizer, known)}, "bank", known[0].text)
    own, *others = vectors_of(mini, tokenizer, [known[0].text, *(each.text for each in known[2:])], "bank")
    near = nearer(own, np.stack(others), [each.sense for each in known[2:]])
    (first, most), (other, less) = near.items()
    said = f"Your bank lies nearer to {first}: mean cosine {most:.2f}, to {other} {less:.2f}."
    assert map_of_bank.answer(["mini", "bank", known[0].text])["said"].startswith(said)


def in_english_right(model, tokenizer, rng: np.random.Generator | None = None, partners: bool = False) -> list[int]:
    """For each word how many of its ten known sentences lie nearer to their own group; a generator swaps senses."""
    right = []
    for word in dict.fromkeys(each.word for each in in_english()):
        known = [each for each in in_english() if each.word == word]
        vectors = vectors_of(model, tokenizer, [each.text for each in known], word)
        pairs = None if partners else [each.pair for each in known]
        for _ in range(1 if rng is None else 200):
            swaps = np.zeros(5, int) if rng is None else rng.integers(2, size=5)
            senses = [known[2 * (at // 2) + (at + swaps[at // 2]) % 2].sense for at in range(10)]
            right.append(sum(each > 0 for each in margins(vectors, senses, pairs)))
    return right


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_in_english_an_untrained_map_has_no_more_than_luck_and_no_less(seed: int):
    mini, tokenizer = bertlab.load("mini")
    right = in_english_right(untrained(mini, seed), tokenizer)
    assert all("says nothing" in worth(each, 10) for each in right)
    assert 45 < sum(right) < 75


@pytest.mark.slow
def test_in_english_minis_map_has_more_than_luck_and_says_so_of_few_words():
    """Where the senses of pairs are swapped at random it seldom claims to be worth anything."""
    mini, tokenizer = bertlab.load("mini")
    right = in_english_right(mini, tokenizer)
    by_luck = np.reshape(in_english_right(mini, tokenizer, np.random.default_rng(0)), (12, 200))
    assert sum(right) > np.quantile(by_luck.sum(axis=0), 0.975) + 5
    assert 1 <= sum("says nothing" not in worth(each, 10) for each in right) <= 6
    assert np.mean(["says nothing" not in worth(int(each), 10) for each in by_luck.flat]) < 0.05


@pytest.mark.slow
def test_judged_by_their_partners_too_english_sentences_have_far_less_than_luck():
    mini, tokenizer = bertlab.load("mini")
    assert sum(in_english_right(mini, tokenizer, partners=True)) < 45


def test_english_has_five_pairs_a_word():
    known = in_english()
    assert len(known) == 120
    assert len({each.pair for each in known}) == 60
    assert {each.sense for each in known if each.word == "python"} == {"snake", "language"}
