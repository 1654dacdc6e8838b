"""Lesson 05's maps: who hears of a changed word, layer by layer."""

from collections.abc import Mapping, Sequence

from jaxtyping import Float
from torch import Tensor


def show_reach(
    reach: Mapping[str, Float[Tensor, "layers seq"]], tokens: Sequence[str], changed: str, watched: str
) -> None:
    """Draw the maps, print at how many places something moves, and how far one word does that is watched.

    Args:
        reach: by name, how far each vector has moved after one layer, after two ...
        changed: the token that was changed.
        watched: a token elsewhere in the row.
    """
    from bertlab.views import plots, show

    at = tokens.index(changed)
    everywhere = all(bool((moved != 0).all()) for name, moved in reach.items() if "no mask" in name)
    title = "Without a mask the first layer already carries it anywhere" if everywhere else "Who hears of a change"
    show(plots.reach_map(reach, tokens, at, title))
    others = [place for place in range(len(tokens)) if place != at]
    print("After each layer: how many others move, and how far one of them.")
    for name, moved in reach.items():
        moving = " ".join(f"{int(count):2}" for count in (moved[:, others] != 0).sum(dim=-1))
        far = " ".join(f"{float(row[tokens.index(watched)]):.2f}" for row in moved)
        print(f"{name:19} move: {moving}   {watched}: {far}")
