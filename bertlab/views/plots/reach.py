"""How far news travels: which vectors move, layer by layer, when one token is another."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from bertlab.views import palette
from bertlab.views.attended import as_array
from bertlab.views.plots.canvas import SMALL, WIDEST, finish, listed, new_figure, our_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@our_style()
def reach_map(moved: Mapping[str, Any], tokens: Sequence[str], changed: int, title: str) -> "Figure":
    """How much each token's vector moves in each layer when one token is changed, a map for each model or mask.

    A cell that moves by exactly nothing is hatched, so that it is told from one that moves a little. The changed token,
    which moves most, is black and outside the scale.

    Args:
        moved: by name, (layers, seq): how far a vector has moved, from 0 up, after one layer, after two
        tokens: as they were before the change
        changed: the place of the token that is changed, from 0
        title: what there is to see

    Raises:
        ValueError: nothing to draw, or shapes that do not fit the tokens or one another.
    """
    maps = {name: as_array(numbers) for name, numbers in moved.items()}
    shapes = {numbers.shape for numbers in maps.values()}
    if len(shapes) != 1 or len(shape := shapes.pop()) != 2 or shape[1] != len(tokens):
        raise ValueError(
            f"shapes are {[numbers.shape for numbers in maps.values()]}: each needs (layers, {len(tokens)} tokens)"
        )
    side = min(0.36, (WIDEST - 1.6) / len(tokens))
    height = 1.3 + len(maps) * (0.35 + 0.2 * shape[0])
    fig = new_figure(1.9 + side * len(tokens), height, title)
    panels = fig.subplots(len(maps), 1, sharex=True, squeeze=False)[:, 0]
    others = np.arange(len(tokens)) != changed
    highest = max(float(numbers[:, others].max(initial=0)) for numbers in maps.values()) or 1.0
    for axes, (name, numbers), colour in zip(panels, maps.items(), palette.colours_of(maps), strict=True):
        image = _draw(axes, numbers, changed, highest)
        axes.set_title(name, loc="left", color=palette.ink(colour), weight="bold")
    panels[-1].set_xticks(
        range(len(tokens)), list(tokens), rotation=60, ha="right", rotation_mode="anchor", size=SMALL + 1
    )
    panels[-1].get_xticklabels()[changed].set_fontweight("bold")
    fig.colorbar(image, ax=list(panels), label="how far its vector moves", shrink=0.7, aspect=25)
    table = [
        {
            "others that move": f"after {layer + 1}",
            **{name: _told(numbers[layer], others, tokens) for name, numbers in maps.items()},
        }
        for layer in range(shape[0])
    ]
    shown = (
        f"A map each for {listed(list(maps))}: a row for each layer, a column for each token; dark moves much, hatched "
        f"not at all. Changed is “{tokens[changed]}”, place {changed} of 0 to {len(tokens) - 1}."
    )
    return finish(fig, title, shown, table)


def _draw(axes: "Axes", numbers: Float[np.ndarray, "layers seq"], changed: int, highest: float) -> Any:
    from matplotlib.colors import PowerNorm
    from matplotlib.patches import Rectangle

    # Most move a little and a few a lot: by its root, a small number is seen too.
    scale = PowerNorm(0.5, vmin=0, vmax=highest)
    image = axes.imshow(numbers, cmap=palette.ATTENTION_MAP, norm=scale, aspect="auto", interpolation="nearest")
    for (layer, place), far in np.ndenumerate(numbers):
        look: Any = None
        if place == changed:
            look = {"facecolor": palette.BLACK}
        elif far == 0:
            look = {"facecolor": "#F4F4F4", "edgecolor": "#BBBBBB", "hatch": "////", "lw": 0}
        if look:
            axes.add_patch(Rectangle((place - 0.5, layer - 0.5), 1, 1, **look))
    layers, seq = numbers.shape
    axes.set_yticks(range(layers), [f"after {layer + 1}{' layer' * (layer == 0)}" for layer in range(layers)])
    axes.set_xticks(np.arange(0.5, seq - 1), minor=True)
    axes.set_yticks(np.arange(0.5, layers - 1), minor=True)
    axes.grid(which="minor", color="white", lw=0.8)
    axes.tick_params(which="both", length=0)
    return image


def _told(row: Float[np.ndarray, " seq"], others: Any, tokens: Sequence[str]) -> str:
    """How many others move, how far, and who of them farthest."""
    far = row[others]
    moving = f"{int((far > 0).sum())} of {far.size}"
    if not far.any():
        return moving
    farthest = tokens[int(np.where(others, row, -1.0).argmax())]
    return f"{moving}, by {far[far > 0].min():.2g} to {far.max():.2g} ({farthest})"
