"""Pairs of text from a story world, some real and some not, and how well anybody can tell which.

A story of m sentences is split between two of them, each of the m - 1 boundaries equally likely: A before, B after.

    random   not real: B is the end of another story
    hard     not real: B is the end of another story with the same name, topic and tense
    order    A and B are two neighbouring sentences; not real: the same two, swapped

A pair is as often real as not. So, with z the latent state and S(sentence | stage, z) from `Machine.sentence`,

    p(next | A, B)  = p(A, B | next) / (p(A, B | next) + p(A, B | not next))
    p(A, B | next)  = sum over plans of m sentences of p(plan) / (m - 1) * mean over z of the product of all S
    p(A | z)        = sum over all longer plans of p(plan) / (m - 1) * the product of S along its beginning; B likewise
    p(A, B | hard)  = mean over the shared part of z of p(A | shared) * p(B | shared); random: nothing is shared

Source: Devlin et al. 2018, section 3.1 (next sentence prediction); Lan et al. 2019, section 3.1 (sentence order).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log, prod
from typing import Literal

import numpy as np

from bertlab.corpora.story.slots import ENDS
from bertlab.corpora.story.states import Array
from bertlab.corpora.story.support import Support
from bertlab.corpora.story.world import PARTS, Part, Story, StoryWorld, draw

Grade = Literal["random", "hard", "order"]
GRADES = ("random", "hard", "order")
SHARED = ("name", "topic", "tense")
PLAN, LENGTH = "plan", "length"
Stages = tuple[str, ...]
Plans = tuple[tuple[float, Stages], ...]

NEXT, RANDOM = 0, 1
"""The labels of next-sentence prediction, in BERT's own order."""


