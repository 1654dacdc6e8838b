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

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np

from bertlab.corpora.story.parts import Part, chance_of, check_part
from bertlab.corpora.story.tasks.best import LabelLimits, label_limits
from bertlab.corpora.story.tasks.said import Said, Stages, collect, mean_over, on_axes, read_said
from bertlab.corpora.story.world import Story, StoryWorld, draw

Grade = Literal["random", "hard", "order"]
GRADES = ("random", "hard", "order")
PLAN, LENGTH = "plan", "length"
SHARED = ("name", "topic", "tense")
SHARED_IN = {"full": (*SHARED, LENGTH)}
"""What the stories of a hard pair share, where it is not `SHARED`: the full world's many plans would tell too much."""
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
            of sentences nor their order tells anything. If left out, what `SHARED_IN` says of the world.
    """

    world: StoryWorld
    grade: Grade = "random"
    shared: tuple[str, ...] | None = None

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
        if self.grade != "hard":
            return ()
        return SHARED_IN.get(self.world.folder.name, SHARED) if self.shared is None else self.shared

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
        check_part(part)
        for number in range(count):
            # Random pairs are task 0, as stories are, and draw by the same chance in another order.
            yield self.sample(chance_of(seed, part, number, GRADES.index(self.grade)))

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
        a, b = (read_said(self.world, text) for text in texts)
        if self.grade == "order":
            real, unreal = self._neighbours(a, b), self._neighbours(b, a)
        else:
            real, unreal = self._together(a, b), self._apart(a, b)
        if not real + unreal:
            raise ValueError(f"no pair of the grade {self.grade} reads {texts[0]!r} and {texts[1]!r}")
        return real / (real + unreal)

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
        whole = Said(support, a.within(support).sentences + b.within(support).sentences)
        return mean_over(whole.under(orders), support, self.world.truth.machine.sizes).item()

    def _apart(self, a: Said, b: Said) -> float:
        """p(A, B | two stories that agree in nothing but what is shared)."""
        first, last = len(a.sentences), len(b.sentences)
        if self.boundary_shared:
            total = 0.0
            for plans in dict.fromkeys(self._alike(plan) for _, plan in self.plans if len(plan) == first + last):
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
        sizes = self.world.truth.machine.sizes
        front = on_axes(a.under(fronts), a.support, sizes, self.shared_axes)
        rear = on_axes(b.under(rears), b.support, sizes, self.shared_axes)
        return (front * rear).mean().item()


def pair_limits(
    world: StoryWorld,
    grade: Grade,
    count: int = 1000,
    seed: int = 0,
    part: Part = "test",
    shared: tuple[str, ...] | None = None,
) -> LabelLimits:
    """How well pairs of a grade can be told at best, from so many of them.

    >>> limits = pair_limits(StoryWorld.load("pocket"), "random", count=20)
    >>> limits.accuracy > 0.9
    True
    """
    pairs = StoryPairs(world, grade, shared)
    real = [pairs.limit(pair) for pair in pairs.draw(count, seed, part)]
    return label_limits([(share, 1 - share) for share in real])
