"""What lesson 07's exercises are checked by."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from bertlab.lessons.checks.verdict import Check, Mine

Pair = tuple[str, str, int]
Documents = list[list[str]]
SHARE = 0.06
"""So far from one half the share of next sentences may lie: more than five standard deviations of a fair coin here."""


def _corpus(count: int) -> Documents:
    """Documents of 1 to 6 sentences; every sentence says whose it is, so that no two are alike."""
    return [[f"sentence {place} of story {story}." for place in range(1 + story % 6)] for story in range(count)]


def reference_pairs(documents: Sequence[Sequence[str]], rng: np.random.Generator) -> list[Pair]:
    """For each sentence that has a next one: that one, or by a coin a sentence of another document."""
    pairs = []
    for number, document in enumerate(documents):
        others = [sentence for at, other in enumerate(documents) if at != number for sentence in other]
        for sentence, following in pairwise(document):
            if rng.random() < 0.5:
                pairs.append((sentence, following, 0))
            else:
                pairs.append((sentence, others[rng.integers(len(others))], 1))
    return pairs


def _mistake_in_make_pairs(mine: Mine) -> str | None:
    """Make pairs from documents, half of them next and half of them random."""
    documents = _corpus(900)
    pairs = [tuple(pair) for pair in mine([list(each) for each in documents], np.random.default_rng(1))]
    if wrong := _no_pairs(pairs):
        return wrong
    place = {sentence: (story, at) for story, each in enumerate(documents) for at, sentence in enumerate(each)}
    if strange := next((text for a, b, _ in pairs for text in (a, b) if text not in place), None):
        return f"{strange!r} is no sentence of the documents. A pair holds two whole sentences and a label."

    def follows(a: str, b: str) -> bool:
        return place[b] == (place[a][0], place[a][1] + 1)

    def same_story(a: str, b: str) -> bool:
        return place[a][0] == place[b][0]

    crossing = [pair for pair in pairs if _is_last(documents, place[pair[0]])]
    if any(label == 0 for *_, label in crossing):
        a, b, _ = next(pair for pair in crossing if pair[2] == 0)
        return (
            f"{a!r} is the last of its story, and you paired it with {b!r}, as if that followed. "
            "What stands next in the list is another story."
        )
    if crossing:
        return (
            f"{crossing[0][0]!r} has no next sentence, yet it is in your pairs, always as random. "
            "So more than half of all pairs are random."
        )
    real = [follows(a, b) for a, b, _ in pairs]
    labels = [label for *_, label in pairs]
    if all(label == followed for label, followed in zip(labels, real, strict=True)) and any(real):
        return "Your 1 means next and your 0 means random. In BERT it is the other way round: 0 is next."
    for a, b, label in pairs:
        if label == 0 and not follows(a, b):
            return f"You call {b!r} the next after {a!r}. It is not the one that follows."
    inside = [(a, b) for a, b, label in pairs if label == 1 and same_story(a, b)]
    if hit := next(((a, b) for a, b in inside if follows(a, b)), None):
        return (
            f"For {hit[0]!r} you drew {hit[1]!r} and called it random. It is the true next one: "
            "you draw from the same story too."
        )
    if inside:
        return (
            f"Your random sentence for {inside[0][0]!r} is {inside[0][1]!r}, of the same story. Draw from the others."
        )
    return _wrong_chances(mine, documents, pairs, place)


def _no_pairs(pairs: list[tuple[Any, ...]]) -> str | None:
    if not pairs:
        return "Your list is empty. Each sentence that has a next one should give a pair."
    if odd := next((pair for pair in pairs if len(pair) != 3), None):
        return f"A pair of yours has {len(odd)} parts: {odd}. Three are wanted: sentence A, sentence B, label."
    if odd := next((pair for pair in pairs if pair[2] not in (0, 1)), None):
        return f"The label {odd[2]!r} is neither 0 (next) nor 1 (random)."
    return None


def _is_last(documents: Documents, where: tuple[int, int]) -> bool:
    story, at = where
    return at == len(documents[story]) - 1


def _wrong_chances(
    mine: Mine, documents: Documents, pairs: list[tuple[Any, ...]], place: dict[str, tuple[int, int]]
) -> str | None:
    """Each pair by itself is in order: is the coin fair, and are the random sentences random?"""
    wanted = [sentence for document in documents for sentence in document[:-1]]
    if sorted(a for a, *_ in pairs) != sorted(wanted):
        return f"There are {len(wanted):,} sentences with a next one, and you made {len(pairs):,} pairs: one for each."
    share = sum(label == 0 for *_, label in pairs) / len(pairs)
    if share in (0, 1):
        return (
            f"All your pairs are {('random', 'next')[int(share)]}. A model that always says so would be always right."
        )
    if abs(share - 0.5) > SHARE:
        return f"{share:.0%} of your pairs are next. Toss a fair coin: it should be about half of them."
    tosses: dict[int, set[int]] = {}
    for a, _, label in pairs:
        tosses.setdefault(place[a][0], set()).add(label)
    if all(len(labels) == 1 for labels in tosses.values()):
        return "In each document all your labels are the same: you toss one coin for it. Toss one for each sentence."
    drawn = [(place[a][0], place[b]) for a, b, label in pairs if label == 1]
    if len({(story - home) % len(documents) for home, (story, _) in drawn}) < 10:
        return "Your random sentences come from hardly any other story: always the neighbour, or always the same one."
    if len({at for _, (_, at) in drawn}) == 1:
        return (
            "Your random sentence always has the same place in its story. Then a model need only recognise "
            "that kind of sentence, and never look at A."
        )
    again = [tuple(pair) for pair in mine([list(each) for each in documents], np.random.default_rng(1))]
    if again != pairs:
        return (
            "The same rng gave other pairs the second time: some of your chance comes from elsewhere. Use rng for all."
        )
    other = [tuple(pair) for pair in mine([list(each) for each in documents], np.random.default_rng(2))]
    if [label for *_, label in other] == [label for *_, label in pairs]:
        return "Another rng gives the same labels: next and random take turns. Let a coin decide each pair."
    return None


make_pairs = Check(
    "07-make-pairs",
    _mistake_in_make_pairs,
    "One true next sentence or one of another story, by a fair coin: this is BERT's second game.",
)


def _logits_and_labels() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(7)
    return torch.randn(12, 2, generator=generator), torch.tensor([0, 1] * 6)


def _mistake_in_next_loss(mine: Mine) -> str | None:
    """Mend the loss of the second game."""
    logits, labels = _logits_and_labels()
    given = float(mine(logits.clone(), labels.clone()))
    each = functional.cross_entropy(logits, labels, reduction="none")

    def gives(function: Callable[[], torch.Tensor]) -> bool:
        return math.isclose(given, float(function()), rel_tol=1e-4, abs_tol=1e-6)

    right = each.mean()
    if gives(lambda: functional.cross_entropy(logits, labels, ignore_index=0)):
        return "Class 0 is still passed over: only the random pairs are in your loss."
    if gives(lambda: functional.cross_entropy(logits, labels, ignore_index=1)):
        return "Now class 1 is passed over: only the true next sentences are in your loss. Neither class is padding."
    if gives(lambda: functional.cross_entropy(logits, 1 - labels)):
        return "You turned the labels round. They were right as they were; it is the passing over that was not."
    if gives(lambda: each.sum()):
        return f"All {len(labels)} pairs are in it now, but as a sum. The loss of a batch is the mean over its pairs."
    if gives(lambda: functional.cross_entropy(logits.softmax(dim=-1), labels)):
        return "You gave probabilities to cross_entropy. It takes logits, and makes the softmax itself."
    if not gives(lambda: right):
        return f"Your loss is {given:.4f}. The mean over all {len(labels)} pairs is {right:.4f}."
    alone = float(mine(logits[:1], labels[:1]))
    if not math.isclose(alone, float(each[0]), rel_tol=1e-4):
        return f"A batch of one true next sentence gives {alone:.4f}; its loss is {float(each[0]):.4f}."
    return None


next_loss = Check(
    "07-next-loss",
    _mistake_in_next_loss,
    "Both classes count. -100 may be passed over, because no class has that number; 0 is a class here.",
)


HEROES, PLACES = 2, 3
"""The world of the prediction: a random pair shares the hero by 1 in 2 and the place by 1 in 3."""


def exact_sureness(heroes: int, places: int) -> float:
    """p(next | hero and place are shared): all next pairs share both, and 1 in heroes * places of the random ones.

    >>> round(exact_sureness(16, 6), 4)
    0.9897
    """
    drawn = [(hero == 0 and place == 0) for hero in range(heroes) for place in range(places)]
    shared_if_random = sum(drawn) / len(drawn)
    return 1 / (1 + shared_if_random)


def _mistake_in_sureness(mine: Mine) -> str | None:
    """Predict how sure the best reader may be."""
    given, exact = float(mine()), exact_sureness(HEROES, PLACES)

    def near(value: float | int) -> bool:
        return abs(given - value) < 0.003

    if near(exact):
        return None
    if not 0 <= given <= 1 and not near(100 * exact):
        return f"{given:g} is no probability: it must lie between 0 and 1."
    if near(100 * exact):
        return f"{given:g} as a percentage. Give a probability, between 0 and 1."
    if near(1):
        return "You are certain. But a random pair may share hero and place too, by chance: how often?"
    if near(0.5):
        return "Half of all pairs are next. But you have seen more than that: hero and place are the same."
    if near(1 - exact):
        return f"{given:.4g} is how sure one may be that such a pair is random. Next is what is left."
    if near(1 / (HEROES * PLACES)):
        return f"{given:.4g} is the share of random pairs that agree in both. Of the next pairs all do: weigh the two."
    if near(1 - 1 / (HEROES * PLACES)):
        return f"{given:.4g} is the share of random pairs that differ. Ask: of all pairs that agree, how many are next?"
    if near(exact_sureness(HEROES, 1)):
        return "You looked at the heroes alone. The places agree as well, and that makes one surer."
    if near(exact_sureness(1, PLACES)):
        return "You looked at the places alone. The heroes agree as well, and that makes one surer."
    if near(1 - 1 / (2 * HEROES * PLACES)):
        return f"{given:.4g} is how often she is right over all pairs. Here only the pairs count that agree in both."
    return f"You said {given:.4g}. Take 12 pairs, 6 next and 6 random. How many of each agree in hero and place?"


sureness = Check(
    "07-sureness",
    _mistake_in_sureness,
    "6 next pairs for 1 random one: 6/7. How sure one may be depends on the negatives, not on how well B goes on.",
)
