"""Exercises that answer back: `check.choices(choices)` says "not yet", "right", or names the mistake."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn
from torch.nn import functional

from bertlab.lessons.compare import largest_difference
from bertlab.lessons.record import note, recall
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.training import Batch

Mine = Callable[..., Any]


class NotYetError(Exception):
    """The function gave None: nobody has written it yet."""


@dataclass(frozen=True)
class Verdict:
    """What a check found, in the sentence that it prints."""

    kind: Literal["not yet", "right", "mistake"]
    says: str

    def __str__(self) -> str:
        return f"{self.kind.capitalize()}. {self.says}" if self.kind != "mistake" else self.says


class Check:
    """One exercise's check: call it with your function and it prints what it found.

    Args:
        name: lesson and exercise, as progress remembers it ("00-choices").
        find_mistake: gives the sentence that names the mistake, or None where there is none.
        praise: what is said when all is right: the idea once more, not applause.
    """

    def __init__(self, name: str, find_mistake: Callable[[Mine], str | None], praise: str):
        self.name = name
        self.find_mistake = find_mistake
        self.praise = praise
        self.__doc__ = find_mistake.__doc__

    def judge(self, mine: Mine) -> Verdict:
        """What there is to say about a function, whatever it does."""

        def answering(*args: Any, **kwargs: Any) -> Any:
            answer = mine(*args, **kwargs)
            if answer is None:
                raise NotYetError
            return answer

        try:
            mistake = self.find_mistake(answering)
        except NotYetError:
            return Verdict("not yet", "Your function returns None. The hint below the exercise is there to be used.")
        except Exception as error:  # the learner's own code may fail in any way
            return Verdict("mistake", f"It stopped with {type(error).__name__}: {error}")
        return Verdict("mistake", mistake) if mistake else Verdict("right", self.praise)

    def __call__(self, mine: Mine) -> None:
        """Print the verdict, and remember it."""
        verdict = self.judge(mine)
        print(verdict)
        if verdict.kind != "not yet":
            tries = recall()["exercises"].get(self.name, {}).get("tries", 0) + 1
            solved = {"solved": True} if verdict.kind == "right" else {}
            note("exercises", self.name, tries=tries, **solved)


# Lesson 00


def _mistake_in_choices(mine: Mine) -> str | None:
    """Turn a loss in nats into a number of equally likely choices."""
    losses = (0.5, math.log(10), 6.0)
    answers = [float(mine(loss)) for loss in losses]

    def gives(function: Callable[[float], float]) -> bool:
        return all(math.isclose(a, function(loss), rel_tol=1e-3) for a, loss in zip(answers, losses, strict=True))

    if gives(math.exp):
        return None
    if gives(lambda loss: loss):
        return "You gave the loss back. The loss is the logarithm of the number of choices; undo the logarithm."
    if gives(lambda loss: 2**loss):
        return "You raised 2 to the loss. That is right for bits; our losses are in nats, and their base is e."
    if gives(lambda loss: 10**loss):
        return "You raised 10 to the loss, but a nat is a natural logarithm: its base is e, about 2.718."
    if gives(lambda loss: math.exp(-loss)):
        return "That is the probability of each choice. There are one-over-that many choices: mind the minus sign."
    if gives(math.log):
        return "You took the logarithm once more. The loss is a logarithm already; undo it."
    if gives(lambda loss: float(round(math.exp(loss)))):
        return "The right numbers, rounded. Leave the fraction: a die of 1.6 sides is odd, but it is what we measure."
    return f"A loss of {losses[0]} nats gave {answers[0]:.4g}. Try log(10) nats first: ten choices must come out."


choices = Check(
    "00-choices", _mistake_in_choices, "exp(loss) equally likely choices: from now on you can read every loss here."
)


# Lesson 08


def _small_run(one_step: Callable[..., Any]) -> tuple[list[torch.Tensor], list[float], BertForPreTraining]:
    """Two updates of a very small BERT without dropout; gives the parameters, what was returned, the model."""
    sizes: dict[str, Any] = {
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
    }
    no_dropout: dict[str, Any] = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        model = BertForPreTraining(BertConfig(vocab_size=12, max_position_embeddings=8, **sizes, **no_dropout))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        returned = [float(one_step(model, _small_batch(seed), optimizer)) for seed in (1, 2)]
    return [parameter.detach() for parameter in model.parameters()], returned, model


def _small_batch(seed: int) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    true = torch.randint(5, 12, (4, 6), generator=generator)
    chosen = torch.zeros(4, 6, dtype=torch.bool)
    chosen[torch.arange(4), torch.randint(0, 6, (4,), generator=generator)] = True
    return Batch(
        input_ids=true.masked_fill(chosen, 4),
        token_type_ids=torch.zeros_like(true),
        attention_mask=torch.ones_like(true),
        labels=true.masked_fill(~chosen, -100),
        positions=chosen.flatten().nonzero().flatten(),
        next_sentence_label=None,
        num_tokens=24,
    )


def reference_step(
    model: nn.Module,
    batch: Batch,
    optimizer: torch.optim.Optimizer,
    *,
    clear: bool = True,
    everywhere: bool = False,
    update_first: bool = False,
) -> float:
    """One training step, and the ways in which it is most often got wrong.

    Args:
        clear: False lets the gradients of earlier steps add up.
        everywhere: score the words that nobody hid as well.
        update_first: move the parameters before the new gradient is known.
    """
    if update_first:
        optimizer.step()
    logits = model(batch.input_ids, batch.token_type_ids, batch.attention_mask).prediction_logits
    labels = torch.where(batch.labels == -100, batch.input_ids, batch.labels) if everywhere else batch.labels
    loss = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    if clear:
        optimizer.zero_grad()
    loss.backward()
    if not update_first:
        optimizer.step()
    return loss.item()


def _mistake_in_step(mine: Mine) -> str | None:
    """Write one training step: measure, find the slope, move, and give the loss back."""
    moved_first = "You moved before you knew the slope: optimizer.step() comes after backward(), not before it."
    try:
        parameters, returned, model = _small_run(mine)
    except RuntimeError as error:
        if "modified by an inplace operation" in str(error):
            return moved_first
        raise

    def moves_like(**variant: Any) -> bool:
        others, _, _ = _small_run(lambda *args: reference_step(*args, **variant))
        return all(largest_difference(a, b)[0] < 1e-6 for a, b in zip(parameters, others, strict=True))

    start, _, _ = _small_run(lambda *_: 0.0)
    if all(torch.equal(a, b) for a, b in zip(parameters, start, strict=True)):
        gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
        if any(gradient.abs().max() > 0 for gradient in gradients):
            return "The slope is known, but no parameter has moved: after backward() comes optimizer.step()."
        return (
            "No parameter has moved and no gradient is left. Either backward() was never called, "
            "or zero_grad() came between backward() and optimizer.step()."
        )
    if moves_like():
        _, losses, _ = _small_run(reference_step)
        if largest_difference(returned, losses)[0] > 1e-4:
            return f"It moves as it should, but it gives back {returned[0]:.4g}; the loss was {losses[0]:.4g}."
        return None
    if moves_like(clear=False):
        return (
            "The second step also took the first one's slope: gradients add up until they are cleared. "
            "optimizer.zero_grad() belongs before backward()."
        )
    if moves_like(everywhere=True) or moves_like(everywhere=True, clear=False):
        return (
            "You scored every word, also those that nobody hid. They stand in the input for all to see; "
            "only where the label is not -100 is there anything to learn."
        )
    if moves_like(update_first=True) or moves_like(update_first=True, clear=False):
        return moved_first
    return "The parameters move, but not as one step of this optimiser on this loss would move them."


step = Check("08-step", _mistake_in_step, "Measure, clear, find the slope, move: the heart of every training run.")
