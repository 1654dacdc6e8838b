"""One meaning, one colour, in every figure; the colours stay apart for colour-blind eyes.

Source: Okabe and Ito 2008, "Color Universal Design".
"""

from collections.abc import Iterable, Sequence

BLUE, VERMILION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
SKY, PINK, YELLOW = "#56B4E9", "#CC79A7", "#F0E442"
BLACK, GREY = "#000000", "#767676"
OCHRE = "#A87400"
"""Orange, dark enough to be seen on white; sky and yellow are not, and only fill what has an edge."""

BERT = BLUE
GPT = VERMILION
LIMIT = BLACK
CONTROL = GREY
ATTENTION_MAP = "Blues"
"""matplotlib's name of the single-hue map for attention: darker is more."""
SIGNED_MAP = "PuOr_r"
"""The map of numbers on both sides of zero: orange above, purple below, zero white."""

_MEANINGS = (
    (CONTROL, ("untrained", "control", "unigram", "chance", "shuffled", "random", "words alone")),
    (LIMIT, ("limit", "optimum", "best possible")),
    (GPT, ("gpt", "causal", "left")),
    (BERT, ("bert", "both", "bidirectional", "no mask")),
)
_OTHERS = (GREEN, PINK, OCHRE)
_OTHERWISE = ("two gpts",)
"""Names that hold a mark and mean something else: two GPTs, one from each end, see both sides and are no BERT."""

WORDS_CONTRAST = 4.5
"""The least contrast of words with what is behind them. Source: WCAG 2.2, 1.4.3."""


def colour_of(name: str, place: int = 0) -> str:
    """The colour that belongs to what is drawn, by its name; without a meaning, the next of the others.

    >>> colour_of("BERT") == BERT, colour_of("causal twin") == GPT, colour_of("unigram guess") == CONTROL
    (True, True, True)

    Args:
        place: the how-manieth thing without a meaning it is, from 0
    """
    words = name.lower()
    for colour, marks in _MEANINGS:
        if any(mark in words for mark in marks) and words not in _OTHERWISE:
            return colour
    return _OTHERS[place % len(_OTHERS)]


def colours_of(names: Iterable[str]) -> list[str]:
    """The colour of each name of one figure; those without a meaning take the others in turn.

    >>> colours_of(["LSTM", "BERT", "GRU"]) == [GREEN, BERT, PINK]
    True
    >>> colours_of(["GPT", "two GPTs"]) == [GPT, GREEN]
    True
    """
    colours, others = [], 0
    for name in names:
        colours.append(colour_of(name, others))
        others += colours[-1] in _OTHERS
    return colours


def luminance(colour: Sequence[float] | str) -> float:
    """How bright a colour is, from 0 (black) to 1 (white).

    >>> luminance("#FFFFFF"), luminance((0.0, 0.0, 0.0))
    (1.0, 0.0)

    Args:
        colour: #RRGGBB, or red, green and blue from 0 to 1

    Source: WCAG 2.2, relative luminance.
    """
    if isinstance(colour, str):
        colour = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ink(colour: str) -> str:
    """The colour for words on white: itself, or as much darker as a reader needs.

    >>> ink(BLUE) == BLUE, ink(VERMILION)
    (True, '#C35600')
    """
    parts = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    for hundredths in range(100, 0, -1):
        darker = "#" + "".join(f"{part * hundredths // 100:02X}" for part in parts)
        if 1.05 / (luminance(darker) + 0.05) >= WORDS_CONTRAST:
            break
    return darker


def ink_on(colour: Sequence[float] | str) -> str:
    """Black or white, whichever is the more legible on this colour.

    >>> ink_on("#FFFFFF") == BLACK, ink_on(BLUE)
    (True, '#FFFFFF')
    """
    behind = luminance(colour) + 0.05
    return BLACK if behind / 0.05 >= 1.05 / behind else "#FFFFFF"
