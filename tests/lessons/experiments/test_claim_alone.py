"""Entailment without the text: the claim alone tells more than nothing, for every seed, and why."""

import pytest

from bertlab.corpora.story import Entailment
from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.claim_alone import LABELS, correct, kind_of, rows


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_claim_alone_is_right_far_more_often_than_nothing(seed: int):
    found = {row["sees"]: row["correct"] for row in recorded("claim_alone").where(seed=seed) if "sees" in row}
    assert found["nothing"] < 0.39, "three labels, about a third each"
    assert found["claim alone"] > found["nothing"] + 0.08


def test_with_the_story_too_counting_words_stays_behind_a_network():
    words = recorded("claim_alone").spread("correct", sees="story and claim")
    for who in ("from scratch", "causal twin", "BERT"):
        network = recorded("fine_tuned").spread("value", task="entailment", model=who, score="correct", part="test")
        assert network[0] > words[1], "the worst seed of one, the best of the other"


def test_a_label_goes_with_a_kind_of_claim():
    run = recorded("claim_alone")
    labels = {
        kind: [sum(row[label] for row in run.where(kind=kind)) for label in LABELS]
        for kind in ("the weather", "the place")
    }
    assert labels["the weather"][1] > 0.55 * sum(labels["the weather"]), "mostly neutral"
    assert labels["the place"][1] < 0.1 * sum(labels["the place"]), "nearly never neutral"


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("This story is about Julia and her sister.", "who comes along"),
        ("Her bag is near the shop.", "where a thing is"),
        ("Omar had a seal.", "what one has"),
        ("It was rainy.", "the weather"),
        ("Tom is at the zoo.", "the place"),
    ],
)
def test_a_claim_has_a_kind(claim: str, kind: str):
    assert kind_of(claim) == kind


@pytest.mark.slow
def test_what_is_not_seen_cannot_help():
    known = [Entailment("It rains .", f"It is {sky}.", label, 1.0)
             for sky, label in (("rainy", "entailment"), ("sunny", "contradiction")) for _ in range(4)]  # fmt: skip
    assert correct(known, known, lambda each: each.hypothesis) == 1
    assert correct(known, known, lambda each: each.premise) == 0.5


@pytest.mark.slow
def test_a_short_run_gives_rows_of_both_kinds():
    found = list(rows(seed=5, learned_from=30, count=10))
    assert [row["sees"] for row in found[:4]] == ["nothing", "claim alone", "story alone", "story and claim"]
    assert sum(row[label] for row in found[4:] for label in LABELS) == 30
