"""Bars for one hidden token: what a model guesses, and beside it how sure one can be."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bertlab.views import palette
from bertlab.views.attended import as_array
from bertlab.views.plots.canvas import finish, new_figure, our_style, percent, shares_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@our_style()
def guess_bars(
    pieces: Sequence[str],
    probabilities: Sequence[Any],
    right: str | None = None,
    title: str | None = None,
    *,
    who: str = "BERT",
    longest: float | None = None,
) -> "Figure":
    """A model's guesses for one masked token, from top to bottom in the order given.

    Args:
        right: the word that stood there: its bar is full and its name bold, the other bars are pale
        title: what there is to see; else the best guess
        who: whose guesses they are, which decides the colour: "BERT", "GPT", "untrained"
        longest: the probability of a bar as wide as the figure, to compare two figures; else the best guess's

    Raises:
        ValueError: not one probability for each piece, or none at all, or it is none.
    """
    if len(pieces) != len(probabilities) or not pieces:
        raise ValueError(f"{len(pieces)} pieces and {len(probabilities)} probabilities: one for each is needed")
    shares = shares_of(probabilities, "probabilities")
    best = int(np.argmax(shares))
    title = title or f"The best guess is “{pieces[best]}” ({shares[best]:.0%})"
    fig = new_figure(5.6, 0.9 + 0.42 * len(pieces), title)
    axes = fig.add_subplot()
    full = [right is None or piece == right for piece in pieces]
    _bars(axes, shares, palette.colour_of(who), 1.15 * max(longest or 0, *shares), full)
    axes.set_yticks(range(len(pieces)), list(pieces))
    for label, piece in zip(axes.get_yticklabels(), pieces, strict=True):
        label.set_fontweight("bold" if piece == right else "normal")
    axes.invert_yaxis()
    said = ", ".join(f"{piece} {percent(share)}" for piece, share in zip(pieces, shares, strict=True))
    stood = ""
    if right is not None:
        stood = f" “{right}” stood there" + ("." if right in pieces else ", and is not among the guesses.")
    table = [{"guess": piece, "probability": percent(share)} for piece, share in zip(pieces, shares, strict=True)]
    return finish(fig, title, f"Bars, {who}'s guesses: {said}.{stood}", table)


@our_style()
def truth_bars(
    pieces: Sequence[str], exact: Sequence[Any], guessed: Sequence[Any], title: str | None = None, who: str = "BERT"
) -> "Figure":
    """Two columns of bars for the same pieces: how sure one can be, and how sure a model is.

    Args:
        exact: the true probability of each piece, given what can be seen
        guessed: the model's
        title: what there is to see; else the likeliest piece and both its probabilities

    Raises:
        ValueError: not one of both probabilities for each piece, or none at all, or it is none.
    """
    if not len(pieces) == len(exact) == len(guessed) or not pieces:
        raise ValueError(
            f"{len(pieces)} pieces, {len(exact)} exact probabilities and {len(guessed)} guessed ones: "
            "one of each for every piece is needed"
        )
    true, said = shares_of(exact, "exact"), shares_of(guessed, "guessed")
    best = int(np.argmax(np.round(as_array(true), 6)))  # of equally likely ones the first
    title = title or f"“{pieces[best]}”: one can be {true[best]:.0%} sure, {who} is {said[best]:.0%}"
    fig = new_figure(7.6, 1.1 + 0.36 * len(pieces), title)
    columns = fig.subplots(1, 2, sharey=True)
    sides = (("how sure one can be", true, palette.LIMIT), (f"how sure {who} is", said, palette.colour_of(who)))
    for axes, (name, shares, colour) in zip(columns, sides, strict=True):
        _bars(axes, shares, colour, 1.25 * max(*true, *said), [True] * len(pieces))
        axes.set_title(name, loc="left", color=palette.ink(colour))
    columns[0].set_yticks(range(len(pieces)), list(pieces))
    columns[0].invert_yaxis()
    table = [
        {"piece": piece, "one can be sure": percent(first), f"{who} is sure": percent(second)}
        for piece, first, second in zip(pieces, true, said, strict=True)
    ]
    return finish(fig, title, f"Two columns of bars: how sure one can be, and how sure {who} is.", table)


def _bars(axes: "Axes", shares: Sequence[float], colour: str, end: float, full: Sequence[bool]) -> None:
    """Bars with their numbers on a scale up to `end`; those that are not full are pale, with an edge."""
    from matplotlib.colors import to_rgb

    pale = tuple(0.25 * part + 0.75 for part in to_rgb(colour))
    axes.barh(range(len(shares)), shares, color=[colour if each else pale for each in full], edgecolor=colour, lw=1.2)
    for place, share in enumerate(shares):
        axes.text(share, place, f" {percent(share)}", va="center", size=10)
    axes.set_xlim(0, end or 1)
    axes.set_xticks([])
    axes.tick_params(left=False)
    axes.spines[:].set_visible(False)
