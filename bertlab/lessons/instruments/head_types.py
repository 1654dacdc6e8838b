"""How sharply a head does one thing, and what becomes of shares over all layers: pure functions on arrays."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

SPECIAL = ("[CLS]", "[SEP]")


def patterns(tokens: Sequence[str]) -> dict[str, Bool[np.ndarray, "query key"]]:
    """For each head type the places that such a head would look at, True, from each place.

    >>> patterns(["[CLS]", "no", "no", "[SEP]"])["same word"].astype(int).tolist()
    [[0, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    """
    at, words = np.arange(len(tokens)), np.array(tokens)
    apart, special = at[:, None] - at, np.isin(words, SPECIAL)
    return {
        "previous": apart == 1,
        "next": apart == -1,
        "same word": (words[:, None] == words) & (apart != 0) & ~special,
        "[CLS] or [SEP]": ~special[:, None] & special,
    }


def pattern_share(
    attentions: Float[np.ndarray, "layers heads query key"], wanted: Bool[np.ndarray, "query key"]
) -> Float[np.ndarray, "layers heads"]:
    """The share of its attention that a head gives to wanted places: the mean over the queries that want any.

    >>> even = np.full((1, 1, 4, 4), 0.25)
    >>> pattern_share(even, patterns(["[CLS]", "no", "no", "[SEP]"])["previous"]).tolist()
    [[0.25]]
    """
    asking = wanted.any(axis=-1)
    return (attentions * wanted).sum(axis=-1)[..., asking].mean(axis=-1)


def mean_scores(
    encode: Callable[[str], Sequence[Any]], texts: Iterable[str], *, evenly: bool = False
) -> dict[str, Float[np.ndarray, "layers heads"]]:
    """Of every head its score for each type, in the mean over texts.

    Args:
        encode: gives (tokens, attentions) of a text, as `pretrained.encoder` does.
        evenly: what heads would score that divide their attention evenly: a control.
    """
    found: dict[str, list[Float[np.ndarray, "layers heads"]]] = {}
    for text in texts:
        tokens, layers = encode(text)
        looks = np.full_like(np.stack(layers), 1 / len(tokens)) if evenly else np.stack(layers)
        for what, wanted in patterns(tokens).items():
            if wanted.any():
                found.setdefault(what, []).append(pattern_share(looks, wanted))
    return {what: np.mean(scores, axis=0) for what, scores in found.items()}


def rollout(layers: Float[np.ndarray, "layers seq seq"]) -> Float[np.ndarray, "seq seq"]:
    """How much of each place reaches each other one, if every layer keeps one half and mixes the other by its shares.

    >>> rollout(np.array([[[0.0, 1.0], [1.0, 0.0]]])).tolist()
    [[0.5, 0.5], [0.5, 0.5]]

    Args:
        layers: the shares of each layer, its heads already averaged.

    Source: Abnar and Zuidema 2020, section 3.
    """
    kept = np.eye(layers.shape[-1])
    flow = kept
    for shares in layers:
        flow = (shares + kept) / 2 @ flow
    return flow
