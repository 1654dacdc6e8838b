"""Self-attention: who may look at whom, what each position gathers, and the weights that learn it.

Read it in this order: the mask, the pure function, its fast form and when that pays, the module that holds the weights.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from bertlab.model.config import BertConfig


def build_mask(attention_mask: Int[Tensor, "batch seq"], causal: bool) -> Bool[Tensor, "batch 1 query key"]:
    """Who may attend to whom: True where a query may look at a key.

    Everyone may look at every real token. A causal reader may not look to the right as well. This one line is
    the whole difference in architecture between BERT and its left-to-right twin.

    >>> build_mask(torch.tensor([[1, 1, 0]]), causal=False)[0, 0].int().tolist()
    [[1, 1, 0], [1, 1, 0], [1, 1, 0]]
    >>> build_mask(torch.tensor([[1, 1, 0]]), causal=True)[0, 0].int().tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 0]]

    Args:
        attention_mask: 1 = real token, 0 = padding.
    """
    real = attention_mask.bool()[:, None, None, :]
    position = torch.arange(attention_mask.shape[1], device=attention_mask.device)
    visible = position[:, None] >= position[None, :] if causal else torch.ones_like(position).bool()[:, None]
    return real & visible


def attention(
    query: Float[Tensor, "batch heads query head_dim"],
    key: Float[Tensor, "batch heads key head_dim"],
    value: Float[Tensor, "batch heads key head_dim"],
    mask: Bool[Tensor, "batch 1 query key"],
    dropout: float = 0.0,
) -> tuple[Float[Tensor, "batch heads query head_dim"], Float[Tensor, "batch heads query key"]]:
    """Each query divides 1 into shares among the keys it may see, and gathers their values by those shares.

    softmax(Q K^T / sqrt(d_k)) V, with forbidden scores set to the lowest number there is before the softmax.
    Returns the gathered context and the shares themselves.

    >>> query = key = torch.zeros(1, 1, 2, 4)  # nobody is liked better than another
    >>> value = torch.tensor([[[[2.0], [4.0]]]])
    >>> mask = build_mask(torch.tensor([[1, 1]]), causal=True)
    >>> context, probs = attention(query, key, value.expand(1, 1, 2, 4), mask)
    >>> probs[0, 0].tolist(), context[0, 0, :, 0].tolist()
    ([[1.0, 0.0], [0.5, 0.5]], [2.0, 3.0])

    Args:
        dropout: probability of dropping a share; 0 outside training.

    Source: Vaswani et al. 2017, equation 1.
    """
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    probs = functional.dropout(scores.softmax(dim=-1), dropout)
    return probs @ value, probs


def fused_attention(
    query: Float[Tensor, "batch heads query head_dim"],
    key: Float[Tensor, "batch heads key head_dim"],
    value: Float[Tensor, "batch heads key head_dim"],
    mask: Bool[Tensor, "batch 1 query key"],
    dropout: float = 0.0,
) -> Float[Tensor, "batch heads query head_dim"]:
    """The same context as `attention`, by torch's fused kernel, which never writes the shares down."""
    return functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout)


def fused_pays(query: Float[Tensor, "batch heads query head_dim"], training: bool) -> bool:
    """Whether to take the fused kernel: on a GPU always, on a CPU for training in float32.

    On a CPU its backward takes more than twice as long in bfloat16; and whoever reads there gets the same numbers, to
    the last digit, whether the shares are asked for or not.
    """
    return query.device.type != "cpu" or (training and query.dtype == torch.float32)


class Attended(NamedTuple):
    """What self-attention gives back: the new vectors, and on request what they were made from."""

    context: Float[Tensor, "batch seq hidden"]
    probs: Float[Tensor, "batch heads query key"] | None
    queries: Float[Tensor, "batch heads seq head_dim"]
    keys: Float[Tensor, "batch heads seq head_dim"]


class SelfAttention(nn.Module):
    """Several heads side by side, each with its own queries, keys and values of the same vectors.

    Each head works on its own slice of the queries, keys and values, so the number of heads does not change
    the number of parameters.
    """

    def __init__(self, config: BertConfig):
        super().__init__()
        self.num_heads = config.num_attention_heads
        self.dropout = config.attention_probs_dropout_prob
        self.query = nn.Linear(config.hidden_size, config.hidden_size)
        self.key = nn.Linear(config.hidden_size, config.hidden_size)
        self.value = nn.Linear(config.hidden_size, config.hidden_size)
        self.output = nn.Linear(config.hidden_size, config.hidden_size)

    def split_heads(self, vectors: Float[Tensor, "batch seq hidden"]) -> Float[Tensor, "batch heads seq head_dim"]:
        """Cut each hidden vector into one slice a head."""
        return vectors.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

    def forward(
        self,
        hidden: Float[Tensor, "batch seq hidden"],
        mask: Bool[Tensor, "batch 1 query key"],
        need_probs: bool,
    ) -> Attended:
        """Look around once. `need_probs` asks for the shares, which the fused kernel does not keep."""
        query = self.split_heads(self.query(hidden))
        key = self.split_heads(self.key(hidden))
        value = self.split_heads(self.value(hidden))
        dropout = self.dropout if self.training else 0.0
        if need_probs or not fused_pays(query, self.training):
            context, probs = attention(query, key, value, mask, dropout)
        else:
            context, probs = fused_attention(query, key, value, mask, dropout), None
        merged = context.transpose(1, 2).flatten(start_dim=2)
        return Attended(self.output(merged), probs, query, key)
