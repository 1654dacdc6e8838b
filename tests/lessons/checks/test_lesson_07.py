"""Lesson 07's checks name what went wrong."""

import random
import re
from collections.abc import Callable
from itertools import chain, pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from bertlab.lessons import check
from bertlab.lessons.checks.lesson_07 import exact_sureness, reference_pairs

Documents = list[list[str]]


def everywhere(documents: Documents) -> list[str]:
    return list(chain.from_iterable(documents))


def built(
    draw: Callable[[Documents, int, Any], str], coin: Callable[[int, Any], bool] = lambda at, rng: rng.random() < 0.5
) -> Callable[[Documents, Any], list[tuple[str, str, int]]]:
    """A maker of pairs with another way to draw the random sentence, or another coin."""

    def make(documents: Documents, rng: Any) -> list[tuple[str, str, int]]:
        pairs = []
        for number, document in enumerate(documents):
            for a, following in pairwise(document):
                is_next = coin(len(pairs), rng)
                pairs.append((a, following, 0) if is_next else (a, draw(documents, number, rng), 1))
        return pairs

    return make


def elsewhere(documents: Documents, number: int, rng: Any) -> str:
    other = documents[(number + 1 + rng.integers(len(documents) - 1)) % len(documents)]
    return other[rng.integers(len(other))]


def from_anywhere(documents: Documents, number: int, rng: Any) -> str:
    return documents[at := rng.integers(len(documents))][rng.integers(len(documents[at]))]


def from_the_same(documents: Documents, number: int, rng: Any) -> str:
    return documents[number][rng.integers(len(documents[number]))]


def never_the_next_of_the_same(documents: Documents, number: int, rng: Any) -> str:
    return documents[number][0]


def inverted(documents: Documents, rng: Any) -> list[tuple[str, str, int]]:
    return [(a, b, 1 - label) for a, b, label in reference_pairs(documents, rng)]


def across_documents(documents: Documents, rng: Any) -> list[tuple[str, str, int]]:
    text = everywhere(documents)
    return [(a, b, 0) if rng.random() < 0.5 else (a, text[rng.integers(len(text))], 1) for a, b in pairwise(text)]


def last_ones_random(documents: Documents, rng: Any) -> list[tuple[str, str, int]]:
    lasts = [(document[-1], elsewhere(documents, number, rng), 1) for number, document in enumerate(documents)]
    return reference_pairs(documents, rng) + lasts


def the_one_before(documents: Documents, rng: Any) -> list[tuple[str, str, int]]:
    return [(b, a, 0) for document in documents for a, b in pairwise(document[:-1])]


def one_a_document(documents: Documents, rng: Any) -> list[tuple[str, str, int]]:
    pairs = reference_pairs(documents, rng)
    return list({pair[0].split("story")[1]: pair for pair in pairs}.values())


def one_coin_a_document(documents: Documents, rng: Any) -> list[tuple[str, str, int]]:
    pairs = []
    for number, document in enumerate(documents):
        is_next = rng.random() < 0.5
        for a, following in pairwise(document):
            pairs.append((a, following, 0) if is_next else (a, elsewhere(documents, number, rng), 1))
    return pairs


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (one_coin_a_document, "you toss one coin for it"),
        (inverted, "In BERT it is the other way round"),
        (across_documents, "is the last of its story, and you paired it with"),
        (last_ones_random, "has no next sentence, yet it is in your pairs"),
        (built(from_the_same), "It is the true next one"),
        (built(from_anywhere), "of the same story|true next one"),
        (built(never_the_next_of_the_same), "of the same story. Draw from the others"),
        (built(elsewhere, lambda at, rng: True), "All your pairs are next"),
        (built(elsewhere, lambda at, rng: False), "All your pairs are random"),
        (built(elsewhere, lambda at, rng: rng.random() < 0.8), "of your pairs are next. Toss a fair coin"),
        (built(elsewhere, lambda at, rng: at % 2 == 0), "take turns"),
        (built(lambda documents, number, rng: documents[number - 1][0]), "always the neighbour"),
        (
            built(lambda documents, number, rng: documents[number - 1 - rng.integers(40)][0]),
            "always has the same place",
        ),
        (built(elsewhere, lambda at, rng: random.random() < 0.5), "comes from elsewhere. Use rng for all"),
        (the_one_before, "It is not the one that follows"),
        (one_a_document, "sentences with a next one, and you made"),
        (lambda documents, rng: [], "Your list is empty"),
        (lambda documents, rng: [(documents[0][0], 0)], "has 2 parts"),
        (lambda documents, rng: [(documents[1][0], documents[1][1], "next")], "neither 0"),
        (lambda documents, rng: [(documents[1][0], "nothing", 0)], "is no sentence of the documents"),
    ],
)
def test_make_pairs_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.make_pairs.judge(wrong)
    assert verdict.kind == "mistake", verdict
    assert re.search(named, verdict.says), verdict.says


@pytest.mark.parametrize("seed", range(20))
def test_a_fair_coin_is_never_blamed(seed: int):
    right = built(elsewhere, lambda at, rng: rng.random() < 0.5)
    verdict = check.make_pairs.judge(
        lambda documents, rng: right(documents, np.random.default_rng(rng.integers(2**32) + seed))
    )
    assert verdict.kind == "right", verdict.says


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda logits, labels: cross_entropy(logits, labels, ignore_index=0), "Class 0 is still passed over"),
        (lambda logits, labels: cross_entropy(logits, labels, ignore_index=1), "Now class 1 is passed over"),
        (lambda logits, labels: cross_entropy(logits, 1 - labels), "turned the labels round"),
        (lambda logits, labels: cross_entropy(logits, labels, reduction="sum"), "as a sum"),
        (lambda logits, labels: cross_entropy(logits.softmax(dim=-1), labels), "gave probabilities"),
        (lambda logits, labels: cross_entropy(logits, labels) / 2, "The mean over all 12 pairs is"),
        (
            lambda logits, labels: cross_entropy(logits, labels) if len(labels) > 1 else torch.tensor(float("nan")),
            "A batch of one true next sentence gives nan",
        ),
    ],
)
def test_next_loss_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.next_loss.judge(wrong)
    assert verdict.kind == "mistake", verdict
    assert re.search(named, verdict.says), verdict.says


@pytest.mark.parametrize(
    ("predicted", "named"),
    [
        (1.0, "You are certain"),
        (0.5, "Half of all pairs are next"),
        (1 / 7, "such a pair is random"),
        (1 / 6, "share of random pairs that agree"),
        (5 / 6, "share of random pairs that differ"),
        (2 / 3, "heroes alone"),
        (3 / 4, "places alone"),
        (11 / 12, "over all pairs"),
        (85.7142857, "as a percentage"),
        (2.0, "must lie between 0 and 1"),
        (0.3, "Take 12 pairs"),
    ],
)
def test_sureness_names_the_mistake(predicted: float, named: str):
    verdict = check.sureness.judge(lambda: predicted)
    assert verdict.kind == "mistake", verdict
    assert named in verdict.says


def test_sureness_is_what_counting_finds():
    rng = np.random.default_rng(0)
    label = rng.integers(2, size=200_000)
    agree = (label == 0) | ((rng.integers(2, size=label.size) == 0) & (rng.integers(3, size=label.size) == 0))
    assert abs((label[agree] == 0).mean() - exact_sureness(2, 3)) < 0.005
