"""How well can a corpus be guessed? The exact limits over many stories, for who sees both sides, one, or nothing.

    nats  = mean over hidden pieces of  -sum over w of p(w | visible) log p(w | visible)     the entropy
    right = mean over hidden pieces of  max over w of p(w | visible)

No reader who sees as much can do better in the mean. The same is told of the pieces that truly stood there: that is
what a test set shows of a perfect model, luck included.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from math import nan
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from bertlab.atomic import write_whole
from bertlab.corpora.story.exact.truth import Visible
from bertlab.corpora.story.world import FILES, VOCABULARY, Story, StoryWorld
from bertlab.corpora.tokenized import piece_shares
from bertlab.paths import data_path

VISIBLE: tuple[Visible, ...] = ("both", "left", "right")
MASKING = (0.15, 0.3)
"""The rates for which limits are kept with the data: the paper's, and the one at which small models learn faster."""
DOCUMENTS = 1_000
"""So many stories, of the test part with seed 0, are behind the limits that are kept."""
TOLD = 2_000
"""From so many training stories the reader who does not look knows how frequent each piece is."""
CACHE = "limits.json"
VERSION = 1
"""To be raised when the same files would give other numbers."""

_ROWS = {"both": "both sides", "left": "left side only", "right": "right side only", "unigram": "without looking"}


def hidden_places(length: int, masking: float, rng: np.random.Generator) -> Int[np.ndarray, " hidden"]:
    """Which pieces of a story are hidden: a share of them, rounded, at least one; all choices equally likely.

    >>> hidden_places(10, 0.3, np.random.default_rng(0)).tolist()
    [2, 4, 6]
    """
    return np.sort(rng.permutation(length)[: max(1, round(masking * length))])


@dataclass(frozen=True)
class Limit:
    """The best possible result on many hidden pieces, per piece.

    Args:
        nats: the loss, in expectation under the exact distributions.
        right: the share of right guesses, in expectation.
        nats_error: standard error of `nats` over stories; `right_error` likewise.
        drawn_nats: the loss at the pieces that truly stood there; `drawn_right` likewise.
    """

    nats: float
    right: float
    nats_error: float
    right_error: float
    drawn_nats: float
    drawn_right: float


@dataclass(frozen=True)
class Summary:
    """The limits of a sample of stories under plain masking; prints itself as a table.

    Args:
        masking: the share of pieces that was hidden.
        limits: for "both", "left", "right", and for "unigram", who knows only how frequent each piece is.
        positions: how many pieces were asked for.
    """

    world: str
    masking: float
    documents: int
    positions: int
    limits: dict[str, Limit]

    def __str__(self) -> str:
        head = f"{self.world}: {self.positions:,} pieces of {self.documents:,} stories, {self.masking:.0%} hidden"
        wide = max(map(len, _ROWS.values()))
        rows = [
            f"{_ROWS[name]:{wide}}  {limit.nats:.3f} ± {limit.nats_error:.3f}  {limit.right:6.1%} ± "
            f"{limit.right_error:.1%}  {limit.drawn_nats:12.3f}  {limit.drawn_right:6.1%}"
            for name, limit in self.limits.items()
        ]
        columns = f"{'best possible':{wide}}  nats             right          as drawn: nats   right"
        return "\n".join([head, columns, *rows])


def summarise(
    world: StoryWorld,
    stories: Iterable[Story],
    masking: float = 0.15,
    seed: int = 0,
    frequencies: Float[np.ndarray, " vocab"] | None = None,
) -> Summary:
    """The exact limits of a sample of stories.

    Args:
        masking: the share of pieces that is hidden in each story.
        seed: decides which. Of story number i they are a function of (seed, i).
        frequencies: of each piece, for the row "without looking"; if left out, those of 2,000 training stories.

    Raises:
        ValueError: there are no stories, or the share is not above 0 and at most 1.

    >>> world = StoryWorld.load("pocket")
    >>> summary = summarise(world, world.documents(3), frequencies=piece_frequencies(world, 100))
    >>> summary.limits["both"].nats < summary.limits["left"].nats < summary.limits["unigram"].nats
    True
    """
    if not 0 < masking <= 1:
        raise ValueError(f"the share of hidden pieces is above 0 and at most 1, not {masking}")
    frequencies = piece_frequencies(world, TOLD) if frequencies is None else frequencies
    with np.errstate(divide="ignore"):  # what never comes is no part of any sum
        log_frequencies = np.log(frequencies)
    found: dict[str, list[Float[np.ndarray, " 5"]]] = {name: [] for name in _ROWS}
    for number, story in enumerate(stories):
        pieces = np.array(world.pieces(story))
        places = hidden_places(len(pieces), masking, np.random.default_rng((seed, number)))
        true = pieces[places]
        for visible in VISIBLE:
            exact = world.limit(story, places.tolist(), visible)
            with np.errstate(divide="ignore"):
                found[visible].append(_totals(exact, np.log(exact), true))
            if visible == "both":
                guess = np.broadcast_to(log_frequencies, exact.shape)
                found["unigram"].append(_totals(exact, guess, true))
    if not found["both"]:
        raise ValueError("there are no stories to summarise")
    limits = {name: _limit(np.array(totals)) for name, totals in found.items()}
    positions = int(sum(totals[-1] for totals in found["both"]))
    return Summary(world.folder.name, masking, len(found["both"]), positions, limits)


