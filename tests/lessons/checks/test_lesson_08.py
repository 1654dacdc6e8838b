"""Lesson 08's checks name what went wrong."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from bertlab.lessons import check
from bertlab.lessons.checks.lesson_08 import reference_step


def loss_on(model: Any, batch: Any, labels: Any = None) -> torch.Tensor:
    logits = model(batch.input_ids, batch.token_type_ids, batch.attention_mask).prediction_logits
    return cross_entropy(logits.flatten(0, 1), (batch.labels if labels is None else labels).flatten())


def no_move(model: Any, batch: Any, optimizer: Any) -> float:
    loss = loss_on(model, batch)
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


def no_backward(model: Any, batch: Any, optimizer: Any) -> float:
    optimizer.zero_grad()
    optimizer.step()
    return loss_on(model, batch).item()


def cleared_too_late(model: Any, batch: Any, optimizer: Any) -> float:
    loss = loss_on(model, batch)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


def gradients_add_up(model: Any, batch: Any, optimizer: Any) -> float:
    loss = loss_on(model, batch)
    loss.backward()
    optimizer.step()
    return loss.item()


def every_word_scored(model: Any, batch: Any, optimizer: Any) -> float:
    labels = torch.where(batch.labels == -100, batch.input_ids, batch.labels)
    loss = loss_on(model, batch, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def moved_before_measuring(model: Any, batch: Any, optimizer: Any) -> float:
    optimizer.step()
    loss = loss_on(model, batch)
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


def moved_before_backward(model: Any, batch: Any, optimizer: Any) -> float:
    loss = loss_on(model, batch)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


def uphill(model: Any, batch: Any, optimizer: Any) -> float:
    loss = loss_on(model, batch)
    optimizer.zero_grad()
    (-loss).backward()
    optimizer.step()
    return loss.item()


def wrong_number_back(model: Any, batch: Any, optimizer: Any) -> float:
    return math.exp(reference_step(model, batch, optimizer))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (no_move, "no parameter has moved: after backward"),
        (no_backward, "backward\\(\\) was never called"),
        (cleared_too_late, "zero_grad\\(\\) came between"),
        (gradients_add_up, "gradients add up"),
        (every_word_scored, "those that nobody hid"),
        (moved_before_measuring, "moved before you knew"),
        (moved_before_backward, "moved before you knew"),
        (uphill, "not as one step of this optimiser"),
        (wrong_number_back, "the loss was"),
    ],
)
def test_step_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.step.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)
