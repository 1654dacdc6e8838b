"""A training run in numbers, as the scripts that draw it take them: the monitor's and the replay's alike."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from bertlab.views import palette
from bertlab.views.page import own_file

DRAWING = (
    "scripts/own_keys.js", "scripts/parts.js", "scripts/attention_lines.js", "scripts/guess_table.js",
    "runs/sentence_panel.js", "runs/curve.js", "runs/time_bar.js",
)  # fmt: skip
"""The scripts that both draw with."""

Limit = float | tuple[float, float]
"""Nats; or nats and the share told right."""


def run_style() -> str:
    """How a run looks, light and dark."""
    return own_file("scripts/look.css") + own_file("runs/run.css")


def limits_told(limits: Mapping[str, Limit]) -> list[dict[str, Any]]:
    """What can be known: a guess without looking in grey, everything else as a limit.

    >>> limits_told({"unigram guess": 4.5})
    [{'name': 'unigram guess', 'nats': 4.5, 'accuracy': None, 'colour': 'control'}]
    """
    told = []
    for name, limit in limits.items():
        nats, accuracy = limit if isinstance(limit, tuple) else (limit, None)
        colour = "control" if palette.colour_of(name) == palette.CONTROL else "limit"
        told.append({"name": name, "nats": nats, "accuracy": accuracy, "colour": colour})
    return told


def colour_told(name: str) -> str:
    """The colour of a model's curve by the name it has in the style sheet: it is lighter in the dark.

    >>> colour_told("BERT"), colour_told("its causal twin"), colour_told("mine")
    ('bert', 'gpt', 'bert')
    """
    return {palette.GPT: "gpt", palette.CONTROL: "control"}.get(palette.colour_of(name), "bert")


def guesses_told(guesses: Iterable[Iterable[tuple[str, float]]]) -> list[list[list[Any]]]:
    """For each hole its guesses: piece and probability."""
    return [[[piece, round(float(share), 6)] for piece, share in of_hole] for of_hole in guesses]


def shares_as_bytes(attentions: Any) -> bytes:
    """Shares from 0 to 1 as one byte each, so that a page stays light: at most 0.002 off.

    >>> list(shares_as_bytes(np.array([0.0, 0.5, 1.0])))
    [0, 128, 255]
    """
    return np.rint(np.asarray(attentions, dtype=np.float32) * 255).astype(np.uint8).tobytes()


def as_letters(shares: bytes) -> str:
    """Bytes as a page carries them."""
    return base64.b64encode(shares).decode()


def beside(nats: float, limits: Iterable[Mapping[str, Any]]) -> str:
    """How far a loss is from the limit that is nearest.

    >>> beside(0.41, limits_told({"left side, limit": 0.69, "both sides, limit": 0.26}))
    ', 0.15 above “both sides, limit”'
    """
    near = min(limits, key=lambda limit: abs(limit["nats"] - nats), default=None)
    if near is None:
        return ""
    return f", {abs(nats - near['nats']):.2f} {'below' if nats < near['nats'] else 'above'} “{near['name']}”"
