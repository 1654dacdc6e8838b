"""From labelled examples to what one step of fine-tuning reads: rows of about the same length, padded, with labels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from bertlab.text import Tokenizer
from bertlab.training.masking import IGNORED

Label = int | float | Sequence[int]

SORTED_TOGETHER = 16
"""Batches whose rows are sorted by length with each other: padding is saved, and chance still mixes them."""


@dataclass(frozen=True)
class Row:
    """One example as a model reads it, and what is true of it.

    Args:
        labels: by the name of the model's scores: {"label": 2}, {"tags": [-100, 0, 3, -100]}, {"start": 5, "end": 7}.
            A float asks for a number.
    """

    input_ids: Sequence[int]
    token_type_ids: Sequence[int]
    labels: Mapping[str, Label]

    def __len__(self) -> int:
        return len(self.input_ids)


@dataclass(frozen=True)
class TaskBatch:
    """Rows side by side. A label of each piece is -100 at padding, as it is wherever nothing is asked."""

    input_ids: Int[Tensor, "batch seq"]
    token_type_ids: Int[Tensor, "batch seq"]
    attention_mask: Int[Tensor, "batch seq"]
    labels: dict[str, Tensor]
    num_tokens: int

    def to(self, device: torch.device) -> "TaskBatch":
        """The same batch on another device."""
        return replace(
            self,
            input_ids=self.input_ids.to(device),
            token_type_ids=self.token_type_ids.to(device),
            attention_mask=self.attention_mask.to(device),
            labels={name: true.to(device) for name, true in self.labels.items()},
        )

    def describe(self, tokenizer: Tokenizer, rows: int = 3) -> str:
        """The first rows as a person would want to see them: what the model reads, and what is true of it."""
        lines = [f"{len(self.input_ids)} rows of {self.input_ids.shape[1]}, {self.num_tokens} real tokens"]
        for row in range(min(rows, len(self.input_ids))):
            real = int(self.attention_mask[row].sum())
            pieces = [tokenizer.pieces[piece] for piece in self.input_ids[row, :real].tolist()]
            lines += ["", f"reads  {' '.join(pieces)}"]
            for name, true in self.labels.items():
                if true.dim() == 1:
                    lines.append(f"{name:6} {true[row].item()}")
                else:
                    asked = zip(pieces, true[row, :real].tolist(), strict=True)
                    lines.append(f"{name:6} " + "  ".join(f"{piece} {tag}" for piece, tag in asked if tag != IGNORED))
        return "\n".join(lines)


def padded_rows(rows: Sequence[Row], pad_id: int) -> TaskBatch:
    """Rows of different lengths as one batch, padded on the right.

    >>> rows = [Row([2, 7, 3], [0, 0, 0], {"label": 1}), Row([2, 3], [0, 0], {"label": 0})]
    >>> batch = padded_rows(rows, pad_id=0)
    >>> batch.input_ids.tolist(), batch.attention_mask.tolist(), batch.labels["label"].tolist()
    ([[2, 7, 3], [2, 3, 0]], [[1, 1, 1], [1, 1, 0]], [1, 0])

    Raises:
        ValueError: there is no row, or the rows are not labelled alike.
    """
    if not rows:
        raise ValueError("a batch needs at least one row")
    names = list(rows[0].labels)
    if odd := [list(row.labels) for row in rows if list(row.labels) != names]:
        raise ValueError(f"rows of one batch are labelled alike, but one has {names} and another {odd[0]}")
    longest = max(map(len, rows))

    def side_by_side(lists: Sequence[Sequence[int]], filling: int) -> Int[Tensor, "batch seq"]:
        return torch.tensor([[*each, *[filling] * (longest - len(each))] for each in lists])

    def labels_of(name: str) -> Tensor:
        values: list[Any] = [row.labels[name] for row in rows]
        return side_by_side(values, IGNORED) if isinstance(values[0], Sequence) else torch.tensor(values)

    return TaskBatch(
        input_ids=side_by_side([row.input_ids for row in rows], pad_id),
        token_type_ids=side_by_side([row.token_type_ids for row in rows], 0),
        attention_mask=side_by_side([[1] * len(row) for row in rows], 0),
        labels={name: labels_of(name) for name in names},
        num_tokens=sum(map(len, rows)),
    )


def by_length(rows: Sequence[Row], pad_id: int, batch_rows: int = 64) -> Iterator[tuple[list[int], TaskBatch]]:
    """All rows once, to be asked about, those of about one length together: which rows, and their batch.

    >>> rows = [Row([2, 7, 3], [0, 0, 0], {}), Row([2, 3], [0, 0], {}), Row([2, 7, 3], [0, 0, 0], {})]
    >>> [(which, tuple(batch.input_ids.shape)) for which, batch in by_length(rows, pad_id=0, batch_rows=2)]
    [([1, 0], (2, 3)), ([2], (1, 3))]
    """
    order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    for first in range(0, len(order), batch_rows):
        which = order[first : first + batch_rows]
        yield which, padded_rows([rows[row] for row in which], pad_id)


class RowBatches:
    """The batch of each step: every row once in each pass over them, in another order each time.

    >>> rows = [Row([2, 7, 3], [0, 0, 0], {"label": n % 2}) for n in range(10)]
    >>> batches = RowBatches(rows, pad_id=0, batch_rows=4)
    >>> [len(batches(step).input_ids) for step in range(4)], batches.steps(passes=3)
    ([4, 2, 4, 4], 9)

    Args:
        batch_rows: rows of a batch; the last one of a pass may have fewer.
        seed: of the order.

    Raises:
        ValueError: there are no rows, or a batch would have none.
    """

    def __init__(self, rows: Sequence[Row], pad_id: int, batch_rows: int = 32, seed: int = 0) -> None:
        if not rows or batch_rows < 1:
            raise ValueError(f"there are {len(rows)} rows for batches of {batch_rows}; both must be at least 1")
        self.rows, self.pad_id, self.batch_rows, self.seed = rows, pad_id, batch_rows, seed
        self._lengths = np.array([len(row) for row in rows])
        self._pass, self._order = -1, [np.arange(0)]

    def steps(self, passes: int) -> int:
        """How many steps so many passes over all rows take."""
        return passes * self._batches_a_pass

    @property
    def _batches_a_pass(self) -> int:
        return -(-len(self.rows) // self.batch_rows)

    def __call__(self, step: int) -> TaskBatch:
        """What a step reads, numbered from 0: the same rows for the same number, whatever was asked before."""
        which, place = divmod(step, self._batches_a_pass)
        if which != self._pass:
            self._pass, self._order = which, self._shuffled(which)
        return padded_rows([self.rows[row] for row in self._order[place].tolist()], self.pad_id)

    def _shuffled(self, which: int) -> list[Int[np.ndarray, " rows"]]:
        """The rows of each batch of one pass. The last batch alone is short, wherever it comes."""
        rng = np.random.default_rng([self.seed, which])
        order = rng.permutation(len(self.rows))
        together = SORTED_TOGETHER * self.batch_rows
        by_length = [
            part[np.argsort(self._lengths[part], kind="stable")]
            for part in np.split(order, range(together, len(order), together))
        ]
        joined = np.concatenate(by_length)
        batches = np.split(joined, range(self.batch_rows, len(joined), self.batch_rows))
        return [batches[at] for at in rng.permutation(len(batches))]
