"""A loss that falls, beside the losses that are known: what no model can beat, and who never looks."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bertlab.views import palette
from bertlab.views.plots.canvas import finish, new_figure, our_style, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Points = Sequence[Any]
"""(step, loss) pairs."""
LABELS_APART = 0.065
"""The least distance of two labels, as a share of the axis' height."""
ROWS = 6
"""Steps in the table."""


@our_style()
def loss_curve(
    history: Mapping[str, Points] | Points,
    references: Mapping[str, Any] | None = None,
    title: str | None = None,
    *,
    unit: str = "nats",
    halving: bool = False,
) -> "Figure":
    """Loss over training steps, beside what no model can beat and what a model without context reaches.

    Args:
        history: (step, loss) pairs, or several such curves by name; a bare one is called BERT
        references: losses that are known, by name: "both sides, limit", "unigram guess"
        title: what there is to see; else where the first curve ended
        halving: each line of the scale is half the one above, which gives room to limits that lie low and close

    Raises:
        ValueError: a curve has no points, or something is not above 0 on a scale that halves.
    """
    from matplotlib.patheffects import withStroke

    curves = dict(history) if isinstance(history, Mapping) else {"BERT": history}
    for name, points in curves.items():
        if not len(points):
            raise ValueError(f"the curve {name!r} has no points: train a step first")
    known = {name: float(loss) for name, loss in (references or {}).items()}
    title = title or _how_it_ended(curves, known, unit)
    fig = new_figure(7.6, 4.2, title)
    axes = fig.add_subplot()
    # It keeps a curve apart from the line that it comes close to.
    white_edge = [withStroke(linewidth=4.5, foreground="white")]
    ends: list[tuple[float, str, str]] = []
    for name, loss in known.items():
        colour = palette.CONTROL if palette.colour_of(name) == palette.CONTROL else palette.LIMIT
        axes.axhline(loss, color=colour, ls="--", lw=1.4)
        ends.append((loss, f"{name} {loss:.2f}", colour))
    for (name, points), colour in zip(curves.items(), palette.colours_of(curves), strict=True):
        steps, losses = zip(*points, strict=True)
        axes.plot(
            steps, losses, color=colour, lw=2.2, zorder=2.5, marker="o", markevery=_marked(len(points)),
            path_effects=white_edge,
        )  # fmt: skip
        ends.append((float(losses[-1]), f"{name} {losses[-1]:.2f}", colour))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.locator_params(axis="x", nbins=6, integer=True)
    axes.set_xlabel("training step")
    axes.set_ylabel(f"loss ({unit})")
    if halving:
        _halve(axes, [end[0] for end in ends])
    _label_ends(axes, ends)
    said = ", ".join(label for _, label, _ in sorted(ends, reverse=True))
    shown = f"Loss in {unit} over training steps; at the end, from the highest to the lowest: {said}."
    return finish(fig, title, shown, _some_steps(curves))


def _marked(points: int) -> list[int]:
    """Where a curve has dots: at its end, and everywhere while it is no line yet."""
    return list(range(points)) if points < 3 else [points - 1]


def _how_it_ended(curves: Mapping[str, Points], references: Mapping[str, float], unit: str) -> str:
    name, points = next(iter(curves.items()))
    step, loss = points[-1]
    words = f"{name} after {step:,.0f} steps: {loss:.2f} {unit}"
    if references:
        near = min(references, key=lambda name: abs(references[name] - loss))
        difference = loss - references[near]
        words += f", {abs(difference):.2f} {'above' if difference > 0 else 'below'} “{near}”"
    return words


def _halve(axes: "Axes", losses: Sequence[float]) -> None:
    """A scale of powers of two, written as plain numbers."""
    lowest, highest = min([*losses, axes.dataLim.y0]), max([*losses, axes.dataLim.y1])
    if lowest <= 0:
        raise ValueError(f"a scale that halves never comes down to {lowest:.3g}: leave halving out")
    low, high = np.floor(np.log2(lowest)), np.ceil(np.log2(highest))
    axes.set_yscale("log", base=2)
    axes.set_ylim(2**low, 2 ** max(high, low + 1))
    ticks = 2 ** np.arange(low, max(high, low + 1) + 1)
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_ylabel(f"{axes.get_ylabel()}, halved from line to line")
    axes.grid(axis="y", color=palette.GREY, alpha=0.25, lw=0.8)


def _label_ends(axes: "Axes", ends: Sequence[tuple[float, str, str]]) -> None:
    """Names beside the ends of their lines: no legend to look up, no two on top of each other."""
    axes.autoscale_view()  # until then the axis has not heard of its lines
    # In shares of the axis' height, whatever its scale.
    to_share = axes.transData + axes.transAxes.inverted()
    shares = [float(to_share.transform((0.0, end[0]))[1]) for end in ends]
    for (_, words, colour), share, height in zip(ends, shares, spread(shares, LABELS_APART), strict=True):
        axes.annotate(
            words, (1.0, share), (1.045, height), xycoords="axes fraction", textcoords="axes fraction",
            color=palette.ink(colour), va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.8, "shrinkA": 1, "shrinkB": 0, "relpos": (0, 0.5)},
        )  # fmt: skip


def _some_steps(curves: Mapping[str, Points]) -> list[dict[str, object]]:
    """The curves as a small table: some of the steps, the last one among them."""
    steps = sorted({step for points in curves.values() for step, _ in points})
    some = steps[:: -max(1, -(-len(steps) // ROWS))][::-1]
    losses = {name: dict(points) for name, points in curves.items()}
    return [
        {"step": f"{step:,}", **{name: f"{at[step]:.2f}" if step in at else "–" for name, at in losses.items()}}
        for step in some
    ]
