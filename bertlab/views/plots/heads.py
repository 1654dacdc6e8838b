"""Where heads look beside what they do: a point for each head and question."""

from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from bertlab.views import palette
from bertlab.views.attended import as_array
from bertlab.views.plots.canvas import finish, new_figure, our_style, spread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = "os^Dvp"
LOOKS, MATTERS = 0.75, 0.25
"""A head is named when it gives the clue at least this share, or has this part of the largest effect."""
LABELS_APART = 0.062
"""The least distance of two names, as a share of the axis' height."""
COLOURS = (palette.GREEN, palette.PINK, palette.OCHRE, palette.BLUE)
"""One for each family of kinds: those whose names begin alike, up to a comma. The second of a family is hollow."""
COLUMNS = ("head (layer.head)", "asked", "share for the clue", "effect")


@our_style()
def head_effects(
    found: Mapping[str, tuple[Any, Any]],
    title: str,
    *,
    across: str = "share of the hole's attention that the head gives to the clue",
    up: str = "effect: margin lost without it (nats)",
) -> "Figure":
    """A scatter of heads: how much each looks at what is known to be the clue, and what is lost without it.

    Args:
        found: by what is asked, (shares, effects), each (layers, heads)
        title: what there is to see

    Raises:
        ValueError: nothing is given, shares and effects differ in shape, or there are more kinds than marks.
    """
    if not found or len(found) > len(MARKERS):
        raise ValueError(f"{len(found)} kinds of questions; 1 to {len(MARKERS)} can be told apart")
    pairs = {kind: _pair(kind, *numbers) for kind, numbers in found.items()}
    highest = float(max(effects.max() for _, effects in pairs.values()))
    fig = new_figure(8.4, 5.0, title)
    axes = fig.add_subplot()
    named: list[tuple[float, float, str, str]] = []
    families = dict(zip(dict.fromkeys(map(_family, pairs)), cycle(COLOURS), strict=False))
    for (kind, (shares, effects)), mark in zip(pairs.items(), MARKERS, strict=False):
        colour = families[_family(kind)]
        hollow = kind != next(other for other in pairs if _family(other) == _family(kind))
        axes.scatter(
            shares.ravel(), effects.ravel(), marker=mark, s=44, facecolor="none" if hollow else colour,
            edgecolor=colour, alpha=0.9 if hollow else 0.75, lw=1.5 if hollow else 0, label=kind,
        )  # fmt: skip
        for layer, head in np.ndindex(shares.shape):
            share, effect = float(shares[layer, head]), float(effects[layer, head])
            if _stands_out(share, effect, highest):
                named.append((share, effect, f"{layer}.{head} {kind}", palette.ink(colour)))
    axes.set_xlim(-0.03, 1.03)
    axes.axhline(0, color=palette.GREY, lw=0.8)
    axes.autoscale_view()
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    for right in (False, True):
        side = [each for each in named if (each[0] > 0.5) == right]
        # Most heads lie around 0; their names stand above them.
        # Among those, the name of the point farther right stands higher, or the two lines would cross.
        wanted = [max((effect - low) / (high - low), 0.22 + 0.01 * share) for share, effect, _, _ in side]
        heights = spread(wanted, LABELS_APART, 0.22, 0.97)
        for (share, effect, name, ink), height in zip(side, heights, strict=True):
            axes.annotate(
                name, (share, effect), (min(0.72, share - 0.04) if right else 0.22, height),
                textcoords=axes.get_xaxis_transform(), color=ink, ha="right" if right else "left", va="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
                arrowprops={"arrowstyle": "-", "color": ink, "lw": 0.7, "shrinkA": 0, "shrinkB": 4,
                            "relpos": (1, 0.5) if right else (0, 0.5)},
            )  # fmt: skip
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(color=palette.GREY, alpha=0.2, lw=0.8)
    fig.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=len(pairs), frameon=False)
    heads = sum(shares.size for shares, _ in pairs.values())
    told = "; ".join(f"{name}: share {share:.2f}, effect {effect:.1f}" for share, effect, name, _ in named)
    rows = [(*name.split(" ", 1), f"{share:.2f}", f"{effect:+.2f}") for share, effect, name, _ in named]
    alt = f"Scatter of {heads} points, {up} over {across}. Named: {told or 'none'}."
    if rest := _bounds_of_the_rest(pairs, highest):
        count, largest, strongest = rest
        alt += f" The other {count}: share at most {largest:.2f}, effect at most {strongest:.1f}."
        rows.append((f"the other {count}", "any", f"at most {largest:.2f}", f"at most {strongest:.2f}"))
    table = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    return finish(fig, title, alt, table)


def _family(kind: str) -> str:
    return kind.partition(",")[0]


def _stands_out(share: float, effect: float, highest: float) -> bool:
    return share >= LOOKS or effect >= MATTERS * highest


def _bounds_of_the_rest(pairs: Mapping[str, tuple[Any, Any]], highest: float) -> tuple[int, float, float] | None:
    """Of the points without a name: how many, the largest share, the largest effect."""
    points = [(float(share), float(effect)) for shares, effects in pairs.values()
              for share, effect in zip(shares.ravel(), effects.ravel(), strict=True)]  # fmt: skip
    rest = [(share, effect) for share, effect in points if not _stands_out(share, effect, highest)]
    if not rest:
        return None
    largest, strongest = (max(side) for side in zip(*rest, strict=True))
    return len(rest), largest, strongest


def _pair(
    kind: str, shares: Any, effects: Any
) -> tuple[Float[np.ndarray, "layers heads"], Float[np.ndarray, "layers heads"]]:
    one, other = as_array(shares), as_array(effects)
    if one.shape != other.shape or one.ndim != 2:
        raise ValueError(f"{kind}: shares have the shape {one.shape}, effects {other.shape}; both need (layers, heads)")
    return one, other
