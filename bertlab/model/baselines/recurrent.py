"""Readers before BERT: word by word along the row, with a memory; one way, or both ways and joined at the end."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn

from bertlab.model.config import BertConfig
from bertlab.model.encoder import initialize
from bertlab.model.heads import MaskedLanguageModelHead, PreTrainingOutput

CELLS: dict[str, type[nn.LSTM] | type[nn.GRU]] = {"lstm": nn.LSTM, "gru": nn.GRU}


@dataclass(frozen=True)
class RecurrentConfig:
    """What one needs to know to build a recurrent reader, under BERT's names where there are any.

    >>> RecurrentConfig(vocab_size=8000).causal
    True

    Args:
        cell: "lstm" keeps two vectors of memory, "gru" one.
        both_ways: a second reader goes from right to left, and both are joined in the answer.

    Raises:
        ValueError: there is no such cell.

    Source: Hochreiter and Schmidhuber 1997; Cho et al. 2014.
    """

    vocab_size: int
    hidden_size: int = 128
    num_hidden_layers: int = 2
    cell: str = "lstm"
    both_ways: bool = False
    initializer_range: float = 0.06
    layer_norm_eps: float = 1e-12
    pad_token_id: int = 0

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise ValueError(f"a cell is {' or '.join(CELLS)}, not {self.cell!r}")

    @property
    def causal(self) -> bool:
        """One way is from left to right: what stands to the right cannot matter."""
        return not self.both_ways

    def replace(self, **changes: Any) -> "RecurrentConfig":
        """The same configuration with some fields changed."""
        return dataclasses.replace(self, **changes)

    def __repr__(self) -> str:
        ways = "reads both ways" if self.both_ways else "reads left to right"
        return (
            f"RecurrentConfig({self.cell}, {self.num_hidden_layers} layers x {self.hidden_size}, "
            f"{self.vocab_size} pieces, {ways})"
        )


def turned_round(
    rows: Shaped[Tensor, "batch seq hidden"], lengths: Int[Tensor, " batch"]
) -> Shaped[Tensor, "batch seq hidden"]:
    """Each row's real tokens in the opposite order, its padding where it was. Twice, and all is as before.

    >>> rows = torch.tensor([[[1.0], [2.0], [3.0], [0.0]]])
    >>> turned_round(rows, torch.tensor([3])).flatten().tolist()
    [3.0, 2.0, 1.0, 0.0]
    """
    place = torch.arange(rows.shape[1], device=rows.device)
    opposite = lengths[:, None] - 1 - place
    order = opposite.where(opposite >= 0, place)
    return rows.gather(1, order[..., None].expand_as(rows))


class Recurrent(nn.Module):
    """A language model of LSTM or GRU, asked as a `BertForPreTraining` is asked.

    One way: the memory after a piece says the piece after it. Both ways, ELMo's idea: one reader comes from the left,
    one from the right, and neither knows of the other. The answer for a place is made from the memory of all before it
    and that of all after it, so that a piece need not be hidden to be asked for.

    >>> model = Recurrent(RecurrentConfig(vocab_size=100))
    >>> tuple(model(torch.tensor([[2, 7, 9, 3]])).prediction_logits.shape)
    (1, 4, 100)

    Source: Peters et al. 2018, section 3 (ELMo trains the two apart and joins them for a task); joined already where
    they are asked for the word between them: Melamud et al. 2016.
    """

    def __init__(self, config: RecurrentConfig):
        super().__init__()
        self.config = config
        hidden, layers = config.hidden_size, config.num_hidden_layers
        self.token = nn.Embedding(config.vocab_size, hidden, padding_idx=config.pad_token_id)
        self.to_the_right = CELLS[config.cell](hidden, hidden, layers, batch_first=True)
        if config.both_ways:
            self.to_the_left = CELLS[config.cell](hidden, hidden, layers, batch_first=True)
            self.join = nn.Linear(2 * hidden, hidden)
        says = BertConfig(
            vocab_size=config.vocab_size,
            hidden_size=hidden,
            num_attention_heads=1,
            initializer_range=config.initializer_range,
            layer_norm_eps=config.layer_norm_eps,
            pad_token_id=config.pad_token_id,
        )
        self.head = MaskedLanguageModelHead(says)  # pieces are said as BERT says them
        initialize(self, says)

    def forward(
        self,
        input_ids: Int[Tensor, "batch seq"],
        token_type_ids: Int[Tensor, "batch seq"] | None = None,
        attention_mask: Int[Tensor, "batch seq"] | None = None,
        *,
        positions: Int[Tensor, " positions"] | None = None,
    ) -> PreTrainingOutput:
        """Read a batch of rows and score every piece, at every place or at the `positions` of the flattened tokens.

        There are no segments here: `token_type_ids` are not looked at.
        """
        pieces = self.token(input_ids)
        memory, _ = self.to_the_right(pieces)
        if self.config.both_ways:
            real = torch.ones_like(input_ids) if attention_mask is None else attention_mask
            lengths = real.sum(dim=-1)
            later, _ = self.to_the_left(turned_round(pieces, lengths))
            memory = self.join(between(memory, turned_round(later, lengths) * real[..., None]))
        if positions is not None:
            memory = memory.flatten(0, 1)[positions]
        return PreTrainingOutput(self.head(memory, self.token.weight), seq_relationship_logits=None)


def between(
    before: Float[Tensor, "batch seq hidden"], after: Float[Tensor, "batch seq hidden"]
) -> Float[Tensor, "batch seq twice_hidden"]:
    """For each place the memory of what stands before it and of what stands after it; at the ends there is none, 0.

    >>> memory = torch.tensor([[[1.0], [2.0], [3.0]]])
    >>> between(memory, 10 * memory).tolist()
    [[[0.0, 20.0], [1.0, 30.0], [2.0, 0.0]]]
    """
    nothing = torch.zeros_like(before[:, :1])
    return torch.cat([torch.cat([nothing, before[:, :-1]], dim=1), torch.cat([after[:, 1:], nothing], dim=1)], dim=-1)
