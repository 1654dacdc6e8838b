"""Entailment without the text: how far does the claim alone bring a reader who has learned from other claims?

Who does not see the story cannot know whether it says so. What is right above a third is a habit of whoever made the
claims, and a high score holds as much of it as of understanding. All three readers know only which words stand there.

Source of the question: Gururangan et al. 2018, who asked it of SNLI and MNLI.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

import bertlab
from bertlab.corpora.story import Entailment, StoryWorld, entailments
from bertlab.corpora.story.parts import Part
from bertlab.tasks.rows_of import text_rows
from bertlab.tasks.words_alone import bag_of_words, one_matrix

LABELS = ("entailment", "neutral", "contradiction")
KINDS = {"about": "who comes along", "near": "where a thing is", "has": "what one has", "had": "what one has"}
"""A word of a claim, and what it then claims; asked in this order."""
SEEN: dict[str, Callable[[Entailment], Any]] = {
    "claim alone": lambda each: each.hypothesis,
    "story alone": lambda each: each.premise,
    "story and claim": lambda each: (each.premise, each.hypothesis),
}


def kind_of(claim: str) -> str:
    """What a claim is about.

    >>> kind_of("Her bag was near the shop."), kind_of("It is rainy."), kind_of("Ben was at the zoo.")
    ('where a thing is', 'the weather', 'the place')
    """
    words = claim.lower().rstrip(".").split()
    told = next((kind for word, kind in KINDS.items() if word in words), None)
    return told or ("the weather" if words[0] == "it" else "the place")


def correct(known: Sequence[Entailment], asked: Sequence[Entailment], see: Callable[[Entailment], Any]) -> float:
    """The share of labels that the words of what is seen tell, learned from examples that are known."""
    tokenizer = bertlab.load("story-bert")[1]
    rows_of = (text_rows(tokenizer, [see(each) for each in part]) for part in (known, asked))
    bags = [bag_of_words(each, len(tokenizer)) for each in rows_of]
    said = one_matrix(bags[0], torch.tensor([LABELS.index(each.label) for each in known]), bags[1], len(LABELS))
    return sum(LABELS[label] == each.label for label, each in zip(said.tolist(), asked, strict=True)) / len(asked)


def rows(seed: int, learned_from: int = 4000, count: int = 300) -> Iterator[dict[str, Any]]:
    """For each reader how often it is right, and for each kind of claim how often each label is true of it."""
    world = StoryWorld.load("full")
    sizes: dict[Part, int] = {"training": learned_from, "test": count}
    known, asked = (list(entailments(world, number, seed, part)) for part, number in sizes.items())
    most = Counter(each.label for each in known).most_common(1)[0][0]
    yield {"sees": "nothing", "correct": sum(each.label == most for each in asked) / len(asked)}
    for sees, see in SEEN.items():
        yield {"sees": sees, "correct": correct(known, asked, see)}
    labels = Counter((kind_of(each.hypothesis), each.label) for each in known)
    for kind in sorted({kind for kind, _ in labels}):
        yield {"kind": kind, **{label: labels[kind, label] for label in LABELS}}
