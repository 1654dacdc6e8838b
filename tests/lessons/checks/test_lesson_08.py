"""Lesson 08's checks name what went wrong."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from bertlab.lessons import check
from bertlab.lessons.checks.lesson_08 import reference_accumulate
from bertlab.lessons.checks.ways_of_a_step import reference_step
from bertlab.training import Recipe, ask


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


def with_a_large_rate(model: Any, batch: Any, optimizer: Any) -> float:
    for group in optimizer.param_groups:
        group["lr"] *= 2
    return reference_step(model, batch, optimizer)


def gives_a_tensor(model: Any, batch: Any, optimizer: Any) -> torch.Tensor:
    loss = loss_on(model, batch)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def no_mask_at_all(model: Any, batch: Any, optimizer: Any) -> float:
    logits = model(batch.input_ids, batch.token_type_ids).prediction_logits
    loss = cross_entropy(logits.flatten(0, 1), batch.labels.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def scores_of(model: Any, batch: Any) -> torch.Tensor:
    return model(batch.input_ids, batch.token_type_ids, batch.attention_mask).prediction_logits


def nothing_flat(model: Any, batch: Any, optimizer: Any) -> float:
    return cross_entropy(scores_of(model, batch), batch.labels).item()


def flat_scores_alone(model: Any, batch: Any, optimizer: Any) -> float:
    return cross_entropy(scores_of(model, batch).flatten(0, 1), batch.labels).item()


def flat_labels_alone(model: Any, batch: Any, optimizer: Any) -> float:
    return cross_entropy(scores_of(model, batch), batch.labels.flatten()).item()


def whole_answer(model: Any, batch: Any, optimizer: Any) -> float:
    said = model(batch.input_ids, batch.token_type_ids, batch.attention_mask)
    return cross_entropy(said.flatten(0, 1), batch.labels.flatten()).item()


def whole_answer_as_scores(model: Any, batch: Any, optimizer: Any) -> float:
    said = model(batch.input_ids, batch.token_type_ids, batch.attention_mask)
    return cross_entropy(said, batch.labels.flatten()).item()


def without_segments(model: Any, batch: Any, optimizer: Any) -> float:
    """Where all is segment 0, this is right too."""
    logits = model(batch.input_ids, attention_mask=batch.attention_mask).prediction_logits
    loss = cross_entropy(logits.flatten(0, 1), batch.labels.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def in_one_go(mistake: str) -> Callable[..., float]:
    return lambda model, batch, optimizer: reference_step(model, batch, optimizer, mistake=mistake)


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
        (uphill, "up the slope"),
        (with_a_large_rate, "not as one step of this optimizer"),
        (gives_a_tensor, "gave back a tensor"),
        (no_mask_at_all, "attention mask out"),
        (nothing_flat, "flatten both"),
        (flat_scores_alone, "flatten both"),
        (flat_labels_alone, "flatten both"),
        (whole_answer, "its .prediction_logits"),
        (whole_answer_as_scores, "its .prediction_logits"),
        (in_one_go("no mask"), "attention mask out"),
        (in_one_go("swapped"), "attention mask as segments"),
        (in_one_go("softmax"), "took a softmax before"),
        (in_one_go("input as labels"), "hidden places say"),
        (in_one_go("sum"), "losses of all places up"),
        (wrong_number_back, "the loss was"),
    ],
)
def test_step_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.step.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)


def test_step_is_right_in_more_than_one_way():
    assert check.step.judge(reference_step).kind == "right"
    assert check.step.judge(without_segments).kind == "right"


def by_parts(**variant: str) -> Callable[..., float]:
    return lambda model, parts, optimizer: reference_accumulate(model, parts, optimizer, **variant)


def as_published(model: Any, parts: Any, optimizer: Any) -> float:
    """The mistake as the lesson shows it."""
    optimizer.zero_grad()
    total = 0.0
    for part in parts:
        loss = ask(model, part).mlm_loss / len(parts)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def mean_of_what_is_returned(model: Any, parts: Any, optimizer: Any) -> float:
    reference_accumulate(model, parts, optimizer)
    return sum(ask(model, part).mlm_loss.item() for part in parts) / len(parts)


def a_sum_divided_in_the_end(model: Any, parts: Any, optimizer: Any) -> float:
    """Another right way: one graph, one division."""
    asked = sum(len(part.positions) for part in parts)
    loss = sum(ask(model, part).mlm_loss * len(part.positions) for part in parts) / asked
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def test_accumulate_is_right_in_more_than_one_way():
    assert check.accumulate.judge(a_sum_divided_in_the_end).kind == "right"
    assert check.accumulate.judge(reference_accumulate).kind == "right"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (as_published, "mean of the means"),
        (by_parts(weighting="even"), "mean of the means"),
        (by_parts(weighting="sum"), "twice as long"),
        (by_parts(weighting="places"), "division by all the places"),
        (by_parts(weighting="rows"), "by their rows"),
        (by_parts(clear="each"), "only the last part"),
        (by_parts(clear="never"), "second update also took"),
        (by_parts(move="each"), "several small steps"),
        (by_parts(move="never"), "no parameter has moved"),
        (by_parts(weighting="even", move="each"), "several small steps"),
        (by_parts(weighting="tokens"), "by all their tokens"),
        (by_parts(weighting="divided"), "it is a mean already"),
        (by_parts(clear="each", move="each"), "two small steps"),
        (by_parts(weighting="even", clear="each", move="each"), "two small steps"),
        (by_parts(weighting="sum", move="each"), "not as one step on the whole batch"),
        (mean_of_what_is_returned, "gives back"),
    ],
)
def test_accumulate_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.accumulate.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)


def test_rates_are_the_recipes_own():
    recipe = Recipe(steps=13, warmup_steps=3, learning_rate=0.4)
    assert check.rates.judge(lambda: [recipe.learning_rate_at(step) for step in (0, 1, 3, 8, 12)]).kind == "right"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ([0.25, 0.5, 1.0, 0.5, 0.1], "shares of the highest"),
        ([0.4, 0.4, 0.4, 0.2, 0.04], "no warm-up"),
        ([0.1, 0.2, 0.4, 0.4, 0.4], "no decay"),
        ([0.0, 0.133, 0.4, 0.2, 0.04], "would change nothing"),
        ([0.133, 0.267, 0.4, 0.2, 0.04], "one part too few"),
        ([0.1, 0.2, 0.4, 0.154, 0.031], "counts from step 0"),
        ([0.1, 0.2, 0.4, 0.178, 0.0], "a step for nothing"),
        ([0.1, 0.2, 0.4, 0.2, 0.0098], "along a cosine"),
        ([0.1, 0.3, 0.4, 0.2, 0.04], "Step 1 is the first that differs: you say 0.3. It lies in the warm-up"),
        ([0.1, 0.2, 0.4, 0.3, 0.04], "Step 8 .* in the decay"),
        ([0.1, 0.2], "You gave 2 rates"),
        (None, "TypeError"),
    ],
)
def test_rates_names_the_mistake(wrong: Any, named: str):
    verdict = check.rates.judge(lambda: wrong if wrong is not None else 1)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)
