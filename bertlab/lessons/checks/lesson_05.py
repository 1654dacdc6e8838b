"""What lesson 05's exercises are checked by."""

from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from bertlab.lessons.checks.verdict import Check, Mine
from bertlab.lessons.compare import largest_difference
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
    if mistake == "mask forgotten":
        mask = torch.ones_like(mask)
    batch, seq, size = hidden.shape

    def attend(vectors: Tensor) -> Tensor:
        query, key, value = (part(vectors) for part in (looks.query, looks.key, looks.value))
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
    hidden = norms[0]((0 if mistake == "first residual forgotten" else hidden) + attend(hidden))
    if mistake == "second norm forgotten":
        return hidden + think(hidden)
    stays = came_in if mistake == "second residual from the input" else hidden
    if mistake == "second residual forgotten":
        stays = torch.zeros_like(hidden)
    return norms[1](stays + think(hidden))


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
    "second norm forgotten": "The second sum leaves the layer as it is: feed_forward_norm is missing.",
    "no norm": "You added twice and normalised nowhere: attention_norm and feed_forward_norm are missing.",
    "norms exchanged": "You exchanged the two LayerNorms: attention_norm belongs to the first sum, feed_forward_norm "
    "to the second.",
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
    "output forgotten": "The heads' numbers stand side by side, and nobody has mixed them: layer.attention.output is "
    "missing.",
    "mask forgotten": "A place looked at padding: the mask that came in was not handed to attention.",
    "attention alone": "That is the first half, and it is right. The second half is missing: think, add, normalise.",
}


def _mistake_in_layer(mine: Mine) -> str | None:
    """Put one encoder layer together from its parts."""
    case = a_case()
    called: list[str] = []
    watch = case.layer.register_forward_pre_hook(lambda *_: called.append("layer"))
    with torch.no_grad():
        answer = mine(case.layer, case.hidden, case.mask)
        watch.remove()
        right = layer_with_a_mistake(case)
        if called:
            return "You called the layer itself. It is what we compare with: put it together from its parts."
        if not isinstance(answer, Tensor):
            return f"Your function gives {type(answer).__name__}. Give back the vectors alone, as one tensor."
        if answer.shape != right.shape:
            return f"In came {tuple(right.shape)}, out came {tuple(answer.shape)}. A layer keeps the shape."
        for mistake in ("", *SAID):
            if largest_difference(answer, layer_with_a_mistake(case, mistake))[0] < CLOSE:
                return SAID.get(mistake)
    apart, (row, place, _) = largest_difference(answer, right)
    return (
        f"The shape is right, the numbers are not: they differ most in row {row} at place {place}, by {apart:.2g}. "
        "Compare your first half with layer.attention_norm(hidden + layer.attention(hidden, mask, False).context)."
    )


encoder_layer = Check(
    "05-layer", _mistake_in_layer, "Look around, add, normalise; think, add, normalise. Twelve of these are BERT-Base."
)


def _mistake_in_prediction(mine: Mine) -> str | None:
    """Predict the parameters of one layer of BERT-Base."""
    with torch.device("meta"):
        layer = Layer(BertConfig.preset("base"))
    sizes = {name: parameter.numel() for name, parameter in layer.named_parameters()}
    predicted, right = int(mine()), sum(sizes.values())

    def without(*marks: str) -> int:
        return sum(size for name, size in sizes.items() if not any(mark in name for mark in marks))

    biases = sum(size for name, size in sizes.items() if name.endswith("bias") and "norm" not in name)
    heads = 12
    attention_part = right - without("attention.")
    said = {
        right: None,
        right - biases: "The matrices and the norms are right. Each of the six matrices also has a bias: one number "
        "for each number that comes out.",
        without("bias"): "You counted no biases. Each matrix has one number more for each number that comes out, and "
        "each LayerNorm has a shift.",
        without("norm", "bias"): "You counted the six matrices and nothing else: biases and LayerNorms are missing.",
        without("norm"): "The matrices and their biases are right. The two LayerNorms are missing: a scale and a shift "
        "for each of 768 numbers, twice.",
        without("feed_forward_norm"): "One LayerNorm is missing: there is one after each half.",
        without("attention.output"): "You counted three matrices of attention. The fourth, output, mixes what the "
        "heads bring home.",
        without("contract"): "The way back is missing: contract is as large as expand, apart from its bias.",
        attention_part: "That is attention alone. Feed-forward and the two norms are in the layer too.",
        without("attention."): "Attention is missing: you counted feed-forward and the norms.",
        right + (heads - 1) * attention_part: "You counted attention once for each head. The heads share the matrices: "
        "each has a twelfth of the columns.",
        right // heads: "That is a twelfth of it. The number of heads does not enter at all.",
        12 * right: "That is all twelve layers. The question was about one.",
    }  # fmt: skip
    if predicted in said:
        return said[predicted]
    return (
        f"You predicted {predicted:,}. Count six matrices, each (in + 1) × out because of its bias, "
        "and two norms of 2 × 768."
    )


parameters_of_a_layer = Check(
    "05-parameters",
    _mistake_in_prediction,
    "Two thirds of a layer are feed-forward, one third is attention, and the norms are next to nothing.",
)


def _mistake_in_split(mine: Mine) -> str | None:
    """Cut each place's vector into one slice a head."""
    batch, seq, heads, head_dim = 2, 5, 3, 4
    vectors = torch.arange(batch * seq * heads * head_dim, dtype=torch.float32).view(batch, seq, heads * head_dim)
    answer = mine(vectors, heads)
    if not isinstance(answer, Tensor):
        return f"Your function gives {type(answer).__name__}, and not one tensor."
    right = vectors.unflatten(-1, (heads, head_dim)).transpose(1, 2)
    if answer.shape == right.shape and torch.equal(answer, right):
        return None
    if answer.shape == right.shape and torch.equal(answer, vectors.view(batch, heads, seq, head_dim)):
        return (
            "The bug is still there: view renames axes and moves no number, so a head gets whole places. "
            "Cut the last axis first, then exchange two axes."
        )
    if answer.shape == (batch, seq, heads, head_dim):
        return (
            f"The cut is right, but the shape is {tuple(answer.shape)}: place before head. Attention works on the last "
            "two axes; they must be place and number. One transpose is missing."
        )
    if answer.shape == right.shape and torch.equal(
        answer, vectors.unflatten(-1, (head_dim, heads)).permute(0, 3, 1, 2)
    ):
        return (
            "You dealt the numbers out like cards, one to each head in turn. Each head gets a run of neighbours: "
            "unflatten the last axis into (heads, head_dim), in this order."
        )
    if answer.shape == (batch * heads, seq, head_dim):
        return f"The shape is {tuple(answer.shape)}: rows and heads have become one axis. Leave the batch where it was."
    if answer.shape != right.shape:
        return f"The shape is {tuple(answer.shape)}; (batch, heads, seq, head_dim) is {tuple(right.shape)} here."
    return (
        f"Head 0 at place 0 got {answer[0, 0, 0].int().tolist()}; the first slice is {right[0, 0, 0].int().tolist()}."
    )


split_heads = Check(
    "05-split", _mistake_in_split, "First cut each vector, then exchange the axes: no number leaves its place."
)

__all__ = ["encoder_layer", "parameters_of_a_layer", "split_heads"]