def _totals(
    exact: Float[np.ndarray, "hidden vocab"],
    log_guess: Float[np.ndarray, "hidden vocab"],
    true: Int[np.ndarray, " hidden"],
) -> Float[np.ndarray, " 5"]:
    """Of one story: expected loss, expected right guesses, loss and right guesses at the true pieces, their number."""
    rows = np.arange(len(true))
    best = log_guess.argmax(axis=1)
    lost = -np.where(exact > 0, exact * np.where(exact > 0, log_guess, 0), 0).sum()
    return np.array([lost, exact[rows, best].sum(), -log_guess[rows, true].sum(), (best == true).sum(), len(true)])


def _limit(totals: Float[np.ndarray, "stories 5"]) -> Limit:
    pieces = totals[:, -1:]
    means = totals[:, :4].sum(axis=0) / pieces.sum()
    # Pieces of one story hang together: the error is one of a ratio of two sums over stories.
    count = len(totals)
    errors = np.full(4, nan)
    if count > 1:
        errors = np.sqrt(((totals[:, :4] - means * pieces) ** 2).sum(axis=0) * count / (count - 1)) / pieces.sum()
    return Limit(*means[:2].tolist(), *errors[:2].tolist(), *means[2:].tolist())


def piece_frequencies(world: StoryWorld, documents: int, seed: int = 0) -> Float[np.ndarray, " vocab"]:
    """How frequent each piece is in training stories."""
    told = np.concatenate([world.pieces(story) for story in world.documents(documents, seed)])
    return piece_shares(told, len(world.tokenizer), world.tokenizer.special_ids)


def fingerprint(world: StoryWorld) -> str:
    """A hash of all files that decide what a world says."""
    told = hashlib.sha256(str(VERSION).encode())
    for file in (*(world.folder / name for name in (*FILES, VOCABULARY)), data_path("story", "irregular.txt")):
        # Lines, not bytes: a checkout on Windows may end them otherwise.
        told.update(json.dumps([file.name, file.read_text(encoding="utf-8").splitlines()]).encode())
    return told.hexdigest()


def measure_limits(
    world: StoryWorld, documents: int | None = None, masking: Sequence[float] = MASKING
) -> list[Summary]:
    """The limits on test stories, `DOCUMENTS` of them if not said otherwise, for each share of hidden pieces."""
    frequencies = piece_frequencies(world, TOLD)
    count = documents or DOCUMENTS
    return [summarise(world, world.documents(count, part="test"), share, 0, frequencies) for share in masking]


def keep_limits(world: StoryWorld) -> list[Summary]:
    """Measure the limits and write them into the world's folder: `bertlab corpus limits --size pocket`."""
    summaries = measure_limits(world, DOCUMENTS)
    kept = {"fingerprint": fingerprint(world), "summaries": [asdict(summary) for summary in summaries]}
    write_whole(world.folder / CACHE, json.dumps(kept, indent=1) + "\n")
    return summaries


def limits(size: str | Path = "pocket", masking: float = 0.3) -> Summary:
    """The limits of a world, as kept with its data; measured anew, once a session, where its files have been changed.

    Measuring takes up to a minute; `bertlab corpus limits --size pocket` does it for good.

    Raises:
        ValueError: for this share of hidden pieces none are kept.

    >>> limits("pocket").masking
    0.3
    """
    if masking not in MASKING:
        raise ValueError(
            f"limits are kept for {' and '.join(f'{share:.0%}' for share in MASKING)} hidden, not {masking:.0%}; "
            "for another share call summarise(world, world.documents(1_000, part='test'), masking)"
        )
    world = StoryWorld.load(size)
    hashed = fingerprint(world)
    summaries = _kept(world.folder / CACHE, hashed) or _measured(world.folder, hashed)
    return next(summary for summary in summaries if summary.masking == masking)


def _kept(file: Path, hashed: str) -> list[Summary] | None:
    """What the file says, if it speaks of these very files."""
    if not file.exists():
        return None
    kept = json.loads(file.read_text(encoding="utf-8"))
    if kept["fingerprint"] != hashed:
        return None
    return [
        Summary(**{**told, "limits": {name: Limit(**limit) for name, limit in told["limits"].items()}})
        for told in kept["summaries"]
    ]


@cache
def _measured(folder: Path, hashed: str) -> list[Summary]:
    """Once for every state of the files; `hashed` is looked at by the cache alone."""
    return measure_limits(StoryWorld.load(folder), DOCUMENTS)
