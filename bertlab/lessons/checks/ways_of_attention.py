"""The ways in which attention is written: the right one, and those in which it is most often got wrong, by name."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor


@dataclass(frozen=True)
class Way:
    """One way to write attention: the right one, and those in which it is most often got wrong.

    Args:
        mask: where the mask comes in; "scaled" makes forbidden scores 0, "added" adds True as 1.
        axis: along which shares sum to 1.
        swapped: two of query, key and value that have changed places.
        turned: the shares are used the other way round.
    """

    divide_by: Literal["root", "d", "nothing", "seq", "two", "heads"] = "root"
    mask: Literal["right", "none", "inverted", "after", "scaled", "added", "gpt", "gpt too", "rows"] = "right"
    axis: int = -1
    swapped: tuple[int, int] | None = None
    turned: bool = False

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Context and shares, as this way makes them."""
        parts = [query, key, value]
        if self.swapped:
            one, other = self.swapped
            parts[one], parts[other] = parts[other], parts[one]
        query, key, value = parts
        head_dim, seq = query.shape[-1], key.shape[-2]
        scores = query @ key.transpose(-1, -2)
        scores = scores / {
            "root": math.sqrt(head_dim), "d": head_dim, "nothing": 1, "seq": math.sqrt(seq),
            "two": math.sqrt(2), "heads": math.sqrt(query.shape[1]),
        }[self.divide_by]  # fmt: skip
        left = torch.ones(seq, seq, dtype=torch.bool).tril()
        may_look = {
            "right": mask, "inverted": ~mask, "gpt": left, "gpt too": mask & left, "rows": mask.transpose(-1, -2),
        }.get(self.mask)  # fmt: skip
        if self.mask == "scaled":
            scores = scores * mask
        if self.mask == "added":
            scores = scores + mask.float()
        if may_look is not None:
            scores = scores.masked_fill(~may_look, -math.inf)
        probs = scores.softmax(dim=self.axis)
        if self.mask == "after":
            probs = probs * mask
        return (probs.transpose(-1, -2) if self.turned else probs) @ value, probs


NAMED: tuple[tuple[Way, str], ...] = (
    (Way(divide_by="d"), "You divided by d, not by its root: head_dim is {d} here, and its root is {root:g}."),
    (
        Way(divide_by="nothing"),
        "You did not divide the scores. The larger head_dim is, the harder softmax then chooses.",
    ),
    (
        Way(divide_by="two"),
        "You divided by the root of 2. Above, a query had 2 numbers; here it has {d}: the root is {root:g}.",
    ),
    (Way(divide_by="heads"), "You divided by the root of the number of heads. The length of a query counts: {d}."),
    (Way(divide_by="seq"), "You divided by the root of the number of keys. The length of a query counts: {d}."),
    (
        Way(mask="none"),
        "Your mask lets padding in, and the right side too: whatever mask comes, the shares are the same.",
    ),
    (Way(mask="inverted"), "You looked exactly where one may not. True means may look: fill where the mask is False."),
    (
        Way(mask="after"),
        "You masked after the softmax: a row now sums to {row:.2f}. Forbid scores, before shares are made.",
    ),
    (Way(mask="scaled"), "A forbidden score is 0 in yours. That forbids nothing: exp(0) is 1."),
    (Way(mask="added"), "You added the mask as it is. What is allowed scores higher by 1, and nothing is forbidden."),
    (
        Way(mask="gpt"),
        "This is GPT's mask: you hid the right side by yourself, and left padding in. Obey the one you get.",
    ),
    (Way(mask="gpt too"), "This is GPT's mask: the right side is hidden even where the mask that comes allows it."),
    (Way(mask="rows"), "Your mask hides rows: queries of padding look at nobody. The keys of padding must go."),
    (
        Way(axis=-2),
        "Your columns sum to 1, not your rows: the softmax went along the queries, and each query shares out.",
    ),
    (Way(axis=1), "Your softmax goes along axis 1. Of four axes that is the heads; the keys are the last one, -1."),
    (Way(swapped=(1, 2)), "Keys and values are swapped: you asked the values, and handed over the keys."),
    (
        Way(swapped=(0, 1)),
        "Queries and keys are swapped: each word answers where it should ask. The scores are mirrored.",
    ),
    (
        Way(turned=True),
        "The shares are right, but mixed the other way round: a row of shares belongs to its own query.",
    ),
    (Way(swapped=(0, 2)), "Queries and values are swapped: you asked with what is to be handed over."),
)
