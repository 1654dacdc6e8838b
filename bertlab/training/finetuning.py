"""Fine-tuning: the same loop as in pretraining, with other rows, other questions, and a smaller learning rate."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from bertlab.model.task_heads import OF_PLACES, TaskModel
from bertlab.training.loop import Step, train
from bertlab.training.masking import IGNORED
from bertlab.training.recipe import Schedule
from bertlab.training.rows import Row, TaskBatch, by_length

Scalar = Float[Tensor, ""]


@dataclass(frozen=True)
class FineTuning(Schedule):
    """How to fine-tune. The schedule is BERT's; the learning rate is ten times BERT's, as small models need it.

    Args:
        frozen: leave the encoder as it is, and train only what the task adds.

    Source: Devlin et al. 2019, appendix A.3 (5e-5, 3e-5 or 2e-5; 2 to 4 passes; batches of 16 or 32).
    """

    learning_rate: float = 5e-4
    warmup_steps: int = 20
    frozen: bool = False


@dataclass(frozen=True)
class TaskAnswers:
    """How a model did on one batch, by the name of what was asked: losses, and shares of right answers.

    A loss is in nats, and for a number the squared difference; then there is no share.
    """

    losses: dict[str, Scalar]
    right: dict[str, Scalar]

    @property
    def loss(self) -> Scalar:
        """What training makes small: the mean over what was asked for."""
        return torch.stack(list(self.losses.values())).mean()

    def __str__(self) -> str:
        told = [f"loss {self.loss.item():.3f}"]
        return "  ".join([*told, *(f"{name} {share.item():.0%} right" for name, share in self.right.items())])


def ask_task(model: TaskModel, batch: TaskBatch) -> TaskAnswers:
    """Let a model answer a batch: each of its scores is held against the label of the same name.

    The answers stand last in the scores: of a label, of each piece's tag, or of the places where a span may begin.

    Raises:
        KeyError: the batch has a label which the model gives no scores for.
    """
    scores = model(batch.input_ids, batch.token_type_ids, batch.attention_mask)
    if unasked := [name for name in batch.labels if name not in scores]:
        raise KeyError(f"the rows are labelled {unasked}, but {type(model).__name__} answers {list(scores)}")
    losses, right = {}, {}
    for name, true in batch.labels.items():
        said = scores[name].float()
        if true.is_floating_point():
            losses[name] = functional.mse_loss(said[..., 0], true)
            continue
        said, true = said.reshape(-1, said.shape[-1]), true.flatten()
        losses[name] = functional.cross_entropy(said, true, ignore_index=IGNORED)
        asked = true != IGNORED
        right[name] = (said.argmax(dim=-1) == true)[asked].float().mean()
    return TaskAnswers(losses, right)


def finetune(model: TaskModel, batches: Callable[[int], TaskBatch], recipe: FineTuning) -> Iterator[Step]:
    """Train a model on its task, one step at a time: `train`, with another question.

    Raises:
        FloatingPointError: the loss is no longer a number; the message says what to try.
    """
    for parameter in model.encoder.parameters():
        parameter.requires_grad_(not recipe.frozen)
    return train(model, batches, recipe, ask=ask_task)


@torch.inference_mode()
def answers_to(model: TaskModel, rows: Sequence[Row], pad_id: int, batch_rows: int = 64) -> list[dict[str, Any]]:
    """What a model scores for each row, by name: numpy arrays, padding left out. Nothing is dropped out.

    Scores of each piece are (seq, answers), scores of places (seq,), scores of a text (answers,).
    """
    device, was_training = next(model.parameters()).device, model.training
    model.eval()
    found: list[dict[str, Any]] = [{} for _ in rows]
    for which, batch in by_length(rows, pad_id, batch_rows):
        batch = batch.to(device)
        for name, scores in model(batch.input_ids, batch.token_type_ids, batch.attention_mask).items():
            for row, said in zip(which, scores.float().cpu().numpy(), strict=True):
                found[row][name] = said[: len(rows[row])] if name in OF_PLACES else said
    model.train(was_training)
    return found
