"""Who looks at whom: one head large, or every head of every layer small."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from bertlab.views import palette
from bertlab.views.attended import as_array, read
from bertlab.views.plots.canvas import HIGHEST, SMALL, WIDEST, finish, new_figure, our_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

NUMBERS_UP_TO = 9
"""Tokens up to which an attention map prints its numbers; more would not be legible."""
ROWS = 16
"""The most rows of an attention map's table: of more tokens, those that look most sharply."""


def strongest(shares: Float[np.ndarray, "query key"]) -> tuple[int, int]:
    """The strongest link, as (query, key). A row that has no choice, as the first under a causal mask, is no news.

    >>> strongest(np.array([[1.0, 0.0], [0.4, 0.6]]))
    (1, 1)
    """
    free = (shares > 0).sum(axis=1) > 1
    among = np.where(free[:, None], shares, 0) if free.any() else shares
    row, column = np.unravel_index(among.argmax(), among.shape)
    return int(row), int(column)


def name_sides(axes: "Axes", rows: Sequence[str], columns: Sequence[str], size: float) -> None:
    """Tokens beside the rows and above the columns of a map; where they lie too close, some of them."""
    step = max(1, round(0.14 / size))
    font = float(np.clip(size * 72 * 0.7, SMALL - 2, 11))
    axes.set_xticks(
        range(0, len(columns), step), list(columns)[::step], rotation=60, ha="left", rotation_mode="anchor",
        size=font,
    )  # fmt: skip
    axes.set_yticks(range(0, len(rows), step), list(rows)[::step], size=font)
    axes.tick_params(top=True, bottom=False, labeltop=True, labelbottom=False, length=0)
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color("#BBBBBB")


def write_numbers(axes: "Axes", image: "AxesImage", numbers: Float[np.ndarray, "rows columns"], form: str) -> None:
    """Each number into its cell, in black or white; a cell with exactly nothing stays empty."""
    for (row, column), number in np.ndenumerate(numbers):
        if number != 0:
            behind: Any = image.cmap(image.norm(number))
            axes.text(column, row, format(number, form), ha="center", va="center", size=9, color=palette.ink_on(behind))


@our_style()
def attention_map(
    probs: Any, tokens: Sequence[str], title: str | None = None, *, key_tokens: Sequence[str] | None = None
) -> "Figure":
    """Who looks where in one head: a row looks, a column is looked at, dark is much.

    Args:
        probs: (query, key), each row adding up to 1
        title: what there is to see; else the strongest link
        key_tokens: the columns' tokens, where they are not those of the rows

    Raises:
        ValueError: the shape does not fit the tokens.
    """
    columns = list(tokens if key_tokens is None else key_tokens)
    shares = as_array(probs)
    if shares.shape != (len(tokens), len(columns)) or not shares.size:
        raise ValueError(
            f"probs has shape {shares.shape}; {len(tokens)} rows and {len(columns)} columns of tokens need "
            f"({len(tokens)}, {len(columns)}). Give one head of one layer."
        )
    row, column = strongest(shares)
    title = title or f"“{tokens[row]}” looks at “{columns[column]}” most of all ({shares[row, column]:.2f})"
    with_numbers = len(columns) <= NUMBERS_UP_TO
    side = 0.5 if with_numbers else min(0.36, (WIDEST - 2.2) / len(columns), 0.36 * 15 / len(tokens))
    fig = new_figure(2.2 + side * len(columns), 1.4 + side * len(tokens), title)
    axes = fig.add_subplot()
    image = axes.imshow(shares, cmap=palette.ATTENTION_MAP, vmin=0, vmax=max(shares.max(), 1e-9))
    name_sides(axes, tokens, columns, side)
    axes.set_ylabel("looks")
    axes.set_xlabel("is looked at")
    axes.xaxis.set_label_position("top")
    if with_numbers:
        write_numbers(axes, image, shares, ".2f")
    else:
        fig.colorbar(image, ax=axes, label="share of the row's attention", shrink=0.8)
    sharpest = np.argsort(-shares.max(axis=1), kind="stable")
    table = [
        {"token": token, "looks most at": _most(shares[i], columns), "share": f"{shares[i].max():.2f}"}
        for i, token in enumerate(tokens)
        if i in sharpest[:ROWS]
    ]
    shown = f"An attention map of {len(tokens)} by {len(columns)} tokens: a row looks, a column is looked at."
    return finish(fig, title, shown, table)


def _most(row: Float[np.ndarray, " key"], columns: Sequence[str]) -> str:
    """The token that gets most of a row; where none gets more than another, no token's name.

    >>> _most(np.array([0.25, 0.75, 0.0]), ["a", "b", "c"]), _most(np.array([0.5, 0.5, 0.0]), ["a", "b", "c"])
    ('b', 'all alike')
    """
    seen = row[row > 0]
    return "all alike" if len(seen) > 1 and np.allclose(seen, seen[0]) else columns[int(row.argmax())]


