"""What lesson 08's exercises are checked by."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from bertlab.lessons.checks.verdict import Check, Mine
from bertlab.lessons.compare import largest_difference
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.training import Batch


def _small_run(one_step: Callable[..., Any]) -> tuple[list[torch.Tensor], list[float], BertForPreTraining]:
    """Two updates of a very small BERT without dropout; gives the parameters, what was returned, the model."""
    sizes: dict[str, Any] = {
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
    }
    no_dropout: dict[str, Any] = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        model = BertForPreTraining(BertConfig(vocab_size=12, max_position_embeddings=8, **sizes, **no_dropout))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        returned = [float(one_step(model, _small_batch(seed), optimizer)) for seed in (1, 2)]
    return [parameter.detach() for parameter in model.parameters()], returned, model


def _small_batch(seed: int) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    true = torch.randint(5, 12, (4, 6), generator=generator)
    chosen = torch.zeros(4, 6, dtype=torch.bool)
    chosen[torch.arange(4), torch.randint(0, 6, (4,), generator=generator)] = True
    return Batch(
        input_ids=true.masked_fill(chosen, 4),
        token_type_ids=torch.zeros_like(true),
        attention_mask=torch.ones_like(true),
        labels=true.masked_fill(~chosen, -100),
        positions=chosen.flatten().nonzero().flatten(),
        next_sentence_label=None,
        num_tokens=24,
    )


def reference_step(
    model: nn.Module,
    batch: Batch,
    optimizer: torch.optim.Optimizer,
    *,
    clear: bool = True,
    everywhere: bool = False,
    update_first: bool = False,
) -> float:
    """One training step, and the ways in which it is most often got wrong.

    Args:
        clear: False lets the gradients of earlier steps add up.
        everywhere: score the words that nobody hid as well.
        update_first: move the parameters before the new gradient is known.
    """
    if update_first:
        optimizer.step()
    logits = model(batch.input_ids, batch.token_type_ids, batch.attention_mask).prediction_logits
    labels = torch.where(batch.labels == -100, batch.input_ids, batch.labels) if everywhere else batch.labels
    loss = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    if clear:
        optimizer.zero_grad()
    loss.backward()
    if not update_first:
        optimizer.step()
    return loss.item()


def _mistake_in_step(mine: Mine) -> str | None:
    """Write one training step: measure, find the slope, move, and give the loss back."""
    moved_first = "You moved before you knew the slope: optimizer.step() comes after backward(), not before it."
    try:
        parameters, returned, model = _small_run(mine)
    except RuntimeError as error:
        if "modified by an inplace operation" in str(error):
            return moved_first
        raise

    def moves_like(**variant: Any) -> bool:
        others, _, _ = _small_run(lambda *args: reference_step(*args, **variant))
        return all(largest_difference(a, b)[0] < 1e-6 for a, b in zip(parameters, others, strict=True))

    start, _, _ = _small_run(lambda *_: 0.0)
    if all(torch.equal(a, b) for a, b in zip(parameters, start, strict=True)):
        gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
        if any(gradient.abs().max() > 0 for gradient in gradients):
            return "The slope is known, but no parameter has moved: after backward() comes optimizer.step()."
        return (
            "No parameter has moved and no gradient is left. Either backward() was never called, "
            "or zero_grad() came between backward() and optimizer.step()."
        )
    if moves_like():
        _, losses, _ = _small_run(reference_step)
        if largest_difference(returned, losses)[0] > 1e-4:
            return f"It moves as it should, but it gives back {returned[0]:.4g}; the loss was {losses[0]:.4g}."
        return None
    if moves_like(clear=False):
        return (
            "The second step also took the first one's slope: gradients add up until they are cleared. "
            "optimizer.zero_grad() belongs before backward()."
        )
    if moves_like(everywhere=True) or moves_like(everywhere=True, clear=False):
        return (
            "You scored every word, also those that nobody hid. They stand in the input for all to see; "
            "only where the label is not -100 is there anything to learn."
        )
    if moves_like(update_first=True) or moves_like(update_first=True, clear=False):
        return moved_first
    return "The parameters move, but not as one step of this optimiser on this loss would move them."


step = Check("08-step", _mistake_in_step, "Measure, clear, find the slope, move: the heart of every training run.")
