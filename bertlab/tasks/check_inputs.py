"""The mistakes that ruin fine-tuning without an error, found in a batch before it is trained on.

    print(check_inputs(batch, tokenizer))

It reads our batches and tokenizers, and those of `transformers`, so it can be taken along.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from bertlab.tasks.plain_inputs import Inputs
from bertlab.training.masking import IGNORED

MANY_UNKNOWN = 0.1
"""A larger share of [UNK] than text of the tokenizer's own kind has."""
FEW_CAPITALS = 0.01
"""Pieces with capitals in a vocabulary that was made of small letters: a smaller share."""
MANY_WITHOUT_ANSWER = 0.5
MANY_CUT = 0.5
"""A larger share of rows that are as long as the longest and stop within a sentence is no chance."""
ENDS = frozenset(".!?…\"'”’)]。！？」』）")
"""Pieces that a text may end with."""


@dataclass(frozen=True)
class Finding:
    """A mistake, how one sees it, and what mends it."""

    mistake: str
    seen: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.mistake}: {self.seen}. {self.remedy}."


class Findings(list[Finding]):
    """All that was found; printed, a line each."""

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "No mistake found in this batch."


def check_inputs(batch: Any, tokenizer: Any, model: Any = None) -> Findings:
    """What is wrong with a batch, as far as it can be seen; nothing found does not mean that nothing is wrong.

    >>> from bertlab.text import Tokenizer
    >>> tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ice", "##berg"])
    >>> print(check_inputs({"input_ids": [[2, 5, 6]], "labels": [1]}, tokenizer))
    no [SEP]: in 1 of 1 rows the last real piece is not [SEP], first in row 0 (##berg). Let the tokenizer add it.

    Args:
        batch: a `TaskBatch`, or a mapping with `input_ids` and whatever else there is.
        tokenizer: ours, or one of `transformers`.
        model: given, it is checked too: its mode, and whether it has enough answers.
    """
    inputs = Inputs.of(batch, tokenizer)
    checks: list[Callable[[Inputs], Iterator[Finding]]] = [
        _vocabulary,
        _frame,
        _segments,
        _padding,
        _labels,
        _spans,
        _cut,
    ]
    found = [finding for check in checks for finding in check(inputs)]
    return Findings(found + ([] if model is None else list(_model(inputs, model))))


def _vocabulary(inputs: Inputs) -> Iterator[Finding]:
    if not inputs.known:
        yield Finding(
            "wrong vocabulary",
            f"ids reach from {inputs.ids.min()} to {inputs.ids.max()}, but the vocabulary has {len(inputs.pieces):,}",
            "Make the ids with this tokenizer",
        )
        return
    asked = inputs.real & ~inputs.where("cls") & ~inputs.where("sep")
    unknown = (inputs.where("unk") & asked).sum() / max(1, asked.sum())
    capitals = sum(piece.lower() != piece and not piece.startswith("[") for piece in inputs.pieces)
    cased = capitals > FEW_CAPITALS * len(inputs.pieces)
    if inputs.lowercase and cased:
        yield Finding(
            "wrong case",
            f"{capitals:,} pieces of the vocabulary have capital letters, and the tokenizer writes everything small",
            "Load the tokenizer with lowercase=False",
        )
    elif inputs.lowercase is False and not cased and unknown > 0:
        yield Finding(
            "wrong case",
            f"the vocabulary has next to no capital letters, the tokenizer keeps them, and {unknown:.0%} are [UNK]",
            "Load the tokenizer with lowercase=True",
        )
    elif unknown > MANY_UNKNOWN:
        yield Finding(
            "wrong vocabulary",
            f"{unknown:.0%} of the pieces are [UNK]",
            "Take the tokenizer that came with the model, or a model for this kind of text",
        )


def _frame(inputs: Inputs) -> Iterator[Finding]:
    rows = len(inputs.ids)
    without = ~inputs.where("cls")[:, 0]
    if without.any():
        yield Finding(
            "no [CLS]",
            f"{without.sum()} of {rows} rows do not begin with [CLS], first row {without.argmax()}",
            "Let the tokenizer add it",
        )
    last = inputs.text.shape[1] - 1 - inputs.text[:, ::-1].argmax(axis=1)
    end = inputs.ids[np.arange(rows), last]
    open_ended = end != inputs.special["sep"]
    if open_ended.any():
        first = int(open_ended.argmax())
        piece = inputs.pieces[end[first]] if 0 <= end[first] < len(inputs.pieces) else end[first]
        yield Finding(
            "no [SEP]",
            f"in {open_ended.sum()} of {rows} rows the last real piece is not [SEP], first in row {first} ({piece})",
            "Let the tokenizer add it",
        )


def _segments(inputs: Inputs) -> Iterator[Finding]:
    ends = (inputs.where("sep") & inputs.text).sum(axis=1)
    second = (inputs.segments == 1) & inputs.text
    flat = (ends > 1) & ~second.any(axis=1)
    if flat.any():
        yield Finding(
            "segments all 0",
            f"{flat.sum()} of {len(ends)} rows hold two texts, and token_type_ids are 0 throughout",
            "Give the tokenizer both texts, text_a and text_b",
        )
    after = (np.cumsum(inputs.where("sep"), axis=1) - inputs.where("sep")) > 0
    wrong = ((ends > 1) & ~flat) & (second != (after & inputs.text)).any(axis=1)
    if wrong.any():
        yield Finding(
            "segments shifted",
            f"in {wrong.sum()} rows segment 1 does not begin after the first [SEP], first in row {wrong.argmax()}",
            "The first [SEP] belongs to segment 0, the last one to segment 1",
        )


