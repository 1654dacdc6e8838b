"""The training loop, whole and visible: a generator that gives one `Step` at a time.

Bar, monitor, metrics file, checkpoint and stop button are bodies of a `for`:

    for step in train(model, batches, recipe):
        if step.number % 100 == 0:
            print(step)
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from bertlab.model import BertConfig, BertForPreTraining, LanguageModel
from bertlab.model.encoder import Embeddings
from bertlab.training.batches import Batch
from bertlab.training.masking import IGNORED
from bertlab.training.recipe import Recipe, Schedule

Scalar = Float[Tensor, ""]
Model = TypeVar("Model", bound=nn.Module)


@dataclass(frozen=True)
class Answers:
    """How the model did on one batch: losses in nats, accuracies as shares; NSP's are None where nobody asked."""

    mlm_loss: Scalar
    mlm_accuracy: Scalar
    nsp_loss: Scalar | None
    nsp_accuracy: Scalar | None

    @property
    def loss(self) -> Scalar:
        """What training makes small: the sum of the two losses."""
        return self.mlm_loss if self.nsp_loss is None else self.mlm_loss + self.nsp_loss

    def __str__(self) -> str:
        nsp = "" if self.nsp_accuracy is None else f"  next sentence {self.nsp_accuracy.item():.0%}"
        return f"loss {self.mlm_loss.item():.3f} nats  masked words {self.mlm_accuracy.item():.1%}{nsp}"


def at_least_float32(logits: Float[Tensor, "*rows scores"]) -> Float[Tensor, "*rows scores"]:
    """Logits in numbers fine enough for a softmax over many pieces."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


def ask(model: LanguageModel, batch: Batch) -> Answers:
    """Let the model answer a batch: which pieces were hidden, and does B follow A?

    Each loss is a mean over what was asked: the chosen positions, the rows.

    Raises:
        ValueError: the batch asks a causal model for the next sentence.
    """
    output = model(batch.input_ids, batch.token_type_ids, batch.attention_mask, positions=batch.positions)
    true = batch.labels.flatten()[batch.positions]
    mlm = at_least_float32(output.prediction_logits)
    nsp_loss = nsp_accuracy = None
    if batch.next_sentence_label is not None:
        if output.seq_relationship_logits is None:
            raise ValueError(
                "a causal model cannot be asked for the next sentence: [CLS] stands first and sees nothing but itself; "
                "train it with next_sentence=False"
            )
        nsp = at_least_float32(output.seq_relationship_logits)
        nsp_loss = functional.cross_entropy(nsp, batch.next_sentence_label)
        nsp_accuracy = (nsp.argmax(dim=-1) == batch.next_sentence_label).float().mean()
    return Answers(
        mlm_loss=functional.cross_entropy(mlm, true),
        mlm_accuracy=(mlm.argmax(dim=-1) == true).sum() / (true != IGNORED).sum(),
        nsp_loss=nsp_loss,
        nsp_accuracy=nsp_accuracy,
    )


def newborn(build: Callable[[], Model], recipe: Recipe) -> Model:
    """A model of any kind with fresh parameters: the same ones for the same seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        model = build()
        for part in model.modules():
            if isinstance(part, Embeddings):
                nn.init.normal_(part.position.weight, std=recipe.position_std)
    return model


def new_model(config: BertConfig, recipe: Recipe) -> BertForPreTraining:
    """A BERT with fresh parameters, causal or not."""
    return newborn(lambda: BertForPreTraining(config), recipe)


