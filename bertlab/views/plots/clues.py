"""Who knows what from where: accuracy by the place of the clue, each bar beside the best that its reader could do."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from bertlab.views import palette
from bertlab.views.plots.canvas import SMALL, WIDEST, finish, listed, new_figure, our_style, shares_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axes._secondary_axes import SecondaryAxis
    from matplotlib.figure import Figure

ByClue = Mapping[str, Any]
"""A share for each place of the clue."""
NAMES_LIE_UP_TO = 12
CHARACTER, NARROW = 0.085, 0.045
"""Bars up to which there is room for a short name under each, and inches of a letter, and of one like an i; else each
word of a name has a line of its own; where that is too wide, the names stand upright."""


@our_style()
def clue_bars(
    correct: Mapping[str, ByClue],
    limits: Mapping[str, Any] | None = None,
    chance: float | ByClue | None = None,
    title: str | None = None,
    by: str = "clue",
    up: str = "correct answers",
) -> "Figure":
    """How often each model is correct, by where the clue sits; above each bar its number, across it its limit.

        clue_bars({"BERT": {"left": 1.0, "right": 0.99}, "GPT": {"left": 1.0, "right": 0.46}},
                  limits={"BERT": {"left": 1.0, "right": 1.0}, "GPT": {"left": 1.0, "right": 0.56}}, chance=0.5)

    Args:
        correct: for each model the share of correct answers (0 to 1) by the place of the clue
        limits: the best that a reader could do who sees what the model sees: by model and place, or by place alone, for
            all models; None where it is not known
        chance: the share that mere guessing reaches, one for all places or one for each
        title: what there is to see; else the place where the models lie farthest apart
        by: what the groups of bars are, if not places of the clue
        up: what is counted, if not correct answers

    Raises:
        ValueError: no models, other places for one model than for another, or numbers that are no shares.
    """
    models, clues, shares = _read(correct)
    exact = _limits(limits, models, clues)
    guess = _chance(chance, clues)
    title = title or _farthest_apart(models, clues, shares)
    width = 0.8 / len(models)
    fig = new_figure(float(np.clip(1.0 + 0.8 * len(models) * len(clues), 5.6, WIDEST)), 4.2, title)
    axes = fig.add_subplot()
    places: list[float] = []
    for number, (model, colour) in enumerate(zip(models, palette.colours_of(models), strict=True)):
        for clue, (share, limit) in enumerate(zip(shares[model], exact[model], strict=True)):
            centre = clue + (number - (len(models) - 1) / 2) * width
            axes.bar(centre, share, 0.88 * width, color=colour)
            _mark_limit(axes, centre, width, limit)
            _write_share(axes, centre, share, limit, narrow=len(models) * len(clues) > NAMES_LIE_UP_TO)
            places.append(centre)
    _name_bars(axes, places, models, clues, fig.get_figwidth()).set_xlabel(by)
    for clue, level in enumerate(guess):
        if level is not None:
            axes.plot(
                [clue - 0.46, clue + 0.46], [level, level], color=palette.CONTROL, lw=2.2, ls=(0, (1, 1.2)), zorder=0.9,
                label="mere guessing",
            )  # fmt: skip
    _legend(axes)
    axes.set_ylim(0, 1.12)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    axes.set_ylabel(up)
    table = [
        {by: clue, "model": model, up.removesuffix(" answers"): f"{shares[model][i]:.0%}"}
        | ({} if limits is None else {"the best possible": _share(exact[model][i])})
        | ({} if chance is None else {"mere guessing": _share(guess[i])})
        for i, clue in enumerate(clues)
        for model in models
    ]
    shown = f"{up[0].upper()}{up[1:]} by {by}. {_told(models, clues, shares, exact)}{_guessing_told(guess, clues)}"
    return finish(fig, title, shown, table)


def _mark_limit(axes: "Axes", centre: float, width: float, limit: float | None) -> None:
    """A dashed line across one bar, with a white edge to be seen on the bar as well."""
    if limit is not None:
        ends = [centre - width / 2, centre + width / 2]
        axes.plot(ends, [limit, limit], color="white", lw=4, zorder=2.5)
        style: Any = {"color": palette.LIMIT, "lw": 2, "ls": (0, (2, 1)), "zorder": 2.6, "label": "the best possible"}
        axes.plot(ends, [limit, limit], **style)


def _write_share(axes: "Axes", centre: float, share: float, limit: float | None, narrow: bool) -> None:
    """The number above its bar, or above the limit where that would cross it."""
    from matplotlib.patheffects import withStroke

    covered = limit is not None and -0.02 < limit - share < 0.09
    above = max(share, limit or 0) if covered else share
    text = axes.annotate(
        f"{100 * share:.0f}" if narrow else f"{share:.0%}", (centre, above), (0, 4),
        textcoords="offset points", ha="center", va="bottom", size=SMALL if narrow else 10,
    )  # fmt: skip
    text.set_path_effects([withStroke(linewidth=3, foreground="white")])


def _told(
    models: Sequence[str],
    clues: Sequence[str],
    shares: Mapping[str, Sequence[float]],
    limits: Mapping[str, Sequence[float | None]],
) -> str:
    """All bars in words, each beside its limit if it has one."""
    percent = {
        model: [
            f"{share:.0%}" + ("" if limit is None else f" (best possible {limit:.0%})")
            for share, limit in zip(shares[model], limits[model], strict=True)
        ]
        for model in models
    }
    if len(all_alike := {share for each in percent.values() for share in each}) == 1 < len(models) * len(clues):
        return f"{listed(models)}, each at {listed(clues)}: {all_alike.pop()}."
    groups = (
        f"{clue}: " + ", ".join(f"{model} {percent[model][at]}" for model in models) for at, clue in enumerate(clues)
    )
    return "; ".join(groups) + "."


def _guessing_told(guess: Sequence[float | None], clues: Sequence[str]) -> str:
    """The line of mere guessing in words: one number where it is the same for all groups."""
    shares = {clue: f"{level:.0%}" for clue, level in zip(clues, guess, strict=True) if level is not None}
    if not shares:
        return ""
    if len(set(shares.values())) == 1:
        return f" Mere guessing: {next(iter(shares.values()))}."
    return f" Mere guessing: {', '.join(f'{clue} {share}' for clue, share in shares.items())}."


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _read(correct: Mapping[str, ByClue]) -> tuple[list[str], list[str], dict[str, list[float]]]:
    if not correct or not next(iter(correct.values())):
        raise ValueError("there is nothing to draw: give {'BERT': {'clue on the left': 0.9, ...}, ...}")
    models = list(correct)
    clues = list(correct[models[0]])
    for model in models:
        _same_places(correct[model], clues, model, models[0])
    return models, clues, {model: shares_of([correct[model][clue] for clue in clues], model) for model in models}


def _same_places(given: ByClue, clues: Sequence[str], name: str, first: str) -> None:
    if set(given) != set(clues):
        raise ValueError(f"{name} has the places {sorted(given)}, {first} has {sorted(clues)}")


def _limits(
    limits: Mapping[str, Any] | None, models: Sequence[str], clues: Sequence[str]
) -> dict[str, list[float | None]]:
    """For each model its limits in the order of the places; None where there is none."""
    found: dict[str, list[float | None]] = {model: [None] * len(clues) for model in models}
    if not limits:
        return found
    by_model = all(isinstance(each, Mapping) for each in limits.values())
    if by_model and not set(limits) <= set(models):
        raise ValueError(f"limits are given for {sorted(set(limits) - set(models))}, models are {models}")
    for model, given in limits.items() if by_model else ((model, limits) for model in models):
        _same_places(given, clues, f"the limit of {model}", models[0])
        found[model] = [
            None if given[clue] is None else shares_of([given[clue]], f"the limit of {model}")[0] for clue in clues
        ]
    return found


def _chance(chance: float | ByClue | None, clues: Sequence[str]) -> list[float | None]:
    if chance is None:
        return [None] * len(clues)
    if isinstance(chance, Mapping):
        _same_places(chance, clues, "chance", "the first model")
        return list(shares_of([chance[clue] for clue in clues], "chance"))
    return list(shares_of([chance] * len(clues), "chance"))


def _farthest_apart(models: Sequence[str], clues: Sequence[str], shares: Mapping[str, Sequence[float]]) -> str:
    if len(models) == 1:
        of_one = shares[models[0]]
        best, worst = int(np.argmax(of_one)), int(np.argmin(of_one))
        return (
            f"{models[0]}: {of_one[best]:.0%} correct with clue “{clues[best]}”, {of_one[worst]:.0%} “{clues[worst]}”"
        )
    # A control that lies far away is no news.
    news = [model for model in models if palette.colour_of(model) != palette.CONTROL]
    models = news if len(news) > 1 else models
    table = np.array([shares[model] for model in models])
    place = int(np.argmax(np.ptp(table, axis=0)))
    high, low = int(table[:, place].argmax()), int(table[:, place].argmin())
    return (
        f"Clue “{clues[place]}”: {models[high]} {table[high, place]:.0%} correct, {models[low]} {table[low, place]:.0%}"
    )


def _name_bars(
    axes: "Axes", places: Sequence[float], models: Sequence[str], clues: Sequence[str], width: float
) -> "SecondaryAxis":
    """Under each bar its model, and below them the place of the clue. width: of the figure, in inches."""
    bars, longest = len(models) * len(clues), max(map(len, models))
    lie = bars <= NAMES_LIE_UP_TO and longest * CHARACTER <= 0.8 * (width - 1) / bars
    small = 10 if bars <= NAMES_LIE_UP_TO else SMALL
    in_lines = not lie and _words_fit(models, 0.8 * (width - 1.6) / bars * 10 / small)
    shown = [model.replace(" ", "\n") for model in models] if in_lines else list(models)
    size = small if lie or in_lines else 10  # names that stand upright have room
    names, colours = ([each for each in of_models for _ in clues] for of_models in (shown, palette.colours_of(models)))
    axes.set_xticks(places, names, size=size, rotation=0 if lie or in_lines else 90)
    axes.tick_params(axis="x", length=0)
    for label, colour in zip(axes.get_xticklabels(), colours, strict=True):
        label.set_color(palette.ink(colour))
    below = axes.secondary_xaxis("bottom")
    lines = 1 + max(name.count("\n") for name in shown)
    # Points: the height of the names of the models.
    height = 1.25 * size * lines if lie or in_lines else longest * 0.62 * size
    below.spines["bottom"].set_position(("outward", 8 + height))
    below.spines["bottom"].set_visible(False)
    below.set_xticks(range(len(clues)), list(clues), weight="bold")
    below.tick_params(length=0)
    return below


def _words_fit(models: Sequence[str], room: float) -> bool:
    """Whether names keep clear of each other, each word in a line of its own. room: inches of a bar, at size 10."""
    wide = [
        max(sum(NARROW if letter in "fijlrt.,:;" else CHARACTER for letter in word) for word in (model.split() or [""]))
        for model in models
    ]
    return all((left + right) / 2 <= room for left, right in pairwise(wide)) if len(wide) > 1 else wide[0] <= room


def _legend(axes: "Axes") -> None:
    """What the lines across the bars are, each named once."""
    handles, labels = axes.get_legend_handles_labels()
    lines = dict(zip(labels, handles, strict=True))
    if lines:
        axes.legend(
            lines.values(), lines.keys(), loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False,
            borderaxespad=0.2, handlelength=2.4,
        )  # fmt: skip
