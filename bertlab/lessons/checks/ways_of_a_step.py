"""One training step, and the ways in which it is most often got wrong, each with the sentence that names it."""

import re

import torch
from torch import nn
from torch.nn import functional

from bertlab.model.heads import PreTrainingOutput
from bertlab.training import Batch


def reference_step(
    model: nn.Module, batch: Batch, optimizer: torch.optim.Optimizer, *, mistake: str = "", clear: bool = True
) -> float:
    """One training step, and the ways in which it is most often got wrong.

    Args:
        mistake: one of `MISTAKES_IN_STEP`.
        clear: False lets the gradients of earlier steps add up.
    """
    if mistake == "moves first":
        optimizer.step()
    segments, mask = batch.token_type_ids, batch.attention_mask
    if mistake == "no mask":
        mask = torch.ones_like(mask)
    elif mistake == "swapped":
        segments, mask = mask, segments
    logits = model(batch.input_ids, segments, mask).prediction_logits.flatten(0, 1)
    if mistake == "softmax":
        logits = logits.softmax(dim=-1)
    labels = batch.labels
    if mistake == "everywhere":
        labels = torch.where(labels == -100, batch.input_ids, labels)
    elif mistake == "input as labels":
        labels = batch.input_ids
    loss = functional.cross_entropy(logits, labels.flatten(), reduction="sum" if mistake == "sum" else "mean")
    if mistake == "uphill":
        loss = -loss
    if clear:
        optimizer.zero_grad()
    loss.backward()
    if mistake != "moves first":
        optimizer.step()
    return loss.item()


MOVED_FIRST = "You moved before you knew the slope: optimizer.step() comes after backward(), not before it."
MISTAKES_IN_STEP = {
    "everywhere": "You scored every word, also those that nobody hid. They stand in the input for all to see; "
    "only where the label is not -100 is there anything to learn.",
    "input as labels": "You took input_ids for the true pieces. There the hidden places say [MASK]; "
    "what stood there is in batch.labels.",
    "moves first": MOVED_FIRST,
    "no mask": "You left the attention mask out, so every place also reads the padding. "
    "It is the model's third argument.",
    "swapped": "You gave the attention mask as segments, and the segments as mask. The order is input_ids, "
    "token_type_ids, attention_mask.",
    "softmax": "You took a softmax before cross_entropy, which takes one itself: give it the logits as they are.",
    "sum": "You added the losses of all places up. The loss of a batch is their mean, or a batch with more questions "
    "would make a larger move.",
    "uphill": "You moved up the slope: the loss grew. backward() belongs to the loss itself, not to its negative.",
}


def stopped_step(error: Exception) -> str | None:
    """What to say of a step that did not get to its end."""
    said = str(error)
    if "modified by an inplace operation" in said:
        return MOVED_FIRST
    if re.search(r"Expected (target size|input batch_size)|only batches of spatial targets|expected scalar", said):
        return (
            "cross_entropy wants scores of shape (places, vocab) and labels of shape (places,): flatten both, of the "
            "scores the first two axes. The first hint has the line."
        )
    if PreTrainingOutput.__name__ in said:
        return "model(...) answers two questions at once. The scores of the pieces are its .prediction_logits."
    return None
