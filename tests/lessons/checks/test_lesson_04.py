"""Lesson 04's checks name what went wrong."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch

from bertlab.lessons import check
from bertlab.lessons.checks.lesson_04 import _truth
from bertlab.model import attention, build_mask


def scores_of(query: Any, key: Any) -> Any:
    return query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])


def divided(by: Callable[[Any], float]) -> Callable[..., Any]:
    def wrong(query: Any, key: Any, value: Any, mask: Any) -> Any:
        scores = query @ key.transpose(-1, -2) / by(query)
        probs = scores.masked_fill(~mask, -math.inf).softmax(dim=-1)
        return probs @ value, probs

    return wrong


def filled(change: Callable[[Any, Any], Any], axis: int = -1) -> Callable[..., Any]:
    """Attention whose scores are changed by a mask in some way."""

    def wrong(query: Any, key: Any, value: Any, mask: Any) -> Any:
        probs = change(scores_of(query, key), mask).softmax(dim=axis)
        return probs @ value, probs

    return wrong


def after_the_softmax(query: Any, key: Any, value: Any, mask: Any) -> Any:
    probs = scores_of(query, key).softmax(dim=-1).masked_fill(~mask, 0)
    return probs @ value, probs


def turned(query: Any, key: Any, value: Any, mask: Any) -> Any:
    _, probs = attention(query, key, value, mask)
    return probs.transpose(-1, -2) @ value, probs


def own_card(scores: Any, mask: Any) -> Any:
    return scores.masked_fill(~torch.ones_like(scores[0, 0]).bool().tril(), -math.inf)


ATTENTION = [
    (divided(lambda query: query.shape[-1]), "divided by d, not by its root: head_dim is 4 here, and its root is 2"),
    (divided(lambda query: 1), "did not divide"),
    (divided(lambda query: math.sqrt(query.shape[-2])), "number of keys"),
    (divided(lambda query: math.sqrt(query.shape[1])), "number of heads"),
    (divided(lambda query: math.sqrt(2)), "root of 2. Above, a query had 2 numbers; here it has 4: the root is 2"),
    (filled(lambda scores, mask: scores), "lets padding in"),
    (filled(lambda scores, mask: scores.masked_fill(mask, -1e9)), "exactly where one may not"),
    (filled(lambda scores, mask: scores.masked_fill(mask, -math.inf)), "exactly where one may not"),
    (after_the_softmax, "masked after the softmax: a row now sums to 0."),
    (filled(lambda scores, mask: scores * mask), "forbidden score is 0 in yours"),
    (filled(lambda scores, mask: scores.masked_fill(~mask, 0)), "exp\\(0\\) is 1"),
    (filled(lambda scores, mask: scores + mask), "nothing is forbidden"),
    (filled(own_card), "This is GPT's mask: you hid the right side by yourself, and left padding in"),
    (
        filled(lambda scores, mask: own_card(scores, mask).masked_fill(~mask, -math.inf)),
        "This is GPT's mask: the right",
    ),
    (filled(lambda scores, mask: scores.masked_fill(~mask.transpose(-1, -2), -math.inf)), "hides rows"),
    (filled(lambda scores, mask: scores.masked_fill(~mask, -math.inf), axis=-2), "columns sum to 1"),
    (filled(lambda scores, mask: scores.masked_fill(~mask, -math.inf), axis=1), "Of four axes that is the heads"),
    (lambda q, k, v, mask: attention(q, v, k, mask), "Keys and values are swapped"),
    (lambda q, k, v, mask: attention(k, q, v, mask), "Queries and keys are swapped"),
    (lambda q, k, v, mask: attention(v, k, q, mask), "Queries and values are swapped"),
    (turned, "mixed the other way round"),
    (lambda q, k, v, mask: attention(q, k, v, mask)[0], "one tensor"),
    (lambda q, k, v, mask: attention(q, k, v, mask)[::-1], "shares first"),
    (lambda q, k, v, mask: (attention(q, k, v, mask)[0], scores_of(q, k)), "are not the shares"),
    (lambda q, k, v, mask: "four lines", "two tensors"),
    (lambda q, k, v, mask: (q @ k, q), "RuntimeError"),
    (lambda q, k, v, mask: (v, torch.full((2, 3, 5, 5), 0.2)), "lets something in"),
    (lambda q, k, v, mask: (v, mask / 9 + 0 * scores_of(q, k)), "sums to 0.56"),
    (lambda q, k, v, mask: (2 * v, attention(q, k, v, mask)[1]), "shares are right, the context is not"),
    (divided(lambda query: 3.0), "scores are not query times key"),
    (lambda q, k, v, mask: (v, v), "shares have the shape \\(2, 3, 5, 4\\)"),
    (lambda q, k, v, mask: (v, scores_of(q, k) * math.nan), "no numbers"),
    (lambda q, k, v, mask: (v * math.nan, scores_of(q, k) * math.nan), "no numbers"),
]


@pytest.mark.parametrize(("wrong", "named"), ATTENTION)
def test_attention_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.attention.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says), verdict.says


@pytest.mark.filterwarnings("ignore:The use of:UserWarning")
def test_all_axes_turned_round_is_named():
    verdict = check.attention.judge(lambda q, k, v, mask: ((q @ k.T).softmax(dim=-1) @ v, q))
    assert "turns all four axes round" in verdict.says


@pytest.mark.parametrize("forbidden", [-1e9, -1e4, torch.finfo(torch.float32).min])
def test_any_score_that_is_low_enough_is_right(forbidden: float):
    assert check.attention.judge(filled(lambda scores, mask: scores.masked_fill(~mask, forbidden))).kind == "right"


def test_torchs_own_attention_is_right():
    def torchs(query: Any, key: Any, value: Any, mask: Any) -> Any:
        context = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return context, attention(query, key, value, mask)[1]

    assert check.attention.judge(torchs).kind == "right"


ALL = list(range(6))
RIGHT = {"no mask": (ALL, ALL), "causal": ([3, 4, 5], [3, 4, 5]), "neighbours": ([2, 3, 4], [1, 2, 3, 4, 5])}


def test_what_moves_is_found_by_the_layers_themselves():
    assert _truth() == RIGHT


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"no mask": ([3], ALL)}, "no mask, after one layer: you left some at rest"),
        ({"causal": ([0, 1, 2, 3], [0, 1, 2, 3])}, "turned the card round"),
        ({"causal": ([3, 4, 5], ALL)}, "after two layers: you let a second layer carry the news"),
        ({"causal": (ALL, ALL)}, "none of them may look at place 3"),
        ({"causal": ([3], [3, 4])}, "too few"),
        ({"causal": ([4, 5], [4, 5])}, "left place 3 out"),
        ({"neighbours": ([2, 4], [1, 2, 4, 5])}, "left place 3 out"),
        ({"neighbours": ([2, 3, 4], [2, 3, 4])}, "stopped after the first layer"),
        ({"neighbours": ([2, 3, 4], ALL)}, "place 0 is three places away"),
        ({"neighbours": ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])}, "after one layer: you lost count"),
        ({"causal": [3, 4, 5]}, "two lists of places"),
        ({"causal": ([3, 4, 6], [3, 4, 6])}, "two lists of places"),
        ({"window": ([3], [3])}, "three masks"),
    ],
)
def test_rows_that_move_names_the_mistake(change: dict[str, Any], named: str):
    verdict = check.rows_that_move.judge(lambda: RIGHT | change)
    assert verdict.kind == "mistake"
    assert named in verdict.says


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda real: real.bool()[:, None, :, None], "published one again"),
        (lambda real: ~real.bool()[:, None, None, :], "turned round"),
        (lambda real: real.bool()[:, None, None, :] & real.bool()[:, None, :, None], "nobody to look at now"),
        (lambda real: real.bool()[:, None, None, :] | real.bool()[:, None, :, None], "one of the two"),
        (lambda real: build_mask(real, causal=True), "GPT's mask"),
        (lambda real: torch.ones(3, 1, 5, 5).bool(), "hides nothing"),
        (lambda real: real[:, None, None, :], "holds numbers"),
        (lambda real: real.bool()[:, None, :], "axes are matched from the right"),
        (lambda real: real.bool(), "2 axes"),
        (lambda real: real.bool()[None, None], "does not spread"),
        (lambda real: real.tolist(), "a tensor"),
        (lambda real: build_mask(real.flip(1), causal=False), "times somebody may look at padding"),
    ],
)
def test_padding_mask_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.padding_mask.judge(wrong)
    assert verdict.kind == "mistake"
    assert named in verdict.says


@pytest.mark.parametrize(
    "right",
    [
        lambda real: build_mask(real, causal=False),
        lambda real: (real == 1)[:, None, None].expand(-1, 2, 5, -1),
        lambda real: (real != 0).unsqueeze(1).unsqueeze(2),
    ],
)
def test_a_mask_may_be_written_in_several_ways(right: Callable[..., Any]):
    assert check.padding_mask.judge(right).kind == "right"
