"""Two updates of a very small BERT: what the exercises on training are checked on."""

from collections.abc import Callable
from typing import Any

import torch

from bertlab.model import BertConfig, BertForPreTraining
from bertlab.training import Batch


def small_run(
    one_step: Callable[..., Any], read: Callable[[int], Any] | None = None
) -> tuple[list[torch.Tensor], list[float], BertForPreTraining]:
    """Two updates of a very small BERT without dropout; gives the parameters, what was returned, the model.

    Args:
        read: gives what an update reads, by its number; if left out, one small batch.
    """
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
        returned = [float(one_step(model, (read or small_batch)(number), optimizer)) for number in (1, 2)]
    return [parameter.detach() for parameter in model.parameters()], returned, model


def small_batch(seed: int, rows: int = 4, asked: int = 1, padding: int = 0) -> Batch:
    """Rows of six pieces, so many of which are asked about in each row.

    Args:
        padding: places added to the last row's right; the other rows go on with pieces that nobody asks about.
    """
    generator = torch.Generator().manual_seed(seed)
    true = torch.randint(5, 12, (rows, 6 + padding), generator=generator)
    chosen = torch.zeros_like(true, dtype=torch.bool)
    chosen[:, :6] = torch.rand(rows, 6, generator=generator).argsort(dim=1) < asked
    real = torch.ones_like(true)
    real[-1, 6:] = 0
    return Batch(
        input_ids=true.masked_fill(chosen, 4) * real,
        token_type_ids=torch.zeros_like(true),
        attention_mask=real,
        labels=true.masked_fill(~chosen, -100),
        positions=chosen.flatten().nonzero().flatten(),
        next_sentence_label=None,
        num_tokens=int(real.sum()),
    )
