"""What lesson 08's exercises are checked by."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch

from bertlab.lessons.checks.small_run import small_batch, small_run
from bertlab.lessons.checks.verdict import Check, Mine
from bertlab.lessons.checks.ways_of_a_step import MISTAKES_IN_STEP, reference_step, stopped_step
from bertlab.lessons.compare import largest_difference
from bertlab.model import BertForPreTraining
from bertlab.training import Batch, Recipe, ask


def _mistake_in_step(mine: Mine) -> str | None:
    """Write one training step: measure, find the slope, move, and give the loss back."""
    gave_tensor = False

    def as_number(*args: Any) -> Any:
        nonlocal gave_tensor
        answer = mine(*args)
        if isinstance(answer, torch.Tensor):
            gave_tensor = True
            return answer.detach()
        return answer

    try:
        parameters, returned, model = small_run(as_number, _padded)
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:
        if said := stopped_step(error):
            return said
        raise

    def moves_like(mistake: str = "", clear: bool = True) -> bool:
        others, _, _ = small_run(partial(reference_step, mistake=mistake, clear=clear), _padded)
        return all(largest_difference(a, b)[0] < 1e-6 for a, b in zip(parameters, others, strict=True))

    start, _, _ = small_run(lambda *_: 0.0, _padded)
    if all(torch.equal(a, b) for a, b in zip(parameters, start, strict=True)):
        gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
        if any(gradient.abs().max() > 0 for gradient in gradients):
            return "The slope is known, but no parameter has moved: after backward() comes optimizer.step()."
        return (
            "No parameter has moved and no gradient is left. Either backward() was never called, "
            "or zero_grad() came between backward() and optimizer.step()."
        )
    if moves_like():
        _, losses, _ = small_run(reference_step, _padded)
        if largest_difference(returned, losses)[0] > 1e-4:
            return f"It moves as it should, but it gives back {returned[0]:.4g}; the loss was {losses[0]:.4g}."
        if gave_tensor:
            return (
                "It moves as it should. But you gave back a tensor, and with it all that backward() needed stays in "
                "memory, step after step. A plain number is loss.item()."
            )
        return None
    if moves_like(clear=False):
        return (
            "The second step also took the first one's slope: gradients add up until they are cleared. "
            "optimizer.zero_grad() belongs before backward()."
        )
    for mistake, said in MISTAKES_IN_STEP.items():
        if moves_like(mistake) or moves_like(mistake, clear=False):
            return said
    return "The parameters move, but not as one step of this optimizer on this loss would move them."


def _padded(number: int) -> Batch:
    """A batch whose last row is shorter than the others."""
    return small_batch(number, padding=2)


step = Check("08-step", _mistake_in_step, "Measure, clear, find the slope, move: the heart of every training run.")


def _unequal_parts(seed: int) -> list[Batch]:
    """Two parts of a batch: three rows with one question each, and two longer rows with four."""
    return [small_batch(seed, rows=3, asked=1), small_batch(seed + 10, rows=2, asked=4, padding=2)]


def reference_accumulate(
    model: BertForPreTraining,
    parts: Sequence[Batch],
    optimizer: torch.optim.Optimizer,
    *,
    weighting: str = "asked",
    clear: str = "once",
    move: str = "once",
) -> float:
    """One update from several parts of a batch, and the ways in which it is most often got wrong.

    Args:
        weighting: how much each part's mean loss counts: "asked", its share of the places that are asked about;
            "even", an equal share (the published mistake); "rows" and "tokens", its share of these; "sum", all of it;
            "places", times the places asked about, which nobody divides by their number; "divided", by them.
        clear, move: "once", in "each" part, or "never".
    """
    asked, rows = sum(len(part.positions) for part in parts), sum(len(part.input_ids) for part in parts)
    total = 0.0
    if clear == "once":
        optimizer.zero_grad()
    for part in parts:
        counts = {
            "asked": len(part.positions) / asked,
            "even": 1 / len(parts),
            "rows": len(part.input_ids) / rows,
            "tokens": part.num_tokens / sum(each.num_tokens for each in parts),
            "divided": 1 / asked,
            "sum": 1.0,
            "places": float(len(part.positions)),
        }
        loss = ask(model, part).mlm_loss * counts[weighting]
        if clear == "each":
            optimizer.zero_grad()
        loss.backward()
        if move == "each":
            optimizer.step()
        total += loss.item()
    if move == "once":
        optimizer.step()
    return total


_MISTAKES_IN_PARTS: list[tuple[dict[str, str], str]] = [
    (
        {"weighting": "even"},
        "You took the mean of the means. A part with few questions counts as much as one with many, so each of its "
        "questions counts more. In one batch every question counts the same.",
    ),
    (
        {"weighting": "sum"},
        "You added the parts' mean losses up. Two parts give a gradient about twice as long as one batch does.",
    ),
    (
        {"weighting": "places"},
        "You undid each part's mean, and added. What is missing is the division by all the places asked about.",
    ),
    (
        {"weighting": "rows"},
        "You weighted the parts by their rows. The loss is a mean over places that are asked about.",
    ),
    (
        {"weighting": "tokens"},
        "You weighted the parts by all their tokens. The loss is a mean over the places that are asked about.",
    ),
    (
        {"weighting": "divided"},
        "You divided each part's loss by all places, but it is a mean already: times its own places first.",
    ),
    (
        {"clear": "each", "move": "each"},
        "You cleared and moved in each part: two small steps. Here one step is asked for, after the last part.",
    ),
    (
        {"weighting": "even", "clear": "each", "move": "each"},
        "You cleared and moved in each part: two small steps. Here one step is asked for, after the last part.",
    ),
    (
        {"weighting": "even", "move": "each"},
        "You moved after each part: that is several small steps, each from other parameters, and not one large one.",
    ),
    (
        {"clear": "each"},
        "You cleared the gradient in each part, so only the last part moved anything. Here it should add up.",
    ),
    ({"clear": "never"}, "The second update also took the first one's slope: clear once, before the first part."),
    (
        {"move": "each"},
        "You moved after each part: that is several small steps, each from other parameters, and not one large one.",
    ),
    ({"move": "never"}, "The gradients are there, but no parameter has moved: after the last part comes one step()."),
]


def _mistake_in_accumulate(mine: Mine) -> str | None:
    """Make one update from several parts of a batch, as if they were one batch."""
    parameters, returned, _ = small_run(mine, _unequal_parts)

    def moves_like(**variant: Any) -> bool:
        others, _, _ = small_run(lambda *args: reference_accumulate(*args, **variant), _unequal_parts)
        return all(largest_difference(a, b)[0] < 1e-6 for a, b in zip(parameters, others, strict=True))

    if moves_like():
        _, losses, _ = small_run(reference_accumulate, _unequal_parts)
        if largest_difference(returned, losses)[0] > 1e-4:
            return (
                f"It moves as it should, but gives back {returned[0]:.4g}; the whole batch's loss was {losses[0]:.4g}."
            )
        return None
    for variant, said in _MISTAKES_IN_PARTS:
        if moves_like(**variant):
            return said
    return "The parameters move, but not as one step on the whole batch would move them."


accumulate = Check(
    "08-accumulate",
    _mistake_in_accumulate,
    "Each question counts the same, however the batch was cut: a sum over all parts, divided once by all questions.",
)


WARMING = Recipe(steps=13, warmup_steps=3, learning_rate=0.4)
"""The recipe whose learning rates are to be predicted."""
ASKED_STEPS = (0, 1, 3, 8, 12)
"""At these steps, counted from 0."""


def rates_by(warming: Callable[[int], float], cooling: Callable[[int], float]) -> list[float]:
    """The rates of a schedule, given as shares of the highest rate: the smaller of a rising and a falling one."""
    return [WARMING.learning_rate * min(warming(step), cooling(step)) for step in ASKED_STEPS]


def _mistake_in_rates(mine: Mine) -> str | None:
    """Predict the learning rate at five steps of a recipe with warm-up and decay."""
    answers = [float(rate) for rate in mine()]
    if len(answers) != len(ASKED_STEPS):
        return f"You gave {len(answers)} rates; {len(ASKED_STEPS)} steps are asked about: {ASKED_STEPS}."
    steps, warmup = WARMING.steps, WARMING.warmup_steps
    right = [WARMING.learning_rate_at(step) for step in ASKED_STEPS]

    def is_(rates: list[float]) -> bool:
        return all(abs(a - b) < 0.004 for a, b in zip(answers, rates, strict=True))

    def rising(step: int) -> float:
        return (step + 1) / (warmup + 1)

    def falling(step: int) -> float:
        return (steps - step) / (steps - warmup)

    if is_(right):
        return None
    if is_([rate / WARMING.learning_rate for rate in right]):
        return "You gave shares of the highest rate. The optimizer needs the rates: each share times 0.4."
    named = [
        (rates_by(lambda step: 1.0, lambda step: min(1.0, falling(step))), "You began at the full rate: no warm-up."),
        (rates_by(rising, lambda step: 1.0), "You stayed at the full rate after the warm-up: there is no decay in it."),
        (
            rates_by(lambda step: step / warmup, falling),
            "Your step 0 has the rate 0: it would change nothing. The warm-up begins one part above 0.",
        ),
        (
            rates_by(lambda step: (step + 1) / warmup, falling),
            "Your warm-up has one part too few: it is at its top at step 2. Steps 0, 1 and 2 lie below the top.",
        ),
        (
            rates_by(rising, lambda step: 1.0 if step <= warmup else (steps - step) / steps),
            "Your decay counts from step 0. It begins at the top, at step 3, and has 10 parts.",
        ),
        (
            rates_by(rising, lambda step: (steps - 1 - step) / (steps - 1 - warmup)),
            "Your last step has the rate 0: a step for nothing. The line reaches 0 one step after the last.",
        ),
        (
            rates_by(rising, lambda step: 0.5 * (1 + math.cos(math.pi * max(0, step - warmup) / (steps - warmup)))),
            "You let it fall along a cosine, as many recipes do. This one falls in a straight line.",
        ),
    ]
    for rates, said in named:
        if is_(rates):
            return said
    wrong = next(at for at, (a, b) in enumerate(zip(answers, right, strict=True)) if abs(a - b) >= 0.004)
    return (
        f"Step {ASKED_STEPS[wrong]} is the first that differs: you say {answers[wrong]:.3g}. "
        f"It lies {'in the warm-up' if ASKED_STEPS[wrong] < warmup else 'at the top or in the decay'}: count its parts."
    )


rates = Check(
    "08-rates",
    _mistake_in_rates,
    "Up in a straight line, down in a straight line, and no step is wasted on a rate of 0.",
)
