"""What lesson 10 claims holds on its own run, and for other stories of each kind."""

import re

import numpy as np
import pytest
import torch
from reading import pages_of, said_by

import bertlab
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.experiments.head_jobs import shares_and_effects
from bertlab.lessons.instruments.clue_questions import KINDS, ask_about_clues
from bertlab.model import heads_off

pytestmark = pytest.mark.slow


def numbers(pattern: str, said: str) -> list[float]:
    """The numbers of the first line that fits."""
    found = re.search(pattern, said)
    assert found, pattern
    return [float(number) for number in found.groups()]


def test_lesson_10_finds_what_it_says(executed):
    notebook, _, _ = executed("10")
    said = said_by(notebook)
    assert "BERT says her" in said
    pages = "".join(pages_of(notebook))
    for view in ("model", "head", "neuron"):
        assert f"BertViz {view} view of 30 tokens" in pages
    assert max(float(share) for share in re.findall(r"gets most from \d\.\d, a share of ([\d.]+)", said)) < 0.15
    best, untrained, even = numbers(r"previous +head 0\.2: ([\d.]+).*untrained at most ([\d.]+), even ([\d.]+)", said)
    assert best > 0.7 > 5 * max(untrained, even)
    assert numbers(r"next +head 1\.2: ([\d.]+)", said)[0] > 0.7
    for what in ("same word", r"\[CLS\] or \[SEP\]"):
        assert numbers(rf"{what} +head \d\.\d: ([\d.]+)", said)[0] < 0.3, "no head of that type"
    broadest, untrained = numbers(r"broad +head \d\.\d: ([\d.]+).*untrained at most ([\d.]+)", said)
    assert broadest < untrained - 0.2, "to be broad, nothing must be learned"
    whole, without = numbers(r"margin ([\d.]+) nats, without 0\.2 ([\d.]+)", said)
    assert without > whole - 1, "a clear head that can be spared"
    count = r"of (\d+) points that give the clue {}, (\d+) have an effect over 2 nats"
    (far, far_high), (near, near_high) = (numbers(count.format(what), said) for what in ("over half", "less"))
    assert 0 < far_high < far, "some of those that look are needed, and some are not"
    assert near_high > 1, "some are needed that hardly look"
    assert far_high / far > 3 * near_high / near, "a large share is a hint"
    assert numbers(r"untrained, topic: margin -?[\d.]+, largest effect ([\d.]+)", said)[0] < 0.5
    for word in ("zoo", "castle"):
        with_all, without = numbers(rf"{word}: a trust of (\d+)%, without 3\.0 (\d+)%", said)
        assert with_all > 90 > 40 > without, "the head of lessons 04 and 05 is needed there"
    assert (
        min(numbers(r"hole to \[CLS\]: 3\.1 ([\d.]+); \[CLS\] to the hero: 0\.0 ([\d.]+), 0\.1 ([\d.]+)", said)) > 0.9
    )
    margin = {what: float(nats) for what, nats in re.findall(r"^(.*?) +margin +(-?[\d.]+) nats$", said, re.M)}
    whole = margin["all heads on"]
    assert max(margin["3.1 off"], margin["0.1 off at [CLS]"]) < whole / 3
    assert margin["0.1 off, not at [CLS]"] > whole - 1, "only that one place is needed"
    assert margin["0.0 off at [CLS]"] > whole - 1, "it draws the same step, and is not needed by itself"
    assert abs(margin["both off at [CLS]"]) < 0.6 < margin["0.1 off at [CLS]"] - 0.3, (
        "a coin; one alone leaves a little"
    )
    assert margin["control, topic, both off at [CLS]:"] > 6, "another question loses nothing"
    trusts = {
        hero: [int(each) for each in row]
        for hero, *row in re.findall(r"^(\w+) +trust in her +(\d+)%, .* +(\d+)%, both off there +(\d+)%$", said, re.M)
    }
    assert len(trusts) == 5
    for hero in ("Rosa", "Lucy", "Julia"):
        assert trusts[hero][0] > 95
    assert trusts["Rosa"][1] < 40 < 80 < trusts["Julia"][1], "with one silent it depends on the name"
    both = [row[2] for row in trusts.values()]
    assert max(both) < 40, "the coin leans to his"
    assert max(both) - min(both) < 15, "and falls alike for all heroes"


