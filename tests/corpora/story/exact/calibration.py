"""Many stories of a world against its truth; run by test_monte_carlo.py as a program of its own, because the checks of
every array's shape, which tests switch on, would make it five times slower.

    python tests/corpora/story/exact/calibration.py pocket 2000
"""

import json
import sys
from collections import Counter, defaultdict

import numpy as np

from bertlab.corpora.story import StoryWorld

CONDITIONS = [(visible, masking) for visible in ("both", "left", "right") for masking in (0.15, 0.3)]


def gaps(world: StoryWorld, documents: list[list[int]], visible: str, masking: float) -> dict[str, list[float]]:
    """For each story: right best guesses less their announced number, surprise less entropy, and pieces asked."""
    found = []
    for number, pieces in enumerate(documents):
        chosen = np.random.default_rng((number, int(100 * masking))).random(len(pieces)) < masking
        positions = chosen.nonzero()[0].tolist()
        if not positions:
            continue
        exact = world.truth.limit(pieces, positions, visible)
        true = np.array(pieces)[positions]
        right = (exact.argmax(axis=1) == true) - exact.max(axis=1)
        entropy = -np.where(exact > 0, exact * np.log(np.where(exact > 0, exact, 1)), 0).sum(axis=1)
        surprise = -np.log(exact[np.arange(len(positions)), true])
        found.append((right.sum(), (surprise - entropy).sum(), len(positions)))
    # Pieces of one story hang together, stories do not: the standard error is one over stories.
    gap = np.array(found)
    return {
        "mean": gap.mean(axis=0).tolist(),
        "error": (gap.std(axis=0, ddof=1) / np.sqrt(len(gap))).tolist(),
    }


def frequencies(world: StoryWorld, documents: list[list[int]], visible: str) -> dict[str, float]:
    """Chi-square of the next piece (or the one before) among all stories that begin (or end) alike."""
    groups: dict[tuple[int, ...], list[list[int]]] = defaultdict(list)
    for pieces in documents:
        for length in range(min(12, len(pieces))):
            left = tuple(pieces[:length])
            groups[left if visible == "left" else (len(pieces), *pieces[len(pieces) - length :])].append(pieces)
    squares, freedom, compared = 0.0, 0, 0
    for key, alike in groups.items():
        if len(alike) < 30:
            continue
        position = len(key) if visible == "left" else len(alike[0]) - len(key)
        expected = world.truth.limit(alike[0], [position], visible)[0] * len(alike)
        drawn = Counter(pieces[position] for pieces in alike)
        assert all(expected[piece] > 0 for piece in drawn), "a piece came that the truth calls impossible"
        large = (expected >= 5).nonzero()[0].tolist()
        counts = [(drawn[piece], expected[piece]) for piece in large]
        rest = len(alike) - expected[large].sum()
        if rest >= 1:  # all others together
            counts.append((len(alike) - sum(drawn[piece] for piece in large), rest))
        squares += sum((count - share) ** 2 / share for count, share in counts)
        freedom += len(counts) - 1
        compared += 1
    return {"groups": compared, "freedom": freedom, "squares": squares}


def main(size: str, count: int) -> None:
    world = StoryWorld.load(size)
    # That stories begin alike is rare, and asking once for all of them is cheap: for that, more of them.
    many = [world.pieces(story) for story in world.documents(max(count, 8_000), seed=11, part="test")]
    told = {f"{visible} {masking}": gaps(world, many[:count], visible, masking) for visible, masking in CONDITIONS}
    alike = {visible: frequencies(world, many, visible) for visible in ("left", "right")}
    print(json.dumps({"gaps": told, "alike": alike}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
