"""Intervals beside scipy's, draw for draw, and counted: of intervals for known truths 95% hold them."""

import math

import numpy as np
import pytest
from scipy import stats

from bertlab.tasks.metrics import Found, accuracy, bootstrap, paired_bootstrap, pearson, score_classes, score_entities


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("statistic", [np.mean, np.median, np.std])
def test_draw_for_draw_it_is_scipy(statistic, level):
    for seed in range(5):
        values = np.random.default_rng(seed).normal(size=7 + 20 * seed)
        found = bootstrap(statistic, values, rng=np.random.default_rng(seed), draws=300, level=level)
        theirs = stats.bootstrap(
            (values,), statistic, method="percentile", n_resamples=300, confidence_level=level, rng=seed
        ).confidence_interval
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), rel=1e-12)
        assert (found.value, found.level, found.examples) == (statistic(values), level, len(values))


def test_columns_are_drawn_together():
    for seed in range(5):
        true, noise = np.random.default_rng(seed).normal(size=(2, 40))
        found = bootstrap(pearson, true, true + noise, rng=np.random.default_rng(seed), draws=300)
        theirs = stats.bootstrap(
            (true, true + noise),
            lambda first, second: stats.pearsonr(first, second).statistic,
            method="percentile",
            n_resamples=300,
            paired=True,
            vectorized=False,
            rng=seed,
        ).confidence_interval
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), rel=1e-10)


def test_the_difference_of_two_systems_is_scipy_on_their_differences():
    rng = np.random.default_rng(3)
    true = rng.integers(2, size=80)
    first, second = (np.where(rng.random(80) < share, true, 1 - true) for share in (0.9, 0.7))
    found = paired_bootstrap(accuracy, true, first, second, rng=np.random.default_rng(1), draws=400)
    differences = (first == true).astype(float) - (second == true)
    theirs = stats.bootstrap((differences,), np.mean, method="percentile", n_resamples=400, rng=1)
    bounds = theirs.confidence_interval
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high), abs=1e-12)
    assert found.value == pytest.approx(differences.mean())
    assert found.not_better == np.mean(theirs.bootstrap_distribution <= 1e-12)


@pytest.mark.slow
def test_of_a_hundred_intervals_about_95_hold_the_truth():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        right = (rng.random(100) < 0.7).astype(float)
        found = bootstrap(np.mean, right, rng=rng, draws=300)
        held += found.low <= 0.7 <= found.high
    assert 0.91 <= held / 400 <= 0.98


def test_four_times_the_examples_halve_the_interval():
    widths = []
    for examples in (100, 400, 1600):
        found = bootstrap(np.mean, np.arange(examples) % 5 > 0, rng=np.random.default_rng(0), draws=2000)
        widths.append(found.high - found.low)
        assert widths[-1] == pytest.approx(2 * 1.96 * math.sqrt(0.8 * 0.2 / examples), rel=0.1)


def test_what_is_hard_for_both_cancels():
    """60 examples are right for both, 30 wrong for both, 10 right for the first only."""
    true = [1] * 100
    first, second = [1] * 70 + [0] * 30, [1] * 60 + [0] * 40
    alone = [bootstrap(accuracy, true, said, rng=np.random.default_rng(0)) for said in (first, second)]
    assert alone[0].low < alone[1].high
    found = paired_bootstrap(accuracy, true, first, second, rng=np.random.default_rng(0))
    assert found.beyond_luck
    assert found.not_better == 0
    same = paired_bootstrap(accuracy, true, first, first, rng=np.random.default_rng(0))
    assert (same.value, same.low, same.high, same.not_better, same.beyond_luck) == (0, 0, 0, 1, False)


def test_the_difference_is_the_first_above_the_second():
    rng = np.random.default_rng(0)
    found = paired_bootstrap(accuracy, [1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 1, 0], rng=rng)
    assert found.value == -0.5
    assert found.low < found.high <= 0


def test_any_score_of_any_columns():
    true = [["B-PER", "O"], ["O", "B-LOC"], ["B-PER", "I-PER"]] * 10
    said = [["B-PER", "O"], ["O", "O"], ["B-PER", "O"]] * 10
    slow = bootstrap(lambda *sides: score_entities(*sides).micro.f1, true, said, rng=np.random.default_rng(5), draws=50)
    rows = score_entities(true, said).sentences
    quick = bootstrap(lambda rows: Found.total(rows).f1, rows, rng=np.random.default_rng(5), draws=50)
    assert slow == quick
    assert slow.value == pytest.approx(2 * 10 / (20 + 30))
    macro = bootstrap(
        lambda *sides: score_classes(*sides, labels=["a", "b", "c"]).macro_f1,
        ["a", "b", "c"] * 5,
        ["a", "b", "b"] * 5,
        rng=np.random.default_rng(0),
        draws=50,
    )
    assert macro.low < macro.value < macro.high


def test_the_same_chance_gives_the_same_interval():
    values = np.arange(10.0)
    first, second, other = (bootstrap(np.mean, values, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == second != other


def test_how_they_print():
    found = bootstrap(np.mean, [1.0, 0.0, 1.0, 1.0], rng=np.random.default_rng(0), level=0.9)
    assert f"{found:.0%}" == "75% (90% interval 25% to 100%, 4 examples)"
    found = paired_bootstrap(accuracy, [1] * 9, [1] * 9, [0] * 9, rng=np.random.default_rng(0))
    assert str(found) == "+1.000 (95% interval +1.000 to +1.000, 9 examples); not better in 0.0% of the draws"
    assert f"{found:.0%}".startswith("+100% (95% interval +100% to")


def test_what_cannot_be_done():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="2 entries of column 0 but 1 entries of column 1"):
        bootstrap(accuracy, [1, 2], [1], rng=rng)
    with pytest.raises(ValueError, match="column 0 are empty"):
        bootstrap(np.mean, [], rng=rng)
    for level in (0.0, 1.0, 95.0):
        with pytest.raises(ValueError, match=f"as 0.95, not {level}"):
            bootstrap(np.mean, [1.0], rng=rng, level=level)
    with pytest.raises(ValueError, match="0 draws show nothing; take 1,000"):
        bootstrap(np.mean, [1.0], rng=rng, draws=0)
    with pytest.raises(ValueError, match=r"the score is nan in \d+ of 1,000 draws of 3 examples; give it more"):
        bootstrap(pearson, [1.0, 2.0, 3.0], [1.0, 3.0, 2.0], rng=rng)