def _padding(inputs: Inputs) -> Iterator[Finding]:
    counted = inputs.where("pad") & inputs.real
    if counted.any():
        yield Finding(
            "padding counted",
            f"attention_mask is 1 at {counted.sum()} places of [PAD]",
            "Give the model the attention_mask that the tokenizer made",
        )
    hidden = ~inputs.where("pad") & ~inputs.real
    if hidden.any():
        yield Finding(
            "text counted as padding",
            f"attention_mask is 0 at {hidden.sum()} pieces, first in row {hidden.any(axis=1).argmax()}",
            "1 is a real piece, 0 is padding",
        )


def _labels(inputs: Inputs) -> Iterator[Finding]:
    for name, true in inputs.labels.items():
        if true.shape != inputs.ids.shape:
            continue
        asked = true != IGNORED
        if not asked.any():
            yield Finding("nothing asked", f"every label of {name!r} is {IGNORED}", "The loss would be no number")
            continue
        for places, where in (
            (~inputs.real | inputs.where("pad"), "padding"),
            (_frame_places(inputs), "[CLS] or [SEP]"),
        ):
            if (asked & places).any():
                yield Finding(
                    "padding counted" if where == "padding" else "special pieces labelled",
                    f"{(asked & places).sum()} labels of {name!r} stand at {where}",
                    f"Nothing is asked there: write {IGNORED}",
                )
        if not inputs.known:
            continue
        goes_on = np.array([piece.startswith("##") for piece in inputs.pieces])[inputs.ids] & inputs.real
        begins = inputs.real & ~goes_on & ~_frame_places(inputs)
        if (asked & goes_on).any() and (begins & ~asked).any():
            yield Finding(
                "labels shifted",
                f"{(asked & goes_on).sum()} labels of {name!r} stand at pieces within a word, and "
                f"{(begins & ~asked).sum()} words have none at their first piece",
                f"A word's label belongs to its first piece, {IGNORED} to the others",
            )
        elif (asked & goes_on).any():
            yield Finding(
                "pieces labelled, not words",
                f"{(asked & goes_on).sum()} labels of {name!r} stand at pieces within a word",
                f"Long words count more so. The field labels first pieces and writes {IGNORED} at the others",
            )


def _frame_places(inputs: Inputs) -> Bool[np.ndarray, "batch seq"]:
    return inputs.where("cls") | inputs.where("sep")


def _spans(inputs: Inputs) -> Iterator[Finding]:
    if not {"start", "end"} <= set(inputs.labels):
        return
    start, end = inputs.labels["start"], inputs.labels["end"]
    real = inputs.real.sum(axis=1)
    if (outside := (start >= real) | (end >= real) | (start < 0) | (end < 0)).any():
        yield Finding(
            "answers cut by truncation",
            f"in {outside.sum()} of {len(start)} rows it stands outside of the row, first in row {outside.argmax()}",
            "Cut the context into windows, and write 0 and 0 where a window does not hold the answer",
        )
    if (turned := start > end).any():
        yield Finding(
            "answers turned round", f"in {turned.sum()} rows the answer ends before it begins", "Look at the offsets"
        )
    nowhere = ((start == 0) & (end == 0)).mean()
    if nowhere > MANY_WITHOUT_ANSWER:
        yield Finding(
            "answers cut by truncation",
            f"{nowhere:.0%} of the rows have no answer",
            "Unless so many questions have none: use more of the context, or windows that overlap",
        )


def _cut(inputs: Inputs) -> Iterator[Finding]:
    """Where many rows of questions are equally long and stop within a sentence, what stood behind was cut off."""
    if not inputs.known or not {"start", "end"} <= set(inputs.labels):
        return
    rows, real = np.arange(len(inputs.ids)), inputs.real.sum(axis=1)
    closed = inputs.ids[rows, np.maximum(real - 1, 0)] == inputs.special["sep"]
    last = [inputs.pieces[piece] for piece in inputs.ids[rows, np.maximum(real - 1 - closed, 0)]]
    cut = (real == real.max()) & np.array([piece not in ENDS for piece in last])
    silent = cut & (inputs.labels["start"] == 0) & (inputs.labels["end"] == 0)
    if len(rows) > 1 and cut.mean() > MANY_CUT and silent.any():
        yield Finding(
            "answers cut by truncation",
            f"{cut.sum()} of {len(rows)} rows have {real.max()} pieces and stop within a sentence, "
            f"and {silent.sum()} of these have no answer",
            "Unless another window of the same text holds it, cut the context into windows that overlap",
        )


def _model(inputs: Inputs, model: Any) -> Iterator[Finding]:
    drops = [part.p for part in model.modules() if type(part).__name__ == "Dropout" and part.p > 0]
    if model.training and drops:
        yield Finding(
            "eval() forgotten",
            f"the model is in training mode, where it drops {max(drops):.0%} of its numbers by chance",
            "Call model.eval() before you ask it, model.train() before you train on",
        )
    size = getattr(model.config, "vocab_size", None)
    if size is not None and size != len(inputs.pieces):
        yield Finding(
            "wrong vocabulary",
            f"the model has {size:,} pieces, the tokenizer {len(inputs.pieces):,}",
            "Load both from the same folder",
        )
