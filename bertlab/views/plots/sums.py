"""Token + segment + position: what a model's first vectors are made of."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from bertlab.views import palette
from bertlab.views.attended import as_array
from bertlab.views.plots.attention import write_numbers
from bertlab.views.plots.canvas import WIDEST, finish, listed, new_figure, our_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

NUMBERS_UP_TO = 20
"""Columns, all strips together, up to which the numbers are printed."""


@our_style()
def embedding_sum(
    parts: Mapping[str, Any],
    tokens: Sequence[str],
    after: Any = None,
    title: str | None = None,
    *,
    dimensions: int = 12,
    after_name: str = "after LayerNorm",
) -> "Figure":
    """Vectors that are added up, as strips with + and = between: a row for each token, a column for each dimension.

    The parts and their sum, which is computed here, share one scale, so that one sees which part weighs how much. What
    comes after has a scale of its own. Below each strip stands the mean length of its vectors, in all dimensions.

    Args:
        parts: by name, (seq, hidden) each: {"token": ..., "segment": ..., "position": ...}
        after: (seq, hidden), what becomes of the sum; leave it out to end with the sum
        title: what there is to see; else which part is the longest
        dimensions: so many are shown, the first ones

    Raises:
        ValueError: no parts, shapes that differ or do not fit the tokens, or no dimension to show.
    """
    if not parts:
        raise ValueError("there is nothing to add: give {'token': ..., 'segment': ..., 'position': ...}")
    strips = {name: as_array(part) for name, part in parts.items()}
    strips["sum"] = np.sum(list(_same_shape(strips, len(tokens)).values()), axis=0)
    if after is not None:
        strips[after_name] = as_array(after)
    hidden = _same_shape(strips, len(tokens))["sum"].shape[1]
    if dimensions < 1:
        raise ValueError(f"dimensions is {dimensions}; show at least one of the {hidden}")
    shown = min(dimensions, hidden)
    lengths = {name: float(np.linalg.norm(strip, axis=1).mean()) for name, strip in strips.items()}
    longest = max(parts, key=lengths.__getitem__)
    title = title or f"“{longest}” is the longest part of the sum: {lengths[longest]:.2g} on average"

    with_numbers = shown * len(strips) <= NUMBERS_UP_TO
    side = min(0.48 if with_numbers else 0.16, (WIDEST - 2.2) / (shown * len(strips)))
    high = min(0.3, 4.2 / len(tokens))
    fig = new_figure(1.4 + len(strips) * max(side * shown + 0.35, 1.3), 1.9 + high * len(tokens), title)
    panels = fig.subplots(1, len(strips), sharey=True, squeeze=False)[0]
    added = len(parts) + 1
    scales = [max(np.abs(strip[:, :shown]).max() for strip in list(strips.values())[:added]) or 1.0] * added
    scales += [np.abs(strip[:, :shown]).max() or 1.0 for strip in list(strips.values())[added:]]
    signs = ["", *"+" * (len(parts) - 1), "=", "→"]
    images = []
    for axes, (name, strip), scale, sign in zip(panels, strips.items(), scales, signs, strict=False):
        images.append(_strip(axes, strip[:, :shown], scale, with_numbers))
        axes.set_title(name, weight="bold")
        axes.set_xlabel(f"length {lengths[name]:.2g}")
        axes.annotate(sign, (0, 0.5), (-14, 0), "axes fraction", "offset points", size=20, ha="center", va="center")
    panels[0].set_yticks(range(len(tokens)), list(tokens), size=min(11, high * 50))
    fig.colorbar(
        images[0], ax=list(panels[:added]), location="bottom", aspect=50, shrink=0.6, label=_which(shown, hidden)
    )
    if after is not None:
        fig.colorbar(images[-1], ax=[panels[-1]], location="bottom", aspect=12, label="a scale of its own")
    table = [{"vectors": name, "mean length": f"{length:.3g}"} for name, length in lengths.items()]
    end = f", and {after_name}" if after is not None else ""
    words = f"Strips of {len(tokens)} tokens, {_which(shown, hidden)}: {listed(list(parts))}, their sum{end}."
    return finish(fig, title, words, table)


def _same_shape(strips: Mapping[str, np.ndarray], length: int) -> Mapping[str, Float[np.ndarray, "seq hidden"]]:
    first, shape = next((name, strip.shape) for name, strip in strips.items())
    for name, strip in strips.items():
        if strip.ndim != 2 or strip.shape[0] != length or strip.shape[1] == 0:
            raise ValueError(f"{name!r} has shape {strip.shape}; with {length} tokens ({length}, hidden) is right")
        if strip.shape != shape:
            raise ValueError(f"{name!r} has shape {strip.shape}, {first!r} has {shape}: they cannot be added")
    return strips


def _which(shown: int, hidden: int) -> str:
    return f"all {hidden} dimensions" if shown == hidden else f"the first {shown} of {hidden} dimensions"


def _strip(axes: "Axes", strip: Float[np.ndarray, "seq shown"], scale: float, with_numbers: bool) -> "AxesImage":
    image = axes.imshow(strip, cmap=palette.SIGNED_MAP, vmin=-scale, vmax=scale, aspect="auto", interpolation="nearest")
    if with_numbers:
        write_numbers(axes, image, strip, ".2g")
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color("#BBBBBB")
    return image
