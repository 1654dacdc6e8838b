"""Slots and their tables against shares worked out by hand, and what each mistake of a teacher is answered with."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from bertlab.corpora.story.grammar import Grammar, read_grammar
from bertlab.corpora.story.held_out import read_held_out
from bertlab.corpora.story.slots import Table

LEXICON = """
[topic zoo]
animal: lion ape*3
object*: bat ball
[topic farm]
animal: ape owl
object*: bat pen
[topic sea]
animal: seal
object*: net oar
[tense past]
time: yesterday
tend: feed wash
[tense present]
time: now today
tend: feed
[mood glad 0.3]
feeling: happy kind*2
[mood sad 0.3]
feeling: low kind
[mood odd 0.3]
feeling: shy
[any]
use: play paint*2 open
food: egg ice_cream
"""


def world(
    tmp_path: Path, stories: str, held_out: str = "", lexicon: str = LEXICON, plans: bool = True, released: bool = False
) -> Grammar:
    (tmp_path / "lexicon.txt").write_text(lexicon, encoding="utf-8")
    (tmp_path / "stories.txt").write_text(stories + ("[plans]\n1 s\n" if plans else ""), encoding="utf-8")
    (tmp_path / "held_out.txt").write_text(held_out, encoding="utf-8")
    return read_grammar(tmp_path, released)


def slot(grammar: Grammar, place: int = 0) -> Table:
    table = grammar.stages["s"][0].slots[place]
    assert table is not None
    return table


def in_state(grammar: Grammar, table: Table, **state: int) -> dict[str, Fraction]:
    """Word -> share in a state; what is not named is 0."""
    shares = table.given([state.get(latent, 0) for latent in grammar.latents])
    words = [" ".join(entry.words) for entry in table.entries]
    return {
        word: Fraction(share).limit_denominator(1000)
        for word, share in zip(words, shares.tolist(), strict=True)
        if share > 0
    }


def test_the_latents_are_the_variables_and_the_starred_categories(tmp_path):
    grammar = world(tmp_path, "[s]\n1 {animal} .\n")
    assert grammar.latents == {"topic": 3, "tense": 2, "mood": 3, "object": 2}


def test_a_plain_and_a_weighted_category(tmp_path):
    grammar = world(tmp_path, "[s]\n1 {animal} {food} .\n")
    table = slot(grammar)
    assert [list(grammar.latents)[axis] for axis in table.axes] == ["topic"]
    assert table.category == "animal"
    assert table.lemmas == {"lion", "ape", "owl", "seal"}
    assert in_state(grammar, table, topic=0) == {"lion": Fraction(1, 4), "ape": Fraction(3, 4)}
    assert in_state(grammar, table, topic=1) == {"ape": Fraction(1, 2), "owl": Fraction(1, 2)}
    assert in_state(grammar, table, topic=2) == {"seal": 1}
    assert slot(grammar, 1).axes == ()
    assert in_state(grammar, slot(grammar, 1)) == {"egg": Fraction(1, 2), "ice cream": Fraction(1, 2)}


def test_a_starred_category_is_one_word_in_each_state(tmp_path):
    grammar = world(tmp_path, "[s]\n1 {object} {object.plural} .\n")
    words = {("zoo", 0): "bat", ("zoo", 1): "ball", ("farm", 0): "bat", ("farm", 1): "pen"}
    words |= {("sea", 0): "net", ("sea", 1): "oar"}
    for (topic, object_), word in words.items():
        state = {"topic": ("zoo", "farm", "sea").index(topic), "object": object_}
        assert in_state(grammar, slot(grammar), **state) == {word: 1}
        assert in_state(grammar, slot(grammar, 1), **state) == {word + "s": 1}


def test_noise_lets_words_of_the_other_values_in(tmp_path):
    grammar = world(tmp_path, "[s]\n1 {feeling} .\n")
    # sad: 0.7 of its own words; 0.15 of those of glad, weights and all; 0.15 of those of odd.
    expected = {
        "low": Fraction(35, 100),
        "kind": Fraction(35, 100) + Fraction(15, 100) * Fraction(2, 3),
        "happy": Fraction(15, 100) * Fraction(1, 3),
        "shy": Fraction(15, 100),
    }
    assert in_state(grammar, slot(grammar), mood=1) == expected


def test_verbs_follow_the_tense_and_the_person(tmp_path):
    grammar = world(
        tmp_path, "[s]\n1 {use.he} {use.they} {use.do} {use.did} {use.doing} {=be.he} {=be.they} {time} {tend.he} .\n"
    )
    third = Fraction(1, 4)

    def words(place: int, tense: int) -> dict[str, Fraction]:
        return in_state(grammar, slot(grammar, place), tense=tense)

    assert words(0, 0) == {"played": third, "painted": 2 * third, "opened": third}
    assert words(0, 1) == {"plays": third, "paints": 2 * third, "opens": third}
    assert words(1, 0) == words(0, 0)
    assert words(1, 1) == words(2, 0) == {"play": third, "paint": 2 * third, "open": third}
    assert slot(grammar, 2).axes == slot(grammar, 3).axes == slot(grammar, 4).axes == ()
    assert words(3, 1) == words(0, 0)
    assert words(4, 0) == {"playing": third, "painting": 2 * third, "opening": third}
    assert [words(5, 0), words(5, 1)] == [{"was": 1}, {"is": 1}]
    assert [words(6, 0), words(6, 1)] == [{"were": 1}, {"are": 1}]
    assert [words(7, 0), words(7, 1)] == [{"yesterday": 1}, {"now": Fraction(1, 2), "today": Fraction(1, 2)}]
    # A category of the tense, in a form that follows the tense: one axis, not two.
    assert slot(grammar, 8).axes == slot(grammar, 7).axes == (1,)
    assert [words(8, 0), words(8, 1)] == [{"fed": Fraction(1, 2), "washed": Fraction(1, 2)}, {"feeds": 1}]


def test_withheld_forms_leave_their_share_to_the_others(tmp_path):
    stories = "[s]\n1 {use.doing} {use.do} {food} {name} .\n"
    lexicon = LEXICON + "[hero a]\nname*: Ann Zoe\n[hero b]\nname*: Max Bob\n"
    held_out = "# words\nforms: Zoe playing\nforms: cream Max # and names\n"
    grammar = world(tmp_path, stories, held_out, lexicon)
    assert grammar.held_out.forms == {"zoe", "max", "playing", "cream"}
    assert in_state(grammar, slot(grammar)) == {"painting": Fraction(2, 3), "opening": Fraction(1, 3)}
    assert in_state(grammar, slot(grammar, 1)) == {
        "play": Fraction(1, 4),
        "paint": Fraction(1, 2),
        "open": Fraction(1, 4),
    }
    assert in_state(grammar, slot(grammar, 2)) == {"egg": 1}
    assert [in_state(grammar, slot(grammar, 3), hero=hero) for hero in (0, 1)] == [{"Ann": 1}, {"Bob": 1}]

    released = world(tmp_path, stories, held_out, lexicon, released=True)
    assert released.latents["name"] == 2
    assert in_state(released, slot(released)) == {
        "playing": Fraction(1, 4),
        "painting": Fraction(1, 2),
        "opening": Fraction(1, 4),
    }
    assert released.held_out.forms == frozenset()


def test_withheld_pairs_go_both_ways(tmp_path):
    grammar = world(tmp_path, "[s]\n1 {tend.do} {animal} .\n", "pair: feed lion\npair: wash lion\n")
    assert grammar.held_out.partners("lion") == {"feed", "wash"}
    assert grammar.held_out.partners("feed") == {"lion"}
    assert grammar.held_out.partners("ape") == frozenset()


def test_shares_spread_over_all_latents_are_the_given_ones(tmp_path):
    grammar = world(tmp_path, "[s]\n1 {object} {animal} {tend.he} {feeling} {food} .\n")
    sizes = tuple(grammar.latents.values())
    for place in range(5):
        table = slot(grammar, place)
        whole = np.broadcast_to(table.spread(sizes), (len(table.entries), *sizes))
        for state in np.ndindex(*sizes):
            np.testing.assert_array_equal(whole[(slice(None), *state)], table.given(state))


def test_templates_and_plans_get_their_share_of_the_weight(tmp_path):
    stories = "[s]\n3 lion .\n1 {a} {animal} !\n[t]\n0.5 ape ?\n[plans]\n2 s t\n1 s\n5 s t\n"
    grammar = world(tmp_path, stories, plans=False)
    assert [(template.text, template.share) for template in grammar.stages["s"]] == [
        ("lion .", 0.75),
        ("{a} {animal} !", 0.25),
    ]
    assert grammar.stages["s"][1].slots[0] is None
    assert grammar.stages["t"][0].share == 1
    assert grammar.plans == ((7 / 8, ("s", "t")), (1 / 8, ("s",)))


# (stories.txt, line, what the message says of the mistake and of its remedy)
MISTAKES = [
    ("lion .\n", 1, ["'lion .' stands before the first [header]"]),
    ("[s]\nlion .\n", 2, ["`2 {name} smiled .`, with a weight above 0 first, not 'lion .'"]),
    ("[s]\n0 lion .\n", 2, ["a weight above 0 first, not '0 lion .'"]),
    ("[s]\n-1 lion .\n", 2, ["a weight above 0 first"]),
    ("[s]\nnan lion .\n", 2, ["a weight above 0 first"]),
    ("[s]\ninf lion .\n", 2, ["a weight above 0 first"]),
    ("[s]\n2\n", 2, ["a weight above 0 first, not '2'"]),
    ("[s]\n1 lion\n", 2, ["a template is one sentence and ends in . or ! or ?, which 'lion' does not"]),
    ("[s]\n1 lion . ape .\n", 2, ["a template is one sentence"]),
    ("[s]\n1 lion.\n", 2, ["a template is one sentence"]),
    ("[s]\n1 {a} .\n", 2, ["after {a} a word must follow, by which a or an is decided, in '{a} .'"]),
    ("[s]\n1 {a} {a} lion .\n", 2, ["after {a} a word must follow"]),
    ("[s]\n1 {a} , lion .\n", 2, ["after {a} a word must follow"]),
    ("[s]\n1 lion; ape .\n", 2, ["'lion;' is neither a word, one of . ! ? ,, nor {category.form}"]),
    ("[s]\n1 {animal.plural .\n", 2, ["'{animal.plural' is neither a word"]),
    ("[s]\n1 {animal.many} .\n", 2, ["there is no form .many; there are .he, .they, .do"]),
    ("[s]\n1 {=go} .\n", 2, ["{=go} names no form; write {=go.he}, or plain go"]),
    ("[s]\n1 lion .\n1 {cat} .\n", 3, ["no category is called 'cat'; there are animal, object, time"]),
    ("[s]\n1 {=play.doing} .\n", 2, ["{=play.doing} has no word left for some state; take one out of held_out.txt"]),
    ("[s]\n1 they are playing .\n", 2, ["'playing' is withheld in held_out.txt, so no template may say it"]),
    ("[s]\n1 lion .\n[plans]\n1 s t\n", 4, ["no stage is called 't'; there are s"]),
    ("[s]\n1 lion .\n[plans]\n1 s s\nmuch s\n", 5, ["a weight above 0 first, not 'much s'"]),
]


@pytest.mark.parametrize(("stories", "line", "told"), MISTAKES, ids=[told[0][:40] for _, _, told in MISTAKES])
def test_every_mistake_is_named_with_its_line_and_remedy(tmp_path, stories, line, told):
    with pytest.raises(ValueError, match=r"stories.txt:\d+: ") as error:
        world(tmp_path, stories, "forms: playing\n", plans="[plans]" not in stories)
    message = str(error.value)
    assert message.startswith(f"{tmp_path / 'stories.txt'}:{line}: ")
    for part in told:
        assert part in message


def test_no_plans(tmp_path):
    with pytest.raises(ValueError, match=r"stories.txt: there are no \[plans\]; write, say, `1 s t` under them"):
        world(tmp_path, "[s]\n1 lion .\n[t]\n1 ape .\n", plans=False)


def test_forms_that_follow_a_tense_which_is_not_there(tmp_path):
    with pytest.raises(
        ValueError, match=r"stories.txt:2: .he follows the tense, but lexicon.txt has no \[tense past\]"
    ):
        world(tmp_path, "[s]\n1 {=go.he} .\n", lexicon="[any]\nx: y\n")


@pytest.mark.parametrize("line", ["words: playing", "pair: wash", "pair: wash lion ape", "pair: wash wash", "playing"])
def test_a_line_of_held_out_txt_that_says_nothing(tmp_path, line):
    file = tmp_path / "held_out.txt"
    file.write_text(f"# first\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"held_out.txt:2: write `forms: playing replay` or `pair: wash lion`, not "):
        read_held_out(file)


def test_a_pair_whose_word_nobody_says(tmp_path):
    with pytest.raises(ValueError, match=r"held_out.txt: no template can say 'lions' of `pair: wash lions`; write its"):
        world(tmp_path, "[s]\n1 {tend.he} {animal} .\n", "pair: wash lions\n")


def test_pairs_that_leave_a_sentence_without_words(tmp_path):
    # At sea the only animal is a seal.
    with pytest.raises(ValueError, match=r"stories.txt:2: after wash, {animal} has no word left.*take a pair out"):
        world(tmp_path, "[s]\n1 {tend.he} {a} {animal} .\n", "pair: wash seal\n")
    with pytest.raises(ValueError, match=r"after wash and play, {animal.plural} has no word left.*lion"):
        world(
            tmp_path,
            "[s]\n1 {tend.he} {use.do} {animal.plural} .\n",
            "pair: wash lion\npair: play ape\n",
        )
    # Of these verbs, one goes with each: a word is always left.
    world(tmp_path, "[s]\n1 {tend.he} {animal} .\n", "pair: wash lion\npair: feed ape\n")


def test_a_pair_that_meets_only_where_it_cannot_be_said(tmp_path):
    """At sea nobody washes: that there would be no word left after it is no mistake."""
    lexicon = "[topic zoo]\ntend: wash feed\nanimal: seal ape\n[topic sea]\ntend: feed\nanimal: seal\n"
    grammar = world(tmp_path, "[s]\n1 {tend.did} {animal} .\n", "pair: wash seal\n", lexicon)
    assert grammar.held_out.pairs == (("wash", "seal"),)
