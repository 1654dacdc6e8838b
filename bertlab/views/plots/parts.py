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
DASHES = ((4, 2), (6, 1.5, 1, 1.5), (1, 1.2), (5, 1, 1, 1, 1, 1))
"""Of the limit, then of each known loss: no two lines of one figure look alike."""
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

    A bar is the mean of the runs, a dot is one run. The means stand beside the axes.

    Args:
        losses: for each part the losses with it removed, then those of the retrained, one for each run (nats)
        references: losses of a whole model and of guesses, by name, drawn as lines; the first is the whole model's
        title: what there is to see
        limit: the loss that nobody can be below, drawn black and dashed

    Raises:
        ValueError: there are no parts, or one has no runs.
    """
    if not losses or not all(len(runs) for pair in losses.values() for runs in pair):
        raise ValueError(f"losses are {dict(losses)}: each part needs at least one run of each kind")
    fig = new_figure(8.4, 1.5 + 0.78 * len(losses), title)
    axes = fig.add_subplot()
    for row, pair in enumerate(losses.values()):
        for runs, place, colour in zip(pair, (row - 0.19, row + 0.19), (palette.CONTROL, palette.BERT), strict=True):
            axes.barh(place, mean(runs), 0.34, color=colour, alpha=0.85)
            axes.plot(runs, [place] * len(runs), "o", color=palette.BLACK, ms=3.5, mec="white", mew=0.5, zorder=3)
            # Beside the bars it is crossed by no line, and no dot of a run stands between it and its bar.
            look: Any = {"va": "center", "ha": "right", "color": palette.ink(colour)}
            axes.text(1.07, place, f"{mean(runs):.2f}", transform=axes.get_yaxis_transform(), **look)
    axes.set_yticks(range(len(losses)), [f"without\n{part}" for part in losses])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.02 * max([*references.values(), *(max(runs) for pair in losses.values() for runs in pair)]))
    axes.set_xlabel("loss on stories never read (nats)")
    known = {"limit": float(limit)} | {name: float(loss) for name, loss in references.items()}
    run = axes.lines[0]
    run.set_label("one run")
    for place, (name, loss) in enumerate(known.items()):
        _line(axes, name, loss, DASHES[place % len(DASHES)])
    handles: Any = [
        axes.barh([0], [0], color=colour, alpha=0.85, label=name)
        for name, colour in ((REMOVED, palette.CONTROL), (RETRAINED, palette.BERT))
    ]
    handles += [run, *axes.lines[-len(known) :]]
    fig.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    table = [{"without": "nothing", REMOVED: "", RETRAINED: f"{next(iter(references.values())):.2f}"}]
    table += [
        {"without": part, REMOVED: _told(removed), RETRAINED: _told(retrained)}
        for part, (removed, retrained) in losses.items()
    ]
    said = ", ".join(f"{name} {loss:.2f}" for name, loss in known.items())
    most = [max(losses, key=lambda part: mean(losses[part][kind])) for kind in (0, 1)]
    shown = (
        f"Two bars for each part, the loss in nats without it. For comparison: {said}. "
        f"Taken out, {most[0]} costs most: {mean(losses[most[0]][0]):.2f}. "
        f"Of those trained without a part, the one without {most[1]} is worst: {mean(losses[most[1]][1]):.2f}."
    )
    return finish(fig, title, shown, table)


def _told(runs: Runs) -> str:
    """The mean, and where there are several runs how far they lie apart."""
    return f"{mean(runs):.2f}" + (f" ({min(runs):.2f} to {max(runs):.2f})" if len(runs) > 1 else "")


def _line(axes: "Axes", name: str, loss: float, dashes: Any) -> None:
    """A known loss across all bars; only a limit is black."""
    colour = palette.colour_of(name)
    if colour not in (palette.LIMIT, palette.CONTROL):
        colour = palette.BERT if "whole" in name else palette.CONTROL
    look: Any = {"color": colour, "ls": (0, dashes), "lw": 1.8, "label": f"{name} {loss:.2f}", "zorder": 2.5}
    axes.axvline(loss, **look)
