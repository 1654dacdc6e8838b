"""Hide some of the words, and ask for them: the task from which BERT learns."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

IGNORED = -100
"""The label of a position that nobody asks about; torch's cross-entropy passes over it."""


def mask_tokens(
    input_ids: Int[Tensor, "batch seq"],
    *,
    special_ids: list[int],
    mask_id: int,
    vocab_size: int,
    generator: torch.Generator,
    probability: float = 0.15,
    replaced: float = 0.1,
    kept: float = 0.1,
    exact: bool = True,
) -> tuple[Int[Tensor, "batch seq"], Int[Tensor, "batch seq"]]:
    """Choose 15% of the tokens; of those 80% become [MASK], 10% a random piece, 10% stay. Returns (input_ids, labels).

    Labels hold the true id where a token was chosen, -100 elsewhere. Special tokens are never chosen, nor drawn as a
    random piece.

    >>> generator = torch.Generator().manual_seed(0)
    >>> ids = torch.tensor([[2, 10, 11, 12, 13, 14, 3]])
    >>> settings = dict(special_ids=[0, 1, 2, 3, 4], mask_id=4, vocab_size=100, generator=generator)
    >>> masked, labels = mask_tokens(ids, probability=0.4, **settings)
    >>> int((labels != -100).sum())
    2

    Args:
        probability: share of the ordinary tokens that is chosen.
        replaced, kept: shares of the chosen tokens that become a random piece, that stay; the rest becomes [MASK].
            With 0 and 0 the masking is plain.
        exact: choose exactly that share of each row, at least one, and exactly 80/10/10 of the batch's chosen (to the
            nearest whole token). Otherwise every token falls by itself, and the shares hold on average.

    Raises:
        ValueError: the probability is not between 0 and 1, or `replaced` and `kept` are no shares.

    Source: Devlin et al. 2019, section 3.1; google-research/bert, create_masked_lm_predictions.
    """
    if not 0 < probability < 1:
        raise ValueError(f"probability is a share between 0 and 1, not {probability}; BERT's is 0.15")
    if replaced < 0 or kept < 0 or replaced + kept > 1:
        raise ValueError(
            f"replaced and kept are shares of the chosen tokens, together at most 1, not {replaced} and {kept}; "
            "BERT's are 0.1 and 0.1"
        )
    ordinary = ~torch.isin(input_ids, torch.tensor(special_ids))
    luck = torch.rand(input_ids.shape, generator=generator)
    if exact:
        chosen = lowest(luck.masked_fill(~ordinary, 2.0), at_least_one(ordinary.sum(dim=-1), probability))
    else:
        chosen = ordinary & (luck < probability)

    fate = torch.rand(int(chosen.sum()), generator=generator)
    if exact:  # the ranks of random numbers, spread evenly, are a shuffled pack of cards
        fate = (fate.argsort().argsort() + 0.5) / max(len(fate), 1)
    drawable = torch.ones(vocab_size, dtype=torch.bool)
    drawable[special_ids] = False
    pieces = drawable.nonzero().flatten()
    drawn = pieces[torch.randint(len(pieces), fate.shape, generator=generator)]

    true = input_ids[chosen]
    masked = input_ids.clone()
    masked[chosen] = torch.where(fate < 1 - kept, drawn, true).where(fate >= 1 - kept - replaced, mask_id)
    return masked, torch.where(chosen, input_ids, IGNORED)


def at_least_one(counts: Int[Tensor, " batch"], probability: float) -> Int[Tensor, " batch"]:
    """The nearest whole share of each count, but one where there is anything at all."""
    return (counts * probability).round().long().clamp(min=1).minimum(counts)


def lowest(numbers: Float[Tensor, "batch seq"], how_many: Int[Tensor, " batch"]) -> Bool[Tensor, "batch seq"]:
    """True at the `how_many` lowest numbers of each row."""
    rank = numbers.argsort(dim=-1).argsort(dim=-1)
    return rank < how_many[:, None]
