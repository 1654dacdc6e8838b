"""What the best possible reader reaches on examples with labels, when the exact probability of each label is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log


@dataclass(frozen=True)
class LabelLimits:
    """What the best possible reader reaches on these examples, in expectation.

    Args:
        accuracy: mean of the largest probability.
        nats: mean entropy: the lowest expected loss.
        count: examples.
    """

    accuracy: float
    nats: float
    count: int

    def __str__(self) -> str:
        return f"best accuracy {self.accuracy:.3f}, lowest loss {self.nats:.3f} nats ({self.count} examples)"


def label_limits(distributions: Sequence[Sequence[float]]) -> LabelLimits:
    """The limits of examples whose exact distributions over the labels are given.

    Raises:
        ValueError: there are no examples.

    >>> print(label_limits([[1.0, 0.0], [0.5, 0.5]]))
    best accuracy 0.750, lowest loss 0.347 nats (2 examples)
    """
    if not distributions:
        raise ValueError("there are no examples to take limits of; give at least one")
    best = [max(shares) for shares in distributions]
    nats = [-sum(share * log(share) for share in shares if share > 0) for shares in distributions]
    return LabelLimits(sum(best) / len(best), sum(nats) / len(nats), len(best))
