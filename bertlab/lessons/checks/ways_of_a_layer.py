"""One encoder layer from its parts, and the ways in which it is most often got wrong, each with its sentence."""

from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from bertlab.model import BertConfig, attention, build_mask
from bertlab.model.encoder import Layer

CLOSE = 2e-5
"""Rounding stays below it; GELU by its approximation does not."""


class Case(NamedTuple):
    """A small layer with random parameters, LayerNorms included, and what comes into it."""

    layer: Layer
    hidden: Float[Tensor, "batch seq hidden"]
    mask: Bool[Tensor, "batch 1 query key"]


def a_case() -> Case:
    """Two rows of five places, the last place of the second one padding; three heads of four numbers."""
    no_dropout: dict[str, Any] = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config = BertConfig(vocab_size=9, hidden_size=12, num_attention_heads=3, intermediate_size=20, **no_dropout)
    generator = torch.Generator().manual_seed(5)
    layer = Layer(config).eval()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(0.6 * torch.randn(parameter.shape, generator=generator) + 0.2)
    hidden = torch.randn(2, 5, 12, generator=generator)
    return Case(layer, hidden, build_mask(torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]]), causal=False))


def layer_with_a_mistake(case: Case, mistake: str = "") -> Float[Tensor, "batch seq hidden"]:
    """One encoder layer from its parts, and the ways in which it is most often got wrong."""
    layer, hidden, mask = case
    looks, norms = layer.attention, [layer.attention_norm, layer.feed_forward_norm]
    if mistake == "norms exchanged":
        norms.reverse()
    if mistake in ("attention_norm twice", "feed_forward_norm twice"):
        norms = [norms[mistake.startswith("feed")]] * 2
    if mistake == "mask forgotten":
        mask = torch.ones_like(mask)
    batch, seq, size = hidden.shape

    def attend(vectors: Tensor) -> Tensor:
        query, key, value = (part(vectors) for part in (looks.query, looks.key, looks.value))
        if mistake == "query and key exchanged":
            query, key = key, query
        if mistake == "split by view":
            parts = [each.view(batch, looks.num_heads, seq, -1) for each in (query, key, value)]
        elif mistake == "one head":
            parts = [each[:, None] for each in (query, key, value)]
        else:
            parts = [looks.split_heads(each) for each in (query, key, value)]
        context, _ = attention(parts[0], parts[1], parts[2], mask)
        if mistake != "merged by reshape":
            context = context.transpose(1, 2)
        merged = context.reshape(batch, seq, size)
        return merged if mistake == "output forgotten" else looks.output(merged)

    def think(vectors: Tensor) -> Tensor:
        wide = layer.feed_forward.expand(vectors)
        if mistake == "GELU after contract":
            return functional.gelu(layer.feed_forward.contract(wide))
        if mistake != "GELU forgotten":
            wide = functional.gelu(wide, approximate="tanh" if mistake == "GELU by tanh" else "none")
        if mistake == "ReLU":
            wide = layer.feed_forward.expand(vectors).relu()
        return layer.feed_forward.contract(wide)

    if mistake == "attention alone":
        return norms[0](hidden + attend(hidden))
    if mistake == "pre-norm":
        hidden = hidden + attend(norms[0](hidden))
        return hidden + think(norms[1](hidden))
    if mistake == "norm before adding":
        hidden = hidden + norms[0](attend(hidden))
        return hidden + norms[1](think(hidden))
    if mistake == "no residual":
        return norms[1](think(norms[0](attend(hidden))))
    if mistake == "no norm":
        hidden = hidden + attend(hidden)
        return hidden + think(hidden)
    came_in = hidden
    hidden = (0 if mistake == "first residual forgotten" else hidden) + attend(hidden)
    if mistake != "first norm forgotten":
        hidden = norms[0](hidden)
    if mistake == "second norm forgotten":
        return hidden + think(hidden)
    stays = came_in if mistake == "second residual from the input" else hidden
    if mistake == "second residual forgotten":
        stays = torch.zeros_like(hidden)
    return norms[1](stays + think(came_in if mistake == "feed-forward from the input" else hidden))


SAID = {
    "pre-norm": "You normalised what goes into each half, and then added. That is pre-norm, as in GPT-2; BERT adds "
    "first, and normalises the sum.",
    "no residual": "Only what is new goes on; what was there is added nowhere. The residual connection is missing "
    "in both halves.",
    "first residual forgotten": "The first half hands on only what the heads gathered. Add `hidden` to it before "
    "attention_norm.",
    "second residual forgotten": "The second half hands on only what feed-forward said. Add what the first half "
    "gave before feed_forward_norm.",
    "norm before adding": "You normalised the news and added it afterwards. In BERT the sum is normalised: so what "
    "leaves a layer always has the same scale.",
    "second residual from the input": "In the second half you added what came into the layer. Add what came out of the "
    "first half: what the heads gathered is in there.",
    "feed-forward from the input": "Feed-forward got what came into the layer. Give it what the first half gave: only "
    "there has a place heard of the others.",
    "first norm forgotten": "The first sum goes on as it is: attention_norm is missing.",
    "second norm forgotten": "The second sum leaves the layer as it is: feed_forward_norm is missing.",
    "no norm": "You added twice and normalised nowhere: attention_norm and feed_forward_norm are missing.",
    "norms exchanged": "You exchanged the two LayerNorms: attention_norm belongs to the first sum, feed_forward_norm "
    "to the second.",
    "attention_norm twice": "You used attention_norm for both sums. The second half has a LayerNorm of its own: "
    "feed_forward_norm.",
    "feed_forward_norm twice": "You used feed_forward_norm for both sums. The first half has a LayerNorm of its own: "
    "attention_norm.",
    "GELU after contract": "GELU came after contract. It stands between expand and contract, where the vector is wide.",
    "GELU forgotten": "Between expand and contract nothing bends: GELU is missing. Two matrices one after the other "
    "are no more than one matrix.",
    "ReLU": "You bent with ReLU, as the original Transformer does. BERT bends with GELU.",
    "GELU by tanh": "Your GELU is the approximation with tanh. It is close, but the published numbers are those of the "
    "exact one.",
    "merged by reshape": "You merged the heads without turning the axes back: a place got one head's numbers of "
    "several places. First transpose(1, 2), then flatten.",
    "split by view": "You split the heads with view alone: a head got whole places, not a slice of each. Use "
    "split_heads, or transpose after the cut.",
    "one head": "You let one head look with all the numbers. Cut them into slices first, with split_heads.",
    "query and key exchanged": "You exchanged query and key: attention takes the query first, which asks, then the "
    "key, which is asked.",
    "output forgotten": "The heads' numbers stand side by side, and nobody has mixed them: layer.attention.output is "
    "missing.",
    "mask forgotten": "A place looked at padding: the mask that came in was not handed to attention.",
    "attention alone": "That is the first half, and it is right. The second half is missing: think, add, normalise.",
}
