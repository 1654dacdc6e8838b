"""One meaning, one colour, in every figure; the colours stay apart for colour-blind eyes.

Source: Okabe and Ito 2008, "Color Universal Design".
"""

BLUE, VERMILION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
SKY, PINK, YELLOW = "#56B4E9", "#CC79A7", "#F0E442"
BLACK, GREY = "#000000", "#767676"

BERT = BLUE
GPT = VERMILION
LIMIT = BLACK
CONTROL = GREY
ATTENTION_MAP = "Blues"
"""matplotlib's name of the single-hue map for attention: darker is more."""

_MEANINGS = (
    (CONTROL, ("untrained", "control", "unigram", "chance", "shuffled", "random")),
    (LIMIT, ("limit", "optimum", "best possible")),
    (GPT, ("gpt", "causal", "left")),
    (BERT, ("bert", "both", "bidirectional")),
)
_OTHERS = (GREEN, ORANGE, PINK, SKY)


def colour_of(name: str, place: int = 0) -> str:
    """The colour that belongs to what is drawn, by its name; without a meaning, the next of the others.

    >>> colour_of("BERT") == BERT, colour_of("causal twin") == GPT, colour_of("unigram guess") == CONTROL
    (True, True, True)

    Args:
        place: the how-manieth thing without a meaning it is, from 0
    """
    words = name.lower()
    for colour, marks in _MEANINGS:
        if any(mark in words for mark in marks):
            return colour
    return _OTHERS[place % len(_OTHERS)]
