"""Lesson 00's checks name what went wrong."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from bertlab.lessons import check
from bertlab.lessons.checks.lesson_00 import mean_loss


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda loss: loss, "gave the loss back"),
        (lambda loss: 2**loss, "right for bits"),
        (lambda loss: 10**loss, "base is e"),
        (lambda loss: math.exp(-loss), "mind the minus sign"),
        (math.log, "logarithm once more"),
        (lambda loss: round(math.exp(loss)), "rounded"),
        (lambda loss: -math.log(loss), "made a loss once more"),
        (lambda loss: 1 / loss, "one over the loss"),
        (lambda loss: 2 if loss < 1 else 10, "between 1 and 2 choices"),
        (print, "prints its answer and returns None"),
        (lambda loss: [math.exp(loss)], "you returned a list"),
        (lambda loss: 42.0, "Try log\\(10\\)"),
        (lambda loss: 1 / 0, "ZeroDivisionError"),
        (lambda: 1, "TypeError"),
    ],
)
def test_choices_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.choices.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)


def test_the_mean_loss_is_the_mean_of_negative_logarithms():
    assert mean_loss([0.5, 0.1]) == pytest.approx((math.log(2) + math.log(10)) / 2)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda: 5, "mean of the sides"),
        (lambda: 3.2, "mean of the four trusts"),
        (lambda: math.log(4), "the mean loss itself"),
        (lambda: 256, "multiplied the four dice"),
        (lambda: 0.25, "the trust which belongs"),
        (lambda: 2, "how many coins it is worth"),
        (lambda: 7, "You predict 7"),
        (lambda: "four", "you returned a str: 'four'"),
    ],
)
def test_mean_of_dice_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.mean_of_dice.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)


def sentence_means(text: list[list[float]]) -> float:
    losses = [sum(-math.log(share) for share in sentence) / len(sentence) for sentence in text]
    return sum(losses) / len(losses)


def flat(text: list[list[float]]) -> list[float]:
    return [share for sentence in text for share in sentence]


def right(text: list[list[float]]) -> float:
    return sum(-math.log(share) for share in flat(text)) / len(flat(text))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (sentence_means, "still take a mean for each sentence"),
        (lambda text: right(text) * len(flat(text)), "added the losses of all words up"),
        (lambda text: right(text) * len(flat(text)) / len(text), "divided by the number of sentences"),
        (lambda text: -math.log(sum(flat(text)) / len(flat(text))), "mean of the trusts and then its logarithm"),
        (lambda text: math.exp(right(text)), "sides of the die"),
        (lambda text: right(text) / math.log(2), "in bits"),
        (lambda text: -right(text), "wrong sign"),
        (lambda text: [-math.log(share) for share in flat(text)], "you returned a list"),
        (lambda text: max(-math.log(share) for share in flat(text)), "you gave"),
    ],
)
def test_loss_of_text_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.loss_of_text.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)


def test_loss_of_text_lets_a_right_one_pass():
    assert check.loss_of_text.judge(right).kind == "right"
