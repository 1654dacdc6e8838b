"""What lesson 00's exercises are checked by."""

import math
from collections.abc import Callable

from bertlab.lessons.checks.verdict import Check, Mine


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
