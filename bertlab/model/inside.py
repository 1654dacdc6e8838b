"""A look inside a model that runs: what its parts give, and what it would say without some of its heads or lines.

All work from outside, with hooks, so that no forward pass carries what only a reader of models needs.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from bertlab.model.encoder import Bert, Layer
from bertlab.model.heads import BertForPreTraining
from bertlab.model.self_attention import SelfAttention


@contextmanager
def watching(model: nn.Module, *names: str) -> Iterator[dict[str, Any]]:
    """Keeps what the parts with these names give, each time anew, for as long as the block lasts.

    A name is one of `model.named_modules()`. Gradients flow through what is kept.

    >>> import torch
    >>> from bertlab.model import BertConfig
    >>> bert = Bert(BertConfig.preset("tiny", vocab_size=9))
    >>> with watching(bert, "layers.1.attention.value") as seen:
    ...     output = bert(torch.tensor([[2, 7, 3]]))
    >>> tuple(seen["layers.1.attention.value"].shape)
    (1, 3, 128)

    Raises:
        ValueError: the model has no part of that name.
    """
    parts = dict(model.named_modules())
    unknown = [name for name in names if name not in parts]
    if unknown:
        some = ", ".join(list(parts)[1:6])
        raise ValueError(f"no part is called {', '.join(unknown)}; names are those of named_modules(), such as {some}")
    seen: dict[str, Any] = {}

    def keep(name: str) -> Any:
        return lambda part, given, gives: seen.update({name: gives})

    with ExitStack() as hooks:
        for name in names:
            hooks.enter_context(parts[name].register_forward_hook(keep(name)))
        yield seen


@contextmanager
def heads_off(
    model: Bert | BertForPreTraining, heads: Iterable[tuple[int, int]], at: Sequence[int] | None = None
) -> Iterator[None]:
    """Silences heads, as (layer, head), for as long as the block lasts: what each has gathered becomes 0.

    The others go on, and so do the residual connection and the bias of `output`. No parameter is changed.

    >>> import torch
    >>> from bertlab.model import BertConfig
    >>> bert, ids = Bert(BertConfig.preset("tiny", vocab_size=9)).eval(), torch.tensor([[2, 7, 3]])
    >>> before = bert(ids).last_hidden_state
    >>> with heads_off(bert, [(0, 1)]):
    ...     without = bert(ids).last_hidden_state
    >>> torch.equal(without, before), torch.equal(bert(ids).last_hidden_state, before)
    (False, True)

    Args:
        at: only at these places of each row, such as [0] for [CLS]; if left out, at all.

    Raises:
        ValueError: there is no such head.
    """
    bert = model.bert if isinstance(model, BertForPreTraining) else model
    layers, each, head_dim = len(bert.layers), bert.config.num_attention_heads, bert.config.head_dim
    silent: dict[int, list[int]] = {}
    for layer, head in heads:
        if not (0 <= layer < layers and 0 <= head < each):
            raise ValueError(f"no head {head} in layer {layer}: {layers} layers with {each} heads, counted from 0")
        silent.setdefault(layer, []).append(head)

    def silencing(numbers: list[int]) -> Any:
        # Before `output` mixes them, each head has a slice of its own.
        def silence(output: nn.Module, given: tuple[Float[Tensor, "batch seq hidden"]]) -> tuple[Tensor]:
            merged = given[0].unflatten(-1, (each, head_dim)).clone()
            places = torch.arange(merged.shape[1]) if at is None else torch.tensor(at)
            merged[:, places[:, None], numbers] = 0
            return (merged.flatten(start_dim=-2),)

        return silence

    with ExitStack() as hooks:
        for layer, numbers in silent.items():
            attention = bert.layers[layer].attention
            assert isinstance(attention, SelfAttention)
            hooks.enter_context(attention.output.register_forward_pre_hook(silencing(numbers)))
        yield


@contextmanager
def lines_off(model: Bert | BertForPreTraining, lines: Bool[Tensor, "batch query key"]) -> Iterator[None]:
    """Forbids lines in all heads of all layers, for as long as the block lasts: there a query may not look at a key.

    As with a mask, the shares of the other keys still sum to 1.

    >>> import torch
    >>> from bertlab.model import BertConfig
    >>> bert, lines = Bert(BertConfig.preset("tiny", vocab_size=9)).eval(), torch.zeros(1, 3, 3).bool()
    >>> lines[0, 1, 2] = True
    >>> with lines_off(bert, lines):
    ...     looks = bert(torch.tensor([[2, 7, 3]]), output_attentions=True).attentions
    >>> [round(layer[0, 0, 1].sum().item(), 4) for layer in looks], looks[0][0, 0, 1, 2].item()
    ([1.0, 1.0], 0.0)

    Args:
        lines: True where no head may look.
    """
    bert = model.bert if isinstance(model, BertForPreTraining) else model

    def narrowed(attention: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
        hidden, mask, *others = given
        return (hidden, mask & ~lines[:, None], *others)

    with ExitStack() as hooks:
        for layer in bert.layers:
            assert isinstance(layer, Layer)
            hooks.enter_context(layer.attention.register_forward_pre_hook(narrowed))
        yield
