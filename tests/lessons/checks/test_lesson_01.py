"""Lesson 01's checks name what went wrong."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from bertlab.lessons import check
from bertlab.lessons.checks.lesson_01 import who_differs


def pairs(alike: np.ndarray, senses: list[str]) -> tuple[list[float], list[float]]:
    """Each pair once: alike within a sense, and between two."""
    same, different = [], []
    for one in range(len(senses)):
        for other in range(one):
            (same if senses[one] == senses[other] else different).append(alike[one, other])
    return same, different


def cosines(vectors: np.ndarray, axis: int = 1) -> np.ndarray:
    unit = vectors / np.linalg.norm(vectors, axis=axis, keepdims=True)
    return unit @ unit.T


def gap(alike: np.ndarray, senses: list[str]) -> float:
    same, different = pairs(alike, senses)
    return float(np.mean(same) - np.mean(different))


def with_itself(vectors: np.ndarray, senses: list[str]) -> float:
    alike, same = cosines(vectors), np.equal.outer(senses, senses)
    return float(alike[same].mean() - alike[~same].mean())


def of_means(vectors: np.ndarray, senses: list[str]) -> float:
    kinds = sorted(set(senses))
    means = np.stack([vectors[[sense == kind for sense in senses]].mean(axis=0) for kind in kinds])
    return float(1 - cosines(means)[0, 1])


def once_and_itself(vectors: np.ndarray, senses: list[str]) -> float:
    alike, same, different = cosines(vectors), [], []
    for one in range(len(senses)):
        for other in range(one + 1):
            (same if senses[one] == senses[other] else different).append(alike[one, other])
    return float(np.mean(same) - np.mean(different))


def same_minus_all(vectors: np.ndarray, senses: list[str]) -> float:
    same, different = pairs(cosines(vectors), senses)
    return float(np.mean(same) - np.mean(same + different))


def sums(vectors: np.ndarray, senses: list[str]) -> float:
    same, different = pairs(cosines(vectors), senses)
    return sum(same) - sum(different)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (sums, "took sums"),
        (once_and_itself, "each vector with itself"),
        (same_minus_all, "second mean is over all pairs"),
        (lambda v, s: float("nan"), "stays empty"),
        (with_itself, "each vector with itself"),
        (lambda v, s: -gap(cosines(v), s), "wrong sign"),
        (lambda v, s: gap(v @ v.T, s), "dot products as they are"),
        (lambda v, s: gap(cosines(v, axis=0), s), "each column by its length"),
        (lambda v, s: gap(np.linalg.norm(v[:, None] - v[None], axis=-1), s), "measured distances"),
        (lambda v, s: np.mean(pairs(cosines(v), s)[0]), "Alone it says nothing"),
        (lambda v, s: np.mean(pairs(cosines(v), s)[1]), "Take it from the mean over pairs in the same sense"),
        (of_means, "compared the mean vectors"),
        (lambda v, s: pairs(cosines(v), s), "you returned a tuple"),
        (lambda v, s: 0.5, r"you gave 0\.5.*the gap is \d"),
        (lambda v: 0, "TypeError"),
    ],
)
def test_gap_of_senses_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.gap_of_senses.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)


@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor, float])
def test_gap_of_senses_lets_a_right_one_pass(kind: Callable[..., Any]):
    assert check.gap_of_senses.judge(lambda v, s: kind(gap(cosines(v), s))).kind == "right"


def test_who_differs_is_what_a_reader_can_see():
    assert who_differs() == {
        "static table": (False, False, False),
        "counts of the words beside it": (True, True, False),
        "BERT": (True, True, True),
        "untrained BERT": (True, True, True),
        "BERT with the card": (True, False, True),
    }


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"static table": (True, True, False)}, "let the static table differ"),
        ({"untrained BERT": (False, False, False)}, "only aimlessly"),
        ({"BERT with the card": (True, True, True)}, "under the card"),
        ({"BERT with the card": (False, False, False)}, "covered the left side"),
        ({"BERT with the card": (True, False, False)}, "shuffled words change nothing"),
        ({"counts of the words beside it": (True, True, True)}, "only shuffled"),
        ({"BERT": (True, True, False)}, "unseen by BERT"),
        ({"counts of the words beside it": (False, False, False)}, "unseen by the counts"),
        ({"BERT": (True, True)}, "three answers"),
        ({"BERT": True}, "three answers"),
        ({"GPT": (True, True, True)}, "these five names"),
    ],
)
def test_which_vectors_differ_names_the_mistake(change: dict[str, Any], named: str):
    verdict = check.which_vectors_differ.judge(lambda: {**who_differs(), **change})
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)


def read(model: Any, tokenizer: Any, text: str) -> Any:
    row = tokenizer(text)
    return model.bert(torch.tensor([row.input_ids]), output_hidden_states=True), list(row.tokens)


def at(model: Any, tokenizer: Any, text: str, choose: Callable[..., Any]) -> Any:
    output, tokens = read(model, tokenizer, text)
    return choose(output, tokens.index("python"))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda m, t, text, w: at(m, t, w, lambda o, p: o.last_hidden_state[0, 1]), "without its sentence"),
        (lambda m, t, text, w: at(m, t, text, lambda o, p: o.last_hidden_state[0, 0]), "took place 0"),
        (lambda m, t, text, w: at(m, t, w, lambda o, p: o.last_hidden_state[0, 0]), "took place 0"),
        (lambda m, t, text, w: read(m, t, text)[0].last_hidden_state[0, text.split().index(w)], "keeps capitals"),
        (lambda m, t, text, w: at(m, t, text, lambda o, p: o.last_hidden_state[0, p - 1]), "moves all others by one"),
        (lambda m, t, text, w: at(m, t, text, lambda o, p: o.last_hidden_state[0].mean(dim=0)), "mean over all places"),
        (lambda m, t, text, w: at(m, t, text, lambda o, p: o.hidden_states[0][0, p]), "goes into the first layer"),
        (lambda m, t, text, w: m.bert.embeddings.token.weight[t.vocab[w]], "goes into the first layer"),
        (lambda m, t, text, w: at(m, t, text, lambda o, p: o.hidden_states[1][0, p]), "another place or another layer"),
        (lambda m, t, text, w: read(m, t, text)[0].last_hidden_state[0, 6], "another place or another layer"),
        (lambda m, t, text, w: at(m, t, text, lambda o, p: o.last_hidden_state[0]), "you returned the shape"),
    ],
)
def test_read_in_its_sentence_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.read_in_its_sentence.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)


def test_read_in_its_sentence_lets_right_ones_pass():
    assert (
        check.read_in_its_sentence.judge(
            lambda m, t, text, w: at(m, t, text, lambda o, p: o.last_hidden_state[0, p])
        ).kind
        == "right"
    )
    assert (
        check.read_in_its_sentence.judge(
            lambda m, t, text, w: at(m, t, text, lambda o, p: o.last_hidden_state[:, p]).detach().numpy()
        ).kind
        == "right"
    )