def new_optimizer(model: nn.Module, recipe: Schedule) -> torch.optim.AdamW:
    """AdamW; matrices decay towards 0, biases and LayerNorms (vectors) do not."""
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    vectors = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    groups = [
        {"params": matrices, "weight_decay": recipe.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, eps=1e-6, fused=True)


@dataclass(frozen=True)
class Step:
    """One update of the parameters, after it was made.

    Args:
        number: of this update, counted from 1.
        answers: what the model said before the update, still on its device: what `ask` gave.
        tokens: real tokens read in this step.
        tokens_per_second: over the last 20 steps, the time spent in the `for`'s body not counted.
        optimizer: for whoever writes a checkpoint.
    """

    number: int
    steps: int
    answers: Any
    learning_rate: float
    row_length: int
    tokens: int
    tokens_per_second: float
    model: Any
    optimizer: torch.optim.Optimizer

    # Reading one of these numbers waits for the device. On a GPU read them now and then, not at every step.

    @property
    def loss(self) -> float:
        """All that was asked for together, in nats."""
        return self.answers.loss.item()

    @property
    def mlm_loss(self) -> float:
        """Mean over the chosen positions, in nats."""
        return self.answers.mlm_loss.item()

    @property
    def mlm_accuracy(self) -> float:
        """Share of the chosen positions where the best guess is right."""
        return self.answers.mlm_accuracy.item()

    @property
    def nsp_loss(self) -> float | None:
        """Mean over the rows, in nats; None where rows hold no pairs."""
        return None if self.answers.nsp_loss is None else self.answers.nsp_loss.item()

    @property
    def nsp_accuracy(self) -> float | None:
        """Share of the rows where next or random was told right; None where rows hold no pairs."""
        return None if self.answers.nsp_accuracy is None else self.answers.nsp_accuracy.item()

    def __str__(self) -> str:
        return (
            f"step {self.number:>{len(str(self.steps))}}/{self.steps}  {self.answers}  "
            f"{self.tokens_per_second:,.0f} tokens/s"
        )


def train(
    model: nn.Module,
    batches: Callable[[int], Any],
    recipe: Schedule,
    *,
    ask: Callable[[Any, Any], Any] = ask,
    optimizer: torch.optim.Optimizer | None = None,
    first_step: int = 0,
) -> Iterator[Step]:
    """Train, one step at a time. Leave the `for` when you like: what is learned stays in the model.

    Args:
        batches: gives the batch of a step, numbered from 0.
        ask: lets the model answer a batch; what it gives has a `loss`. Fine-tuning asks otherwise than pretraining.
        optimizer, first_step: to go on where a checkpoint ended, see `load_checkpoint`.

    Raises:
        FloatingPointError: the loss is no longer a number; the message says what to try.
    """
    device = next(model.parameters()).device
    optimizer = optimizer or new_optimizer(model, recipe)
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16")
    recent: deque[tuple[int, float]] = deque(maxlen=20)

    model.train()
    for number in range(first_step, recipe.steps):
        started = time.perf_counter()
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate_at(number)
        optimizer.zero_grad()  # also of what the `for`'s body may have left
        batch = batches(number).to(device)

        with autocast:
            answers = ask(model, batch)
        answers.loss.backward()
        length = nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
        spoilt = 1 - torch.isfinite(length + answers.loss.detach()).float()
        optimizer.found_inf = spoilt  # type: ignore[attr-defined]  # where it is 1, the parameters stay as they are
        optimizer.step()
        if spoilt:  # asked last: this waits for a GPU, which has all of the step to do by now
            raise FloatingPointError(
                f"step {number + 1}: the loss is {answers.loss.item()} and the length of its gradient {length.item()}; "
                "the parameters are those of the step before. If the batch asks about nothing, the text is all [UNK]: "
                "another vocabulary is needed. Otherwise "
                f"lower the learning rate ({recipe.learning_rate}), lengthen the warm-up ({recipe.warmup_steps} steps) "
                "or train in float32"
            )

        recent.append((batch.num_tokens, time.perf_counter() - started))
        yield Step(
            number=number + 1,
            steps=recipe.steps,
            answers=answers,
            learning_rate=recipe.learning_rate_at(number),
            row_length=batch.input_ids.shape[1],
            tokens=batch.num_tokens,
            tokens_per_second=sum(tokens for tokens, _ in recent) / sum(seconds for _, seconds in recent),
            model=model,
            optimizer=optimizer,
        )
        model.train()  # whoever had the step may have asked the model something
