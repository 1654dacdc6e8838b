"""One sentence, asked about again and again while a model learns: for whoever draws it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from bertlab.model import BertForPreTraining
from bertlab.pretrained import as_tensors
from bertlab.text import Tokenizer
from bertlab.training.evaluation import Guess


class Seen(NamedTuple):
    """What a model says of a sentence now: where each token looks, and for each [MASK] the best guesses."""

    tokens: list[str]
    attentions: Float[np.ndarray, "layers heads query key"]
    guesses: list[list[Guess]]


def watching(model: BertForPreTraining, tokenizer: Tokenizer, sentence: str, top: int = 5) -> Callable[[], Seen]:
    """A callable that looks at one sentence: once through the model, in eval mode, amid training too.

        monitor = TrainingMonitor(look=watching(model, tokenizer, "anna fed the [MASK] ."))

    Raises:
        ValueError: when it is called, as the model does: the sentence is too long.
    """
    encoding = tokenizer(sentence)
    tokens = list(encoding.tokens)
    holes = [place for place, piece in enumerate(encoding.input_ids) if piece == tokenizer.mask_id]

    @torch.no_grad()
    def look() -> Seen:
        was_training = model.training
        model.eval()
        try:
            row = as_tensors(encoding, next(model.parameters()).device)
            positions = torch.tensor(holes, dtype=torch.long, device=row["input_ids"].device)
            output = model(**row, positions=positions, output_attentions=True)
        finally:
            model.train(was_training)
        best = output.prediction_logits.float().softmax(dim=-1).topk(min(top, len(tokenizer)))
        return Seen(
            tokens=tokens,
            attentions=np.stack([layer[0].float().cpu().numpy() for layer in output.attentions or ()]),
            guesses=[
                [Guess(tokenizer.pieces[piece], share) for piece, share in zip(pieces, shares, strict=True)]
                for pieces, shares in zip(best.indices.tolist(), best.values.tolist(), strict=True)
            ],
        )

    return look
