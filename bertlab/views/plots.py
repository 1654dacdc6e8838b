"""The figures of the lessons: arrays and strings in, a matplotlib figure out; its title says what to see."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from bertlab.views import palette
from bertlab.views.attended import as_array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Points = Sequence[Any]
"""(step, loss) pairs."""
NUMBERS_UP_TO = 9
"""Tokens up to which an attention map prints its numbers; more would not be legible."""
_CHINESE_FONTS = ("Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei")


def percent(share: float) -> str:
    """A share that stays readable when it is small.

    >>> percent(0.421), percent(0.00013)
    ('42.1%', '0.013%')
    """
    return f"{share:.1%}" if share >= 0.01 else f"{share:.3%}"


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Heights for labels, moved upwards as little as keeps neighbours `gap` apart; the order stays.

    >>> spread([1.0, 0.9, 3.0], gap=0.5)
    [1.4, 0.9, 3.0]
    """
    moved = list(heights)
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    for below, above in pairwise(order):
        moved[above] = max(moved[above], moved[below] + gap)
    return moved


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
    if shares.shape != (len(tokens), len(columns)):
        raise ValueError(
            f"probs has shape {shares.shape}; {len(tokens)} rows and {len(columns)} columns of tokens need "
            f"({len(tokens)}, {len(columns)}). Give one head of one layer."
        )
    row, column = (int(i) for i in np.unravel_index(shares.argmax(), shares.shape))
    words = title or f"“{tokens[row]}” looks at “{columns[column]}” most of all ({shares[row, column]:.2f})"
    side = 0.36 if len(columns) > NUMBERS_UP_TO else 0.5
    fig, axes = _canvas(2.2 + side * len(columns), 1.4 + side * len(tokens), words)
    image = axes.imshow(shares, cmap=palette.ATTENTION_MAP, vmin=0, vmax=max(shares.max(), 1e-9))
    axes.set_xticks(range(len(columns)), columns, rotation=60, ha="left", rotation_mode="anchor", parse_math=False)
    axes.set_yticks(range(len(tokens)), list(tokens), parse_math=False)
    axes.tick_params(top=True, bottom=False, labeltop=True, labelbottom=False, length=0)
    axes.spines[:].set_visible(False)
    axes.set_ylabel("looks")
    axes.set_xlabel("is looked at")
    axes.xaxis.set_label_position("top")
    if len(columns) <= NUMBERS_UP_TO:
        for (i, j), share in np.ndenumerate(shares):
            colour = "white" if share > 0.6 * shares.max() else "black"
            axes.text(j, i, f"{share:.2f}", ha="center", va="center", size=9, color=colour)
    fig.colorbar(image, ax=axes, label="share of the row's attention", shrink=0.8)
    return fig


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
        ValueError: a curve has no points.
    """
    curves = dict(history) if isinstance(history, Mapping) else {"BERT": history}
    for name, points in curves.items():
        if not len(points):
            raise ValueError(f"the curve {name!r} has no points: train a step first")
    references = dict(references or {})
    fig, axes = _canvas(7.6, 4.2, title or _how_it_ended(curves, references, unit))
    ends: list[tuple[float, str, str]] = []
    for place, (name, points) in enumerate(curves.items()):
        steps, losses = zip(*points, strict=True)
        colour = palette.colour_of(name, place)
        axes.plot(steps, losses, color=colour, lw=2, marker="o" if len(points) < 3 else None)
        ends.append((float(losses[-1]), f"{name} {losses[-1]:.2f}", colour))
    for name, loss in references.items():
        colour = palette.CONTROL if palette.colour_of(name) == palette.CONTROL else palette.LIMIT
        axes.axhline(loss, color=colour, ls="--", lw=1.4)
        ends.append((float(loss), f"{name} {loss:.2f}", colour))
    axes.set_xlabel("training step")
    axes.set_ylabel(f"loss ({unit})")
    if halving:
        _halve(axes, [end[0] for end in ends])
    _label_ends(axes, ends)
    return fig


def guess_bars(
    pieces: Sequence[str],
    probabilities: Sequence[Any],
    right: str | None = None,
    title: str | None = None,
) -> "Figure":
    """A model's best guesses for one masked token, the best on top.

    Args:
        right: the word that stood there, drawn in full colour where it is among the guesses
        title: what there is to see; else the best guess

    Raises:
        ValueError: as many probabilities as pieces are needed, and at least one.
    """
    if len(pieces) != len(probabilities) or not pieces:
        raise ValueError(f"{len(pieces)} pieces and {len(probabilities)} probabilities: one for each is needed")
    best = int(np.argmax(probabilities))
    words = title or f"The best guess is “{pieces[best]}” ({probabilities[best]:.0%})"
    fig, axes = _canvas(5.6, 0.9 + 0.42 * len(pieces), words)
    plain = palette.BERT if right is None else palette.SKY
    colours = [palette.BERT if piece == right else plain for piece in pieces]
    axes.barh(range(len(pieces)), list(probabilities), color=colours)
    axes.set_yticks(range(len(pieces)), list(pieces), parse_math=False)
    axes.invert_yaxis()
    axes.set_xlim(0, max(probabilities) * 1.15)
    for place, share in enumerate(probabilities):
        axes.text(share, place, f" {percent(share)}", va="center", size=10)
    axes.tick_params(left=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xticks([])
    return fig


def truth_bars(
    pieces: Sequence[str], exact: Sequence[Any], guessed: Sequence[Any], title: str | None = None, who: str = "BERT"
) -> "Figure":
    """Two columns of bars for the same pieces: how sure one can be, and how sure a model is.

    Args:
        exact: the true probability of each piece, given what can be seen
        guessed: the model's
        title: what there is to see; else the likeliest piece and both its probabilities

    Raises:
        ValueError: both need one probability for each piece, and there is at least one.
    """
    if not len(pieces) == len(exact) == len(guessed) or not pieces:
        raise ValueError(
            f"{len(pieces)} pieces, {len(exact)} exact probabilities and {len(guessed)} guessed ones: "
            "one of each for every piece is needed"
        )
    best = int(np.argmax(np.round(as_array(exact), 6)))  # of equally likely ones the first
    words = title or f"“{pieces[best]}”: one can be {exact[best]:.0%} sure, {who} is {guessed[best]:.0%}"
    fig, left = _canvas(7.6, 1.1 + 0.36 * len(pieces), words)
    left.remove()
    columns = fig.subplots(1, 2, sharey=True)
    widest = max(*exact, *guessed) * 1.25
    for axes, name, shares, colour in zip(
        columns, ("how sure one can be", f"how sure {who} is"), (exact, guessed), (palette.LIMIT, palette.BERT),
        strict=True,
    ):  # fmt: skip
        axes.barh(range(len(pieces)), list(shares), color=colour)
        for place, share in enumerate(shares):
            axes.text(share, place, f" {percent(share)}", va="center", size=10)
        axes.set_xlim(0, widest)
        axes.set_xticks([])
        axes.set_title(name, loc="left", color=colour, size=11)
        axes.tick_params(left=False)
        axes.spines[:].set_visible(False)
    columns[0].set_yticks(range(len(pieces)), list(pieces), parse_math=False)
    columns[0].invert_yaxis()
    return fig


def _canvas(width: float, height: float, title: str) -> "tuple[Figure, Axes]":
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # A figure of its own, not pyplot's: nothing stays open behind it.
    with mpl.rc_context({"font.size": 11, "font.family": _fonts(), "axes.titlesize": 12}):
        fig = Figure(figsize=(width, height), layout="constrained", facecolor="white")
        axes = fig.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        fig.suptitle(title, parse_math=False, weight="bold", size=12)
    return fig, axes


def _fonts() -> list[str]:
    """The usual font, and one with Chinese characters where the machine has one."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in _CHINESE_FONTS if name in installed)]


