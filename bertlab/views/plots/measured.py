"""One number over another, measured for several things that are named at the ends of their lines."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bertlab.views import palette
from bertlab.views.plots.canvas import finish, new_figure, our_style, spread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABELS_APART = 0.075
"""The least distance of two names, as a share of the axis' height."""
DOTS_UP_TO = 40
"""Points of a line up to which each has a dot."""
ROWS = 8
"""Rows in the table."""


@our_style()
def measured_curve(
    curves: Mapping[str, Sequence[Any]],
    across: str,
    up: str,
    title: str,
    *,
    levels: Mapping[str, float] | None = None,
    borders: Mapping[str, float] | None = None,
    doubling: bool = False,
) -> "Figure":
    """Lines of one measured number over another; a name's meaning decides its colour.

        plots.measured_curve({"BERT": [(1, 0.1), (2, 0.05)]}, "places apart", "mean cosine", "Near places are alike")

    Args:
        curves: (x, y) pairs by name, x rising
        across: what x is, with its unit
        up: what y is, with its unit
        title: what there is to see
        levels: values of y that are known, by name, drawn dashed from side to side
        borders: values of x at which something ends, by name, drawn dotted from top to bottom
        doubling: each line of the scale across is twice the one to its left

    Raises:
        ValueError: there are no curves, or one has no points.
    """
    if not curves or not all(len(points) for points in curves.values()):
        raise ValueError(f"curves are {list(curves)}: each needs at least one (x, y) pair")
    lines = {name: np.asarray(points, dtype=np.float64) for name, points in curves.items()}
    fig = new_figure(7.6, 4.0, title)
    axes = fig.add_subplot()
    ends: list[tuple[float, str, str]] = []
    for name, level in (levels or {}).items():
        colour = palette.CONTROL if palette.colour_of(name) == palette.CONTROL else palette.LIMIT
        axes.axhline(level, color=colour, ls="--", lw=1.4)
        ends.append((float(level), name, colour))
    for name, border in (borders or {}).items():
        axes.axvline(border, color=palette.LIMIT, ls=":", lw=1.6)
        axes.annotate(name, (border, 0.0), (5, 5), xycoords=("data", "axes fraction"), textcoords="offset points",
                      color=palette.ink(palette.LIMIT))  # fmt: skip
    for (name, points), colour in zip(lines.items(), palette.colours_of(lines), strict=True):
        marker = "o" if len(points) <= DOTS_UP_TO else None
        axes.plot(points[:, 0], points[:, 1], color=colour, lw=2.2, marker=marker, ms=5)
        ends.append((float(points[-1, 1]), name, colour))
    if doubling:
        axes.set_xscale("log", base=2)
        ticks = sorted({x for points in lines.values() for x in points[:, 0]})
        axes.set_xticks(ticks, [f"{x:g}" for x in ticks])
    elif all(float(x).is_integer() for points in curves.values() for x, _ in points):
        from matplotlib.ticker import MaxNLocator

        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))  # there is no layer two and a half
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(axis="y", color=palette.GREY, alpha=0.25, lw=0.8)
    axes.autoscale_view()
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    shares = [(end[0] - low) / (high - low) for end in ends]
    for (_, name, colour), share, height in zip(ends, shares, spread(shares, LABELS_APART), strict=True):
        axes.annotate(
            name, (1.0, share), (1.03, height), xycoords="axes fraction", textcoords="axes fraction",
            color=palette.ink(colour), va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.8, "shrinkA": 1, "shrinkB": 0, "relpos": (0, 0.5)},
        )  # fmt: skip
    said = "; ".join(f"{name} {_told(points)}" for name, points in lines.items())
    known = "".join(f"; {name} {_digits(level)}" for name, level in (levels or {}).items())
    known += "".join(f"; {name} at {border:g}" for name, border in (borders or {}).items())
    return finish(fig, title, f"Lines of {up} over {across}: {said}{known}.", _table(lines, across))


def _told(points: Any) -> str:
    """Both ends of a line, and its highest point where that lies between them."""
    (first, begin), (last, end), (at, top) = points[0], points[-1], points[points[:, 1].argmax()]
    ends = f"from {_digits(begin)} at {first:g} to {_digits(end)} at {last:g}"
    return ends if top in (begin, end) else f"{ends}, highest {_digits(top)} at {at:g}"


def _digits(value: float) -> str:
    """Two digits, and no minus before a zero."""
    return f"{round(float(value), 2) + 0.0:.2f}"


def _table(lines: Mapping[str, np.ndarray], across: str) -> list[dict[str, object]]:
    """Some of the points, the first and the last among them."""
    known = {name: {float(x): float(y) for x, y in points} for name, points in lines.items()}
    places = sorted({x for points in known.values() for x in points})
    some = [places[round(at)] for at in np.linspace(0, len(places) - 1, min(ROWS, len(places)))]
    return [
        {across: f"{x:g}", **{name: _digits(points[x]) if x in points else "–" for name, points in known.items()}}
        for x in some
    ]
