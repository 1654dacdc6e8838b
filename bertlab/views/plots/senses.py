"""One word, several senses: does its vector tell them apart? A number first, then a picture, each with its control."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float

from bertlab.views import palette
from bertlab.views.attended import as_array
from bertlab.views.plots.canvas import finish, new_figure, our_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = ("o", "s", "^", "D", "v", "P")
# Senses have no colour with a meaning; filled and hollow in turn, they stay apart in grey, too.
COLOURS = (palette.GREEN, palette.PINK, palette.OCHRE)


class SenseGap(NamedTuple):
    """The mean cosine similarity of two occurrences in the same sense, and of two in different ones."""

    same: float
    different: float

    @property
    def gap(self) -> float:
        """How much more alike two occurrences are when their sense is the same."""
        return self.same - self.different


def sense_gap(vectors: Any, senses: Sequence[str]) -> SenseGap:
    """How much more alike vectors are in the same sense than in different ones, over all pairs of occurrences.

    >>> sense_gap([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]], ["river", "river", "music"])
    SenseGap(same=1.0, different=0.0)

    Args:
        vectors: (occurrences, hidden)

    Raises:
        ValueError: not one sense for each vector, only one sense, none that occurs twice, or a vector without length.
    """
    return _gap(_directions(vectors, senses), senses)


def principal_plane(
    vectors: Float[np.ndarray, "occurrences hidden"],
) -> tuple[Float[np.ndarray, "occurrences 2"], float]:
    """Where the vectors lie on the plane on which they are spread most, around their mean; and its share of the spread.

    >>> places, share = principal_plane(np.array([[3.0, 0.0, 1.0], [-3.0, 0.0, 1.0], [0.0, 0.0, 1.0]]))
    >>> places.round(6).tolist(), round(share, 6)
    ([[3.0, 0.0], [-3.0, 0.0], [0.0, 0.0]], 1.0)

    Source: Pearson 1901, "On lines and planes of closest fit"; by the singular values of the centred vectors.
    """
    centred = vectors - vectors.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    places = np.zeros((len(vectors), 2))
    axes = min(2, len(sizes))
    places[:, :axes] = left[:, :axes] * sizes[:axes]
    # An axis has no natural direction: here the farthest occurrence (of equally far ones the first) is positive.
    far = np.abs(places)
    farthest = (far >= far.max(axis=0) * (1 - 1e-6)).argmax(axis=0)
    places *= np.where(np.take_along_axis(places, farthest[None], axis=0)[0] < 0, -1, 1)
    whole = (sizes**2).sum()
    # Rounding apart, all may be one point, as a word's vector without its context is.
    return places + 0.0, float((sizes[:2] ** 2).sum() / whole) if whole > 1e-18 else 1.0


@our_style()
def sense_scatter(
    vectors: Any,
    senses: Sequence[str],
    control: Any,
    title: str | None = None,
    *,
    who: str = "BERT",
    control_is: str = "untrained",
    control_senses: Sequence[str] | None = None,
    by: str = "sense",
) -> "Figure":
    """The vectors of one word in its senses, seen from where they are spread most, beside a control drawn the same way.

    Above each picture stands the measure, `sense_gap`: the picture only shows where it comes from. Drawn are directions
    (each vector brought to length 1), so that both pictures have one scale and distance means what the measure means.

    Args:
        vectors: (occurrences, hidden)
        senses: the sense of each occurrence
        control: (occurrences, hidden): the same occurrences, from an untrained model for instance
        title: what there is to see; else both gaps
        control_senses: the control's senses where they are others: shuffled ones, beside the same vectors
        by: what the occurrences are sorted by, where it is not certain that it is the sense: "place"

    Raises:
        ValueError: what `sense_gap` refuses, or another number of occurrences in the control.
    """
    sides = {who: (vectors, list(senses)), control_is: (control, list(control_senses or senses))}
    if len(sides) < 2:
        raise ValueError(f"the control needs another name than {who!r}: control_is='untrained'")
    if len(as_array(control)) != len(as_array(vectors)):
        raise ValueError(
            f"{len(as_array(vectors))} vectors, but {len(as_array(control))} of the control: "
            "the same occurrences are needed"
        )
    directions = {name: _directions(*side) for name, side in sides.items()}
    gaps = {name: _gap(directions[name], side[1]) for name, side in sides.items()}
    planes = {name: principal_plane(side) for name, side in directions.items()}
    title = title or (f"Gap between the {by}s: {who} {gaps[who].gap:+.2f}, {control_is} {gaps[control_is].gap:+.2f}")
    fig = new_figure(8.4, 4.9, title)
    panels = fig.subplots(1, 2)
    kinds = list(dict.fromkeys(senses))
    half = 0.6 * max(np.ptp(places, axis=0).max() for places, _ in planes.values()) or 1.0
    for axes, name in zip(panels, sides, strict=True):
        (places, share), gap = planes[name], gaps[name]
        _scatter(axes, places, sides[name][1], kinds)
        middle = (places.max(axis=0) + places.min(axis=0)) / 2
        axes.set_xlim(middle[0] - half, middle[0] + half)
        axes.set_ylim(middle[1] - half, middle[1] + half)
        axes.set_aspect("equal")
        axes.set_title(
            f"{name}: gap {gap.gap:+.2f}\nsame {by} {gap.same:.2f}, other {by} {gap.different:.2f}",
            color=palette.ink(palette.CONTROL if name == control_is else palette.colour_of(name)),
        )
        axes.set_xlabel(f"this picture shows {share:.0%} of the differences")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(True)
        axes.spines[:].set_color("#BBBBBB")
    fig.legend(
        *panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=min(len(kinds), 4), frameon=False
    )
    table = [
        {
            "vectors": name,
            f"same {by}": f"{gap.same:.2f}",
            f"other {by}": f"{gap.different:.2f}",
            "gap": f"{gap.gap:+.2f}",
        }
        for name, gap in gaps.items()
    ]
    shown = (
        f"Two scatter plots of {len(senses)} occurrences in {len(kinds)} {by}s, {who} and {control_is}; "
        f"above each the mean cosine similarity of two in the same {by} and of two in different ones. "
        + " ".join(
            f"{name}: {gap.same:.2f} in the same {by}, {gap.different:.2f} in different ones; the picture shows "
            f"{planes[name][1]:.0%} of the differences."
            for name, gap in gaps.items()
        )
    )
    return finish(fig, title, shown, table)


def _directions(vectors: Any, senses: Sequence[str]) -> Float[np.ndarray, "occurrences hidden"]:
    """Each vector brought to length 1, checked."""
    array = as_array(vectors)
    if array.ndim != 2 or len(array) != len(senses):
        raise ValueError(f"vectors have shape {array.shape}; {len(senses)} senses need ({len(senses)}, hidden)")
    counts = [list(senses).count(sense) for sense in set(senses)]
    if len(counts) < 2 or max(counts) < 2:
        raise ValueError(
            f"the senses are {', '.join(sorted(set(senses))) or 'none'}, at most {max(counts, default=0)} times each: "
            "two senses are needed, and one of them twice"
        )
    lengths = np.linalg.norm(array, axis=1)
    if not (lengths > 0).all():
        raise ValueError(f"vector {int(np.argmin(lengths > 0))} has the length {lengths.min():g}: it has no direction")
    return array / lengths[:, None]


def _gap(directions: Float[np.ndarray, "occurrences hidden"], senses: Sequence[str]) -> SenseGap:
    alike = directions @ directions.T
    same = np.array(senses)[:, None] == np.array(senses)[None, :]
    others = ~np.eye(len(senses), dtype=bool)
    return SenseGap(float(alike[same & others].mean()), float(alike[~same].mean()))


def _scatter(
    axes: "Axes", places: Float[np.ndarray, "occurrences 2"], senses: Sequence[str], kinds: Sequence[str]
) -> None:
    for number, kind in enumerate(kinds):
        mine = places[[sense == kind for sense in senses]]
        colour = COLOURS[number % len(COLOURS)]
        axes.scatter(
            mine[:, 0], mine[:, 1], marker=MARKERS[number % len(MARKERS)], s=85, lw=1.8, edgecolors=colour,
            facecolors="none" if number % 2 else colour, label=kind, alpha=0.85,
        )  # fmt: skip
