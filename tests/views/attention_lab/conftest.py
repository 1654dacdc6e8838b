"""A reader without a model: it looks at every token alike, and guesses what it is told to."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest


class Answer(NamedTuple):
    place: int
    told_at: int
    right: str | None
    nats: float | None
    guesses: list[Any]


@dataclass
class Reading:
    tokens: list[str]
    stretches: list[Any]
    attentions: np.ndarray
    answers: list[Answer]
    causal: bool
    as_trained: bool
    target: str
    trained: bool = True
    nats: float | None = field(default=None)

    def __post_init__(self):
        known = [answer.nats for answer in self.answers if answer.nats is not None]
        self.nats = sum(known) / len(known) if known else None


def a_reader(causal=False, target="masked", layers=2, heads=3, nats=0.5, other_nats=2.0, trained=True):
    """Words are tokens; every hole loses the same."""

    def read(text_a, text_b=None, *, holes=(), other_mask=False):
        tokens, stretches = ["[CLS]"], [None]
        for which, text in enumerate([text_a] if text_b is None else [text_a, text_b]):
            start = 0
            for word in text.split():
                start = text.index(word, start)
                tokens.append(word)
                stretches.append((which, start, start + len(word)))
                start += len(word)
            tokens.append("[SEP]")
            stretches.append(None)
        hidden = [at for at, stretch in enumerate(stretches) if stretch in {tuple(hole) for hole in holes}]
        asked = [at for at, token in enumerate(tokens) if at in hidden or token == "[MASK]"]
        looks_left = causal != other_mask
        shares = np.tril(np.ones((len(tokens),) * 2)) if looks_left else np.ones((len(tokens),) * 2)
        shares = shares / shares.sum(axis=-1, keepdims=True)
        loss = other_nats if other_mask else nats
        answers = [
            Answer(at, at - (target == "next"), tokens[at] if at in hidden else None, loss if at in hidden else None,
                   [("left" if looks_left else "both", 0.75), (tokens[at], 0.25)])
            for at in asked
        ]  # fmt: skip
        if target == "masked":
            tokens = ["[MASK]" if at in hidden else token for at, token in enumerate(tokens)]
        attentions = np.broadcast_to(shares, (layers, heads, *shares.shape)).astype(np.float32)
        return Reading(tokens, stretches, attentions, answers, looks_left, not other_mask, target, trained)

    return read


@pytest.fixture(name="a_reader")
def _a_reader():
    return a_reader
