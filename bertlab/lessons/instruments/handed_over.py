"""What one head is handed over: where it looks, and how long is what each place gives it."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from bertlab.model import BertForPreTraining, watching
from bertlab.model.self_attention import SelfAttention


@torch.no_grad()
def handed_over(
    model: BertForPreTraining,
    layer: int,
    head: int,
    input_ids: Int[Tensor, "batch seq"],
    attention_mask: Int[Tensor, "batch seq"] | None = None,
) -> tuple[Float[Tensor, "batch query key"], Float[Tensor, "batch key"]]:
    """The shares of one head, and the length of each place's value once the head's slice of `output` has been applied.

    Share times length is how long the contribution of a place is.

    >>> import bertlab
    >>> bert, tokenizer = bertlab.load("mini")
    >>> shares, lengths = handed_over(bert, 2, 2, torch.tensor([tokenizer("He went out.").input_ids]))
    >>> tuple(shares.shape), tuple(lengths.shape)
    ((1, 6, 6), (1, 6))

    Source: Kobayashi et al. 2020, section 3.
    """
    part, head_dim = model.bert.layers[layer].attention, model.config.head_dim
    assert isinstance(part, SelfAttention)
    mine = slice(head * head_dim, (head + 1) * head_dim)
    with watching(part, "value") as seen:
        out = model(input_ids, attention_mask=attention_mask, output_attentions=True)
    assert out.attentions is not None
    return out.attentions[layer][:, head], (seen["value"][..., mine] @ part.output.weight[:, mine].T).norm(dim=-1)
