"""What all figures share: sizes and fonts, words of their own, shares that stay readable, labels that keep apart."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from bertlab.views.figures import tell

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDEST, HIGHEST = 9.6, 6.0
"""Inches. A projector of 1280 x 720 shows a figure of this size whole, beside what JupyterLab needs for itself."""
SMALL = 9
"""Points: the smallest words and numbers that are still read from the back of a room."""
_CHINESE_FONTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "SimHei",
    "WenQuanYi Micro Hei",
)  # fmt: skip


def percent(share: float) -> str:
    """A share that stays readable when it is small.

    >>> percent(0.421), percent(0.00013)
    ('42.1%', '0.013%')
    """
    return f"{share:.1%}" if share >= 0.01 else f"{share:.3%}"


def spread(heights: Sequence[float], gap: float, low: float = 0.0, high: float = 1.0) -> list[float]:
    """Heights for labels, moved as little as keeps neighbours `gap` apart and all between two ends; the order stays.

    >>> [round(height, 2) for height in spread([0.5, 0.5, 0.9], gap=0.2)]
    [0.4, 0.6, 0.9]
    """
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    # Labels that would overlap form a pile; a pile lies around the mean of where its labels want to be.
    piles: list[tuple[float, int]] = []
    for rank, i in enumerate(order):
        centre, size = heights[i] - rank * gap, 1
        while piles and piles[-1][0] > centre:
            below, its_size = piles.pop()
            centre, size = (below * its_size + centre * size) / (its_size + size), its_size + size
        piles.append((centre, size))
    top = max(low, high - gap * (len(heights) - 1))
    places = [min(max(centre, low), top) for centre, size in piles for _ in range(size)]
    moved = [0.0] * len(heights)
    for rank, i in enumerate(order):
        moved[i] = places[rank] + rank * gap
    return moved


@contextmanager
def our_style() -> Iterator[None]:
    """Sizes and fonts, for all that is made inside it; in front of a function, for all that the function makes."""
    import matplotlib as mpl

    style: Any = {
        "font.size": 11,
        "font.family": _fonts(),
        "text.parse_math": False,  # a token with dollar signs is no formula
        "axes.titlesize": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with mpl.rc_context(style):
        yield


def new_figure(width: float, height: float, title: str) -> "Figure":
    """An empty figure with what there is to see above it. Inches."""
    from matplotlib.figure import Figure

    # A figure of its own, not pyplot's: nothing stays open behind it.
    fig = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    letters = max(48, int(width * 10))
    fig.suptitle(textwrap.fill(title, letters), weight="bold", size=12)
    return fig


def finish(fig: "Figure", title: str, shown: str, table: Sequence[Mapping[str, object]]) -> "Figure":
    """Give the figure its words: what there is to see, then what is drawn and how, and the numbers as a table."""
    stop = "" if title.endswith((".", "!", "?")) else "."
    return tell(fig, f"{title}{stop} {shown}", table)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["token", "segment", "position"]), listed(["one"])
    ('token, segment and position', 'one')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def shares_of(numbers: Sequence[Any], what: str) -> list[float]:
    """Shares as plain floats.

    Raises:
        ValueError: one of them is no share.
    """
    shares = [float(number) for number in np.asarray(numbers, dtype=np.float64)]
    for share in shares:
        if not 0 <= share <= 1:
            raise ValueError(f"{what} has {share:g}; a share lies between 0 and 1: write 90% as 0.9")
    return shares


def _fonts() -> list[str]:
    """The usual font, and one with Chinese characters where the machine has one."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in _CHINESE_FONTS if name in installed)]
