"""A batch that is too large for the memory comes in parts: rows of a batch, and several batches as one."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from bertlab.training import Batch
from bertlab.training.masking import IGNORED


def first_rows(batch: Batch, count: int) -> Batch:
    """The first rows of a batch, with the places that are asked about in them."""
    return _with_positions(
        replace(
            batch,
            input_ids=batch.input_ids[:count],
            token_type_ids=batch.token_type_ids[:count],
            attention_mask=batch.attention_mask[:count],
            labels=batch.labels[:count],
            next_sentence_label=None if batch.next_sentence_label is None else batch.next_sentence_label[:count],
        )
    )


def as_one(parts: Sequence[Batch], pad_id: int) -> Batch:
    """All rows of some batches as one batch, the short ones filled up with padding; nobody asks for the next sentence.

    Raises:
        ValueError: there are no parts.
    """
    if not parts:
        raise ValueError("there are no parts to put together; give at least one")
    longest = max(part.input_ids.shape[1] for part in parts)

    def filled(tensors: list[Tensor], empty: int) -> Tensor:
        return torch.cat([functional.pad(rows, (0, longest - rows.shape[1]), value=empty) for rows in tensors])

    return _with_positions(
        Batch(
            input_ids=filled([part.input_ids for part in parts], pad_id),
            token_type_ids=filled([part.token_type_ids for part in parts], 0),
            attention_mask=filled([part.attention_mask for part in parts], 0),
            labels=filled([part.labels for part in parts], IGNORED),
            positions=torch.empty(0, dtype=torch.long),
            next_sentence_label=None,
            num_tokens=0,
        )
    )


def _with_positions(batch: Batch) -> Batch:
    """The batch with the places that its labels ask about, and its real tokens counted."""
    places = (batch.labels.flatten() != IGNORED).nonzero().flatten()
    return replace(batch, positions=places, num_tokens=int(batch.attention_mask.sum()))
