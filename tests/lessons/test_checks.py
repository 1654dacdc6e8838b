"""Each exercise's check passes the solution in the lesson, refuses the stub, and names what went wrong."""

import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from bertlab.lessons import check, same
from bertlab.lessons.checks import Check, reference_step
from bertlab.lessons.notebook import is_exercise, with_solution, without_solution
from bertlab.paths import notebooks_path


def exercises() -> list[tuple[str, str, Check]]:
    """(lesson, source of the exercise cell, its check), read from the lessons themselves."""
    import jupytext

    found = []
    for file in sorted(notebooks_path("src").glob("[0-9][0-9]_*.py")):
        code = [cell.source for cell in jupytext.read(file).cells if cell.cell_type == "code"]
        for cell, after in pairwise(code):
            if is_exercise(cell):
                name = re.fullmatch(r"check\.(\w+)\(\w+\)", after.strip())
                assert name, f"{file.name}: no check follows the exercise\n{cell}"
                found.append((file.stem, cell, getattr(check, name[1])))
    return found


def function_in(source: str) -> Callable[..., Any]:
    space: dict[str, Any] = {"math": math, "torch": torch, "cross_entropy": cross_entropy}
    exec(source, space)
    return space[re.findall(r"^def (\w+)", source, re.M)[-1]]


@pytest.mark.parametrize(("lesson", "source", "checked"), exercises(), ids=lambda value: getattr(value, "name", None))
def test_the_solution_is_right_and_the_stub_is_not_yet(lesson: str, source: str, checked: Check):
    assert checked.name.startswith(lesson[:2])
    assert checked.judge(function_in(with_solution(source))).kind == "right"
    assert checked.judge(function_in(without_solution(source))).kind == "not yet"


def test_both_lessons_have_an_exercise():
    assert {lesson[:2] for lesson, _, _ in exercises()} == {"00", "08"}


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


def test_a_check_prints_and_remembers(capsys: pytest.CaptureFixture[str]):
    from bertlab.lessons.record import recall

    check.choices(lambda loss: None)
    check.choices(lambda loss: loss)
    check.choices(math.exp)
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Not yet.")
    assert said[2].startswith("Right.")
    entry = recall()["exercises"]["00-choices"]
    assert (entry["tries"], entry["solved"]) == (2, True)


@pytest.mark.parametrize(
    ("mine", "reference", "said"),
    [
        ([1.0, 2.0], [1.0, 2.0], "to the last digit"),
        (torch.tensor([1.0, 2.0]), [1.0, 2.0 + 1e-6], "1.0e-06, which is rounding"),
        ([[1.0, 2.0]], [[1.0, 2.5]], "not the same; the largest difference is 0.5 at (0, 1)"),
        ([1.0, float("nan")], [1.0, 2.0], "not the same; the largest difference is inf at 1"),
        ([1.0], [1.0, 2.0], "yours has the shape (1,), the reference (2,)"),
        (torch.tensor(1.0, requires_grad=True), 1.25, "the largest difference is 0.25."),
    ],
)
def test_same_says_how_far_apart(mine: Any, reference: Any, said: str, capsys: pytest.CaptureFixture[str]):
    same("thing", mine, reference)
    assert said in capsys.readouterr().out
