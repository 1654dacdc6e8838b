"""Lesson 00's checks name what went wrong."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from bertlab.lessons import check


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda loss: loss, "gave the loss back"),
        (lambda loss: 2**loss, "right for bits"),
        (lambda loss: 10**loss, "base is e"),
        (lambda loss: math.exp(-loss), "mind the minus sign"),
        (math.log, "logarithm once more"),
        (lambda loss: round(math.exp(loss)), "rounded"),
        (lambda loss: 42.0, "Try log\\(10\\)"),
        (lambda loss: 1 / 0, "ZeroDivisionError"),
        (lambda: 1, "TypeError"),
    ],
)
def test_choices_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.choices.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)
