"""What lesson 10's exercises are checked by."""

import numpy as np
import torch
from torch import Tensor

from bertlab.lessons.checks.verdict import Check, Mine, MistakeError
from bertlab.lessons.instruments.head_types import pattern_share as share_on


def _near(mine: np.ndarray, other: np.ndarray) -> bool:
    return mine.shape == other.shape and bool(np.allclose(mine, other, atol=1e-6))


def _heads_and_pattern() -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(10)
    attentions = draw.dirichlet(np.ones(6), size=(2, 3, 6))
    wanted = np.zeros((6, 6), dtype=bool)
    wanted[[1, 1, 2, 5], [0, 3, 3, 3]] = True
    return attentions, wanted


def _mistake_in_pattern_share(mine: Mine) -> str | None:
    """Score every head by the share that goes to wanted places."""
    attentions, wanted = _heads_and_pattern()
    given = np.asarray(mine(attentions.copy(), wanted.copy()), dtype=np.float64)
    right = share_on(attentions, wanted)
    if _near(given, right):
        return None
    asking, kept = wanted.any(axis=-1), attentions * wanted
    if given.ndim == 0 or given.shape == (2,):
        return (
            f"You give {given.size} number{'s' * (given.size > 1)}, a mean over heads. Each head has its own score, "
            "and a mean hides the one that looks there."
        )
    if given.shape == (2, 3, 6):
        return "You give a number for each query. The score of a head is the mean over its queries."
    if given.shape != (2, 3):
        return f"Your scores have the shape {given.shape}; for 2 layers of 3 heads it is (2, 3)."
    if _near(given, kept.sum(axis=-1).mean(axis=-1)):
        return "You took the mean over all queries, also over those that want no place: they pull every score down."
    if _near(given, kept.sum(axis=-1)[..., 1:].mean(axis=-1)):
        return (
            "You leave out the first query. That was right for the previous word. Here other queries may want no "
            "place: `wanted` says which."
        )
    if _near(given, kept.sum(axis=-1).sum(axis=-1)):
        return "You added up all queries. A score should not grow with the length of the text: take their mean."
    if _near(given, kept.mean(axis=(-1, -2))) or _near(given, kept.mean(axis=-1)[..., asking].mean(axis=-1)):
        return "You took the mean over keys. The shares of one query that lie on wanted places are added."
    if _near(given, attentions[..., wanted].mean(axis=-1)):
        return "You took the mean over wanted places. Where a query wants two of them, their shares are added first."
    if _near(given, kept.max(axis=-1)[..., asking].mean(axis=-1)):
        return "You kept the largest share of each query. Where it wants two places, both count."
    if _near(given, kept.sum(axis=-2)[..., wanted.any(axis=-2)].mean(axis=-1)) or _near(
        given, kept.sum(axis=-2).mean(axis=-1)
    ):
        return "You summed over queries, down a column. A query's shares lie along its row: the last axis is the keys."
    return f"Head 0.0 gets {given[0, 0]:.4f} from you; by hand it is {right[0, 0]:.4f}."


pattern_share = Check(
    "10-pattern-share",
    _mistake_in_pattern_share,
    "For each query what lies on wanted places, then the mean over the queries that want any: one number a head.",
)

SHARES, LENGTHS = np.array([0.90, 0.08, 0.02]), np.array([0.5, 10.0, 5.0])
"""What the exercise says of [SEP], rosa and the."""


