"""What a view shows of one text: its tokens, and for each layer who looks where. Read and checked here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

Encode = Callable[..., Sequence[Any]]
"""`encode(text_a, text_b=None) -> (tokens, attentions)`, or `(tokens, attentions, queries, keys)`."""

# bf16 keeps 8 bits: a row of 128 such probabilities may be a hundredth off.
ROW_TOLERANCE = 0.02
SPECIAL = {"[CLS]", "[SEP]", "[PAD]", "<s>", "</s>", "<|endoftext|>"}


def as_array(numbers: Any) -> np.ndarray:
    """Any tensor or nested list as a float64 array; a torch tensor is detached and brought to the CPU first.

    >>> as_array([[0.5, 0.5]]).shape
    (1, 2)
    """
    if hasattr(numbers, "detach"):
        numbers = numbers.detach().float().cpu().numpy()
    return np.asarray(numbers, dtype=np.float64)


def per_head(numbers: Any, name: str) -> Float[np.ndarray, "heads rows columns"]:
    """One layer's numbers as (heads, rows, columns); a batch of one, as models give it, loses its first axis.

    Raises:
        ValueError: more than one text, or another number of axes.
    """
    array = as_array(numbers)
    if array.ndim == 4 and array.shape[0] != 1:
        raise ValueError(f"{name} holds a batch of {array.shape[0]} texts; a view shows one: take its row i, x[i]")
    if array.ndim == 4:
        array = array[0]
    if array.ndim != 3:
        raise ValueError(
            f"{name} has shape {array.shape}; a view needs (heads, query, columns) for each layer. "
            "Give a list with one array a layer."
        )
    return array


def check_probabilities(probs: Float[np.ndarray, "heads query key"], name: str) -> None:
    """Attention is a share: nothing below 0, and every row adds up to 1.

    Raises:
        ValueError: naming layer, head and row, what it adds up to, and what may have happened.
    """
    if not np.isfinite(probs).all():
        head, row, key = (int(i) for i in np.argwhere(~np.isfinite(probs))[0])
        raise ValueError(
            f"{name}, head {head}, row {row}, column {key} is {probs[head, row, key]}: not a probability. "
            "A row in which everything is masked gives nan."
        )
    if (probs < 0).any():
        raise ValueError(f"{name} goes down to {probs.min():.3g}: these are scores; take their softmax over keys")
    sums = probs.sum(axis=-1)
    if (abs(sums - 1) > ROW_TOLERANCE).any():
        head, row = (int(i) for i in np.unravel_index(abs(sums - 1).argmax(), sums.shape))
        raise ValueError(
            f"{name}, head {head}, row {row} adds up to {sums[head, row]:.4g}, not to 1. "
            "Give probabilities (after softmax), whole rows, and a model in eval mode (dropout changes sums)."
        )


def find_sentence_b(tokens: Sequence[str]) -> int | None:
    """Where the second sentence begins in `[CLS] A [SEP] B [SEP]`, or None when there are not two.

    >>> find_sentence_b(["[CLS]", "hello", "[SEP]", "you", "[SEP]", "[PAD]"])
    3
    """
    ends = [i for i, token in enumerate(tokens) if token == "[SEP]"]
    if len(ends) != 2 or ends[1] == ends[0] + 1:
        return None
    if any(token != "[PAD]" for token in tokens[ends[1] + 1 :]):
        return None
    return ends[0] + 1


@dataclass(frozen=True, eq=False)
class Attended:
    """The tokens of one text and the attention of every layer, as (heads, query, key), checked."""

    tokens: list[str]
    layers: list[np.ndarray]
    queries: list[np.ndarray] | None = None
    keys: list[np.ndarray] | None = None
    sentence_b_start: int | None = None
    whole_length: int | None = None
    """How many tokens there were before a cut; None when nothing was cut."""

    @property
    def heads(self) -> int:
        """The number of heads, the same in every layer."""
        return int(self.layers[0].shape[0])

    @property
    def numbers(self) -> int:
        """How many numbers a picture of it carries."""
        return sum(array.size for part in (self.layers, self.queries, self.keys) for array in part or [])

    @property
    def causal(self) -> bool:
        """True when no token looks to its right."""
        return len(self.tokens) > 1 and not any(np.triu(layer, 1).any() for layer in self.layers)

    def cut(self, length: int) -> "Attended":
        """Its first `length` tokens; rows are shortened, not scaled up again."""
        if len(self.tokens) <= length:
            return self
        b = self.sentence_b_start
        return replace(
            self,
            tokens=self.tokens[:length],
            layers=[layer[:, :length, :length] for layer in self.layers],
            queries=self.queries and [layer[:, :length] for layer in self.queries],
            keys=self.keys and [layer[:, :length] for layer in self.keys],
            sentence_b_start=None if b is None or b >= length else b,
            whole_length=self.whole_length or len(self.tokens),
        )

    def strongest_link(self, layer: int, head: int | None = None) -> tuple[int, int, float] | None:
        """The two different words with the most attention between them: of one head, or all of the layer averaged."""
        mean = self.layers[layer].mean(axis=0) if head is None else self.layers[layer][head]
        special = [i for i, token in enumerate(self.tokens) if token in SPECIAL]
        mean = mean * (1 - np.eye(len(mean)))
        mean[special], mean[:, special] = 0, 0
        if mean.max() == 0:
            return None
        query, key = (int(i) for i in np.unravel_index(mean.argmax(), mean.shape))
        return query, key, float(mean[query, key])


def read(
    encode: Encode | None,
    text_a: str | None,
    text_b: str | None,
    *,
    tokens: Sequence[str] | None,
    attentions: Any,
    queries: Any = None,
    keys: Any = None,
    sentence_b_start: int | None = None,
) -> Attended:
    """Ask `encode` about a text or a pair, or take raw numbers; check them either way.

    Raises:
        TypeError: neither `encode` and a text, nor tokens and attentions, or both.
        ValueError: numbers that do not fit the tokens or are no probabilities.
    """
    by_text, by_numbers = (
        encode is not None or text_a is not None,
        tokens is not None or attentions is not None,
    )
    if by_text and by_numbers:
        raise TypeError("give either encode and a text, or tokens= and attentions=, not both")
    if encode is not None and text_a is not None:
        answer = encode(text_a) if text_b is None else encode(text_a, text_b)
        if len(answer) not in (2, 4):
            raise ValueError(
                f"encode gave {len(answer)} things; a view needs (tokens, attentions), "
                "or (tokens, attentions, queries, keys)"
            )
        tokens, attentions = answer[:2]
        if len(answer) == 4:
            queries, keys = answer[2:]
    if tokens is None or attentions is None:
        raise TypeError(
            "nothing to show: give encode and a text, view(encode, 'the bank by the river'), "
            "or numbers, view(tokens=..., attentions=...)"
        )
    tokens = [str(token) for token in tokens]
    if not tokens:
        raise ValueError("there are no tokens to show: the text is empty")
    if sentence_b_start is None:
        sentence_b_start = find_sentence_b(tokens)
        if encode is not None and text_b is not None and sentence_b_start is None:
            # RoBERTa and GPT-2 have other signs between two texts, or none: B begins where A alone would end.
            alone = [str(token) for token in encode(text_a)[0]]
            if alone == tokens[: len(alone)] and 0 < len(alone) < len(tokens):
                sentence_b_start = len(alone)
        if text_b is not None and sentence_b_start is None:
            raise ValueError(
                f"the second sentence was not found: {tokens.count('[SEP]')} [SEP] in {' '.join(tokens)}. "
                "Say where it begins: sentence_b_start=..."
            )
    elif not 0 < sentence_b_start < len(tokens):
        raise ValueError(f"sentence_b_start is {sentence_b_start}; it lies between 1 and {len(tokens) - 1} here")
    return Attended(
        tokens,
        _read_layers(attentions, tokens),
        _read_vectors(queries, "queries", tokens, attentions),
        _read_vectors(keys, "keys", tokens, attentions),
        sentence_b_start,
    )


def _read_layers(attentions: Any, tokens: list[str]) -> list[np.ndarray]:
    if len(attentions) == 0:
        raise ValueError(
            "attentions is empty: no layer gave any. A transformers model needs output_attentions=True and "
            "attn_implementation='eager'."
        )
    layers: list[np.ndarray] = []
    for number, layer in enumerate(attentions):
        name = f"layer {number}"
        array = per_head(layer, name)
        if array.shape[1:] != (len(tokens), len(tokens)):
            raise ValueError(
                f"{name} has shape {array.shape}, but there are {len(tokens)} tokens: "
                f"(heads, {len(tokens)}, {len(tokens)}) would be right. Tokens: {' '.join(tokens)}"
            )
        if layers and len(array) != len(layers[0]):
            raise ValueError(f"{name} has {len(array)} heads, layer 0 has {len(layers[0])}; a view needs them equal")
        check_probabilities(array, name)
        layers.append(array)
    return layers


def _read_vectors(vectors: Any, kind: Literal["queries", "keys"], tokens: list[str], attentions: Any) -> Any:
    if vectors is None:
        return None
    if len(vectors) != len(attentions):
        raise ValueError(f"{kind} has {len(vectors)} layers, attentions has {len(attentions)}: one for each is needed")
    arrays = [per_head(layer, f"{kind} of layer {number}") for number, layer in enumerate(vectors)]
    for number, array in enumerate(arrays):
        heads = len(per_head(attentions[number], f"layer {number}"))
        if array.shape[:2] != (heads, len(tokens)):
            raise ValueError(
                f"{kind} of layer {number} has shape {array.shape}; "
                f"with {heads} heads and {len(tokens)} tokens ({heads}, {len(tokens)}, head_dim) is right"
            )
    return arrays
