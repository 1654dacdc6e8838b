"""Who knows the place alone: pieces are counted place by place, and lesson 05's control holds for every seed."""

import numpy as np
import pytest

from bertlab.corpora import TokenizedCorpus
from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.place_alone import UNIGRAM_COUNTS, loss_by_place, rows, shares_by_place
from bertlab.training import Questions

# Two documents: 5 6 | 7, then 5 8.
TEXT = TokenizedCorpus(np.array([5, 6, 7, 5, 8]), np.array([0, 2, 3, 5]), np.array([0, 2, 3]))


def nats(experiment: str, seed: int, **wanted: str) -> float:
    return recorded(experiment).where(seed=seed, **wanted)[0]["nats"]


def test_pieces_are_counted_from_the_beginning_of_each_document():
    shares = shares_by_place(TEXT, vocab=9)
    assert shares.shape == (3, 9)
    assert np.allclose(shares.sum(axis=1), 1)
    assert shares[0].argmax() == 5, "both documents begin with it"
    assert shares[2, 7] == pytest.approx((1 + UNIGRAM_COUNTS / 5) / (1 + UNIGRAM_COUNTS))
    assert shares[0, 6] > 0, "what was never seen there was seen elsewhere"


def test_the_loss_is_that_of_the_place_asked():
    shares = np.array([[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]])
    exact = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 1.0]])
    asked = [np.array([0, 1]), np.array([7])]  # the last one is farther on than any document read
    found = loss_by_place(shares, Questions([np.arange(2), np.arange(9)], asked, {"both": exact}))
    assert found == pytest.approx((-np.log(0.5) - (np.log(0.25) + np.log(0.75)) / 2 - np.log(0.75)) / 3)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_bert_without_attention_learns_the_place_and_one_without_residual_does_not(seed: int):
    place = nats("place_alone", seed)
    assert abs(nats("without_parts", seed, without="attention", how="retrained") - place) < 0.1
    assert nats("without_parts", seed, without="residual", how="retrained") > place + 0.1
    assert place < recorded("without_parts").where(seed=seed)[0]["unigram"] - 0.3, "a place tells something"
    assert nats("without_parts", seed, without="nothing", how="whole") < place - 2, "and the others much more"


@pytest.mark.slow
def test_a_short_count_gives_about_the_same():
    (found,) = rows(seed=4, documents=3000, asked=40)
    assert 3.7 < found["nats"] < 4.3
