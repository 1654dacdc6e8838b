"""What lesson 00's exercises are checked by."""

import math
from collections.abc import Callable, Sequence

import torch
from torch.nn.functional import cross_entropy

from bertlab.lessons.checks.verdict import Check, Mine, one_number


def _mistake_in_choices(mine: Mine) -> str | None:
    """Turn a loss in nats into a number of equally likely choices."""
    losses = (0.5, math.log(10), 6.0)
    answers = [one_number(mine(loss)) for loss in losses]

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
    if gives(lambda loss: -math.log(loss)):
        return (
            "You made a loss once more: -log is what turns a probability into a loss. Here the loss is given; undo it."
        )
    if gives(lambda loss: 1 / loss):
        return "You took one over the loss. One over the probability gives the choices; the loss is their logarithm."
    if set(answers) == {2.0, 10.0}:
        return "You give 2 or 10, whatever the loss. But 0.5 nats are less than a coin: between 1 and 2 choices."
    if gives(lambda loss: float(round(math.exp(loss)))):
        return "The right numbers, rounded. Leave the fraction: a die of 1.6 sides is odd, but it is what we measure."
    return f"A loss of {losses[0]} nats gave {answers[0]:.4g}. Try log(10) nats first: ten choices must come out."


choices = Check(
    "00-choices", _mistake_in_choices, "exp(loss) equally likely choices: from now on you can read every loss here."
)


FOUR = (1 / 2, 1 / 8, 1 / 2, 1 / 8)
"""The trust that each right word got, in the exercise on the mean of four dice."""


def mean_loss(trusts: Sequence[float]) -> float:
    """The mean loss in nats, as PyTorch computes it: of two answers, the right one has this trust.

    >>> round(mean_loss([0.5, 0.1]), 4)
    1.4979
    """
    shares = torch.tensor([[trust, 1 - trust] for trust in trusts], dtype=torch.float64)
    return cross_entropy(shares.log(), torch.zeros(len(trusts), dtype=torch.long)).item()


def _mistake_in_mean(mine: Mine) -> str | None:
    """Predict how many equally likely choices the mean of four losses stands for."""
    said, loss = one_number(mine()), mean_loss(FOUR)

    def is_about(number: float) -> bool:
        return math.isclose(said, number, rel_tol=0.01)

    if is_about(math.exp(loss)):
        return None
    if is_about(sum(1 / trust for trust in FOUR) / len(FOUR)):
        return (
            "You took the mean of the sides, 2, 8, 2 and 8. The mean was asked of the losses, and those are logarithms."
        )
    if is_about(len(FOUR) / sum(FOUR)):
        return "You took the mean of the four trusts, and turned that into a die. First comes each loss, then the mean."
    if is_about(loss):
        return "That is the mean loss itself, in nats. Turn it into a die: how many sides has it?"
    if is_about(math.exp(loss * len(FOUR))):
        return "You multiplied the four dice: that is the die of the sum of the losses. The mean is a fourth of it."
    if is_about(math.exp(-loss)):
        return "That is the trust which belongs to the mean loss. The die has one over that many sides."
    if is_about(math.log2(math.exp(loss))):
        return "That is how many coins it is worth. How many outcomes have so many coins?"
    return f"You predict {said:g}. Say each of the four losses in coins: how many coins make a die with eight sides?"


mean_of_dice = Check(
    "00-mean-of-dice",
    _mistake_in_mean,
    "Two coins on average, so four choices: where losses are averaged, the sides are multiplied and a root is taken.",
)


def _mistake_in_loss(mine: Mine) -> str | None:
    """Mend a mean loss in which the words of short sentences counted more than others."""
    texts = ([[0.5], [0.1, 0.2, 0.4]], [[0.9, 0.3], [0.05], [0.6, 0.6, 0.25]])
    words = [[share for sentence in text for share in sentence] for text in texts]
    answers = [one_number(mine(text)) for text in texts]

    def gives(expected: Sequence[float]) -> bool:
        return all(math.isclose(a, b, rel_tol=1e-3) for a, b in zip(answers, expected, strict=True))

    losses = [mean_loss(shares) for shares in words]
    if gives(losses):
        return None
    if gives([sum(map(mean_loss, text)) / len(text) for text in texts]):
        return "You still take a mean for each sentence first: a word that stands alone counts as much as three."
    if gives([loss * len(shares) for loss, shares in zip(losses, words, strict=True)]):
        return "You added the losses of all words up. A mean has still to be taken, or a long text looks worse."
    if gives([loss * len(s) / len(text) for loss, s, text in zip(losses, words, texts, strict=True)]):
        return "You divided by the number of sentences. Each word counts alike when you divide by the number of words."
    if gives([-math.log(sum(shares) / len(shares)) for shares in words]):
        return "You took the mean of the trusts and then its logarithm. First comes each word's loss, then the mean."
    if gives([math.exp(loss) for loss in losses]):
        return "Those are the sides of the die, its perplexity. The function was to give the mean loss, in nats."
    if gives([loss / math.log(2) for loss in losses]):
        return "The right mean, but in bits: you took the logarithm to the base 2. For nats the base is e."
    if gives([-loss for loss in losses]):
        return "The right size with the wrong sign: the loss is minus the logarithm, and never below 0."
    return f"For the trusts {texts[0]} you gave {answers[0]:.4g}; the mean of the four losses is {losses[0]:.4g}."


loss_of_text = Check(
    "00-loss-of-text",
    _mistake_in_loss,
    "One mean over all words. Now the loss no longer depends on where somebody has cut the text.",
)
