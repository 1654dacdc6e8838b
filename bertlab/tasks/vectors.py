"""Sentence vectors: pairs of texts that belong together to train on, and the nearest text to search for."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int

from bertlab.model.task_heads import SentenceEncoder
from bertlab.tasks.rows_of import text_rows
from bertlab.text import Tokenizer
from bertlab.training.rows import TaskBatch, by_length, padded_rows


class PairBatches:
    """The batch of each step: some pairs, and for each first text the question which of the second ones is its own.

    >>> tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ice", "cold"])
    >>> batch = PairBatches(tokenizer, [("ice", "cold"), ("cold", "ice")], batch_pairs=2)(0)
    >>> tuple(batch.input_ids.shape), batch.labels["own"].tolist()
    ((4, 3), [0, 1])

    Args:
        batch_pairs: in each batch, so each has one right answer and one fewer wrong ones; pairs that do not fill a
            batch wait for the next pass.

    Raises:
        ValueError: there are not enough pairs for one batch, or a batch of one, with nothing to choose from.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        pairs: Sequence[tuple[str, str]],
        batch_pairs: int = 32,
        seed: int = 0,
        max_length: int | None = None,
    ) -> None:
        if not 1 < batch_pairs <= len(pairs):
            raise ValueError(f"batches of {batch_pairs} pairs cannot be made of {len(pairs)}; take 2 to {len(pairs)}")
        self.first, self.second = (
            text_rows(tokenizer, [pair[side] for pair in pairs], max_length=max_length) for side in (0, 1)
        )
        self.pad_id, self.batch_pairs, self.seed = tokenizer.pad_id, batch_pairs, seed

    def __call__(self, step: int) -> TaskBatch:
        """What a step reads, numbered from 0: all first texts, then all second ones."""
        which, place = divmod(step, len(self.first) // self.batch_pairs)
        order = np.random.default_rng([self.seed, which]).permutation(len(self.first)).tolist()
        pairs = order[place * self.batch_pairs : (place + 1) * self.batch_pairs]
        batch = padded_rows([side[pair] for side in (self.first, self.second) for pair in pairs], self.pad_id)
        batch.labels["own"] = torch.arange(self.batch_pairs)
        return batch


@torch.inference_mode()
def vectors_of(
    model: SentenceEncoder, tokenizer: Tokenizer, texts: Sequence[str], batch_rows: int = 64
) -> Float[np.ndarray, "texts hidden"]:
    """A vector of length 1 for each text."""
    device, was_training = next(model.parameters()).device, model.training
    model.eval()
    found = np.empty((len(texts), model.config.hidden_size), dtype=np.float32)
    for which, batch in by_length(text_rows(tokenizer, texts), tokenizer.pad_id, batch_rows):
        batch = batch.to(device)
        found[which] = model.vectors(batch.input_ids, batch.attention_mask).cpu().numpy()
    model.train(was_training)
    return found


def nearest(
    asked: Float[np.ndarray, "asked hidden"], known: Float[np.ndarray, "known hidden"], count: int = 5
) -> Int[np.ndarray, "asked count"]:
    """The places of the known texts that are most alike, the most alike first. All vectors have length 1.

    >>> nearest(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0], [0.6, 0.8]]), count=2).tolist()
    [[1, 2]]
    """
    return np.argsort(-asked @ known.T, axis=1, kind="stable")[:, :count]