def _how_it_ended(curves: Mapping[str, Points], references: Mapping[str, Any], unit: str) -> str:
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
    low = np.floor(np.log2(min([*losses, axes.dataLim.y0])))
    high = np.ceil(np.log2(max([*losses, axes.dataLim.y1])))
    axes.set_yscale("log", base=2)
    axes.set_ylim(2**low, 2**high)
    ticks = 2 ** np.arange(low, high + 1)
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_ylabel(f"{axes.get_ylabel()}, halved from line to line")
    axes.grid(axis="y", color=palette.GREY, alpha=0.25, lw=0.8)


def _label_ends(axes: "Axes", ends: Sequence[tuple[float, str, str]]) -> None:
    """Names beside the ends of their lines: no legend to look up, no two on top of each other."""
    # In shares of the axis' height, whatever its scale.
    to_share = axes.transData + axes.transAxes.inverted()
    shares = [float(to_share.transform((0.0, end[0]))[1]) for end in ends]
    for (_, words, colour), share, height in zip(ends, shares, spread(shares, gap=0.065), strict=True):
        axes.annotate(
            words, (1.0, share), (1.045, height), xycoords="axes fraction", textcoords="axes fraction", color=colour,
            va="center", parse_math=False, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.8, "shrinkA": 1, "shrinkB": 0},
        )  # fmt: skip
