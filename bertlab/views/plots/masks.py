"""Who may look at whom: masks side by side, or the attention that is left under each of them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from bertlab.views import palette
from bertlab.views.attended import as_array
from bertlab.views.plots.attention import NUMBERS_UP_TO, name_sides, write_numbers
from bertlab.views.plots.canvas import WIDEST, finish, listed, new_figure, our_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@our_style()
def mask_matrices(masks: Mapping[str, Any], tokens: Sequence[str] | None = None, title: str | None = None) -> "Figure":
    """Masks side by side: a filled cell says that the row's token may look at the column's.

    With probabilities in place of masks, what attention looks like under each of them, on one scale; a cell with
    exactly nothing stays empty.

    Args:
        masks: by name, (query, key), or with axes of length 1 before, as `build_mask` gives it. True where a query may
            look at a key; or shares, each row adding up to 1. The name decides the colour: "causal", "no mask"
        title: what there is to see; else how many cells the strictest mask leaves

    Raises:
        ValueError: no masks, shapes that differ or do not fit the tokens, or numbers that are neither.
    """
    if not masks:
        raise ValueError("there are no masks: give {'no mask': ..., 'causal': ...}")
    found = {name: _matrix(name, mask) for name, mask in masks.items()}
    first, shape = next((name, matrix.shape) for name, matrix in found.items())
    for name, matrix in found.items():
        if matrix.shape != shape:
            raise ValueError(f"{name!r} has shape {matrix.shape}, {first!r} has {shape}: they cannot be compared")
    if tokens is not None and shape != (len(tokens), len(tokens)):
        raise ValueError(f"{first!r} has shape {shape}; {len(tokens)} tokens need ({len(tokens)}, {len(tokens)})")
    only_masks = all(np.isin(matrix, (0, 1)).all() for matrix in found.values())
    allowed = {name: int((matrix > 0).sum()) for name, matrix in found.items()}
    cells = shape[0] * shape[1]
    strict = min(allowed, key=allowed.__getitem__)
    left = f"“{strict}” leaves {allowed[strict]} of {cells} cells"
    title = title or (f"Filled: may look. {left}" if only_masks else f"Who gets how much: {left}")

    side = min(0.5, (WIDEST - 1.5) / len(found) / shape[1] * 0.9, 4.0 / shape[0])
    width = max(1.2 + len(found) * (side * shape[1] + 0.4), 1.2 + len(found) * 1.9)
    fig = new_figure(width, 1.9 + side * shape[0], title)
    panels = fig.subplots(1, len(found), sharey=True, squeeze=False)[0]
    highest = max(matrix.max() for matrix in found.values())
    for axes, name, colour in zip(panels, found, palette.colours_of(found), strict=True):
        _draw(axes, found[name], colour if only_masks else None, highest, side)
        names = tokens if tokens is not None else [str(place) for place in range(max(shape))]
        name_sides(axes, names[: shape[0]], names[: shape[1]], side)
        axes.set_title(name, color=palette.ink(colour), weight="bold", pad=8)
        axes.set_xlabel(f"{allowed[name]} of {cells} cells: {allowed[name] / cells:.0%}")
    panels[0].set_ylabel("looks")
    table = [
        {"mask": name, "cells that may look": count, "of": cells, "share": f"{count / cells:.0%}"}
        for name, count in allowed.items()
    ]
    kind = "Masks" if only_masks else "Attention maps on one scale"
    shown = f"{kind} side by side: {listed(list(found))}. A row looks, a column is looked at."
    return finish(fig, title, shown, table)


def _matrix(name: str, mask: Any) -> Float[np.ndarray, "query key"]:
    matrix = as_array(mask)
    while matrix.ndim > 2 and matrix.shape[0] == 1:
        matrix = matrix[0]
    if matrix.ndim != 2 or not matrix.size:
        raise ValueError(f"{name!r} has shape {matrix.shape}; a mask is (query, key), one text and one head")
    if not ((matrix >= 0) & (matrix <= 1)).all():
        raise ValueError(
            f"{name!r} goes from {matrix.min():.3g} to {matrix.max():.3g}. A mask is True where a query may look at a "
            "key, attention a share from 0 to 1; for numbers that are added to scores give mask == 0"
        )
    return matrix


def _draw(
    axes: "Axes", matrix: Float[np.ndarray, "query key"], colour: str | None, highest: float, side: float
) -> None:
    """A mask in one colour, or shares in the colours of attention; lines between the cells."""
    from matplotlib.colors import ListedColormap

    if colour is not None:
        axes.imshow(matrix, cmap=ListedColormap(["white", colour]), vmin=0, vmax=1, interpolation="nearest")
    else:
        image = axes.imshow(matrix, cmap=palette.ATTENTION_MAP, vmin=0, vmax=max(highest, 1e-9))
        if matrix.shape[1] <= NUMBERS_UP_TO and side >= 0.36:
            write_numbers(axes, image, matrix, ".2f")
    axes.set_xticks(np.arange(0.5, matrix.shape[1] - 1), minor=True)
    axes.set_yticks(np.arange(0.5, matrix.shape[0] - 1), minor=True)
    axes.grid(which="minor", color="#BBBBBB", lw=0.6)
    axes.tick_params(which="minor", length=0)
