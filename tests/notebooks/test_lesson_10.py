"""What lesson 10 claims holds on its own run, and for other stories of each kind."""

import re

import numpy as np
import pytest
import torch
from reading import pages_of, said_by

import bertlab
from bertlab.corpora.prose import passages
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.experiments.head_jobs import shares_and_effects
from bertlab.lessons.instruments.clue_questions import KINDS, ask_about_clues
from bertlab.lessons.instruments.handed_over import handed_over
from bertlab.model import heads_off, lines_off

pytestmark = pytest.mark.slow


def numbers(pattern: str, said: str) -> list[float]:
    """The numbers of the first line that fits."""
    found = re.search(pattern, said)
    assert found, pattern
    return [float(number) for number in found.groups()]


@torch.no_grad()
def margin(model, asked, cut=None) -> float:
    """The mean margin (nats), with the lines from the hole to some places cut, or with all lines."""
    with lines_off(model, asked.lines_to(torch.zeros_like(asked.clues) if cut is None else cut)):
        out = model(asked.input_ids, attention_mask=asked.attention_mask, positions=asked.positions)
    return asked.margin(out.prediction_logits).mean().item()


def test_lesson_10_finds_what_it_says(executed):
    notebook, _, _ = executed("10")
    said = said_by(notebook)
    assert "BERT says her" in said
    pages = "".join(pages_of(notebook))
    for view in ("model", "head", "neuron"):
        assert f"BertViz {view} view of 14 tokens" in pages
    assert max(float(share) for share in re.findall(r"gets most from \d\.\d, a share of ([\d.]+)", said)) < 0.15
    for what, head in [("previous", "0.2"), ("next", "1.2")]:
        best = numbers(rf"{what} +head {re.escape(head)}: ([\d.]+)", said)[0]
        controls = numbers(rf"{what} +untrained at most ([\d.]+), even ([\d.]+)", said)
        assert best > 0.7 > 5 * max(controls)
    whole, without = numbers(r"margin ([\d.]+) nats, without 0\.2 ([\d.]+)", said)
    assert without > whole - 1, "a clear head that can be spared"
    far, far_high, near, near_high = numbers(
        r"of the (\d+) points right of 0\.5, (\d+) stand higher than 2 nats; of the other (\d+), (\d+)", said
    )
    assert 0 < far_high < far, "some of those that look are needed, and some are not"
    assert near_high > 1, "some are needed that hardly look"
    assert far_high / far > 3 * near_high / near, "a large share is a hint"
    assert numbers(r"1\.2, the clear next-word head: effect at most (-?[\d.]+)", said)[0] < 1.5
    assert numbers(r"untrained, topic: margin -?[\d.]+, largest effect ([\d.]+)", said)[0] < 0.5
    cuts = {kind: numbers(rf"\n{kind} +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+)\n", said) for kind in KINDS}
    for kind, (whole, hidden, cut, control) in cuts.items():
        assert control > 0.8 * whole, "lines to other words can be cut"
        if kind in ("topic", "tense"):
            assert cut < 0.2 * whole, "the lines are the reason"
        else:
            assert cut > 0.9 * whole, "no line from the hole to the clue is needed"
        assert (hidden > 0.9 * whole) == (kind == "number, beside"), "the subject beside the hole is not needed"
    for kind in ("she or he", "tense"):
        hidden_all, cut_all, control_all = numbers(
            rf"\n{kind}, all +-?[\d.]+ +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+)\n", said
        )
        whole, hidden, cut, _ = cuts[kind]
        assert hidden_all < 0.25 * whole < hidden - 2, "other words tell it, too"
        assert control_all > 0.8 * whole
        assert abs(cut_all - cut) < 0.1 * whole, "lines to those words change nothing"
    assert numbers(r"from the hole, head 3\.1 gives \[CLS\] ([\d.]+)", said)[0] > 0.9
    assert min(numbers(r"gives the hero ([\d.]+) in head 0\.0, ([\d.]+) in head 0\.1", said)) > 0.9
    margin = {
        what: float(nats) for what, nats in re.findall(r"^(?:she or he, )?(.*?) +margin +(-?[\d.]+) nats$", said, re.M)
    }
    whole = margin["all heads on"]
    assert max(margin["3.1 off"], margin["0.1 off at [CLS]"]) < whole / 3
    assert margin["0.1 off elsewhere"] > whole - 1, "only that one place is needed"
    assert margin["0.0 off there"] > whole - 1, "it draws the same step, and is not needed by itself"
    assert abs(margin["both off there"]) < 0.6 < margin["0.1 off at [CLS]"] - 0.3, "a coin; one alone leaves a little"
    assert margin["control: topic, both off there"] > 6, "another question loses nothing"
    trusts = {
        hero: [int(each) for each in row] for hero, *row in re.findall(r"^(\S+) +(\d+)% +(\d+)% +(\d+)%$", said, re.M)
    }
    assert set(trusts) == {"Rosa", "Julia", "Omar", "[MASK]"}
    assert min(trusts["Rosa"][0], trusts["Julia"][0]) > 95 > 5 > trusts["Omar"][0]
    assert trusts["Rosa"][1] < 40 < 80 < trusts["Julia"][1], "with one silent it depends on the name"
    both = [trusts[hero][2] for hero in ("Rosa", "Julia", "Omar")]
    assert max(both) - min(both) < 15, "with both silent all heroes are alike"
    assert max(abs(trust - trusts["[MASK]"][0]) for trust in both) < 15, "and as if none had been told"


