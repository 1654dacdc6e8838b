"""What a transformers model looks at: attentions, queries and keys of BERT and its kin, GPT-2 and its kin.

Their models differ in where queries and keys are made (one projection or three, turned by position or not, keys shared
by several heads). They agree in the function that multiplies them, and that one can be replaced.
"""

import sys
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

# bf16 keeps 8 bits, so that a product of such vectors is a little off.
PRODUCT_TOLERANCE = 0.02


def look_inside(model: Any, tensors: dict[str, Tensor]) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """Attentions (batch, heads, query, key), queries and keys (batch, heads, seq, head_dim), one tensor a layer.

    For one call the model is given an attention function that does what the model's own file does, and looks. Queries
    and keys are as they are multiplied, and are to be divided by the root of head_dim; of models of the older kind,
    which take no such function, there are none.

    Raises:
        ValueError: the text has no token or too many, or the model keeps no attentions.
    """
    from transformers import AttentionInterface, AttentionMaskInterface

    _check_length(model, tensors["input_ids"].shape[1])
    seen: list[tuple[Tensor, Tensor, Tensor]] = []

    def look(module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Any, **options: Any) -> Any:
        own = sys.modules[type(module).__module__].eager_attention_forward
        output, probs = own(module, query, key, value, mask, **options)
        head_dim, sharing = query.shape[-1], query.shape[1] // key.shape[1]
        query = query * (options.get("scaling") or head_dim**-0.5) * head_dim**0.5
        seen.append((probs, query, key.repeat_interleave(sharing, dim=1)))
        return output, probs

    AttentionInterface.register("bertlab", look)
    AttentionMaskInterface.register("bertlab", AttentionMaskInterface()["eager"])
    before, takes_functions = model.config._attn_implementation, model._can_set_attn_implementation()
    try:
        if takes_functions:
            model.set_attn_implementation("bertlab")
        output = model(**tensors, output_attentions=True)
    finally:
        if takes_functions:
            model.set_attn_implementation(before)
    attentions, queries, keys = ([layer[part] for layer in seen] for part in range(3))
    seen.clear()  # the function stays registered, and would keep them alive
    if not attentions:
        attentions = list(getattr(output, "attentions", None) or ())
    if not attentions or any(layer is None for layer in attentions):
        raise ValueError(
            f"{type(model).__name__} kept no attentions: its fast attention does not write them down. "
            "Load it with from_pretrained(..., attn_implementation='eager')"
        )
    return attentions, queries, keys


def _check_length(model: Any, length: int) -> None:
    if length == 0:
        raise ValueError("the text is empty, and this tokenizer adds no token of its own: there is nothing to look at")
    known = getattr(model.config, "max_position_embeddings", None) or 0
    if 0 < known < length:
        raise ValueError(f"the text has {length} tokens, but {type(model).__name__} knows {known} positions")


def check_product(name: str, attentions: Sequence[Tensor], queries: Sequence[Tensor], keys: Sequence[Tensor]) -> None:
    """Is attention the softmax of query times key, as a neuron view says?

    Raises:
        ValueError: there are no queries, or something else takes part (a bias for distance, a cap).
    """
    if len(queries) != len(attentions):
        raise ValueError(
            f"the queries and keys of {name} cannot be had: it does not use transformers' AttentionInterface. "
            "Head view and model view can show it"
        )
    for layer, (probs, query, key) in enumerate(zip(attentions, queries, keys, strict=True)):
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
        product = scores.masked_fill(probs == 0, -torch.inf).softmax(dim=-1)
        furthest = (product - probs).abs().max().item()
        if furthest > PRODUCT_TOLERANCE:
            raise ValueError(
                f"in layer {layer} of {name} attention is not the softmax of query times key alone: it is up to "
                f"{furthest:.2f} away. Head view and model view can show it"
            )
