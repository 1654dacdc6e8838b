"""Classifiers scored beside scikit-learn: random labels, classes that never occur, one class only; and by hand."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from bertlab.tasks.metrics import Found, accuracy, confusion_matrix, matthews, score_classes
from bertlab.tasks.metrics.counts import count_examples

SEVERAL = st.integers(1, 5).flatmap(
    lambda classes: st.lists(st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), min_size=1)
)


def random_cases(count):
    """True and predicted labels of few or many classes, balanced or not, guessed well or blindly."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        classes, examples = int(rng.integers(1, 7)), int(rng.integers(1, 40))
        shares = rng.dirichlet(np.full(classes, 0.7))
        true = rng.choice(classes, examples, p=shares)
        guess = np.where(rng.random(examples) < rng.random(), true, rng.integers(classes, size=examples))
        yield true, guess, list(range(classes))


def assert_as_sklearn(true, predicted, labels):
    found = score_classes(true, predicted, labels)
    assert np.array_equal(found.counts, sklearn.confusion_matrix(true, predicted, labels=labels))
    assert found.accuracy == accuracy(true, predicted) == pytest.approx(sklearn.accuracy_score(true, predicted))
    theirs = sklearn.precision_recall_fscore_support(true, predicted, labels=labels, zero_division=0)
    ours = [(each.precision, each.recall, each.f1, each.there) for each in found.classes.values()]
    np.testing.assert_allclose(np.array(ours).T, theirs, rtol=0, atol=1e-14)
    for average, f1 in (("micro", found.micro.f1), ("macro", found.macro_f1)):
        expected = sklearn.f1_score(true, predicted, labels=labels, average=average, zero_division=0)
        assert f1 == pytest.approx(expected, rel=0, abs=1e-14)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a single class
        expected = sklearn.matthews_corrcoef(true, predicted)
    assert found.matthews == pytest.approx(expected, rel=0, abs=1e-14)
    assert matthews(true, predicted) == pytest.approx(expected, rel=0, abs=1e-14)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:A single label was found")
def test_a_thousand_random_cases_are_scored_as_scikit_learn_does():
    for case in random_cases(1000):
        assert_as_sklearn(*case)


@pytest.mark.filterwarnings("ignore:A single label was found")
@settings(max_examples=40, deadline=None)
@given(SEVERAL)
def test_whatever_the_labels_they_are_scored_as_scikit_learn_does(pairs):
    true, predicted = map(list, zip(*pairs, strict=True))
    assert_as_sklearn(true, predicted, sorted({*true, *predicted}))


def test_by_hand():
    true = ["cat", "cat", "cat", "dog", "dog", "cow"]
    said = ["cat", "cat", "dog", "dog", "cat", "dog"]
    found = score_classes(true, said)
    assert found.labels == ("cat", "cow", "dog")
    assert found.counts.tolist() == [[2, 0, 1], [0, 0, 1], [1, 0, 1]]
    assert found.classes == {"cat": Found(2, 3, 3), "cow": Found(0, 0, 1), "dog": Found(1, 3, 2)}
    assert found.micro == Found(3, 6, 6)
    assert (found.accuracy, found.macro_f1) == (0.5, pytest.approx((2 / 3 + 0 + 2 / 5) / 3))
    # n r - sum t p = 6*3 - (3*3 + 1*0 + 2*3) = 3; n^2 - sum t^2 = 36 - 14 = 22; n^2 - sum p^2 = 36 - 18 = 18
    assert found.matthews == pytest.approx(3 / (22 * 18) ** 0.5)


def test_always_the_commonest_is_often_right_and_worth_nothing():
    true = [1] * 95 + [0] * 5
    found = score_classes(true, [1] * 100, labels=[0, 1])
    assert (found.accuracy, found.matthews, found.classes[0]) == (0.95, 0.0, Found(0, 0, 5))


def test_the_table():
    found = score_classes([0, 1, 1], [0, 1, 0], labels=[1, 0])
    assert str(found).splitlines() == [
        "true label  precision  recall     F1 | called       1       0",
        "1              100.0%   50.0%  66.7% |              1       1",
        "0               50.0%  100.0%  66.7% |              0       1",
        "accuracy 66.7%, macro F1 66.7%, Matthews 0.500 (3 examples)",
    ]


def test_a_wide_matrix_is_not_printed():
    intents = [f"intent {number}" for number in range(77)]
    lines = str(score_classes(intents, intents)).splitlines()
    assert (lines[0], len(lines)) == ("true label  precision  recall     F1", 79)
    assert max(map(len, lines)) < 80


def test_labels_are_words_numbers_or_arrays():
    words = np.array(["no", "yes", "no"])
    assert accuracy(words, ["no", "no", "no"]) == accuracy(np.array([0, 1, 0]), [0, 0, 0]) == pytest.approx(2 / 3)
    assert score_classes(words, words).labels == ("no", "yes")
    assert score_classes([True, False], [True, True]).labels == (False, True)


@pytest.mark.parametrize("score", [accuracy, matthews, score_classes])
def test_what_cannot_be_scored(score):
    with pytest.raises(ValueError, match="2 true but 1 predicted: give one of each"):
        score(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="true and predicted are empty; give at least one example"):
        score([], [])
    with pytest.raises(ValueError, match=r"predicted has the shape \(2, 3\).*argmax"):
        score([0, 1], np.zeros((2, 3)))


def test_unknown_labels():
    with pytest.raises(ValueError, match="'c' is none of the labels 'a', 'b'; name every label"):
        score_classes(["a", "b"], ["a", "c"], labels=["a", "b"])
    with pytest.raises(ValueError, match="-100 is none of the labels 0, 1"):
        confusion_matrix([0, -100], [0, 1], [0, 1])
    with pytest.raises(ValueError, match="'a', 'b', 'a' name a label more than once"):
        score_classes(["a"], ["a"], labels=["a", "b", "a"])
    with pytest.raises(ValueError, match="labels of the types int, str have no order"):
        score_classes(["a", 1], ["a", 1])


def test_nothing_named_nothing_there():
    assert [getattr(Found(0, 0, 3), name) for name in ("precision", "recall", "f1")] == [0, 0, 0]
    assert [getattr(Found(0, 0, 0), name) for name in ("precision", "recall", "f1")] == [0, 0, 0]
    assert count_examples(rows=np.zeros((3, 2))) == 3


def test_metrics_need_neither_torch_nor_scikit_learn():
    program = (
        "import sys, bertlab.tasks.metrics; sys.exit(' '.join({'torch', 'sklearn', 'scipy'} & set(sys.modules)) or 0)"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
