"""What was seen of a training run until now, and what of it is news to somebody who has seen a part."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from bertlab.views.runs.numbers import guesses_told, shares_as_bytes

MOST_TOKENS = 64
KEPT_LOOKS, KEPT_BYTES = 80, 1_000_000
"""Looks that are kept to slide back over, fewer where they are large."""
MOST_BATCHES = 4000
"""Single batches that are kept; a picture has fewer pixels."""

Since = Mapping[str, int]
"""How much of each list somebody has."""


class Look(NamedTuple):
    """A sentence as a model saw it after a step: where its tokens look, and the guesses for each hole."""

    step: int
    tokens: list[str]
    guesses: list[list[list[Any]]]
    layers: int
    heads: int
    shares: bytes
    """Of attention, in the order layer, head, looker, looked at."""

    @classmethod
    def of(cls, step: int, tokens: Any, attentions: Any, guesses: Any) -> "Look":
        """What a look gave, made small.

        Args:
            attentions: (layers, heads, query, key), or (query, key) of one head.
            guesses: for each [MASK] the best ones; none where nothing is hidden.

        Raises:
            ValueError: the shape or the guesses do not fit the tokens, or there are too many of them.
        """
        count, shares = len(tokens), np.asarray(attentions, dtype=np.float32)
        if shares.ndim not in (2, 4) or shares.shape[-2:] != (count, count) or count > MOST_TOKENS:
            raise ValueError(
                f"attention of shape {shares.shape} was seen for {count} tokens; ({count}, {count}) of one head or "
                f"(layers, heads, {count}, {count}) is right, and at most {MOST_TOKENS} tokens"
            )
        told, holes = guesses_told(guesses), list(tokens).count("[MASK]")
        if len(told) != holes or not all(told):
            raise ValueError(
                f"guesses for {sum(map(bool, told))} holes were seen among tokens with {holes} [MASK]; "
                "each [MASK] needs its own, one or more, and nothing else has any"
            )
        layers, heads = shares.shape[:2] if shares.ndim == 4 else (1, 1)
        return cls(step, list(tokens), told, layers, heads, shares_as_bytes(shares))


Batch = tuple[int, float, float | None, float | None]
"""A step and what its one batch said: loss in nats, share told right and next sentence told right."""


@dataclass
class RunSoFar:
    """A run as its monitor saw it.

    Args:
        batches: single ones; in a long run those that are left of them, evenly over its steps.
        measured: step, nats and share told right, on text that is not trained on.
        now: step, steps, tokens a second, and whether it goes on.
    """

    batches: list[Batch] = field(default_factory=list)
    measured: list[tuple[int, float, float | None]] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    now: dict[str, Any] = field(default_factory=lambda: {"state": "waiting"})

    def note(self, batch: Batch) -> int:
        """Put a batch at the end, and say from which place on the list is another than before. Where there are too
        many, about half as many stay, as far from one another as that allows, and the newest.
        """
        if len(self.batches) < MOST_BATCHES:
            self.batches.append(batch)
            return len(self.batches) - 1
        first, *others = self.batches
        apart = (batch[0] - first[0]) / (MOST_BATCHES // 2)
        kept = [first]
        kept += (each for each in others if each[0] - kept[-1][0] >= apart)
        self.batches = [*kept, batch]
        return 0

    def keep(self, look: Look, steps: int) -> int:
        """Put a look at the end, and say in which place. The last one gives way where it stands so close behind the
        one before it that all of them would be too many: what is kept is dense in the beginning.

        Args:
            steps: of the whole run.
        """
        most = min(KEPT_LOOKS, max(8, KEPT_BYTES // len(look.shares)))
        apart = steps ** (1 / most)
        if len(self.looks) > 1 and self.looks[-1].step < apart * self.looks[-2].step:
            self.looks.pop()
        self.looks.append(look)
        return len(self.looks) - 1

    def lengths(self) -> dict[str, int]:
        """How much there is of each list."""
        return {"batches": len(self.batches), "measured": len(self.measured), "looks": len(self.looks)}

    def news(self, since: Since | None = None) -> tuple[dict[str, Any], list[bytes]]:
        """What somebody lacks who has so much of each list, and beside it the attention of its looks."""
        since = since or dict.fromkeys(self.lengths(), 0)
        looks = self.looks[since["looks"] :]
        told = {
            "from": dict(since),
            "batches": self.batches[since["batches"] :],
            "measured": self.measured[since["measured"] :],
            "looks": [
                {"step": look.step, "guesses": look.guesses, "layers": look.layers, "heads": look.heads}
                for look in looks
            ],
            "tokens": self.looks[-1].tokens if self.looks else [],
            "now": dict(self.now),
        }
        return told, [look.shares for look in looks]
