"""A recording as the replay's script takes it: what changes from moment to moment, and what can be known of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from bertlab.views.plots.senses import sense_gap
from bertlab.views.runs.numbers import as_letters, guesses_told, limits_told, shares_as_bytes

SHUFFLES = 200
"""How often the senses are dealt out anew for the control."""
MOST_SENSES = 3
"""Senses of one word that the picture has a colour and a shape for."""

_SIDES = {"left": "left only, limit", "right": "right only, limit", "both": "both sides, limit"}


def replay_numbers(recording: Any, sentences: Sequence[int] | None = None) -> dict[str, Any]:
    """Everything that the page needs.

    Args:
        recording: of `bertlab.training.recording`, or whatever has its `watch`, `moments`, `tokens` and `facts`.
        sentences: which of the watched ones, from 0; if left out, all.

    Raises:
        ValueError: no moments, there is no such sentence, or a word has too many senses.
    """
    facts, moments = recording.facts, recording.moments
    if not moments:
        raise ValueError("the recording has no moments: there is nothing to replay")
    count = len(recording.watch.sentences)
    chosen = range(count) if sentences is None else sentences
    if not all(0 <= place < count for place in chosen):
        raise ValueError(f"the recording has sentences 0 to {count - 1}, not all of {list(chosen)}")
    known = {_SIDES.get(side, side): tuple(limit) for side, limit in facts.get("limits", {}).items()}
    if "unigram" in facts:
        known["unigram guess"] = tuple(facts["unigram"])
    return {
        "steps": [moment.step for moment in moments],
        "limits": limits_told(known),
        "losses": facts.get("losses", []),
        "measured": [
            [moment.step, round(moment.numbers["nats"], 4), moment.numbers.get("accuracy")]
            for moment in moments
            if "nats" in moment.numbers
        ],
        "next": _next_sentence(moments, facts),
        "sentences": [_sentence(recording, place) for place in chosen],
        "words": _words(recording.watch.senses, moments),
        "pairs": _pairs(recording.watch.pairs, moments, facts),
    }


def _next_sentence(moments: Sequence[Any], facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How often the next sentence was told right, for each grade of pairs, and how often one can."""
    grades = [name for name in moments[0].numbers if name.startswith("next_")]
    limits = facts.get("next_limits", {})
    return [
        {
            "grade": grade.removeprefix("next_"),
            "limit": limits.get(grade.removeprefix("next_")),
            "shares": [round(moment.numbers[grade], 4) for moment in moments],
        }
        for grade in grades
    ]


def _sentence(recording: Any, place: int) -> dict[str, Any]:
    attentions = np.stack([moment.attentions[place] for moment in recording.moments])
    truth = recording.facts.get("truth", {place: None})[place]
    return {
        "text": recording.watch.sentences[place],
        "tokens": list(recording.tokens[place]),
        "truth": truth,
        "guesses": [guesses_told(moment.guesses[place]) for moment in recording.moments],
        "layers": attentions.shape[1],
        "heads": attentions.shape[2],
        "attention": as_letters(shares_as_bytes(attentions)),
    }


def _pairs(pairs: Sequence[Any], moments: Sequence[Any], facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    known = facts.get("pairs_follow", [None] * len(pairs))
    return [
        {
            "text_a": pair.text_a,
            "text_b": pair.text_b,
            "label": pair.label,
            "known": None if known[place] is None else round(known[place], 4),
            "follows": [round(float(moment.follows[place]), 4) for moment in moments],
        }
        for place, pair in enumerate(pairs)
    ]


def _words(senses: Sequence[Any], moments: Sequence[Any]) -> list[dict[str, Any]]:
    """The words that were watched in two senses or more, each as points on axes that stay."""
    told = []
    for word in dict.fromkeys(at.word for at in senses):
        mine = [place for place, at in enumerate(senses) if at.word == word]
        kinds = [senses[place].sense for place in mine]
        groups = list(dict.fromkeys(kinds))
        if len(groups) < 2 or len(groups) == len(mine):
            continue
        if len(groups) > MOST_SENSES:
            raise ValueError(
                f"{word!r} was watched in {len(groups)} senses, {', '.join(groups)}; "
                f"a picture tells {MOST_SENSES} apart: watch fewer"
            )
        vectors = np.stack([moment.vectors[mine] for moment in moments])
        places = on_last_axes(vectors)
        low, high = places.min(axis=(0, 1)), places.max(axis=(0, 1))
        told.append(
            {
                "word": word,
                "groups": groups,
                "kinds": [groups.index(kind) for kind in kinds],
                "texts": [senses[place].text for place in mine],
                "places": places.round(3).tolist(),
                "bounds": [round(float(end), 3) for end in (low[0], high[0], low[1], high[1])],
                "gaps": [round(sense_gap(each, kinds).gap, 4) for each in vectors],
                "shuffled": [round(shuffled_gap(each, kinds), 4) for each in vectors],
            }
        )
    return told


def on_last_axes(
    vectors: Float[np.ndarray, "moments occurrences hidden"],
) -> Float[np.ndarray, "moments occurrences 2"]:
    """Where directions lie on the two axes along which those of the last moment are spread most.

    The axes and their origin are the last moment's for all of them: what moves between two moments are the points.
    """
    directions = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    middle = directions[-1].mean(axis=0)
    _, _, axes = np.linalg.svd(directions[-1] - middle, full_matrices=False)
    return (directions - middle) @ axes[:2].T


def shuffled_gap(vectors: Float[np.ndarray, "occurrences hidden"], senses: Sequence[str], seed: int = 0) -> float:
    """How large a gap between the senses chance alone makes: 19 of 20 times it is smaller.

    The vectors stay, and the senses are dealt out anew, always in the same ways.
    """
    rng = np.random.default_rng(seed)
    _, kinds = np.unique(np.array(senses), return_inverse=True)
    dealt = np.stack([rng.permutation(kinds) for _ in range(SHUFFLES)])
    directions = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    alike = directions @ directions.T
    same, others = dealt[:, :, None] == dealt[:, None, :], ~np.eye(len(kinds), dtype=bool)
    gaps = _mean_where(alike, same & others) - _mean_where(alike, ~same)
    return float(np.quantile(gaps, 0.95))


def _mean_where(
    alike: Float[np.ndarray, "occurrences occurrences"], which: Bool[np.ndarray, "shuffles occurrences occurrences"]
) -> Float[np.ndarray, " shuffles"]:
    return (alike * which).sum(axis=(1, 2)) / which.sum(axis=(1, 2))
