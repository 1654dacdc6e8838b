"""What a part is worth: the loss without it, for a model that had it and one that never did."""

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import TYPE_CHECKING, Any

from bertlab.views import palette
from bertlab.views.plots.canvas import finish, new_figure, our_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Runs = Sequence[Any]
"""A loss for each run (nats)."""
REMOVED, RETRAINED = "taken out of a trained model", "trained without it"


@our_style()
def part_bars(
    losses: Mapping[str, tuple[Runs, Runs]],
    references: Mapping[str, float],
    title: str,
    *,
    limit: float,
) -> "Figure":
    """Two bars for each part: the loss once it is taken out of a trained model, and of a model trained without it.

        part_bars({"attention": ([6.5, 6.4], [4.0, 4.1])}, {"whole": 0.7}, "A title", limit=0.26)

    A bar is the mean of the runs, a dot is one run.

    Args:
        losses: for each part the losses with it removed, then those of the retrained, one for each run (nats)
        references: losses of a whole model and of guesses, by name, drawn as lines: "whole model", "unigram guess"
        title: what there is to see
        limit: the loss that nobody can be below, drawn black and dashed

    Raises:
        ValueError: there are no parts, or one has no runs.
    """
    from matplotlib.patheffects import withStroke

    if not losses or not all(len(runs) for pair in losses.values() for runs in pair):
        raise ValueError(f"losses are {dict(losses)}: each part needs at least one run of each kind")
    fig = new_figure(8.4, 1.5 + 0.78 * len(losses), title)
    axes = fig.add_subplot()
    for row, pair in enumerate(losses.values()):
        for runs, place, colour in zip(pair, (row - 0.19, row + 0.19), (palette.CONTROL, palette.BERT), strict=True):
            axes.barh(place, mean(runs), 0.34, color=colour, alpha=0.85)
            axes.plot(runs, [place] * len(runs), "o", color=palette.BLACK, ms=3.5, mec="white", mew=0.5, zorder=3)
            number = axes.text(
                max(runs), place, f"  {mean(runs):.2f}", va="center", color=palette.ink(colour), zorder=4
            )
            number.set_path_effects([withStroke(linewidth=3, foreground="white")])
    axes.set_yticks(range(len(losses)), [f"without\n{part}" for part in losses])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.1 * max([*references.values(), *(max(runs) for pair in losses.values() for runs in pair)]))
    axes.set_xlabel("loss on stories never read (nats)")
    known = {"limit": float(limit)} | {name: float(loss) for name, loss in references.items()}
    for name, loss in known.items():
        _line(axes, name, loss)
    handles: Any = [
        axes.barh([0], [0], color=colour, alpha=0.85, label=name)
        for name, colour in ((REMOVED, palette.CONTROL), (RETRAINED, palette.BERT))
    ]
    fig.legend(handles=[*handles, *axes.lines[-len(known) :]], loc="outside lower center", ncols=3, frameon=False)
    table = [
        {"without": part, REMOVED: f"{mean(removed):.2f}", RETRAINED: f"{mean(retrained):.2f}"}
        for part, (removed, retrained) in losses.items()
    ]
    said = ", ".join(f"{name} {loss:.2f}" for name, loss in known.items())
    return finish(fig, title, f"Two bars for each part, the loss in nats without it. For comparison: {said}.", table)


def _line(axes: "Axes", name: str, loss: float) -> None:
    """A known loss across all bars; only a limit is black."""
    colour = palette.colour_of(name)
    style: Any = {palette.LIMIT: (0, (4, 2)), palette.CONTROL: (0, (1, 1.2))}.get(colour, (0, (6, 1.5, 1, 1.5)))
    if colour not in (palette.LIMIT, palette.CONTROL):
        colour = palette.BERT
    look: Any = {"color": colour, "ls": style, "lw": 1.8, "label": f"{name} {loss:.2f}", "zorder": 2.5}
    axes.axvline(loss, **look)
