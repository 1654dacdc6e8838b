"""Lesson 13's checks name what went wrong."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from bertlab.lessons import check
from bertlab.lessons.checks.lesson_13 import ODD, ODD_SEQ, shares_left
from bertlab.model import Bert, BertConfig
from bertlab.model.cost import flops_per_token, parameters


def counted(config: BertConfig, seq: int, matrices: int = 4, across: float = 4, narrow: int = 4) -> float:
    """The count by hand, with slips on request."""
    hidden = config.hidden_size
    a_layer = matrices * 2 * hidden**2 + across * seq * hidden + narrow * hidden * config.intermediate_size
    return config.num_hidden_layers * a_layer


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda c, n: counted(c, n) / 2, "multiplications alone"),
        (lambda c, n: counted(c, n) / c.num_hidden_layers, "You counted one layer"),
        (lambda c, n: counted(c, n, matrices=3), "the fourth is `output`"),
        (lambda c, n: counted(c, n, matrices=1), "One matrix of attention"),
        (lambda c, n: counted(c, n, across=0), "Scores and context are missing"),
        (lambda c, n: counted(c, n, across=2), "2 n H together"),
        (lambda c, n: counted(c, n, across=3), "One of scores and context lacks its 2"),
        (lambda c, n: counted(c, n, across=4 * c.num_attention_heads), "for each head anew"),
        (lambda c, n: counted(c, n, across=4 * n), "that is for the whole row"),
        (lambda c, n: counted(c, n) * n, "the count of the whole row"),
        (lambda c, n: counted(c, n, matrices=2), "4 H² together"),
        (lambda c, n: counted(c, n, narrow=2), "Your feed-forward makes 2 H I"),
        (
            lambda c, n: (
                counted(c, n) + c.num_hidden_layers * 4 * c.intermediate_size * (c.intermediate_size - c.hidden_size)
            ),
            "squared the middle",
        ),
        (lambda c, n: counted(c.replace(intermediate_size=4 * c.hidden_size), n), "four times as wide"),
        (lambda c, n: counted(c, n) + 2 * c.vocab_size * c.hidden_size, "table of pieces as a matrix product"),
        (lambda c, n: parameters(c), "parameters, not FLOPs"),
        (lambda c, n: 7.0, "Attention grows with seq"),
        (lambda c, n: counted(c, n, narrow=0), "feed-forward is missing"),
        (lambda c, n: counted(c.replace(intermediate_size=4 * c.intermediate_size), n), "the table's 4H"),
        (lambda c, n: counted(c, n) + n, "18,432 for the four matrices, 13,440 for scores and context, 21,504 for"),
        (lambda c, n: [1, 2], "One number is asked for"),
    ],
)
def test_flops_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.flops_of_a_token.judge(wrong)
    assert verdict.kind == "mistake", verdict
    assert re.search(named, verdict.says), verdict.says


def test_the_count_by_hand_is_right_and_is_torch_s():
    assert check.flops_of_a_token.judge(counted).kind == "right"
    with torch.device("meta"):
        encoder, row = Bert(ODD), torch.zeros(1, ODD_SEQ, dtype=torch.long)
    with FlopCounterMode(display=False) as counter:
        encoder(row)
    pooler = 2 * ODD.hidden_size**2
    assert counter.get_total_flops() == ODD_SEQ * flops_per_token(ODD, ODD_SEQ) + pooler


KEPT = shares_left(BertConfig())[0]


@pytest.mark.parametrize(
    ("predicted", "named"),
    [
        ((1, KEPT), "The two are turned"),
        ((KEPT, 1 / 12), "let the FLOPs fall"),
        ((KEPT, KEPT), "let the FLOPs fall"),
        ((KEPT, 0.5), "How many layers"),
        ((1 / 12, 1), "table of pieces is as large as before"),
        ((1 - KEPT, 1), "the share that goes"),
        ((11 / 12, 1), "Eleven of twelve"),
        ((0.223, 1), "without any layer"),
        ((1, 1), "eleven are gone"),
        ((12 / 109, 1), "embeddings narrow"),
        ((0.5, 1), "The FLOPs are right"),
        ((100 * KEPT, 100), "percentages"),
        ((31_515_648, 174_587_904), "Give shares"),
        (0.29, "Two shares are asked for"),
        (("a", "b"), "Two shares are asked for"),
    ],
)
def test_shared_layers_names_the_mistake(predicted: Any, named: str):
    verdict = check.shared_layers.judge(lambda: predicted)
    assert verdict.kind == "mistake", verdict
    assert named in verdict.says, verdict.says


@pytest.mark.parametrize("rounded", [(0.29, 1), [0.288, 1.0], (0.3, 1)])
def test_shared_layers_takes_rounded_shares(rounded: Any):
    assert check.shared_layers.judge(lambda: rounded).kind == "right"


def loading(
    gamma: str = "weight", beta: str = "bias", strict: bool = True, only: bool = False, give: bool = True
) -> Callable[..., Any]:
    """A loader that renames, rightly or not."""

    def load(model, stored):
        names = {name: name.replace("norm.gamma", f"norm.{gamma}").replace("norm.beta", f"norm.{beta}")
                 for name in stored}  # fmt: skip
        state = {names[name]: value for name, value in stored.items()}
        if only:
            state = {name: value for name, value in state.items() if name in model.state_dict()}
        model.load_state_dict(state, strict=strict)
        return model if give else state

    return load


def changing(model, stored):
    for name in list(stored):
        new = name.replace("norm.gamma", "norm.weight").replace("norm.beta", "norm.bias")
        stored[new] = stored.pop(name)
    model.load_state_dict(stored)
    return model


def emptying(model, stored):
    loading()(model, stored)
    stored.clear()
    return model


def scaling(model, stored):
    loading()(model, stored)
    for value in stored.values():
        value.mul_(2)
    return model


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (loading(gamma="gamma", beta="beta", strict=False), "LayerNorms are still those"),
        (loading(beta="beta", strict=False), "beta is not"),
        (loading(gamma="gamma", strict=False), "gamma is not"),
        (loading(gamma="bias", beta="weight"), "exchanged"),
        (loading(strict=False), "you said nothing"),
        (loading(only=True), "left it out without a word"),
        (loading(give=False), "Give back the model"),
        (lambda model, stored: model, "were not loaded"),
        (changing, "You changed `stored` itself"),
        (emptying, "You changed `stored` itself"),
        (scaling, "You changed the numbers in `stored`"),
        (loading(gamma="gamma", beta="beta"), "Missing key"),
    ],
)
def test_loading_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.load_all.judge(wrong)
    assert verdict.kind == "mistake", verdict
    assert re.search(named, verdict.says, re.S), verdict.says


def test_loading_with_new_names_is_right():
    assert check.load_all.judge(loading()).kind == "right"
    assert check.load_all.judge(lambda model, stored: changing(model, dict(stored))).kind == "right", "its own copy"
