"""Lesson 08's claims about the masking rate hold in the recording for every seed, and in a fresh short run."""

import pytest

from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.masking_rate import RATES, rows

SEEDS = (0, 1, 2)


def curve(seed: int, trained: float, asked: float) -> list[float]:
    found = recorded("masking_rate").where(seed=seed, **{"trained at": trained, "asked at": asked})
    return [row["nats"] for row in sorted(found, key=lambda row: row["step"])]


@pytest.mark.parametrize("asked", [0.15, 0.3])
@pytest.mark.parametrize("seed", SEEDS)
def test_more_than_bert_hides_is_learned_faster(seed: int, asked: float):
    berts, twice = curve(seed, 0.15, asked), curve(seed, 0.3, asked)
    assert twice[-1] < berts[-1] - 0.03, "also where it is asked as the other was trained"
    assert all(b < a for a, b in zip(berts[3:], twice[3:], strict=True)), "from the first fall to the end"
    assert twice[3] < berts[3] - 0.4, "where the curve falls, the gap is widest"
    assert curve(seed, 0.6, asked)[3] < berts[3] - 0.05, "more questions a step, at first"


@pytest.mark.parametrize("asked", RATES)
@pytest.mark.parametrize("seed", SEEDS)
def test_ahead_of_bert_in_the_end_and_from_step_600_to_900(seed: int, asked: float):
    berts, twice, most = (curve(seed, trained, asked) for trained in RATES)
    assert twice[-1] < berts[-1] - 0.03, "30% hidden, in the end, however one asks"
    assert all(most[look] < berts[look] - 0.05 for look in (3, 4, 5)), "60% hidden, from step 600 to 900"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rate_is_best_asked_for_by_who_practised_it_or_more(seed: int):
    assert curve(seed, 0.6, 0.6)[-1] < curve(seed, 0.3, 0.6)[-1] - 0.1 < curve(seed, 0.15, 0.6)[-1] - 0.3


@pytest.mark.parametrize("seed", SEEDS)
def test_more_is_not_better_without_end(seed: int):
    assert curve(seed, 0.6, 0.15)[-1] > curve(seed, 0.3, 0.15)[-1] + 0.02


@pytest.mark.parametrize("seed", SEEDS)
def test_all_are_asked_the_same_and_none_is_below_the_limit(seed: int):
    found = recorded("masking_rate").where(seed=seed)
    for asked in RATES:
        limits = {row["limit"] for row in found if row["asked at"] == asked}
        assert len(limits) == 1
        assert all(row["nats"] > limits.copy().pop() for row in found if row["asked at"] == asked)


@pytest.mark.slow
def test_a_short_run_shows_the_same():
    found = list(rows(seed=1, rates=(0.15, 0.3), documents=3000, steps=350, asked=30))
    ends = {(row["trained at"], row["asked at"]): row["nats"] for row in found if row["step"] == 350}
    assert len(ends) == 4
    assert len({row["limit"] for row in found}) == 2
    for asked in (0.15, 0.3):
        assert ends[0.3, asked] < ends[0.15, asked] - 0.05
