"""What lesson 05's exercises are checked by."""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from bertlab.lessons.checks.verdict import Check, Mine
from bertlab.lessons.checks.ways_of_a_layer import CLOSE, SAID, Case, a_case, layer_with_a_mistake
from bertlab.lessons.compare import largest_difference
from bertlab.model import BertConfig
from bertlab.model.encoder import Layer


class Handed:
    """What the matrices of a layer were handed, by their name, the latest last; and whether all of it was called."""

    def __init__(self, layer: Layer):
        self.to: dict[str, list[Tensor]] = {}
        self.whole_layer = False
        layer.register_forward_pre_hook(self._layer_called)
        for name, part in layer.named_modules():
            if isinstance(part, torch.nn.Linear):
                part.register_forward_pre_hook(partial(self._part_called, name.split(".")[-1]))

    def _layer_called(self, *_: Any) -> None:
        self.whole_layer = True

    def _part_called(self, name: str, _: Any, given: tuple[Any, ...]) -> None:
        if isinstance(given[0], Tensor):
            self.to.setdefault(name, []).append(given[0])

    def wrongly(self, size: int) -> str | None:
        """What a part was handed that has no vectors of this size, in the sentence to say."""
        for name, given in self.to.items():
            shape = tuple(given[-1].shape)
            if name in ("query", "key", "value") and len(shape) == 4:
                return f"You cut before {name}, which needs the whole vector. First the matrix, then the cut."
            if name == "output" and shape[-1] != size:
                return (
                    f"You gave output the shape {shape}. context is (batch, heads, seq, head_dim). Before output it "
                    "must be (batch, seq, hidden): turn axes 1 and 2, then make the last two one."
                )
        return None


FIRST_HALF = "layer.attention_norm(hidden + layer.attention(hidden, mask, need_probs=False).context)"


def _mistake_in_layer(mine: Mine) -> str | None:
    """Put one encoder layer together from its parts."""
    case = a_case()
    right = _right_halves(case)
    watched = a_case()
    handed = Handed(watched.layer)
    with torch.no_grad():
        try:
            answer = mine(*watched)
        except (RuntimeError, AttributeError, TypeError) as error:
            if said := handed.wrongly(case.hidden.shape[-1]):
                return said
            if "'tuple' object" in str(error) or "not tuple" in str(error):
                return "attention returns two things, the context and the shares. Take the first: context, probs = ..."
            raise
        if handed.whole_layer:
            return "You called the layer itself. It is what we compare with: put it together from its parts."
        if not isinstance(answer, Tensor):
            return f"Your function gives {type(answer).__name__}. Give back the vectors alone, as one tensor."
        if answer.shape != case.hidden.shape:
            return f"In came {tuple(case.hidden.shape)}, out came {tuple(answer.shape)}. A layer keeps the shape."
        for mistake in ("", *SAID):
            if largest_difference(answer, layer_with_a_mistake(case, mistake))[0] < CLOSE:
                return SAID.get(mistake)
    apart, (row, place, _) = largest_difference(answer, right[1])
    differ = f"The shape is right, the numbers are not. They differ most in row {row} at place {place}: {apart:.2g}. "
    widened = handed.to.get("expand", [None])[-1]
    if widened is not None and widened.shape == right[0].shape and largest_difference(widened, right[0])[0] < CLOSE:
        return differ + "What you gave to expand is right, so the first half is. Look at what comes after it."
    return differ + f"Compare half by half. What goes into expand should be {FIRST_HALF}."


def _right_halves(case: Case) -> tuple[Tensor, Tensor]:
    """What the first half gives, and what the whole layer does."""
    with torch.no_grad():
        return layer_with_a_mistake(case, "attention alone"), layer_with_a_mistake(case)


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
        without("norm"): "3,072 too few. That is the two LayerNorms (a scale and a shift for each of 768 numbers, "
        "twice), or the bias of the widening (3,072 numbers come out).",
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
    turned = vectors.transpose(1, 2).reshape(batch, heads, seq, head_dim)
    if answer.shape == right.shape and torch.equal(answer, turned):
        return (
            "You exchanged two axes before the cut: at place 0 head 0 now has one number from each of several places. "
            "Cut the last axis first, then exchange two axes."
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
