"""Lesson 11's mistakes of the inputs, made on purpose: each takes a batch as it should be and gives one as it is made
by mistake. Nothing stops a training on either.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Bool
from torch import Tensor, nn

from bertlab.model.task_heads import OF_PLACES, Scores, TaskModel
from bertlab.text import Tokenizer
from bertlab.text.wordpiece import PREFIX
from bertlab.training.masking import IGNORED
from bertlab.training.rows import TaskBatch

Damage = Callable[[TaskBatch, Tokenizer], TaskBatch]
FILLED_UP_TO = 96
"""Places of a row where every row is filled up to the same length."""


def as_it_is(batch: TaskBatch, tokenizer: Tokenizer) -> TaskBatch:
    """No mistake."""
    return batch


def without_sep(batch: TaskBatch, tokenizer: Tokenizer) -> TaskBatch:
    """No [SEP], neither between two texts nor at the end: what follows moves up."""
    stays = batch.input_ids != tokenizer.sep_id
    order = _stays_first(batch, tokenizer)
    real = stays.gather(1, order) & (batch.attention_mask.gather(1, order) == 1)
    moved = stays.cumsum(dim=1) - 1
    return replace(
        batch,
        input_ids=batch.input_ids.gather(1, order).masked_fill(~real, tokenizer.pad_id),
        token_type_ids=batch.token_type_ids.gather(1, order).masked_fill(~real, 0),
        attention_mask=real.long(),
        labels={
            name: moved.gather(1, true[:, None])[:, 0] if name in ("start", "end") else true
            for name, true in batch.labels.items()
        },
    )


def _stays_first(batch: TaskBatch, tokenizer: Tokenizer) -> Tensor:
    """For each place of a row without [SEP], where it was; (batch, seq)."""
    return (batch.input_ids == tokenizer.sep_id).long().argsort(dim=1, stable=True)


def one_segment(batch: TaskBatch, tokenizer: Tokenizer) -> TaskBatch:
    """token_type_ids 0 throughout, though there are two texts."""
    return replace(batch, token_type_ids=torch.zeros_like(batch.token_type_ids))


def padding_counted(batch: TaskBatch, tokenizer: Tokenizer) -> TaskBatch:
    """Each row filled up to the same length, and an attention mask of ones: padding is read like text."""
    missing = FILLED_UP_TO - batch.input_ids.shape[1]
    ids = nn.functional.pad(batch.input_ids, (0, missing), value=tokenizer.pad_id)
    segments = nn.functional.pad(batch.token_type_ids, (0, missing))
    return replace(batch, input_ids=ids, token_type_ids=segments, attention_mask=torch.ones_like(ids))


def cls_forgotten(batch: TaskBatch, tokenizer: Tokenizer) -> TaskBatch:
    """Tags counted from the first word, as if no [CLS] stood before it: each is one place too early."""
    return replace(batch, labels={**batch.labels, "tags": batch.labels["tags"].roll(-1, dims=1)})


def word_by_word(batch: TaskBatch, tokenizer: Tokenizer) -> TaskBatch:
    """The tag of the k-th word at the k-th piece, as if no word fell into several."""
    begins, tags = first_pieces(batch, tokenizer), batch.labels["tags"]
    shifted = torch.full_like(tags, IGNORED)
    for row in range(len(tags)):
        words = tags[row][begins[row]]
        shifted[row, 1 : 1 + len(words)] = words
    return replace(batch, labels={**batch.labels, "tags": shifted})


def first_pieces(batch: TaskBatch, tokenizer: Tokenizer) -> Bool[Tensor, "batch seq"]:
    """Where a word begins."""
    goes_on = torch.tensor([piece.startswith(PREFIX) for piece in tokenizer.pieces])
    frame = (batch.input_ids == tokenizer.cls_id) | (batch.input_ids == tokenizer.sep_id)
    return (batch.attention_mask == 1) & ~goes_on[batch.input_ids] & ~frame


Back = Callable[[TaskBatch, Tokenizer, Tensor], Tensor]
"""The batch as it should be, and scores of each place of the damaged one -> scores where this person reads them."""


def _at_the_same_place(batch: TaskBatch, tokenizer: Tokenizer, said: Tensor) -> Tensor:
    return said


def _moved_back(batch: TaskBatch, tokenizer: Tokenizer, said: Tensor) -> Tensor:
    return torch.empty_like(said).scatter(1, _stays_first(batch, tokenizer), said)


def _one_place_later(batch: TaskBatch, tokenizer: Tokenizer, said: Tensor) -> Tensor:
    return said.roll(1, dims=1)


def _kth_word_from_kth_piece(batch: TaskBatch, tokenizer: Tokenizer, said: Tensor) -> Tensor:
    read, begins = said.clone(), first_pieces(batch, tokenizer)
    for row in range(len(said)):
        words = int(begins[row].sum())
        read[row][begins[row]] = said[row, 1 : 1 + words]
    return read


BACK: dict[Damage, Back] = {
    without_sep: _moved_back,
    cls_forgotten: _one_place_later,
    word_by_word: _kth_word_from_kth_piece,
}
"""Who made the mistake in the labels makes it again when reading the answers."""


class Misread(TaskModel):
    """A fine-tuned model as it is asked by someone who makes a mistake."""

    def __init__(self, model: TaskModel, damage: Damage, tokenizer: Tokenizer):
        nn.Module.__init__(self)  # it needs no encoder of its own
        self.model, self.config, self.damage, self.tokenizer = model, model.config, damage, tokenizer

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> Scores:
        """The scores of a damaged batch, at the places where this person reads them."""
        labels = {"tags": torch.zeros_like(input_ids)}  # they are not asked for, and may be moved like others
        batch = TaskBatch(input_ids, token_type_ids, attention_mask, labels, 0)
        damaged = self.damage(batch, self.tokenizer)
        scores = self.model(damaged.input_ids, damaged.token_type_ids, damaged.attention_mask)
        back = BACK.get(self.damage, _at_the_same_place)
        return {name: back(batch, self.tokenizer, said) if name in OF_PLACES else said for name, said in scores.items()}


class NeverInEval(TaskModel):
    """A model on which eval() has no effect: what forgetting it comes to."""

    def __init__(self, model: TaskModel):
        nn.Module.__init__(self)  # it needs no encoder of its own
        self.model, self.config = model, model.config

    def train(self, mode: bool = True) -> "NeverInEval":
        """Training mode, whatever is asked."""
        return super().train(True)

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> Scores:
        """Scores with some numbers dropped by chance."""
        found: Scores = self.model(input_ids, token_type_ids, attention_mask)
        return found