def parts_of_all(shares: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Which part of all contributions comes from each place.

    >>> parts_of_all(np.array([0.5, 0.5]), np.array([1.0, 3.0])).tolist()
    [0.25, 0.75]
    """
    contributions = np.linalg.norm(np.outer(shares * lengths, [1.0]), axis=1)
    return contributions / contributions.sum()


def _mistake_in_contributions(mine: Mine) -> str | None:
    """Predict what arrives from each place."""
    answer = mine()
    try:
        given = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        raise MistakeError(f"Three numbers are asked for; you returned {answer!r}.") from None
    if given.shape != (3,):
        return f"You return {given.size} number{'s' * (given.size != 1)}. Three are asked for: [SEP], rosa, the."
    right = parts_of_all(SHARES, LENGTHS)

    def near(other: np.ndarray) -> bool:
        return bool(np.allclose(given, other, atol=0.01))

    if near(right):
        return None
    if near(SHARES):
        return "These are the shares. They say where the head looks, and not how much is handed over there."
    if near(LENGTHS / LENGTHS.sum()):
        return "These are the lengths alone. Of what “the” hands over, only two hundredths are taken."
    if near(SHARES * LENGTHS):
        return "These are the contributions. As parts of all three they should sum to 1."
    if near(100 * right):
        return "These are percentages. Give parts, which sum to 1."
    if near((SHARES * LENGTHS) ** 2 / ((SHARES * LENGTHS) ** 2).sum()):
        return "You squared the lengths. A contribution is share times length, once."
    if near(SHARES / LENGTHS / (SHARES / LENGTHS).sum()):
        return "You divided by the length. A longer vector brings more, not less."
    if near(right[::-1]):
        return "The numbers are right and the order is turned: [SEP] first."
    return (
        f"You say {given[1]:.2f} for rosa. Her share is 0.08 and her length 10; [SEP] has 0.90 and 0.5. Multiply first."
    )


contributions = Check(
    "10-contributions",
    _mistake_in_contributions,
    "Nine tenths of the attention went to [SEP], and most of what arrives is rosa's: share times length.",
)


def _layers() -> Tensor:
    draw = np.random.default_rng(3)
    return torch.tensor(draw.dirichlet(np.full(7, 0.4), size=(3, 7)), dtype=torch.float32)


def roll(
    layers: Tensor, *, dropping: bool = True, divide: str = "rows", kept: float = 1.0, turned: bool = False
) -> Tensor:
    """Rollout with the small shares dropped, in the right way and in wrong ones.

    Args:
        divide: what is made to sum to 1: "rows", "columns", "nothing", or "broadcast", the bug.
        kept: how much of the identity is added.
        turned: multiply from the other side.
    """
    flow = torch.eye(layers.shape[-1])
    for shares in layers:
        left = torch.where(shares < shares.median(), 0.0, shares) if dropping else shares
        mixed = (left + kept * torch.eye(layers.shape[-1])) / (1 + kept)
        sums = {
            "rows": mixed.sum(dim=-1, keepdim=True), "columns": mixed.sum(dim=-2, keepdim=True),
            "broadcast": mixed.sum(dim=-1), "nothing": torch.ones(1),
        }  # fmt: skip
        mixed = mixed / sums[divide]
        flow = flow @ mixed if turned else mixed @ flow
    return flow


def too_early(layers: Tensor) -> Tensor:
    """Rollout whose shares are made to sum to 1 again before the identity is added: a mistake."""
    left = torch.where(layers < layers.flatten(1).median(dim=1).values[:, None, None], 0.0, layers)
    return roll(left / left.sum(dim=-1, keepdim=True), dropping=False)


def too_late(layers: Tensor) -> Tensor:
    """Rollout whose rows are made to sum to 1 only after the last layer: a mistake."""
    flow = roll(layers, divide="nothing")
    return flow / flow.sum(dim=-1, keepdim=True)


def _mistake_in_rollout(mine: Mine) -> str | None:
    """Mend the rollout whose rows do not sum to 1."""
    layers = _layers()
    given = torch.as_tensor(mine(layers.clone())).detach().double()
    right = roll(layers)
    if given.shape != right.shape:
        return f"You give the shape {tuple(given.shape)}; from each of 7 places to each it is (7, 7)."

    def is_(other: Tensor) -> bool:
        return torch.allclose(given, other.double(), atol=1e-5)

    if is_(right):
        return None
    kinds: list[tuple[Tensor, str]] = [
        (roll(layers, divide="broadcast"), "The bug is still there: your sums have the shape (7) and meet the columns. "
         "Row 2's sum divides column 2."),
        (roll(layers, divide="nothing"), "You left the division out. Rows that have lost their small shares sum to "
         "less than 1."),
        (roll(layers, divide="columns"), "Now the columns sum to 1. A row holds the shares of one place: divide by the "
         "sums of the rows."),
        (roll(layers, dropping=False), "You no longer drop small shares. The sums are right, the picture is another."),
        (roll(layers, kept=0.0), "Your rows sum to 1, but no place keeps anything: the residual connection is gone."),
        (too_early(layers), "You divide before the identity is added. The rows sum to 1, but then a place keeps a "
         "smaller part of itself: divide `mixed`."),
        (too_late(layers), "You divide once, at the end. By then rows with a large sum have counted more: divide in "
         "every layer."),
        (roll(layers, turned=True), "You multiply from the other side. What arrives in layer 2 has passed layer 1 "
         "first: mixed @ flow."),
    ]  # fmt: skip
    for other, sentence in kinds:
        if is_(other):
            return sentence
    sums = given.sum(dim=-1)
    if not torch.allclose(sums, torch.ones_like(sums), atol=1e-4):
        return f"Your first row sums to {sums[0]:.3f}. Divide each row of `mixed` by its own sum, in every layer."
    return f"Your rows sum to 1. But place 0 draws {given[0, 0]:.3f} from itself, where it should be {right[0, 0]:.3f}."


mended_rollout = Check(
    "10-rollout",
    _mistake_in_rollout,
    "Each row divided by its own sum. A sum that keeps its axis meets the rows it came from.",
)

__all__ = ["contributions", "mended_rollout", "pattern_share"]
