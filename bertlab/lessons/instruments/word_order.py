"""Does a model use the order of the words? Take the order away, and ask it again."""

from dataclasses import replace

import torch

from bertlab.text import Tokenizer
from bertlab.training import Batch
from bertlab.training.masking import IGNORED


def shuffled(batch: Batch, tokenizer: Tokenizer, seed: int = 0) -> Batch:
    """The same rows with their pieces in another order; [CLS], [SEP] and padding stay where they are.

    A hidden piece moves like any other, and is asked for at its new place. So each row holds the same pieces and the
    same holes as before, and a model that uses no order loses nothing.
    """
    staying = torch.tensor([tokenizer.pad_id, tokenizer.cls_id, tokenizer.sep_id])
    generator = torch.Generator().manual_seed(seed)
    ids, labels = batch.input_ids.clone(), batch.labels.clone()
    for row in range(len(ids)):
        moving = (~torch.isin(ids[row], staying)).nonzero().flatten()
        order = moving[torch.randperm(len(moving), generator=generator)]
        ids[row, moving], labels[row, moving] = batch.input_ids[row, order], batch.labels[row, order]
    return replace(batch, input_ids=ids, labels=labels, positions=(labels.flatten() != IGNORED).nonzero().flatten())
