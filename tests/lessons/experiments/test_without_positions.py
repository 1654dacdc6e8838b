"""Lesson 03's claims about a BERT without positions hold in the recording for every seed, and in a fresh short run."""

import pytest

from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.without_positions import rows

WHO = ["with positions", "positions taken away", "never had positions", "unigram guess", "limit"]


def nats_of(found: list[dict]) -> dict[str, float]:
    return {row["who"]: row["nats"] for row in found}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_recording_says_what_the_lesson_says(seed: int):
    found = recorded("without_positions").where(seed=seed)
    assert [row["who"] for row in found] == WHO
    nats = nats_of(found)
    assert nats["limit"] < nats["with positions"] < nats["limit"] + 0.8
    assert nats["never had positions"] > nats["with positions"] + 1.5, "order is worth much"
    assert nats["positions taken away"] > nats["never had positions"] + 0.5, "to lose is not never to have had"
    assert nats["positions taken away"] > nats["unigram guess"] + 0.2, "and is worse than not to look"
    assert nats["never had positions"] < nats["unigram guess"] - 0.3, "a bag of words is better than nothing"


@pytest.mark.slow
def test_a_short_run_shows_the_same_order():
    nats = nats_of(list(rows(seed=1, documents=2000, steps=300, asked=30)))
    assert list(nats) == WHO
    assert nats["with positions"] < nats["never had positions"] - 0.5
    assert nats["with positions"] < nats["positions taken away"] - 0.5
    assert nats["limit"] < nats["with positions"] < nats["unigram guess"]