def test_lesson_10_finds_what_it_says_in_more(executed):
    notebook, _, _ = executed("10")
    said = said_by(notebook)
    from_words, from_holes, before = numbers(
        r"2\.2 gives \[CLS\] ([\d.]+) from words, ([\d.]+) from holes; a hole gives the word before it ([\d.]+)", said
    )
    assert from_words > 0.6 > 0.3 > from_holes
    assert before > 0.4
    at_cls, at_words = numbers(r"nothing to fetch at \[CLS\]: loss ([+-][\d.]+) nats; at all words: ([+-][\d.]+)", said)
    assert abs(at_cls) < 0.02 < at_words - 0.02, "what it fetches at words is missed, what at [CLS] is not"
    short, long = numbers(r"hands over ([\d.]+) times what words do; in 3\.1 of the story BERT ([\d.]+) times", said)
    assert short < 0.5 < 1.1 < long
    page = next(page for page in pages_of(notebook) if "way of pointing" in page)
    rows = re.findall(r"<td>([^<]+)</td><td>(BERT|untrained)</td><td>(\d+)%</td><td>(\d+)%</td>", page)
    hits = {(way, who): int(hit) for way, who, hit, _ in rows}
    chance = int(rows[0][3])
    assert hits["attention", "BERT"] <= chance + 5, (
        "the mean of all heads points at the clue no more often than guessing"
    )
    assert abs(hits["rollout", "BERT"] - hits["rollout", "untrained"]) < 15
    assert hits["gradient × attention", "BERT"] > 2 * chance
    direct = {kind: numbers(rf"\n    {kind} +(\d+)%", said)[0] for kind in KINDS}
    assert min(direct["topic"], direct["tense"]) > 70, "a head looks at the clue from the hole"
    assert max(direct["she or he"], direct["number, beside"], direct["number, across"]) < 40
    assert min(hits["gradient", "BERT"], hits["hiding", "BERT"]) > 50
    assert max(hit for (_, who), hit in hits.items() if who == "untrained") < 30
    ranks = {
        way: numbers(rf"\n{way} +BERT ([\d.]+), untrained +(-?[\d.]+)", said)
        for way in ("attention", "rollout", "gradient × attention", "gradient")
    }
    assert ranks["rollout"][0] > ranks["attention"][0] + 0.03
    assert ranks["gradient"][0] > ranks["rollout"][0]
    assert all(untrained < trained - 0.15 for trained, untrained in ranks.values())
    off = {int(count): (float(most), float(lot)) for count, most, lot in re.findall(
        r"(\d) off: those that look most ([\d.]+), at random ([\d.]+)", said)}  # fmt: skip
    assert off[6][0] > off[6][1], "those that look most are missed less than as many at random"
    assert off[6][0] > 6, "and the number is still known"
    shuffled = {
        kind: (float(whole), [float(each) for each in row.split()])
        for kind, whole, row in re.findall(
            r"^(.*?) +margin +([\d.]+); with values shuffled in 3\.0, 3\.1, 3\.2, 3\.3: +(.*)$", said, re.M
        )
    }
    carries = {"she or he": 1, "topic": 0, "tense": 2}
    for kind, (whole, by_head) in shuffled.items():
        for head, left in enumerate(by_head):
            assert left < whole / 3 if carries.get(kind) == head else left > 0.75 * whole, (kind, head)
    assert re.search(r"^mini +the ", said, re.M), "bank looks most at a neighbour"
    assert not re.search(r"^mini .*river", said, re.M)


