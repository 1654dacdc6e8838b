"""How good is it? On text it never saw, beside a guess that looks at no context."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from bertlab.corpora import TokenizedCorpus, piece_shares
from bertlab.model import BertForPreTraining
from bertlab.pretrained import as_tensors
from bertlab.reader import Guess
from bertlab.text import Tokenizer
from bertlab.training.batches import Batch
from bertlab.training.loop import ask


@dataclass(frozen=True)
class Evaluation:
    """Means over a number of batches; losses in nats, accuracies as shares.

    `unigram_*` is the best one can do without looking: the commonest piece, and the frequencies of the training text.
    """

    mlm_loss: float
    mlm_accuracy: float
    nsp_accuracy: float | None
    unigram_loss: float
    unigram_accuracy: float
    positions: int

    def __str__(self) -> str:
        nsp = "" if self.nsp_accuracy is None else f"; next sentence {self.nsp_accuracy:.1%}"
        return (
            f"masked words {self.mlm_accuracy:.1%} right, {self.mlm_loss:.3f} nats{nsp}; without looking "
            f"{self.unigram_accuracy:.1%}, {self.unigram_loss:.3f} nats ({self.positions:,} positions)"
        )


def evaluate(
    model: BertForPreTraining, batches: Sequence[Batch], training_text: TokenizedCorpus, special_ids: Sequence[int] = ()
) -> Evaluation:
    """Ask a model about batches of unseen text.

    Args:
        training_text: where the unigram guess gets its frequencies from.
        special_ids: pieces that are no text: not asked for, even where a label is one (the [SEP] that ends a document),
            and however frequent, no sensible guess.
    """
    model.eval()
    device = next(model.parameters()).device
    unigram = torch.from_numpy(piece_shares(training_text.ids, model.config.vocab_size, special_ids)).log()
    sums = torch.zeros(4, dtype=torch.float64)
    positions, nsp = 0, []
    with torch.inference_mode():
        for batch in batches:
            true = batch.labels.flatten()[batch.positions]
            of_text = ~torch.isin(true, torch.tensor(special_ids))
            true = true[of_text]
            answers = ask(model, replace(batch, positions=batch.positions[of_text]).to(device))
            count = len(true)
            of_batch = [answers.mlm_loss, answers.mlm_accuracy]
            without_looking = [-unigram[true].mean(), (true == unigram.argmax()).double().mean()]
            sums += count * torch.tensor([value.item() for value in of_batch + without_looking], dtype=torch.float64)
            positions += count
            if answers.nsp_accuracy is not None:
                nsp.append(answers.nsp_accuracy.item())
    mlm_loss, mlm_accuracy, unigram_loss, unigram_accuracy = (sums / positions).tolist()
    return Evaluation(
        mlm_loss=mlm_loss,
        mlm_accuracy=mlm_accuracy,
        nsp_accuracy=sum(nsp) / len(nsp) if nsp else None,
        unigram_loss=unigram_loss,
        unigram_accuracy=unigram_accuracy,
        positions=positions,
    )


def fill_mask(model: BertForPreTraining, tokenizer: Tokenizer, text: str, top: int = 5) -> list[list[Guess]]:
    """The best guesses for each [MASK] in a text, the likeliest first.

    Raises:
        ValueError: there is no [MASK] in the text, or it is too long for the model.
    """
    encoding = tokenizer(text)
    masked = [at for at, piece in enumerate(encoding.input_ids) if piece == tokenizer.mask_id]
    if not masked:
        raise ValueError(f"nothing to guess in {text!r}: write [MASK] where a word should be")
    device = next(model.parameters()).device
    model.eval()
    with torch.inference_mode():
        logits = model(**as_tensors(encoding, device)).prediction_logits[0, masked]
    best = logits.float().softmax(dim=-1).topk(min(top, len(tokenizer)))
    return [
        [Guess(tokenizer.pieces[piece], share) for piece, share in zip(pieces, shares, strict=True)]
        for pieces, shares in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]