@our_style()
def head_grid(
    layers: Any, tokens: Sequence[str], title: str | None = None, *, picked: Sequence[tuple[int, int]] = ()
) -> "Figure":
    """Every head of every layer as a small map, all on one scale: layers from top to bottom, heads from left to right.

    The table tells of each layer's sharpest head, or of the heads that are picked: how much of a token's attention goes
    to the one that it looks at most, on average, and its strongest link.

    Args:
        layers: one (heads, query, key) a layer, each row adding up to 1
        title: what there is to see; else the sharpest head, or the first that is picked
        picked: (layer, head), counted from 0, of heads that get a frame

    Raises:
        ValueError: layers, heads and tokens do not fit one another, rows are no shares, or there is no such head.
    """
    shown = read(None, None, None, tokens=tokens, attentions=layers)
    rows, columns, length = len(shown.layers), shown.heads, len(shown.tokens)
    for layer, head in picked:
        if not (0 <= layer < rows and 0 <= head < columns):
            raise ValueError(
                f"there is no head {(layer, head)}: layers count from 0 to {rows - 1}, heads from 0 to {columns - 1}"
            )
    sharpness = np.stack(shown.layers).max(axis=-1).mean(axis=-1)
    told = list(picked) or [(layer, int(of_layer.argmax())) for layer, of_layer in enumerate(sharpness)]
    layer, head = told[0] if picked else max(told, key=lambda place: sharpness[place])
    which = f"Layer {layer}, head {head}" if picked else f"Sharpest is layer {layer}, head {head}"
    title = title or f"{which}: a token gives {sharpness[layer, head]:.0%} of its attention to one"
    side = min(1.5, (HIGHEST - 0.8) / rows, (WIDEST - 1.8) / columns)
    fig = new_figure(max(1.8 + side * columns, 5.0), 0.8 + side * rows, title)
    axes = fig.add_subplot()
    scale = {"cmap": palette.ATTENTION_MAP, "vmin": 0, "vmax": max(layer.max() for layer in shown.layers)}
    # A map is 1 wide and 1 high, and its upper left corner lies at (head, layer), drawn a little apart.
    gap = 1.08
    for number, probs in enumerate(shown.layers):
        for place, head_probs in enumerate(probs):
            left, top = place * gap, number * gap
            image = axes.imshow(head_probs, extent=(left, left + 1, top + 1, top), interpolation="nearest", **scale)
            frame = (palette.BLACK, 2.5) if (number, place) in set(picked) else ("#BBBBBB", 0.6)
            axes.plot(
                [left, left + 1, left + 1, left, left], [top, top, top + 1, top + 1, top], color=frame[0], lw=frame[1],
                zorder=3, solid_joinstyle="miter", clip_on=False,
            )  # fmt: skip
    axes.set_xlim(-0.02, columns * gap - gap + 1.02)
    axes.set_ylim(rows * gap - gap + 1.02, -0.02)
    axes.spines[:].set_visible(False)
    _name_grid(axes, shown.tokens if side / length >= SMALL / 72 else [], rows, columns, gap)
    bar = fig.colorbar(image, ax=axes, label="share of the row's attention", shrink=0.7, aspect=30)
    bar.outline.set_visible(False)
    table = [_head_row(shown.tokens, place, shown.layers[place[0]][place[1]], sharpness[place]) for place in told]
    frames = " The picked ones have a frame." * bool(picked)
    kind = f"{rows} by {columns} small attention maps of {length} tokens, a row for each layer, a column for each head."
    return finish(fig, title, kind + frames, table)


def _name_grid(axes: "Axes", tokens: Sequence[str], rows: int, columns: int, gap: float) -> None:
    """Numbers of layers and heads; and, where there is room, the tokens beside the first row and column of maps."""
    middles = (np.arange(len(tokens)) + 0.5) / max(len(tokens), 1)
    axes.set_xticks(middles, list(tokens), rotation=60, ha="left", rotation_mode="anchor", size=SMALL)
    axes.set_yticks(middles, list(tokens), size=SMALL)
    axes.tick_params(top=True, bottom=False, labeltop=True, labelbottom=False, length=0)
    heads, layers = axes.secondary_xaxis("bottom"), axes.secondary_yaxis("right" if tokens else "left")
    word = "" if columns > 6 else "head "
    heads.set_xticks(np.arange(columns) * gap + 0.5, [f"{word}{head}" for head in range(columns)])
    word = "" if rows > 6 else "layer "
    layers.set_yticks(np.arange(rows) * gap + 0.5, [f"{word}{layer}" for layer in range(rows)])
    for side, name, plain in ((heads, "head", columns > 6), (layers, "layer", rows > 6)):
        side.tick_params(length=0)
        side.spines[:].set_visible(False)
        if plain and name == "head":
            side.set_xlabel(name)
        elif plain:
            side.set_ylabel(name)


def _head_row(
    tokens: Sequence[str], place: tuple[int, int], probs: Float[np.ndarray, "query key"], sharpness: float
) -> dict[str, object]:
    query, key = strongest(probs)
    return {
        "layer": place[0],
        "head": place[1],
        "share of the one looked at most, mean": f"{sharpness:.2f}",
        "strongest link": f"{tokens[query]} → {tokens[key]}",
        "its share": f"{probs[query, key]:.2f}",
    }
