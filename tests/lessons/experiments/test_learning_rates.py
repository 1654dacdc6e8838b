"""Learning rates of fine-tuning: what lesson 11 claims holds in each recorded seed; a short run has all its rows."""

import pytest

from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.learning_rates import RATES, rows


@pytest.fixture(scope="module")
def found():
    return recorded("learning_rates")


def correct(found, seed, model="BERT", learns="all"):
    return {row["rate"]: row["correct"] for row in found.where(seed=seed, model=model, learns=learns)}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_published_rates_are_too_small_for_a_small_model(found, seed):
    bert, twin = correct(found, seed), correct(found, seed, "causal twin")
    assert set(bert) == set(RATES)
    assert bert[5e-4] > bert[5e-5] + 0.4
    assert bert[5e-4] > bert[2e-5] + 0.6
    assert max(twin.values()) > twin[5e-5] + 0.5


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_at_no_rate_do_these_labels_and_steps_suffice_from_scratch_or_frozen(found, seed):
    best = max(correct(found, seed).values())
    assert max(correct(found, seed, "from scratch").values()) < best - 0.3
    assert max(correct(found, seed, learns="frozen").values()) < best - 0.4
    assert found.where(seed=seed, model="limit")[0]["correct"] > 0.98


@pytest.mark.slow
def test_a_short_run_has_each_model_at_each_rate():
    short = list(rows(3, rates=(5e-5, 1e-3), count=24, asked=24, passes=1))
    assert [row["model"] for row in short] == ["limit", *["BERT"] * 4, *["causal twin"] * 2, *["from scratch"] * 2]
    assert [row["learns"] for row in short if row["model"] == "BERT"] == ["all", "all", "frozen", "frozen"]
    assert all(0 <= row["correct"] <= 1 for row in short)
