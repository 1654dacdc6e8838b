"""Rankings scored beside scikit-learn, whose scores agree where one document is relevant; and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from bertlab.tasks.metrics import best_first, mean_reciprocal_rank, recall_at, recalls, reciprocal_ranks


def random_search(seed):
    """Scores without ties, what is relevant, and how far to look."""
    rng = np.random.default_rng(seed)
    queries, documents = int(rng.integers(1, 8)), int(rng.integers(3, 12))
    scores = rng.permuted(np.arange(queries * documents, dtype=float)).reshape(queries, documents)
    wanted = rng.random((queries, documents)) < rng.random()
    wanted[np.arange(queries), rng.integers(documents, size=queries)] = True
    return scores, wanted, int(rng.integers(1, documents))


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_random_searches_are_scored_as_scikit_learn_does(count):
    for seed in range(count):
        scores, wanted, k = random_search(seed)
        ranked, relevant = best_first(scores), [set(np.flatnonzero(row).tolist()) for row in wanted]
        among_first = np.zeros_like(wanted)
        np.put_along_axis(among_first, ranked[:, :k], True, axis=1)
        expected = sklearn.recall_score(wanted, among_first, average="samples")
        assert recall_at(ranked, relevant, k) == pytest.approx(expected, rel=0, abs=1e-14)
        alone = np.zeros_like(wanted)
        first = np.where(wanted, scores, -1).argmax(axis=1)
        alone[np.arange(len(first)), first] = True
        expected = sklearn.label_ranking_average_precision_score(alone, scores)
        assert mean_reciprocal_rank(ranked, relevant) == pytest.approx(expected, rel=0, abs=1e-14)
        of_one = [{each} for each in first.tolist()]
        expected = sklearn.top_k_accuracy_score(first, scores, k=k, labels=range(scores.shape[1]))
        assert recall_at(ranked, of_one, k) == pytest.approx(expected, rel=0, abs=1e-14)


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(8)), st.sets(st.integers(0, 9), min_size=1), st.integers(1, 12))
def test_more_of_a_list_finds_no_less(listed, wanted, k):
    assert recall_at([listed], [wanted], k) <= recall_at([listed], [wanted], k + 1)
    assert mean_reciprocal_rank([listed], [wanted], k) <= mean_reciprocal_rank([listed], [wanted], k + 1)
    assert mean_reciprocal_rank([listed], [wanted], k) in (0.0, *(1 / place for place in range(1, k + 1)))
    assert (mean_reciprocal_rank([listed], [wanted], k) > 0) == (recall_at([listed], [wanted], k) > 0)


def test_by_hand():
    ranked = [["b", "a", "c"], ["c", "b", "a"], ["a"]]
    relevant = [{"a"}, ["a", "c"], {"b"}]
    assert recalls(ranked, relevant, 1).tolist() == [0.0, 0.5, 0.0]
    assert recalls(ranked, relevant, 2).tolist() == [1.0, 0.5, 0.0]
    assert recalls(ranked, relevant, 9).tolist() == [1.0, 1.0, 0.0]
    assert reciprocal_ranks(ranked, relevant).tolist() == [0.5, 1.0, 0.0]
    assert reciprocal_ranks(ranked, relevant, k=1).tolist() == [0.0, 1.0, 0.0]
    assert mean_reciprocal_rank(ranked, relevant) == 0.5
    assert recalls([[1, 2]], [[1, 1, 3]], 2).tolist() == [0.5]


def test_equal_scores_stay_in_order():
    assert best_first(np.zeros((1, 40))).tolist() == [list(range(40))]
    assert best_first(np.arange(40)[None] % 2.0)[0].tolist() == [*range(1, 40, 2), *range(0, 40, 2)]
    assert best_first(np.array([[0.2, 0.5, 0.2, 0.5]], dtype=np.float32)).tolist() == [[1, 3, 0, 2]]


@pytest.mark.parametrize("score", [recall_at, recalls, mean_reciprocal_rank, reciprocal_ranks])
def test_what_cannot_be_scored(score):
    for k in (0, -1):
        with pytest.raises(ValueError, match=f"the first {k} of a list are none; k is 1 or more"):
            score([[1]], [{1}], k)
    with pytest.raises(ValueError, match="1 rankings but 2 relevant"):
        score([[1]], [{1}, {2}], 1)
    with pytest.raises(ValueError, match="are empty"):
        score([], [], 1)
    with pytest.raises(ValueError, match="query 1 has no relevant document"):
        score([[1], [2]], [{1}, set()], 1)
    with pytest.raises(ValueError, match="the list of query 0 names 7 more than once"):
        score([[7, 1, 7]], [{1}], 1)