@pytest.fixture(scope="module")
def measured():
    """Shares, effects and margins of the story BERT, for stories of other seeds."""
    model, _ = bertlab.load("story-bert")
    world, done = StoryWorld.load("full"), {}

    def measure(seed: int):
        if seed not in done:
            asked = {kind: ask_about_clues(world, kind, count=12, seed=seed) for kind in KINDS}
            done[seed] = {kind: (*shares_and_effects(model, each), each) for kind, each in asked.items()}
        return model, done[seed]

    return measure


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_three_kinds_of_heads_are_there_in_other_stories(measured, seed: int):
    _, found = measured(seed)
    for kind, head in [("topic", (3, 0)), ("tense", (3, 2))]:
        share, effect, whole, _ = found[kind]
        assert share[head] > 0.8
        assert effect[head] > 0.6 * whole, "looks, and is needed"
    share, effect, whole, _ = found["number, beside"]
    assert min(share[0, 2], share[2, 3]) > 0.8
    assert max(effect[0, 2], effect[2, 3]) < 0.12 * whole, "looks, and is not needed"
    share, effect, whole, _ = found["she or he"]
    even = 0.03
    assert max(share[0, 1], share[3, 1]) < even
    assert min(effect[0, 1], effect[3, 1]) > 0.6 * whole, "hardly looks, and is needed"
    share, effect, whole, _ = found["number, across"]
    assert share[0, 2] < 0.05
    assert effect[0, 2] > 0.25 * whole
    shares, effects = (np.concatenate([each[side].numpy().ravel() for each in found.values()]) for side in (0, 1))
    far, high = shares > 0.5, effects > 2
    assert 0 < (far & high).sum() < far.sum()
    assert high[far].mean() > 3 * high[~far].mean()


@pytest.mark.parametrize("seed", [1, 2, 3])
@torch.no_grad()
def test_the_hero_travels_through_cls_in_other_stories(measured, seed: int):
    model, found = measured(seed)
    *_, whole, asked = found["she or he"]

    def margin(off, at=None):
        with heads_off(model, off, at=at):
            out = model(asked.input_ids, attention_mask=asked.attention_mask, positions=asked.positions)
        return asked.margin(out.prediction_logits).mean().item()

    assert margin([(0, 1)], at=[0]) < 0.4 * whole
    rest = range(1, asked.input_ids.shape[1])
    assert margin([(0, 1)], at=rest) > 0.8 * whole, "at all other places it can be spared"
    assert margin([(0, 0)], at=[0]) > 0.8 * whole
    assert abs(margin([(0, 0), (0, 1)], at=[0])) < 0.1 * whole, "with both silent, a coin"
    for kind, (_, _, other_whole, others) in found.items():
        if kind != "she or he":
            with heads_off(model, [(0, 0), (0, 1)], at=[0]):
                out = model(others.input_ids, attention_mask=others.attention_mask, positions=others.positions)
            assert others.margin(out.prediction_logits).mean() > 0.9 * other_whole, "no other question goes that way"


@torch.no_grad()
def test_across_the_previous_word_head_works_at_the_word_after_the_subject_too(measured):
    model, found = measured(1)
    *_, asked = found["number, across"]
    lost = {"after the subject": [], "subject": []}
    for row in range(6):
        one = asked.only([row])
        subject = int(one.clues[0].nonzero()[-1])

        def margin(off=(), at=None, one=one):
            with heads_off(model, off, at=at):
                out = model(one.input_ids, attention_mask=one.attention_mask, positions=one.positions)
            return one.margin(out.prediction_logits).item()

        lost["after the subject"].append(margin() - margin([(0, 2)], [subject + 1]))
        lost["subject"].append(margin() - margin([(0, 2)], [subject]))
    assert np.mean(lost["after the subject"]) > 0.7
    assert abs(np.mean(lost["subject"])) < 0.3
