"""Probes: one hidden piece in a whole story, with the exact answer to whoever sees both sides, the left, or the right.

The truth itself says where the clue stands, by how probable the right group of answers is (sense, tense, sex, number):

    clue      given both sides   given the left side   given the right side
    left      sharp              sharp                 at its prior
    right     sharp              at its prior          sharp
    both      sharp              sharp                 sharp
    nowhere   at its prior       at its prior          at its prior

so that a model's answers by the place of the clue can be held against the best that anyone could give.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from jaxtyping import Float

from bertlab.corpora.story.exact.truth import Visible
from bertlab.corpora.story.lexicon import TENSE
from bertlab.corpora.story.tasks.labels import require
from bertlab.corpora.story.tasks.questions import COMPANION, HERO, TOPIC, Question, Questioner
from bertlab.corpora.story.world import Story, StoryWorld

SHARP = 0.95
"""A view is sharp when the group of the true piece is at least so probable."""
NEAR = 0.05
"""A view is at its prior when no group is farther from it than this."""
MOST_STORIES = 100_000
"""After so many stories a search gives up."""

_SIDES = ("left", "right", "both", "nowhere")
PHENOMENA: dict[str, tuple[str, ...]] = {
    "polysemy": _SIDES,
    "tense": _SIDES,
    "time": ("before", "after"),
    "hero": _SIDES,
    "companion": _SIDES,
    "agreement": ("beside", "across"),
    "article": ("right",),
    "pair": ("verb", "noun"),
    "form": ("beginning", "ending"),
}
"""What can be asked, and where its clue may stand (or which part of it is asked)."""
NEEDED = {
    "polysemy": (TOPIC,),
    "tense": (TENSE,),
    "time": (TENSE,),
    "hero": (HERO,),
    "companion": (COMPANION,),
    "agreement": (TOPIC, TENSE),
}
"""The variables without which there is nothing to ask."""
RELEASED = ("pair", "form")
"""What only the released world says."""
VIEWS: tuple[Visible, ...] = ("both", "left", "right")


@dataclass(frozen=True)
class Probe:
    """One question about one story.

    Args:
        text_with_mask: the story with [MASK] in place of the piece asked for.
        pieces: the ids of the story, without [CLS] and [SEP]; `position` is a place among them.
        true: the piece that stood there.
        groups: answer of interest -> the group that it speaks for.
        answers: for each view the exact probability of each answer of interest, among all pieces.
    """

    phenomenon: str
    clue: str
    story: Story
    text_with_mask: str
    pieces: tuple[int, ...]
    position: int
    true: str
    groups: Mapping[str, str]
    answers: Mapping[Visible, Mapping[str, float]]

    def masked(self, mask_id: int) -> list[int]:
        """The ids of the story with the piece hidden: what a model is to be given, between [CLS] and [SEP].

        Where the piece is a part of a word, `text_with_mask` cannot say that what follows goes on with the word.
        """
        return [mask_id if place == self.position else piece for place, piece in enumerate(self.pieces)]

    @property
    def group(self) -> str:
        """The group of the true piece."""
        return self.groups[self.true]

    def shares(self, visible: Visible = "both") -> dict[str, float]:
        """The exact probability of each group, among the answers of interest."""
        return grouped(self.answers[visible], self.groups)

    def __str__(self) -> str:
        told = ", ".join(f"{view} {self.shares(view).get(self.group, 0.0):.2f}" for view in VIEWS)
        return f"{self.text_with_mask}\n  [MASK] = {self.true} ({self.group}: {told})"


class ProbeSet(list[Probe]):
    """Probes of one kind, and how many stories had to be told, and questions weighed, to find them."""

    def __init__(self, probes: Sequence[Probe], stories: int, weighed: int) -> None:
        super().__init__(probes)
        self.stories, self.weighed = stories, weighed

    def best(self, visible: Visible = "both") -> tuple[float, float]:
        """(share of right groups, nats) of the best possible reader with this view."""
        shares = [list(probe.shares(visible).values()) for probe in self]
        nats = [-sum(share * log(share) for share in each if share) for each in shares]
        return float(np.mean([max(each) for each in shares])), float(np.mean(nats))

    def __str__(self) -> str:
        rows = [f"{len(self)} probes out of {self.weighed} questions in {self.stories} stories"]
        for view in VIEWS:
            right, nats = self.best(view)
            rows.append(f"{view:5}  best possible: {right:6.1%} right, {nats:.3f} nats")
        return "\n".join(rows)


def grouped(answers: Mapping[str, float], groups: Mapping[str, str]) -> dict[str, float]:
    """Probabilities of answers as probabilities of groups, of which one is taken to be right.

    >>> grouped({"is": 0.5, "was": 0.25, "are": 0.25}, {"is": "one", "was": "one", "are": "many"})
    {'one': 0.75, 'many': 0.25}
    """
    sums: dict[str, float] = {}
    for answer, share in answers.items():
        sums[groups[answer]] = sums.get(groups[answer], 0.0) + share
    total = sum(sums.values())
    return {group: share / total for group, share in sums.items()} if total else sums


def where_is_the_clue(question: Question, group: str, answers: Mapping[Visible, Mapping[str, float]]) -> str:
    """Left, right, both or nowhere, as the table above says; "" where it is none of these."""
    told = {}
    for view in VIEWS:
        shares = grouped(answers[view], question.groups)
        if not shares:
            return ""
        if shares.get(group, 0.0) >= SHARP:
            told[view] = "sharp"
        elif all(abs(shares.get(name, 0.0) - prior) <= NEAR for name, prior in question.prior.items()):
            told[view] = "prior"
    table: dict[tuple[str | None, ...], str] = {
        ("sharp", "sharp", "prior"): "left",
        ("sharp", "prior", "sharp"): "right",
        ("sharp", "sharp", "sharp"): "both",
        ("prior", "prior", "prior"): "nowhere",
    }
    return table.get((told.get("both"), told.get("left"), told.get("right")), "")


def probe_set(world: StoryWorld, phenomenon: str, clue: str, count: int = 100, seed: int = 0) -> ProbeSet:
    """Probes of one phenomenon with the clue in one place; the same for the same arguments.

    Stories are drawn with all plans equally likely, since short ones leave the clue in one place more often. Of each
    story one question at most is taken.

    Raises:
        ValueError: there is no such phenomenon or clue, the world lacks a variable or must be a released one, or it
            has too few such stories.

    >>> world = StoryWorld.load("pocket")
    >>> probe = probe_set(world, "hero", "left", count=1)[0]
    >>> probe.shares("both")[probe.group] > 0.95
    True
    """
    if phenomenon not in PHENOMENA:
        raise ValueError(f"no phenomenon {phenomenon!r}; there are {', '.join(PHENOMENA)}")
    if clue not in PHENOMENA[phenomenon]:
        raise ValueError(f"no clue {clue!r} of {phenomenon}; there are {', '.join(PHENOMENA[phenomenon])}")
    if count < 1:
        raise ValueError(f"a set has 1 probe or more, not {count}")
    require(world, f"the phenomenon {phenomenon}", *NEEDED.get(phenomenon, ()))
    if phenomenon in RELEASED and not world.released:
        raise ValueError(
            f"{phenomenon} asks for what training text withholds: load the same world with "
            "StoryWorld.load(..., released=True)"
        )
    questioner = Questioner(world)
    probes: list[Probe] = []
    seen: set[str] = set()
    weighed = 0
    for number in range(MOST_STORIES):
        if len(probes) == count:
            return ProbeSet(probes, number, weighed)
        rng = np.random.default_rng((seed, *phenomenon.encode(), number))
        _, plan = world.grammar.plans[int(rng.integers(len(world.grammar.plans)))]
        story = world.sample(rng, plan)
        questions = [
            question for question in getattr(questioner, phenomenon)(story) if may_be(questioner, story, question, clue)
        ]
        if not questions:
            continue
        weighed += 1
        probe = make_probe(world, phenomenon, clue, story, questions[int(rng.integers(len(questions)))])
        if probe is not None and probe.text_with_mask not in seen:
            seen.add(probe.text_with_mask)
            probes.append(probe)
    raise ValueError(
        f"only {len(probes)} of {count} probes of {phenomenon} with clue {clue} in {MOST_STORIES:,} stories; "
        "ask for fewer, or give stories.txt a plan that leaves the clue there"
    )


def may_be(questioner: Questioner, story: Story, question: Question, clue: str) -> bool:
    """A quick look before the truth is asked: does some piece on a side rule the other groups out?"""
    if question.clue or clue not in _SIDES:
        return question.clue in ("", clue)
    variable = next(
        (name for name, values in questioner.lexicon.variables.items() if set(question.prior) <= set(values)), None
    )
    if variable is None:
        return True
    pieces = [piece for word in story.words for piece in questioner.pieces(word)]
    others = set(question.prior) - {question.groups[pieces[question.position]]}

    def told(side: Sequence[str]) -> bool:
        return any(not others & questioner.values_of(piece, variable) for piece in side)

    left, right = told(pieces[: question.position]), told(pieces[question.position + 1 :])
    return (left, right) == {"left": (True, False), "right": (False, True), "both": (True, True)}.get(
        clue, (False, False)
    )


def make_probe(world: StoryWorld, phenomenon: str, clue: str, story: Story, question: Question) -> Probe | None:
    """The probe, if the truth says that the clue stands where it should."""
    told = world.tokenizer(story.text)
    pieces, place = told.input_ids[1:-1], question.position
    true = world.tokenizer.pieces[pieces[place]]
    answers: dict[Visible, dict[str, float]] = {}
    limits = {view: world.limit(story, [place], view)[0] for view in VIEWS}
    vocab = world.tokenizer.vocab
    known = {answer: vocab[answer] for answer in question.groups if answer in vocab}
    if phenomenon in RELEASED:  # every piece may be the answer: those that no view rules out
        known = {answer: piece for answer, piece in known.items() if any(exact[piece] for exact in limits.values())}
    for view, exact in limits.items():
        answers[view] = {answer: float(exact[piece]) for answer, piece in known.items()}
    group = question.groups[true]
    given = {view: grouped(answers[view], question.groups).get(group, 0.0) for view in VIEWS}
    if phenomenon == "article":
        fits = given["both"] >= SHARP > given["left"]
    elif phenomenon == "agreement":
        fits = given["both"] >= SHARP
    elif phenomenon == "time":
        fits = where_is_the_clue(question, group, answers) == {"before": "left", "after": "right"}[clue]
    else:
        fits = phenomenon in RELEASED or where_is_the_clue(question, group, answers) == clue
    if not fits:
        return None
    first, stop = told.offsets[place + 1]
    text = f"{story.text[:first]}[MASK]{story.text[stop:]}"
    groups = {answer: question.groups[answer] for answer in known}
    return Probe(phenomenon, clue, story, text, tuple(pieces), place, true, groups, answers)


def judge(
    probes: Sequence[Probe], guesses: Float[np.ndarray, "probes vocab"], vocab: Mapping[str, int]
) -> tuple[float, float]:
    """(share of right groups, nats) of a reader's probabilities, looked at among the answers of interest only.

    Both in expectation under the exact answer given both sides, so that no luck enters, and comparable with
    `ProbeSet.best("both")`, which nobody beats.

    Args:
        guesses: for each probe a probability of every piece.
        vocab: piece -> its column.
    """
    right, nats = [], []
    for probe, guess in zip(probes, guesses, strict=True):
        said = grouped({answer: float(guess[vocab[answer]]) for answer in probe.groups}, probe.groups)
        exact = probe.shares("both")
        right.append(exact.get(max(said, key=lambda group: said[group]), 0.0))
        nats.append(-sum(share * log(max(said[group], 1e-12)) for group, share in exact.items() if share))
    return float(np.mean(right)), float(np.mean(nats))


def each_set(world: StoryWorld, count: int = 100, seed: int = 0) -> Iterator[tuple[str, str, ProbeSet]]:
    """All sets that a world can ask for, one after the other: (phenomenon, clue, probes)."""
    for phenomenon, clues in PHENOMENA.items():
        needed = NEEDED.get(phenomenon, ())
        if (phenomenon in RELEASED) == world.released and set(needed) <= set(world.grammar.lexicon.variables):
            for clue in clues:
                yield phenomenon, clue, probe_set(world, phenomenon, clue, count, seed)