@dataclass(frozen=True)
class StoryPair:
    """Two texts, and whether the second follows the first.

    Args:
        label: 0 = next, 1 = random or swapped.
        a: the beginning of a story, or one sentence of it.
        b: the end of a story, or one sentence of it.
    """

    a: Story
    b: Story
    label: int

    @property
    def text_a(self) -> str:
        """What stands before the middle [SEP]."""
        return self.a.text

    @property
    def text_b(self) -> str:
        """What stands after it."""
        return self.b.text

    def __str__(self) -> str:
        return f"A: {self.text_a}\nB: {self.text_b}\nB is {('next', 'not next')[self.label]}"


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

    >>> print(label_limits([[1.0, 0.0], [0.5, 0.5]]))
    best accuracy 0.750, lowest loss 0.347 nats (2 examples)
    """
    best = [max(shares) for shares in distributions]
    nats = [-sum(share * log(share) for share in shares if share > 0) for shares in distributions]
    return LabelLimits(sum(best) / len(best), sum(nats) / len(nats), len(best))


def collect(weighted: Iterable[tuple[float, Stages]]) -> dict[Stages, float]:
    """The total weight of each order of stages."""
    total: dict[Stages, float] = {}
    for weight, stages in weighted:
        total[stages] = total.get(stages, 0.0) + weight
    return total


def excerpt(story: Story, first: int, stop: int) -> Story:
    """Some sentences of a story, as a story of their own."""
    (begin, _), (_, end) = story.sentences[first], story.sentences[stop - 1]
    return Story(
        words=story.words[begin:end],
        slots=story.slots[begin:end],
        sentences=tuple((one - begin, two - begin) for one, two in story.sentences[first:stop]),
        stages=story.stages[first:stop],
        state=story.state,
    )


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


@dataclass(frozen=True, eq=False)
class StoryPairs:
    """Pairs of one grade, and the exact probability that a pair is real.

    >>> pairs = StoryPairs(StoryWorld.load("pocket"), "hard")
    >>> pair = next(pairs.draw(1, seed=3))
    >>> 0 <= pairs.limit(pair) <= 1
    True

    Args:
        shared: for `hard`, the variables and starred categories in which the two stories of a random pair agree. A
            starred category brings its variable: who shares the name shares the hero. With `length` they also have
            equally many sentences and the same boundary; with `plan` the same stages too, so that neither the number
            of sentences nor their order tells anything.
    """

    world: StoryWorld
    grade: Grade = "random"
    shared: tuple[str, ...] = SHARED

    def __post_init__(self) -> None:
        if self.grade not in GRADES:
            raise ValueError(f"the grades are {', '.join(GRADES)}, not {self.grade!r}")
        known = [*self.world.grammar.latents, LENGTH, PLAN]
        if unknown := [name for name in self.shared_names if name not in known]:
            raise ValueError(f"this world has no {unknown[0]!r} to share; it has {', '.join(known)}")
        if not self.plans:
            raise ValueError(f"every plan in {self.world.folder / 'stories.txt'} has one sentence: nothing to pair")

    @property
    def shared_names(self) -> tuple[str, ...]:
        """What the two stories of a random pair have in common."""
        return self.shared if self.grade == "hard" else ()

    @cached_property
    def shared_axes(self) -> frozenset[int]:
        """The places of the latents that they have in common."""
        categories = self.world.grammar.lexicon.categories
        variables = {categories[name].variable for name in self.shared_names if name in categories}
        names = {*self.shared_names, *variables}
        return frozenset(axis for axis, name in enumerate(self.world.grammar.latents) if name in names)

    @cached_property
    def plans(self) -> Plans:
        """The plans that can be split, with probabilities that sum to 1."""
        long = [(share, plan) for share, plan in self.world.grammar.plans if len(plan) > 1]
        total = sum(share for share, _ in long)
        return tuple((share / total, plan) for share, plan in long)

    @property
    def boundary_shared(self) -> bool:
        """Whether the second story is split where the first one is."""
        return PLAN in self.shared_names or LENGTH in self.shared_names

    def _alike(self, plan: Stages) -> Plans:
        """The plans that the second story may have, if they share the boundary."""
        if PLAN in self.shared_names:
            return tuple(other for other in self.plans if other[1] == plan)
        return tuple(other for other in self.plans if len(other[1]) == len(plan))

    def draw(self, count: int, seed: int = 0, part: Part = "training") -> Iterator[StoryPair]:
        """Pairs; each is a function of the seed, the part and its number.

        Raises:
            ValueError: there is no such part.
        """
        if part not in PARTS:
            raise ValueError(f"the parts are {', '.join(PARTS)}, not {part!r}")
        for number in range(count):
            # The last number sets these draws apart from those of `StoryWorld.documents`.
            yield self.sample(np.random.default_rng((seed, PARTS.index(part), number, GRADES.index(self.grade))))

    def sample(self, rng: np.random.Generator) -> StoryPair:
        """One pair: real or not with equal chances."""
        label = int(rng.integers(2))
        state = self.world.draw_state(rng)
        story, boundary = self._split(rng, state)
        if self.grade == "order":
            sentences = [excerpt(story, number, number + 1) for number in (boundary - 1, boundary)]
            a, b = sentences if label == NEXT else reversed(sentences)
            return StoryPair(a, b, label)
        a = excerpt(story, 0, boundary)
        if label == RANDOM:
            anew = self.world.draw_state(rng)
            other = tuple(state[axis] if axis in self.shared_axes else value for axis, value in enumerate(anew))
            if self.boundary_shared:
                story = self._write(rng, other, self._alike(story.stages))
            else:
                story, boundary = self._split(rng, other)
        return StoryPair(a, excerpt(story, boundary, len(story.sentences)), label)

    def _split(self, rng: np.random.Generator, state: tuple[int, ...]) -> tuple[Story, int]:
        """A story in this state, and the number of sentences before the boundary."""
        story = self._write(rng, state, self.plans)
        return story, int(rng.integers(1, len(story.sentences)))

    def _write(self, rng: np.random.Generator, state: tuple[int, ...], weighted: Plans) -> Story:
        shares, plans = zip(*weighted, strict=True)
        return self.world.write(rng, state, plans[draw(rng, shares)])

    def limit(self, pair: StoryPair | tuple[str, str]) -> float:
        """p(next | A, B), exactly: no reader can do better than to believe this.

        Raises:
            ValueError: no pair of this world reads so.
        """
        texts = (pair.text_a, pair.text_b) if isinstance(pair, StoryPair) else pair
        a, b = (self._read(text) for text in texts)
        if self.grade == "order":
            real, unreal = self._neighbours(a, b), self._neighbours(b, a)
        else:
            real, unreal = self._together(a, b), self._apart(a, b)
        if not real + unreal:
            raise ValueError(f"no pair of the grade {self.grade} reads {texts[0]!r} and {texts[1]!r}")
        return real / (real + unreal)

    def _read(self, text: str) -> Said:
        """What a text tells, sentence by sentence; each ends in the only mark of its kind."""
        machine, pieces = self.world.truth.machine, self.world.pieces(text)
        marks = {self.world.tokenizer.vocab.get(mark) for mark in ENDS}
        stops = [0, *(number + 1 for number, piece in enumerate(pieces) if piece in marks)]
        if stops[-1] != len(pieces) or not pieces:
            raise ValueError(f"{text!r} must be whole sentences, each ending in one of {' '.join(ENDS)}")
        support = machine.support_of(pieces)
        sentences = [machine.sentence(pieces[first:stop], support) for first, stop in pairwise(stops)]
        for sentence, (first, stop) in zip(sentences, pairwise(stops), strict=True):
            if not sentence:
                raise ValueError(f"no story of this world says {self.world.tokenizer.decode(pieces[first:stop])!r}")
        return Said(support, sentences)

    def _together(self, a: Said, b: Said) -> float:
        """p(A, B | one story, split here)."""
        length = len(a.sentences) + len(b.sentences)
        plans = {plan: share / (length - 1) for share, plan in self.plans if len(plan) == length}
        return self._one_story(a, b, plans)

    def _neighbours(self, a: Said, b: Said) -> float:
        """p(A, then B | two neighbouring sentences of a story)."""
        orders = ((share / (len(plan) - 1), stages) for share, plan in self.plans for stages in pairwise(plan))
        return self._one_story(a, b, collect(orders))

    def _one_story(self, a: Said, b: Said, orders: dict[Stages, float]) -> float:
        """The mean over z of the probability of all sentences of A and B, under weighted orders of stages."""
        support = a.support.within(b.support.kept)
        if not all(len(values) for values in support.kept.values()):
            return 0.0
        whole = Said(support, [])
        for said in (a, b):
            for sentence in said.sentences:
                whole.sentences.append(
                    {stage: support.cut_from(said.support, message) for stage, message in sentence.items()}
                )
        return self._mean(self._weighted(whole, orders), support, frozenset()).item()

    def _apart(self, a: Said, b: Said) -> float:
        """p(A, B | two stories that agree in nothing but what is shared)."""
        first, last = len(a.sentences), len(b.sentences)
        if self.boundary_shared:
            total = 0.0
            for plans in {self._alike(plan) for _, plan in self.plans if len(plan) == first + last}:
                chance = sum(share for share, _ in plans)
                parts = [(share / chance, plan) for share, plan in plans]
                weight = chance / (first + last - 1)
                total += weight * self._product(
                    a,
                    collect((share, plan[:first]) for share, plan in parts),
                    b,
                    collect((share, plan[first:]) for share, plan in parts),
                )
            return total
        split = [(share / (len(plan) - 1), plan) for share, plan in self.plans]
        fronts = collect((share, plan[:first]) for share, plan in split if len(plan) > first)
        rears = collect((share, plan[-last:]) for share, plan in split if len(plan) > last)
        return self._product(a, fronts, b, rears)

    def _product(self, a: Said, fronts: dict[Stages, float], b: Said, rears: dict[Stages, float]) -> float:
        """The mean over the shared latents of p(A | shared) * p(B | shared), under weighted orders of stages."""
        front = self._on_shared(self._weighted(a, fronts), a.support)
        rear = self._on_shared(self._weighted(b, rears), b.support)
        return (front * rear).mean().item()

    def _on_shared(self, message: Array, support: Support) -> Array:
        """A message as a function of all values of the shared latents alone."""
        shared = Support({axis: values for axis, values in support.kept.items() if axis in self.shared_axes})
        return shared.unfold(self._mean(message, support, self.shared_axes), self.world.truth.machine.sizes)

    def _weighted(self, said: Said, orders: dict[Stages, float]) -> Array:
        """p(sentences | z), the stages being drawn from weighted orders."""
        total = np.zeros_like(self.world.truth.machine.one)
        for stages, weight in orders.items():
            message = said.along(stages)
            if message is not None:
                total = total + message * weight
        return total

    def _mean(self, message: Array, support: Support, kept: frozenset[int]) -> Array:
        """The mean over all latents but the kept ones; values outside the support count as 0."""
        axes = tuple(axis for axis in range(message.ndim) if axis not in kept)
        sizes = self.world.truth.machine.sizes
        possible = prod(len(support.kept[axis]) / sizes[axis] for axis in axes if axis in support.kept)
        return message.mean(axis=axes, keepdims=True) * possible


def pair_limits(
    world: StoryWorld,
    grade: Grade,
    count: int = 1000,
    seed: int = 0,
    part: Part = "test",
    shared: tuple[str, ...] = SHARED,
) -> LabelLimits:
    """How well pairs of a grade can be told at best, from so many of them.

    >>> limits = pair_limits(StoryWorld.load("pocket"), "random", count=20)
    >>> limits.accuracy > 0.9
    True
    """
    pairs = StoryPairs(world, grade, shared)
    real = [pairs.limit(pair) for pair in pairs.draw(count, seed, part)]
    return label_limits([(share, 1 - share) for share in real])