def test_lesson_10_finds_what_it_says_in_more(executed):
    notebook, _, _ = executed("10")
    said = said_by(notebook)
    from_words, _ = numbers(r"1\.3 gives \[CLS\] ([\d.]+) from words, ([\d.]+) from holes", said)
    assert 0.45 < from_words < 0.55, "half of its attention"
    for word, looks_ahead in {"the": True, "a": True, ",": False, "and": False}.items():
        cls, ahead = numbers(rf"from {word} +([\d.]+) to \[CLS\], ([\d.]+) to the next three places", said)
        if looks_ahead:
            assert ahead > 0.5 > 0.1 > cls
        else:
            assert cls > 0.85 > 0.1 > ahead, "from these it rests"
    fetch = r"nothing to fetch at {}: loss at words ([+-][\d.]+), at holes ([+-][\d.]+) nats"
    cls, others = (numbers(fetch.format(where), said) for where in (r"\[CLS\]", "words"))
    assert max(map(abs, cls)) < 0.01, "what it fetches at [CLS] is not needed, at words least of all"
    assert -0.03 < others[0] < min(-0.005, -2 * abs(cls[0])), "what it fetches at words changes more, not much"
    assert 0.01 < others[1] < 0.05
    assert others[1] > 3 * abs(cls[1])
    short, long = numbers(
        r"length handed over by \[CLS\]: ([\d.]+) times a word's; in 3\.1 of the story BERT ([\d.]+)", said
    )
    assert short < 0.2 < 1.1 < long
    page = next(page for page in pages_of(notebook) if "by method" in page)
    rows = re.findall(r">([^<]+)</th><td>(BERT|untrained)</td><td>(\d+)%</td><td>(\d+)%</td>", page)
    hits = {(method, who): int(hit) for method, who, hit, _ in rows}
    chance = int(rows[0][3])
    assert hits["attention", "BERT"] <= chance + 5, "the mean of all heads puts the clue first no more than guessing"
    assert hits["gradient × attention", "BERT"] > 2 * chance
    assert min(hits["gradient", "BERT"], hits["hiding", "BERT"]) > 50
    assert max(hit for (_, who), hit in hits.items() if who == "untrained") < 30
    two = r" +(\d+)% +([\d.]+)"  # how often its first word is the clue, and how far the margin moves without it
    table = {
        method: dict(
            zip(KINDS, np.reshape(re.search(rf"\n{method}" + two * len(KINDS), said).groups(), (-1, 2)), strict=True)
        )
        for method in ("any word", "attention", "rollout", "gradient × attention", "gradient", "hiding")
    }
    for kind in ("she or he", "topic", "tense"):
        any_word, mean, rolled, gradient = (
            float(table[method][kind][1]) for method in ("any word", "attention", "rollout", "gradient")
        )
        assert max(int(table[method][kind][0]) for method in ("attention", "rollout")) <= 20
        assert max(mean, rolled) < any_word + 0.7 < gradient - 1.3, "its word matters little more than any other"
    assert min(int(table["gradient × attention"][kind][0]) for kind in ("topic", "tense")) > 70
    assert int(table["gradient × attention"]["she or he"][0]) < 20
    in_mini, *untrained = numbers(r"river is word (\d+) of 14 in mini, in untrained BERTs" + r" (\d+)" * 20, said)
    assert in_mini > 3, "the trained one does not even show it"
    assert 1 <= sum(place <= 3 for place in untrained) <= 10, "some that have learned nothing do, as luck has it"
    whole = numbers(r"what follows the hole is hidden: margin ([\d.]+) nats", said)[0]
    unseen, cut = numbers(r"the subject hidden, too: ([\d.]+); lines to it cut: ([\d.]+)", said)
    assert max(unseen, cut) < whole - 1
    tops = re.findall(r"^head \d\.\d: effect ([\d.]+) nats, share for the subject ([\d.]+)$", said, re.M)
    assert len(tops) == 3
    assert float(tops[0][1]) < 0.1


