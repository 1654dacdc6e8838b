"""Probes: exact answers against a list of all stories, the side of the clue against words that the sampler shows."""

import importlib.util
from collections import defaultdict
from functools import cache
from math import log
from pathlib import Path

import numpy as np
import pytest

from bertlab.corpora.story import PHENOMENA, Probe, ProbeSet, StoryWorld, judge, probe_set
from bertlab.corpora.story.morphology import inflect
from bertlab.corpora.story.tasks import probes
from bertlab.corpora.story.tasks.probes import each_set, grouped, where_is_the_clue
from bertlab.corpora.story.tasks.questions import FAR, POLYSEMES, Question, Questioner

SIDES = ("left", "right", "both", "nowhere")


@pytest.fixture(scope="module")
def pocket() -> StoryWorld:
    return StoryWorld.load("pocket")


@cache
def found(phenomenon: str, clue: str, released: bool = False, count: int = 6) -> ProbeSet:
    return probe_set(StoryWorld.load("pocket", released=released), phenomenon, clue, count)


@cache
def words_of(variable: str, value: str) -> frozenset[str]:
    """All words of many stories with this value: what the sampler says, whatever the truth thinks of it."""
    world = StoryWorld.load("pocket")
    rng = np.random.default_rng(7)
    return frozenset(word.lower() for _ in range(350) for word in world.sample(rng, **{variable: value}).words)


def sides(probe: Probe) -> tuple[list[str], list[str]]:
    """The words before and after the hidden one."""
    before, after = probe.text_with_mask.split("[MASK]")
    clean = str.maketrans("", "", ".,!?")
    return before.lower().translate(clean).split(), after.lower().translate(clean).split()


