"""What one model made of a text, ready to be drawn: plain data for a page, and the same in words."""

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

TRAINED = {
    "masked": "trained to say hidden words",
    "next": "trained to say the next word, all before it in view",
}


@runtime_checkable
class Reading(Protocol):
    """What a reader gives, such as `bertlab.reader.Reading`."""

    tokens: list[str]
    stretches: list[Any]
    attentions: Float32[np.ndarray, "layers heads query key"]
    answers: list[Any]
    causal: bool
    as_trained: bool
    target: Any
    trained: bool

    @property
    def nats(self) -> float | None:
        """The mean loss over the hidden pieces."""


def packed(attentions: Float32[np.ndarray, "layers heads query key"]) -> dict[str, Any]:
    """Attention as shares.js unpacks it: 16 bits a share, which is exact to a hundred-thousandth."""
    layers, heads, length, _ = attentions.shape
    whole = np.round(attentions.clip(0, 1) * 65535).astype("<u2")
    return {
        "layers": layers,
        "heads": heads,
        "length": length,
        "packed": base64.b64encode(whole.tobytes()).decode("ascii"),
    }


def chips_of(reading: Reading) -> list[dict[str, Any]]:
    """The pieces as one presses them: what stands there even where it is hidden; [CLS] and the like are fixed."""
    told = {answer.place: answer.right for answer in reading.answers}
    return [
        {
            "token": told.get(place) or token,
            "stretch": stretch and list(stretch),
            "hidden": place in told,
            "fixed": stretch is None or (place in told and told[place] is None),
        }
        for place, (token, stretch) in enumerate(zip(reading.tokens, reading.stretches, strict=True))
    ]


def name_of_switch(causal: Sequence[bool]) -> str:
    """What the switch does to models that look so by themselves.

    >>> name_of_switch([False])
    'Causal mask on the same parameters: nobody sees what stands to the right'
    """
    if all(causal):
        return "No causal mask, on the same parameters: everybody sees both sides"
    if any(causal):
        return "The other mask for each, on the same parameters"
    return "Causal mask on the same parameters: nobody sees what stands to the right"


def panel_of(name: str, shown: Reading, own: Reading, asked: bool) -> dict[str, Any]:
    """One model, ready to be drawn: what it sees, what it says, where it looks.

    Args:
        own: the reading under the mask that it was trained with, for its loss.
        asked: whether anything was to be hidden.
    """
    sees = "sees the left side only" if shown.causal else "sees both sides"
    if shown.target == "next" and not shown.causal:
        sees += ", the word asked for too"
    note = f"{sees}; {TRAINED[shown.target]}" if shown.as_trained else f"{sees}: this model was never trained so"
    if not shown.trained:
        note = f"{sees}; never trained, its parameters are random numbers"
    return {
        "name": name or ("GPT" if own.causal else "BERT"),
        "causal": shown.causal,
        "as_trained": shown.as_trained,
        "trained": shown.trained,
        "note": note,
        "tokens": shown.tokens,
        "stretches": [stretch and list(stretch) for stretch in shown.stretches],
        "answers": [
            {
                "place": answer.place,
                "told_at": answer.told_at,
                "title": title_of(shown, answer),
                "right": answer.right,
                "guesses": [list(guess) for guess in answer.guesses],
            }
            for answer in shown.answers
        ],
        "loss": loss_in_words(shown, own, asked),
        "attention": packed(shown.attentions),
    }


def title_of(reading: Reading, answer: Any) -> str:
    """Which hole the guesses are for, and where they are told when that is another place."""
    what = "Guesses for [MASK]" if answer.right is None else f"Guesses for “{answer.right}”"
    return (
        what
        if answer.told_at == answer.place
        else f"{what}, told one place before, at “{reading.tokens[answer.told_at]}”"
    )


def loss_in_words(shown: Reading, own: Reading, asked: bool) -> str:
    """The loss as a sentence: nats, and the die that is as hard to guess."""
    if not shown.answers and asked:
        return "This model cuts the word elsewhere: nothing of it is hidden here"
    if not shown.answers:
        return "Press a word to hide it: its five best guesses stand here, and what they lose"
    if shown.nats is None or own.nats is None:
        return "No loss: nobody knows what stands at a [MASK] that was typed"
    words = f"Loss {shown.nats:.2f} nats: as unsure as with a die of {sides(shown.nats)} sides"
    before = "as it was trained" if own.trained else "under its own mask"
    return words if shown is own else f"{words} ({own.nats:.2f} nats {before})"


def sides(nats: float) -> str:
    """How many equally likely choices have this loss.

    >>> sides(0.6931), sides(6.2)
    ('2.0', '493')
    """
    return f"{math.exp(nats):,.1f}" if nats < math.log(10) else f"{math.exp(nats):,.0f}"


def in_words(answer: Mapping[str, Any]) -> str:
    """The lab for whoever does not see it."""
    lines = [f"AttentionLab: {' '.join(chip['token'] for chip in answer['chips'])}"]
    for panel in answer["panels"]:
        lines.append(f"{panel['name']} {panel['note']}. {panel['loss']}.")
        for each in panel["answers"]:
            lines.append(f"{each['title']}: " + ", ".join(f"{piece} {share:.1%}" for piece, share in each["guesses"]))
    return "\n".join(lines)
