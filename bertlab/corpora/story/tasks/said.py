"""What sentences in a row tell: how probable they are under each order of stages, as a function of the latent state."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np

from bertlab.corpora.story.exact.states import Array
from bertlab.corpora.story.exact.support import Support
from bertlab.corpora.story.slots import ENDS
from bertlab.corpora.story.world import StoryWorld

Stages = tuple[str, ...]


def collect(weighted: Iterable[tuple[float, Stages]]) -> dict[Stages, float]:
    """The total weight of each order of stages."""
    total: dict[Stages, float] = {}
    for weight, stages in weighted:
        total[stages] = total.get(stages, 0.0) + weight
    return total


@dataclass(frozen=True, eq=False)
class Said:
    """Sentences in a row: for each, its probability under every stage that can say it, as a function of z."""

    support: Support
    sentences: list[dict[str, Array]]

    def along(self, stages: Stages) -> Array | None:
        """p(these sentences | their stages, z); None if a stage cannot say its sentence."""
        total: Array | None = None
        for stage, sentence in zip(stages, self.sentences, strict=True):
            if stage not in sentence:
                return None
            total = sentence[stage] if total is None else total * sentence[stage]
        return total

    def under(self, orders: dict[Stages, float]) -> Array:
        """p(these sentences | z), the stages being drawn from weighted orders."""
        total = np.zeros((1,) * len(next(iter(self.sentences[0].values())).shape))
        for stages, weight in orders.items():
            message = self.along(stages)
            if message is not None:
                total = total + message * weight
        return total

    def within(self, support: Support) -> "Said":
        """The same under a narrower support."""
        return Said(
            support,
            [
                {stage: support.cut_from(self.support, message) for stage, message in sentence.items()}
                for sentence in self.sentences
            ],
        )


def mean_over(message: Array, support: Support, sizes: tuple[int, ...], kept: frozenset[int] = frozenset()) -> Array:
    """The mean over all latents but the kept ones; values outside the support count as 0."""
    axes = tuple(axis for axis in range(message.ndim) if axis not in kept)
    possible = prod(len(support.kept[axis]) / sizes[axis] for axis in axes if axis in support.kept)
    return message.mean(axis=axes, keepdims=True) * possible


def on_axes(message: Array, support: Support, sizes: tuple[int, ...], kept: frozenset[int]) -> Array:
    """The mean over all latents but the kept ones, for all values of those."""
    of_kept = Support({axis: values for axis, values in support.kept.items() if axis in kept})
    return of_kept.unfold(mean_over(message, support, sizes, kept), sizes)


def read_said(world: StoryWorld, text: str) -> Said:
    """What a text tells, sentence by sentence; each ends in the only mark of its kind.

    Raises:
        ValueError: these are not whole sentences, or not of this world.
    """
    machine, pieces = world.truth.machine, world.pieces(text)
    marks = {world.tokenizer.vocab.get(mark) for mark in ENDS}
    stops = [0, *(number + 1 for number, piece in enumerate(pieces) if piece in marks)]
    if stops[-1] != len(pieces) or not pieces:
        raise ValueError(f"{text!r} must be whole sentences, each ending in one of {' '.join(ENDS)}")
    support = machine.support_of(pieces)
    sentences = [machine.sentence(pieces[first:stop], support) for first, stop in pairwise(stops)]
    for sentence, (first, stop) in zip(sentences, pairwise(stops), strict=True):
        if not sentence:
            raise ValueError(f"no story of this world says {world.tokenizer.decode(pieces[first:stop])!r}")
    return Said(support, sentences)
