"""Names found in sentences: an entity counts only if its kind, its first and its last word are all right.

Why not the share of right tags? Most words are no name, so whoever says O everywhere has most tags right, and finds
nothing. `EntityScores` prints both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from bertlab.tasks.metrics.counts import Found, count_examples

Tags = Sequence[Sequence[str]]
"""The IOB2 tags of each sentence."""


class Entity(NamedTuple):
    """Words start to stop (not included) of a sentence are a name of this kind."""

    kind: str
    start: int
    stop: int


def read_tag(tag: str) -> tuple[str, str]:
    """B-PER -> (B, PER); O has no kind.

    Raises:
        ValueError: it is no IOB2 tag.

    >>> read_tag("PER")
    Traceback (most recent call last):
    ValueError: 'PER' is no IOB2 tag; write B-KIND for a name's first word, I-KIND for its others, O for no name
    """
    mark, _, kind = tag.partition("-")
    if tag != "O" and not (mark in ("B", "I") and kind):
        raise ValueError(
            f"{tag!r} is no IOB2 tag; write B-KIND for a name's first word, I-KIND for its others, O for no name"
        )
    return mark, kind


def entities_of(tags: Sequence[str], strict: bool = False) -> list[Entity]:
    """The entities that a sentence's tags spell.

    I- goes on with an entity of its kind. Where none goes on, in a model's tags it happens, the two readings differ.

    Args:
        strict: only B- begins an entity, and a stray I- is none. Else a stray I- begins one, as conlleval reads it.

    Raises:
        ValueError: see `read_tag`.

    Source: the script conlleval of CoNLL-2000; seqeval, default mode, and mode="strict" with scheme=IOB2.

    >>> entities_of(["B-PER", "I-PER", "O", "I-LOC"])
    [Entity(kind='PER', start=0, stop=2), Entity(kind='LOC', start=3, stop=4)]
    >>> entities_of(["B-PER", "I-PER", "O", "I-LOC"], strict=True)
    [Entity(kind='PER', start=0, stop=2)]
    """
    found: list[Entity] = []
    begun: tuple[str, int] | None = None
    for at, (mark, kind) in enumerate([*map(read_tag, tags), ("O", "")]):
        if mark == "I" and begun and begun[0] == kind:
            continue
        if begun:
            found.append(Entity(*begun, stop=at))
        begins = mark == "B" or (mark == "I" and not strict)
        begun = (kind, at) if begins else None
    return found


@dataclass(frozen=True, eq=False)
class EntityScores:
    """How well entities were found, and how right the tags are.

    Args:
        kinds: what was found of each kind that occurs on either side.
        sentences: right, named and there of each sentence, for an interval: `Found.total` sums them.
        tokens, right_tokens, outside_tokens: how many tags there are, are right, and are truly O.
    """

    kinds: dict[str, Found]
    sentences: Int[np.ndarray, "sentences 3"]
    tokens: int
    right_tokens: int
    outside_tokens: int

    @property
    def micro(self) -> Found:
        """All entities in one pot: the score of CoNLL-2003."""
        return Found.total(self.sentences)

    @property
    def macro_precision(self) -> float:
        """The mean of the kinds' precisions; 0 where no kind occurs, likewise the other two."""
        return sum(found.precision for found in self.kinds.values()) / max(len(self.kinds), 1)

    @property
    def macro_recall(self) -> float:
        """The mean of the kinds' recalls."""
        return sum(found.recall for found in self.kinds.values()) / max(len(self.kinds), 1)

    @property
    def macro_f1(self) -> float:
        """The mean of the kinds' F1: a rare kind counts as much as a common one."""
        return sum(found.f1 for found in self.kinds.values()) / max(len(self.kinds), 1)

    @property
    def token_accuracy(self) -> float:
        """The share of right tags. It flatters: see `outside`."""
        return self.right_tokens / self.tokens

    @property
    def outside(self) -> float:
        """The token accuracy of whoever says O everywhere."""
        return self.outside_tokens / self.tokens

    def __str__(self) -> str:
        wide = max(map(len, ["macro", *self.kinds]))
        lines = [f"{'':{wide}}  precision  recall     F1  entities"]
        rows = [(kind, found.precision, found.recall, found.f1, found.there) for kind, found in self.kinds.items()]
        micro, there = self.micro, self.micro.there
        rows.append(("micro", micro.precision, micro.recall, micro.f1, there))
        rows.append(("macro", self.macro_precision, self.macro_recall, self.macro_f1, there))
        lines += [
            f"{name:{wide}}  {precision:9.1%}  {recall:6.1%} {f1:6.1%}  {count:8,}"
            for name, precision, recall, f1, count in rows
        ]
        return "\n".join([*lines, f"tags {self.token_accuracy:.1%} right; O everywhere would be {self.outside:.1%}"])


def score_entities(true: Tags, predicted: Tags, strict: bool = False) -> EntityScores:
    """Compare the entities of sentences: one is right if kind, start and stop agree.

    Args:
        strict: see `entities_of`; it holds for both sides.

    Raises:
        ValueError: the sentences differ in number or length, there is no word, or a tag is none.

    >>> true = [["B-PER", "I-PER", "O", "O", "O", "B-LOC"], ["O", "O", "B-PER", "O"]]
    >>> predicted = [["B-PER", "O", "O", "O", "O", "B-LOC"], ["O", "O", "B-PER", "O"]]
    >>> print(score_entities(true, predicted))
           precision  recall     F1  entities
    LOC       100.0%  100.0% 100.0%         1
    PER        50.0%   50.0%  50.0%         2
    micro      66.7%   66.7%  66.7%         3
    macro      75.0%   75.0%  75.0%         3
    tags 90.0% right; O everywhere would be 60.0%
    """
    count_examples(true=true, predicted=predicted)
    for number, (truth, guess) in enumerate(zip(true, predicted, strict=True)):
        if len(truth) != len(guess):
            raise ValueError(f"sentence {number} has {len(truth)} true tags but {len(guess)} predicted: one for a word")
    pairs = [pair for truth, guess in zip(true, predicted, strict=True) for pair in zip(truth, guess, strict=True)]
    if not pairs:
        raise ValueError(f"the {len(true)} sentences have no word; give at least one")
    there = [set(entities_of(tags, strict)) for tags in true]
    named = [set(entities_of(tags, strict)) for tags in predicted]
    kinds = sorted({entity.kind for entities in (*there, *named) for entity in entities})

    def counts(kind: str | None) -> list[list[int]]:
        sides = [(truth & guess, guess, truth) for truth, guess in zip(there, named, strict=True)]
        return [[sum(kind in (None, each.kind) for each in side) for side in three] for three in sides]

    return EntityScores(
        kinds={kind: Found.total(np.array(counts(kind))) for kind in kinds},
        sentences=np.array(counts(None)),
        tokens=len(pairs),
        right_tokens=sum(truth == guess for truth, guess in pairs),
        outside_tokens=sum(truth == "O" for truth, _ in pairs),
    )