@pytest.mark.parametrize("length", [40, 80])
@torch.no_grad()
def test_head_1_3_of_mini_rests_at_cls_in_other_passages(length: int):
    model, tokenizer = bertlab.load("mini")
    texts = [passage.text for passage in passages() if passage.sense != "plain"][:: length // 20]
    ids = torch.tensor([tokenizer(text).input_ids[:length] for text in texts])
    holes, words = list(range(4, length, 7)), [place for place in range(1, length) if place % 7 != 4]
    hidden = ids.index_fill(1, torch.tensor(holes), tokenizer.mask_id)
    shares = torch.stack(model(hidden, output_attentions=True).attentions)  # (layers, texts, heads, query, key)
    to_cls = shares[..., words, 0].mean(dim=(1, 3))
    assert to_cls.argmax() == 1 * 4 + 3, "none gives [CLS] more"
    assert 0.45 < to_cls[1, 3] < 0.55, "half of its attention"
    looks, handed = handed_over(model, 1, 3, hidden)
    ahead = (looks * torch.ones(length, length).triu(1).tril(3)).sum(dim=-1)
    asking = {word: hidden == tokenizer.vocab[word] for word in ("the", "a", ",", "and")}
    for word in ("the", "a"):
        assert ahead[asking[word]].mean() > 0.5 > 0.1 > looks[..., 0][asking[word]].mean()
    for word in (",", "and"):
        assert looks[..., 0][asking[word]].mean() > 0.85 > 0.1 > ahead[asking[word]].mean()
    assert handed[:, 0].mean() < 0.2 * handed[:, 1:20].mean()

    def loss(silent, at) -> float:
        kept = torch.ones(length, 256)
        kept[silent, 3 * 64 : 4 * 64] = 0
        value = model.bert.layers[1].attention.value
        with value.register_forward_hook(lambda part, given, gives: gives * kept):
            logits = model(hidden).prediction_logits.transpose(1, 2)
        return torch.nn.functional.cross_entropy(logits[..., at], ids[:, at]).item()

    for at in (words, holes):
        assert abs(loss([0], at) - loss([], at)) < 0.005
    assert -0.03 < loss(words, words) - loss([], words) < -2 * abs(loss([0], words) - loss([], words))


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


@pytest.mark.parametrize("seed", [1, 2])
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


@pytest.mark.parametrize("seed", [1, 2])
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


@pytest.mark.parametrize("seed", [1, 2])
@torch.no_grad()
def test_lines_to_the_clue_are_the_reason_for_topic_and_tense_alone(measured, seed: int):
    model, found = measured(seed)
    for kind, (*_, whole, asked) in found.items():
        cut, hidden = margin(model, asked, asked.clues), margin(model, asked.hiding(asked.clues))
        assert margin(model, asked, asked.clues.roll(1, dims=1) & ~asked.clues) > 0.6 * whole, (
            "control: the word after it"
        )
        assert cut < 0.2 * whole if kind in ("topic", "tense") else cut > 0.9 * whole, kind
        assert hidden > 0.85 * whole if kind == "number, beside" else hidden < 0.87 * whole, kind


@pytest.mark.parametrize("seed", [1, 2])
@torch.no_grad()
def test_pronouns_tell_the_hero_too_and_no_line_to_them_is_needed(measured, seed: int):
    model, found = measured(seed)
    *_, whole, asked = found["she or he"]
    vocab = bertlab.load("story-bert")[1].vocab
    pronouns = torch.isin(asked.input_ids, torch.tensor([vocab[word] for word in ("she", "he", "her", "his", "him")]))
    assert not (asked.clues & pronouns).any(), "in the full world a pronoun alone does not tell: it may mean another"
    every = asked.clues | pronouns
    assert abs(margin(model, asked.hiding(every))) < 0.1 * whole, "a coin"
    assert margin(model, asked, every) > 0.9 * whole


@pytest.mark.parametrize("seed", [1, 2])
@torch.no_grad()
def test_the_nearer_noun_and_a_guess_at_the_hidden_word_tell_what_is_left(measured, seed: int):
    model, found = measured(seed)
    *_, whole, asked = found["number, across"]
    nearer = torch.zeros_like(asked.clues)
    nearer[range(len(asked)), asked.hole - 1] = True
    assert margin(model, asked.hiding(asked.clues)) > whole / 2
    assert margin(model, asked.hiding(asked.clues | nearer)) < whole / 3
    *_, whole, asked = found["tense"]
    hidden = asked.hiding(asked.clues)
    assert margin(model, hidden) > whole / 2
    assert margin(model, hidden, hidden.clues) < 0.1 * whole, "it was read at the place of the hidden word"


@pytest.mark.parametrize("seed", [1, 2])
@torch.no_grad()
def test_where_the_subject_is_needed_its_lines_are_too_and_a_head_without_them_most(measured, seed: int):
    model, found = measured(seed)
    *_, beside = found["number, beside"]
    after = torch.arange(beside.input_ids.shape[1]) > beside.hole[:, None]
    asked = beside.hiding(after & (beside.input_ids != StoryWorld.load("full").tokenizer.sep_id))
    share, effect, whole = shares_and_effects(model, asked)
    unseen, cut = margin(model, asked.hiding(asked.clues)), margin(model, asked, asked.clues)
    assert max(unseen, cut) < whole - 0.7
    assert share.flatten()[effect.argmax()] < 0.1


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