@pytest.mark.slow
@pytest.mark.parametrize("phenomenon", ["tense", "hero", "article"])
def test_the_answers_are_those_of_all_stories_listed(tiny, phenomenon):
    place = Path(__file__).parents[1] / "exact" / "test_truth.py"
    spec = importlib.util.spec_from_file_location("listed_stories", place)
    listed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(listed)
    everything = listed.Enumeration(tiny)
    vocab = tiny.tokenizer.vocab
    for clue in PHENOMENA[phenomenon]:
        if (phenomenon, clue) in (("hero", "nowhere"), ("tense", "nowhere")):
            continue  # the tiny world always tells
        for probe in probe_set(tiny, phenomenon, clue, 4):
            for view in ("both", "left", "right"):
                exact = everything.limit(probe.pieces, probe.position, {probe.position}, view)
                told = {answer: exact[vocab[answer]] for answer in probe.groups}
                assert probe.answers[view] == pytest.approx(told, abs=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("clue", SIDES)
def test_polysemy_the_clue_stands_where_words_of_one_topic_only_stand(clue):
    for probe in found("polysemy", clue):
        true, (other,) = probe.group, {*probe.groups.values()} - {probe.group}
        assert true == probe.story.state["topic"]
        telling = words_of("topic", true) - words_of("topic", other)
        before, after = sides(probe)
        beside = [word for word in before + after if word in POLYSEMES]
        assert set(beside) - telling  # others may be of two senses elsewhere, and tell here
        told = tuple(bool(telling & set(side)) for side in (before, after))
        assert told == {"left": (True, False), "right": (False, True), "both": (True, True)}.get(clue, (False, False))


@pytest.mark.slow
@pytest.mark.parametrize("clue", SIDES)
def test_tense_and_hero_the_same(clue):
    for phenomenon, variable in (("tense", "tense"), ("hero", "hero")):
        for probe in found(phenomenon, clue):
            true = probe.story.state[variable]
            (other,) = {*probe.groups.values()} - {true}
            assert probe.group == true
            telling = words_of(variable, true) - words_of(variable, other)
            assert probe.true in telling
            told = tuple(bool(telling & set(side)) for side in sides(probe))
            assert told == {"left": (True, False), "right": (False, True), "both": (True, True)}.get(
                clue, (False, False)
            )


@pytest.mark.slow
@pytest.mark.parametrize("clue", ["before", "after"])
def test_time_only_a_far_word_of_time_tells(clue):
    for probe in found("time", clue, count=4):
        before, after = sides(probe)
        times = {"yesterday", "earlier", "today", "now"}
        telling = words_of("tense", "past") ^ words_of("tense", "present")
        assert telling & {*before, *after} <= times
        near, far = (after, before) if clue == "before" else (before, after)
        assert not times & set(near)
        (word,) = times & set(far)
        distance = far[::-1].index(word) if clue == "before" else far.index(word)
        assert distance >= FAR - 3  # in words; FAR counts pieces, marks among them


@pytest.mark.slow
def test_agreement_the_subject_decides_and_not_what_stands_nearer(pocket):
    nouns = [
        word
        for name in ("being", "thing")
        for words in pocket.grammar.lexicon.categories[name].words.values()
        for word, _ in words
    ]
    number = dict.fromkeys(nouns, "singular") | {inflect(noun, "plural"): "plural" for noun in nouns}
    for clue in ("beside", "across"):
        for probe in found("agreement", clue):
            sentence = probe.text_with_mask.split("[MASK]")[0].lower().replace("!", ".").replace("?", ".")
            words = sentence.split(".")[-1].split()
            told = [number[word] for word in words if word in number]
            assert probe.group == told[0]
            assert len(told) == (1 if clue == "beside" else 2)
            assert told[-1] != told[0] or clue == "beside"
            assert probe.true.endswith("s") == (told[0] == "singular")  # is, was, looks, likes
            assert probe.shares("both") == pytest.approx(
                {"singular": float(told[0] == "singular"), "plural": float(told[0] == "plural")}
            )


def test_article_the_next_word_decides():
    for probe in found("article", "right"):
        following = sides(probe)[1][0]
        assert probe.true == ("an" if following[0] in "aeiou" else "a")
        assert probe.shares("both")[probe.true] == pytest.approx(1)
        assert probe.shares("left")[probe.true] < 0.95


@pytest.mark.parametrize("clue", ["verb", "noun"])
@pytest.mark.slow
def test_pair_only_the_released_world_says_it(pocket, clue):
    lemma_pairs = Questioner(pocket).held_out.pairs
    for probe in found("pair", clue, released=True, count=4):
        assert probe.answers["both"][probe.true] > 0.1
        place = {"verb": 0, "noun": 1}[clue]
        assert any(probe.true[:3] == pair[place][:3] for pair in lemma_pairs)
        with pytest.raises(ValueError, match="no story of this world"):
            pocket.limit(probe.story, [0], "right")


@pytest.mark.parametrize("clue", ["beginning", "ending"])
@pytest.mark.slow
def test_form_one_piece_of_what_training_text_never_says(pocket, clue):
    forms = Questioner(pocket).held_out.forms
    for probe in found("form", clue, released=True, count=4):
        whole = probe.text_with_mask.replace("[MASK]", probe.true.removeprefix("##")).lower()
        assert any(form in whole for form in forms)
        assert probe.true.startswith("##") == (clue == "ending")
        assert probe.answers["both"][probe.true] > 0


@pytest.mark.slow
def test_a_probe_hides_one_piece_and_knows_the_limits(pocket):
    tokenizer = pocket.tokenizer
    for phenomenon, clue in (("polysemy", "left"), ("tense", "right"), ("hero", "both")):
        for probe in found(phenomenon, clue):
            assert probe.text_with_mask.count("[MASK]") == 1
            assert tokenizer(probe.text_with_mask).input_ids[1:-1] == probe.masked(tokenizer.mask_id)
            assert list(probe.pieces) == pocket.pieces(probe.story)
            assert tokenizer.pieces[probe.pieces[probe.position]] == probe.true
            assert f"[MASK] = {probe.true}" in str(probe)
            for view in ("both", "left", "right"):
                exact = pocket.limit(probe.story, [probe.position], view)[0]
                for answer, share in probe.answers[view].items():
                    assert share == pytest.approx(exact[tokenizer.vocab[answer]])
                assert sum(probe.answers[view].values()) <= 1 + 1e-9


@pytest.mark.slow
def test_a_set_is_a_function_of_its_arguments():
    first = found("hero", "left")
    world = StoryWorld.load("pocket")
    assert probe_set(world, "hero", "left", 3) == first[:3]
    assert probe_set(world, "hero", "left", 3, seed=1) != first[:3]
    assert len({probe.text_with_mask for probe in first}) == 6
    assert first.stories >= first.weighed >= 6
    assert str(first).startswith(f"6 probes out of {first.weighed} questions in {first.stories} stories\nboth ")


def told(both: float, left: float, right: float) -> dict[str, dict[str, float]]:
    # A third answer of no interest takes the rest in a true distribution; here the two of interest share 0.6.
    return {
        view: {"one": 0.6 * share, "two": 0.6 * (1 - share)}
        for view, share in (("both", both), ("left", left), ("right", right))
    }


@pytest.mark.parametrize(
    ("shares", "clue"),
    [
        ((0.97, 0.96, 0.5), "left"),
        ((0.97, 0.52, 0.96), "right"),
        ((1.0, 0.95, 0.96), "both"),
        ((0.5, 0.46, 0.54), "nowhere"),
        ((0.97, 0.94, 0.5), ""),
        ((0.97, 0.96, 0.6), ""),
        ((0.9, 0.5, 0.5), ""),
        ((0.97, 0.5, 0.5), ""),  # both sides together tell what neither does
        ((0.03, 0.04, 0.5), ""),  # sharp for the wrong group
    ],
)
def test_where_the_clue_is(shares, clue):
    question = Question(0, {"one": "A", "two": "B"}, {"A": 0.5, "B": 0.5})
    assert where_is_the_clue(question, "A", told(*shares)) == clue


def test_a_prior_need_not_be_one_half():
    question = Question(0, {"one": "A", "two": "B"}, {"A": 0.25, "B": 0.75})
    assert where_is_the_clue(question, "A", told(0.25, 0.26, 0.24)) == "nowhere"
    assert where_is_the_clue(question, "A", told(0.5, 0.5, 0.5)) == ""
    silent = told(1, 1, 0.25) | {"right": {}}
    assert where_is_the_clue(question, "A", silent) == ""


def test_grouped_shares():
    groups = {"is": "one", "was": "one", "are": "many"}
    assert grouped({"is": 0.1, "was": 0.2, "are": 0.1}, groups) == pytest.approx({"one": 0.75, "many": 0.25})
    assert grouped({}, groups) == {}


@pytest.mark.slow
def test_a_reader_is_judged_among_the_answers_of_interest(pocket):
    vocab = pocket.tokenizer.vocab
    for phenomenon, clue in (("polysemy", "nowhere"), ("polysemy", "right"), ("agreement", "across")):
        chosen = found(phenomenon, clue)
        perfect = np.stack([pocket.limit(probe.story, [probe.position])[0] for probe in chosen])
        assert judge(chosen, perfect, vocab) == pytest.approx(chosen.best("both"))
        # Who says the opposite is wrong as often as one can be.
        if clue != "nowhere":
            wrong = np.zeros_like(perfect)
            for row, probe in enumerate(chosen):
                wrong[row, [vocab[answer] for answer, group in probe.groups.items() if group != probe.group]] = 1
            assert judge(chosen, wrong, vocab) == (0, pytest.approx(-log(1e-12), rel=1e-3))
        # What goes to other pieces does not count.
        assert judge(chosen, perfect * 0.3, vocab) == pytest.approx(chosen.best("both"))
        left = np.stack([pocket.limit(probe.story, [probe.position], "left")[0] for probe in chosen])
        right, nats = judge(chosen, left + 1e-9, vocab)
        assert right <= chosen.best("both")[0] + 1e-9
        assert nats >= chosen.best("both")[1] - 1e-9
        if clue == "right":
            assert nats == pytest.approx(log(2), abs=0.02)
            assert chosen.best("left")[1] == pytest.approx(log(2), abs=0.01)
            assert chosen.best("both") == pytest.approx((1, 0), abs=1e-3)


@pytest.mark.slow
def test_what_cannot_be_asked(pocket, monkeypatch):
    with pytest.raises(ValueError, match="no phenomenon 'rhyme'; there are polysemy, tense"):
        probe_set(pocket, "rhyme", "left")
    with pytest.raises(ValueError, match="no clue 'left' of agreement; there are beside, across"):
        probe_set(pocket, "agreement", "left")
    with pytest.raises(ValueError, match=r"StoryWorld.load\(..., released=True\)"):
        probe_set(pocket, "pair", "noun")
    monkeypatch.setattr(probes, "MOST_STORIES", 30)
    with pytest.raises(ValueError, match=r"only \d+ of 40 probes of hero with clue left in 30 stories; ask for fewer"):
        probe_set(pocket, "hero", "left", 40)


@pytest.mark.slow
def test_the_full_world_has_people_to_tell_apart():
    world = StoryWorld.load("full")
    for clue in ("left", "right"):
        counts: dict[str, int] = defaultdict(int)
        for probe in probe_set(world, "companion", clue, 3):
            assert probe.group == probe.story.state["companion"]
            assert probe.shares(clue)[probe.group] > 0.95
            counts[probe.group] += 1
        assert sum(counts.values()) == 3


@pytest.mark.parametrize(
    ("phenomenon", "missing"), [("companion", "companion"), ("tense", "tense"), ("agreement", "topic, tense")]
)
def test_a_world_without_the_variable_is_told_at_once(bare, phenomenon, missing):
    with pytest.raises(ValueError, match=f"the phenomenon {phenomenon} needs {missing}, which"):
        probe_set(bare, phenomenon, PHENOMENA[phenomenon][0], 1)


def test_each_set_asks_for_what_a_world_can_say(bare, monkeypatch):
    monkeypatch.setattr(probes, "probe_set", lambda world, phenomenon, *_: phenomenon)
    assert {phenomenon for phenomenon, _, _ in each_set(bare)} == {"hero", "article"}


def test_a_set_without_a_probe_is_refused(tiny):
    with pytest.raises(ValueError, match="1 probe or more, not 0"):
        probe_set(tiny, "tense", "left", 0)
