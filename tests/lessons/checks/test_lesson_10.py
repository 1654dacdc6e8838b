"""Lesson 10's checks name what went wrong."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from bertlab.lessons import check
from bertlab.lessons.checks.lesson_10 import LENGTHS, SHARES, parts_of_all, roll, too_early, too_late
from bertlab.lessons.instruments.head_types import rollout


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda a, w: (a * w).sum(axis=-1).mean(axis=-1), "mean over all queries"),
        (lambda a, w: (a * w).sum(axis=-1)[..., 1:].mean(axis=-1), "leave out the first query"),
        (lambda a, w: (a * w).sum(axis=(-1, -2)), "added up all queries"),
        (lambda a, w: (a * w).mean(axis=(-1, -2)), "mean over keys"),
        (lambda a, w: (a * w).mean(axis=-1)[..., w.any(axis=-1)].mean(axis=-1), "mean over keys"),
        (lambda a, w: a[..., w].mean(axis=-1), "mean over wanted places"),
        (lambda a, w: (a * w).max(axis=-1)[..., w.any(axis=-1)].mean(axis=-1), "largest share of each query"),
        (lambda a, w: (a * w).sum(axis=-2)[..., w.any(axis=-2)].mean(axis=-1), "down a column"),
        (lambda a, w: (a * w).sum(axis=-1)[..., w.any(axis=-1)].mean(), "a mean over heads"),
        (lambda a, w: (a * w).sum(axis=-1)[..., w.any(axis=-1)].mean(axis=(-1, -2)), "a mean over heads"),
        (lambda a, w: (a * w).sum(axis=-1), "a number for each query"),
        (lambda a, w: np.zeros((3, 2)), r"have the shape \(3, 2\)"),
        (lambda a, w: np.ones((2, 3)), "gets 1.0000 from you"),
    ],
)
def test_pattern_share_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.pattern_share.judge(wrong)
    assert verdict.kind == "mistake", verdict
    assert re.search(named, verdict.says), verdict.says


def test_a_loop_over_queries_is_right_too():
    def by_loop(attentions, wanted):
        scores = [attentions[..., query, keys].sum(axis=-1) for query, keys in enumerate(wanted) if keys.any()]
        return sum(scores) / len(scores)

    assert check.pattern_share.judge(by_loop).kind == "right"


@pytest.mark.parametrize(
    ("predicted", "named"),
    [
        ([0.90, 0.08, 0.02], "These are the shares"),
        (LENGTHS / LENGTHS.sum(), "the lengths alone"),
        ([0.45, 0.80, 0.10], "should sum to 1"),
        (100 * parts_of_all(SHARES, LENGTHS), "percentages"),
        ((SHARES * LENGTHS) ** 2 / ((SHARES * LENGTHS) ** 2).sum(), "squared"),
        (SHARES / LENGTHS / (SHARES / LENGTHS).sum(), "divided by the length"),
        (parts_of_all(SHARES, LENGTHS)[::-1], "the order is turned"),
        ([0.5, 0.5], "2 numbers"),
        (0.59, "1 number."),
        ("rosa", "Three numbers are asked for|1 number"),
        ([0.2, 0.2, 0.6], "Multiply first"),
    ],
)
def test_contributions_names_the_mistake(predicted: Any, named: str):
    verdict = check.contributions.judge(lambda: predicted)
    assert verdict.kind == "mistake", verdict
    assert re.search(named, verdict.says), verdict.says


@pytest.mark.parametrize("rounded", [[0.33, 0.59, 0.07], [0.33, 0.6, 0.07]])
def test_contributions_takes_rounded_parts(rounded: list[float]):
    assert check.contributions.judge(lambda: rounded).kind == "right"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"divide": "broadcast"}, "The bug is still there"),
        ({"divide": "nothing"}, "left the division out"),
        ({"divide": "columns"}, "the columns sum to 1"),
        ({"dropping": False}, "no longer drop"),
        ({"kept": 0.0}, "the residual connection is gone"),
        ({"turned": True}, "from the other side"),
    ],
)
def test_mended_rollout_names_the_mistake(wrong: dict[str, Any], named: str):
    verdict = check.mended_rollout.judge(lambda layers: roll(layers, **wrong))
    assert verdict.kind == "mistake", verdict
    assert named in verdict.says


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda layers: layers[0], "place 0 draws"),
        (too_early, "before the identity is added"),
        (too_late, "once, at the end"),
        (lambda layers: 2 * roll(layers), "first row sums to 2.000"),
        (lambda layers: layers, r"the shape (3, 7, 7)"),
    ],
)
def test_mended_rollout_says_what_is_off(wrong: Callable[..., Any], named: str):
    verdict = check.mended_rollout.judge(wrong)
    assert verdict.kind == "mistake", verdict
    assert named in verdict.says


def test_where_nothing_is_dropped_rollout_is_the_published_one():
    layers = torch.rand(3, 5, 5, dtype=torch.float64).softmax(dim=-1)
    mine = roll(layers.float(), dropping=False, divide="nothing")
    assert np.allclose(mine.numpy(), rollout(layers.numpy()), atol=1e-6)
