"""A model asked about probes: how good is it where the clue stands left, right, on both sides or nowhere?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bertlab.corpora.story import Probe, StoryWorld, judge, probe_set
from bertlab.model import LanguageModel
from bertlab.text import Tokenizer
from bertlab.training.truth import Questions, answers

ASKED = (
    ("polysemy", "left"),
    ("polysemy", "right"),
    ("polysemy", "both"),
    ("polysemy", "nowhere"),
    ("tense", "left"),
    ("tense", "right"),
    ("time", "before"),
    ("time", "after"),
    ("hero", "left"),
    ("hero", "right"),
    ("companion", "left"),
    ("companion", "right"),
    ("agreement", "beside"),
    ("agreement", "across"),
    ("article", "right"),
)
"""What a model is asked: a phenomenon, and where its clue stands."""


@dataclass(frozen=True)
class Probed:
    """A model's answers to one set of probes.

    Args:
        right: share of right groups, in expectation; `nats` likewise.
        best_right: of the best reader of both sides; `best_nats` likewise.
        left_right: the share of the best reader of the left side.
    """

    phenomenon: str
    clue: str
    right: float
    nats: float
    best_right: float
    best_nats: float
    left_right: float


def judge_model(
    model: LanguageModel, tokenizer: Tokenizer, probes: Sequence[Probe], target: str | None = None
) -> tuple[float, float]:
    """(share of right groups, nats) of a model: of BERT at the [MASK], of a causal model at the place before.

    Args:
        target: what the model was trained to say, "masked" or "next"; if left out, a causal model the next piece.
    """
    questions = Questions(
        documents=[np.array(probe.pieces) for probe in probes],
        positions=[np.array([probe.position]) for probe in probes],
        truth={},
    )
    target = target or ("next" if model.config.causal else "masked")
    guesses = np.exp(answers(model, tokenizer, questions, target))
    return judge(probes, guesses, tokenizer.vocab)


def probe_model(
    model: LanguageModel,
    tokenizer: Tokenizer,
    world: StoryWorld,
    count: int = 100,
    seed: int = 0,
) -> list[Probed]:
    """Ask a model about every kind of probe that its world has, beside who knows all that can be known."""
    found = []
    for phenomenon, clue in ASKED:
        if phenomenon == "companion" and phenomenon not in world.variables:
            continue
        probes = probe_set(world, phenomenon, clue, count, seed)
        right, nats = judge_model(model, tokenizer, probes)
        best_right, best_nats = probes.best("both")
        # What the left side alone allows, at the answer that both sides give.
        left = [probe.shares("left") for probe in probes]
        both = [probe.shares("both") for probe in probes]
        left_right = float(
            np.mean([told[max(guess, key=guess.__getitem__)] for guess, told in zip(left, both, strict=True)])
        )
        found.append(Probed(phenomenon, clue, right, nats, best_right, best_nats, left_right))
    return found


def as_markdown(found: Sequence[Probed]) -> str:
    """A table for a card."""
    rows = [
        f"| {each.phenomenon} | {each.clue} | {each.right:.1%} | {each.left_right:.1%} | {each.best_right:.1%} | "
        f"{each.nats:.3f} | {each.best_nats:.3f} |"
        for each in found
    ]
    head = [
        "| asked for | clue | this model, right | best, left side only | best, both sides | nats | best nats |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *rows])
