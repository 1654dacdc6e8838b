"""One model reads one text: where it looks, what it would say in hidden places, and both again under the other mask."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor
from torch.func import functional_call

from bertlab.model import BertForPreTraining
from bertlab.pretrained import as_tensors
from bertlab.text import Tokenizer
from bertlab.text.encoding import Encoding

Target = Literal["masked", "next"]
"""What a model was trained to say: the piece that was hidden in its own place, or the piece after it."""


class Guess(NamedTuple):
    """What a model would put in a place, and how sure it is (a probability)."""

    piece: str
    probability: float


class Stretch(NamedTuple):
    """A stretch of text: 0 for the first text, 1 for the second, and from which character to which.

    Characters, not pieces: so models with different vocabularies can be asked about the same words. A part of a word
    is hidden from those only that cut the word there.
    """

    sentence: int
    start: int
    end: int


class Answer(NamedTuple):
    """What is said of one hidden piece.

    Args:
        place: of the piece among the tokens.
        told_at: the place whose vector the guesses come from: its own, or the one before it.
        right: the piece that stood there; None where the text itself says [MASK].
        nats: the loss, -log p(right).
        guesses: the likeliest first.
    """

    place: int
    told_at: int
    right: str | None
    nats: float | None
    guesses: list[Guess]


@dataclass(frozen=True, eq=False)
class Reading:
    """What one model made of one text.

    Args:
        tokens: as the model read them, hidden ones as [MASK] where they were hidden from it.
        stretches: for each token what it stands for; None for [CLS] and [SEP].
        attentions: of every layer and head.
        answers: one for each hidden piece.
        causal: whether it looked to the left only.
        as_trained: whether it was trained to look so.
        trained: whether it was trained at all; else its parameters are random numbers.
    """

    tokens: list[str]
    stretches: list[Stretch | None]
    attentions: Float32[np.ndarray, "layers heads query key"]
    answers: list[Answer]
    causal: bool
    as_trained: bool
    target: Target
    trained: bool = True

    @property
    def nats(self) -> float | None:
        """The mean loss over the hidden pieces that are known; None where there are none."""
        known = [answer.nats for answer in self.answers if answer.nats is not None]
        return sum(known) / len(known) if known else None


def stretches_of(encoding: Encoding, tokenizer: Tokenizer) -> list[Stretch | None]:
    """For each token the stretch of text it stands for; [CLS] and [SEP] stand for none."""
    return [
        None if piece in (tokenizer.cls_id, tokenizer.sep_id) and end == start else Stretch(segment, start, end)
        for piece, segment, (start, end) in zip(
            encoding.input_ids, encoding.token_type_ids, encoding.offsets, strict=True
        )
    ]


def hidden_places(stretches: Sequence[Stretch | None], holes: Sequence[Sequence[int]]) -> list[int]:
    """The places of all pieces that lie within a hole.

    >>> hidden_places([None, Stretch(0, 0, 3), Stretch(0, 3, 6), Stretch(0, 7, 9), None], [(0, 0, 6)])
    [1, 2]
    """
    return [
        place
        for place, stretch in enumerate(stretches)
        if stretch is not None
        and any(
            stretch.sentence == which and start <= stretch.start and stretch.end <= end for which, start, end in holes
        )
    ]


def answers(
    logits: Float[Tensor, "asked vocab"],
    places: Sequence[int],
    told_at: Sequence[int],
    true: Sequence[int],
    tokenizer: Tokenizer,
    top: int,
) -> list[Answer]:
    """What a model's scores say of the places asked; `true` are the ids that stood there."""
    logarithms = logits.float().log_softmax(dim=-1)
    best = logarithms.topk(min(top, len(tokenizer)))
    found = []
    for place, at, piece, row, pieces, shares in zip(
        places, told_at, true, logarithms, best.indices.tolist(), best.values.exp().tolist(), strict=True
    ):
        known = piece != tokenizer.mask_id
        found.append(
            Answer(
                place=place,
                told_at=at,
                right=tokenizer.pieces[piece] if known else None,
                nats=-row[piece].item() if known else None,
                guesses=[Guess(tokenizer.pieces[each], share) for each, share in zip(pieces, shares, strict=True)],
            )
        )
    return found


Reader = Callable[..., Reading]
"""`read(text_a, text_b=None, *, holes=(), other_mask=False) -> Reading`"""


def reader(
    model: BertForPreTraining,
    tokenizer: Tokenizer,
    *,
    target: Target | None = None,
    top: int = 5,
    trained: bool = True,
) -> Reader:
    """A model and its tokenizer as one function that reads: `read(text_a, text_b=None, holes=(), other_mask=False)`.

    With `other_mask` the very same parameters read under the mask that they were not trained with. The model itself
    is left as it is, in training or not: a forward pass borrows its parameters.

    >>> tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "yes", "no"])
    >>> from bertlab.model import BertConfig
    >>> read = reader(BertForPreTraining(BertConfig.preset("tiny", vocab_size=7)), tokenizer)
    >>> reading = read("yes no", holes=[Stretch(0, 4, 6)])
    >>> reading.tokens, reading.answers[0].right, reading.attentions.shape
    (['[CLS]', 'yes', '[MASK]', '[SEP]'], 'no', (2, 2, 4, 4))

    Args:
        target: what the model was trained to say; if left out, a causal model the next piece. One that says the next
            piece has nothing hidden from it: its answer is given one place before, where its own mask keeps the piece
            from it. The other mask does not.
        top: so many guesses for each hole.
        trained: False for a control whose parameters are random numbers, so that nothing else is said of it.

    Raises:
        ValueError: when it is called: the text is too long for the model.
    """
    says: Target = target or ("next" if model.config.causal else "masked")

    @cache
    def skeleton(causal: bool) -> BertForPreTraining:
        """The model without its numbers."""
        with torch.device("meta"):
            return BertForPreTraining(model.config.replace(causal=causal)).eval()

    @torch.no_grad()
    def read(
        text_a: str, text_b: str | None = None, *, holes: Sequence[Sequence[int]] = (), other_mask: bool = False
    ) -> Reading:
        encoding = tokenizer(text_a, text_b)
        stretches = stretches_of(encoding, tokenizer)
        hidden = hidden_places(stretches, holes)
        true = list(encoding.input_ids)
        if says == "masked":
            for place in hidden:
                encoding.input_ids[place] = tokenizer.mask_id
        asked = [place for place in range(len(true)) if place in hidden or true[place] == tokenizer.mask_id]
        told_at = [place - (says == "next") for place in asked]

        causal = model.config.causal != other_mask
        numbers = dict(model.named_parameters()) | dict(model.named_buffers())
        given = as_tensors(encoding, next(model.parameters()).device)
        given["positions"] = torch.tensor(told_at, dtype=torch.long, device=given["input_ids"].device)
        output = functional_call(skeleton(causal), numbers, (), {**given, "output_attentions": True})
        return Reading(
            tokens=[tokenizer.pieces[piece] for piece in encoding.input_ids],
            stretches=stretches,
            attentions=torch.stack(output.attentions, dim=1)[0].float().cpu().numpy(),
            answers=answers(output.prediction_logits, asked, told_at, [true[place] for place in asked], tokenizer, top),
            causal=causal,
            as_trained=not other_mask,
            target=says,
            trained=trained,
        )

    return read
