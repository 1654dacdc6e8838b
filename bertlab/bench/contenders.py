"""Who reads: ours, and what a learner would use instead. All have the same size and get the same batches.

Each contender makes one update of its parameters a batch: the loss of both questions, gradients cut to length 1, AdamW
(torch's fused one, which transformers' Trainer takes, too).
"""

from collections import deque
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from bertlab.model import BertConfig
from bertlab.training import Batch, Recipe, ask, new_model, train
from bertlab.training.masking import IGNORED
from bertlab.training.on_gpu import ask_fused

Loss = Float[Tensor, ""]
Update = Callable[[Batch], Loss]
"""Reads one batch, and has learned from it."""

SIZES = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
         "max_position_embeddings", "type_vocab_size", "layer_norm_eps", "pad_token_id")  # fmt: skip
"""What makes two configs one size."""


def ours(config: BertConfig, recipe: Recipe, device: torch.device) -> Update:
    """`bertlab.training.train`, the loop that the lessons show; on a GPU it asks as `bertlab train` does there."""
    waiting: deque[Batch] = deque()
    asking = ask_fused(config.max_position_embeddings) if device.type == "cuda" else ask
    steps = train(new_model(config, recipe).to(device), lambda _: waiting.popleft(), recipe, ask=asking)

    def update(batch: Batch) -> Loss:
        waiting.append(batch)
        return next(steps).answers.loss

    return update


def needs_transformers() -> Any:
    """The peer's package.

    Raises:
        ImportError: it is not there.
    """
    try:
        import transformers
    except ImportError as error:
        raise ImportError("the peer to run beside is missing; pip install transformers brings it") from error
    return transformers


def theirs(config: BertConfig, dropout: float, device: torch.device) -> Any:
    """transformers' BertForPreTraining of the same size, with its own choice of attention."""
    transformers = needs_transformers()
    sizes = {name: getattr(config, name) for name in SIZES}
    same = transformers.BertConfig(**sizes, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout)
    return transformers.BertForPreTraining(same).to(device)


def as_shipped(model: Any, batch: Batch) -> Loss:
    """Every position is scored against every piece, padding, too; the labels say which of them count."""
    asked = {"labels": batch.labels, "next_sentence_label": batch.next_sentence_label}
    return model(batch.input_ids, batch.attention_mask, batch.token_type_ids, **asked).loss


def next_sentence_loss(model: Any, read: Any, batch: Batch) -> Loss:
    """The second question, as every contender is asked it."""
    assert batch.next_sentence_label is not None
    return functional.cross_entropy(model.cls.seq_relationship(read.pooler_output).float(), batch.next_sentence_label)


def tuned(model: Any, batch: Batch) -> Loss:
    """Only the masked positions are scored: what one writes who has read a profile."""
    read = model.bert(batch.input_ids, batch.attention_mask, batch.token_type_ids)
    scores = model.cls.predictions(read.last_hidden_state.flatten(0, 1)[batch.positions])
    true = batch.labels.flatten()[batch.positions]
    return functional.cross_entropy(scores.float(), true) + next_sentence_loss(model, read, batch)


def d2l_slots(model: Any, batch: Batch) -> Loss:
    """Dive into Deep Learning's loss: every row has as many slots for masked pieces as the longest row may need, and
    the mean goes over all of them, the empty ones, too, whose true piece is number 0.

    Source: Zhang et al., Dive into Deep Learning, sections 15.9 and 15.10; the encoder is transformers'.
    """
    slots = max(1, round(0.15 * batch.input_ids.shape[1]))
    places = (batch.labels != IGNORED).int().argsort(dim=-1, descending=True, stable=True)[:, :slots]
    read = model.bert(batch.input_ids, batch.attention_mask, batch.token_type_ids)
    rows = torch.arange(len(places), device=places.device)[:, None]
    scores = model.cls.predictions(read.last_hidden_state[rows, places])
    true = batch.labels[rows, places].clamp(min=0)
    return functional.cross_entropy(scores.float().flatten(0, 1), true.flatten()) + next_sentence_loss(
        model, read, batch
    )


def plain_loop(model: nn.Module, loss_of: Callable[[Any, Batch], Loss], recipe: Recipe) -> Update:
    """The loop that a user of transformers has: their Trainer's optimiser and settings, without the Trainer."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate, fused=True)
    device = next(model.parameters()).device
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16")
    model.train()

    def update(batch: Batch) -> Loss:
        optimizer.zero_grad()
        with autocast:
            loss = loss_of(model, batch.to(device))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
        optimizer.step()
        return loss.detach()

    return update


OURS = "bertlab"
SHIPPED = "transformers"
TUNED = "transformers, tuned"
SLOTS = "transformers, D2L's slots"
COMPILED = "transformers, tuned and compiled"
VARIANTS = (OURS, SHIPPED, TUNED, SLOTS)


def variants_on(device: torch.device) -> tuple[str, ...]:
    """Who is asked there: on a GPU also the tuned one fused by torch.compile."""
    return (*VARIANTS, COMPILED) if device.type == "cuda" else VARIANTS


def contender(variant: str, config: BertConfig, recipe: Recipe, device: torch.device) -> Update:
    """One of `variants_on(device)`, with fresh parameters.

    `transformers` is as a user gets it: dropout 0.1, every position scored. `tuned` has neither. Where it is compiled,
    `tuned` is what torch.compile makes of it.

    Raises:
        ImportError: transformers is not there.
    """
    if variant == OURS:
        return ours(config, recipe, device)
    losses = {SHIPPED: (as_shipped, 0.1), TUNED: (tuned, 0.0), SLOTS: (d2l_slots, 0.1)}
    loss_of, dropout = (torch.compile(tuned), 0.0) if variant == COMPILED else losses[variant]
    return plain_loop(theirs(config, dropout, device), loss_of, recipe)
