"""Numbers scored beside scipy and scikit-learn, ties and tiny differences among them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sklearn

from bertlab.tasks.metrics import mean_squared_error, pearson, spearman
from bertlab.tasks.metrics.numbers import ranks


def random_cases(seeds):
    """Pairs of columns: of few values and so with many ties, of all sizes, far from 0."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        examples = int(rng.integers(2, 60))
        true, noise = rng.normal(size=(2, examples)) * 10.0 ** rng.integers(-3, 4) + rng.integers(-3, 4)
        guess = rng.uniform(-1, 1) * true + noise
        if seed % 2:
            step = float(np.ptp(true)) / rng.integers(1, 6)
            true, guess = np.round(true / step), np.round(guess / step)
        if len(set(true)) > 1 and len(set(guess)) > 1:
            yield true, guess


@pytest.mark.parametrize("count", [60, pytest.param(3000, marks=pytest.mark.slow)])
def test_random_cases_are_scored_as_scipy_does(count):
    cases = list(random_cases(range(count)))
    assert len(cases) > 0.8 * count
    for true, guess in cases:
        assert pearson(true, guess) == pytest.approx(stats.pearsonr(true, guess).statistic, rel=0, abs=1e-12)
        assert spearman(true, guess) == pytest.approx(stats.spearmanr(true, guess).statistic, rel=0, abs=1e-12)
        assert mean_squared_error(true, guess) == pytest.approx(sklearn.mean_squared_error(true, guess), rel=1e-13)


@settings(deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30))
def test_equal_numbers_share_the_mean_of_their_places(numbers):
    assert np.array_equal(ranks(np.array(numbers, dtype=float)), stats.rankdata(numbers))


def test_by_hand():
    assert mean_squared_error([1, 2], [3, 2]) == 2.0
    assert pearson([1, 2, 3], [2, 4, 6]) == 1.0
    assert pearson([1, 2, 3], [3, 2, 1]) == -1.0
    assert spearman([1, 2, 3, 4], [1, 10, 100, 1000]) == 1.0
    # ranks 1.5 1.5 3 and 1 2 3: sum xy = 1.5, sum x^2 = 1.5, sum y^2 = 2
    assert spearman([5, 5, 9], [1, 2, 3]) == pytest.approx(1.5 / math.sqrt(3))


@pytest.mark.parametrize("score", [pearson, spearman])
@pytest.mark.parametrize("constant", [0.0, 0.1, 1 / 3, 1e300])
def test_who_always_says_the_same_follows_nothing(score, constant):
    assert math.isnan(score([1.0, 2.0, 3.0], [constant] * 3))
    assert math.isnan(score([constant] * 3, [1.0, 2.0, 3.0]))
    assert math.isnan(score([2.0], [2.0]))


@settings(deadline=None)
@given(st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=20), st.floats(0.1, 10), st.floats(-10, 10))
def test_a_correlation_is_between_minus_one_and_one(numbers, scale, offset):
    found = pearson(numbers, [scale * number / 100 + offset for number in numbers])
    assert math.isnan(found) or -1 <= found <= 1


@pytest.mark.parametrize("score", [mean_squared_error, pearson, spearman])
def test_what_cannot_be_scored(score):
    with pytest.raises(ValueError, match="1 true but 2 predicted"):
        score([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="are empty"):
        score([], [])
    with pytest.raises(ValueError, match="true number 1 is inf: only finite"):
        score([1.0, float("inf")], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"predicted has the shape \(2, 1\)"):
        score([1.0, 2.0], np.zeros((2, 1)))
