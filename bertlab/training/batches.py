"""From a corpus to what one step reads: rows of ids, some of them masked, and the labels."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from bertlab.corpora import TokenizedCorpus
from bertlab.text import Tokenizer
from bertlab.training.masking import IGNORED, mask_tokens
from bertlab.training.pairs import Pairs, check_pairs, make_pairs, make_spans
from bertlab.training.recipe import Recipe


@dataclass(frozen=True)
class Batch:
    """What one step reads.

    `labels` has the true id at chosen positions, -100 elsewhere. `positions` are the chosen ones as indices into the
    flattened tokens. `next_sentence_label` is 0 = next, 1 = random; None where rows hold a single stretch of text.
    """

    input_ids: Int[Tensor, "batch seq"]
    token_type_ids: Int[Tensor, "batch seq"]
    attention_mask: Int[Tensor, "batch seq"]
    labels: Int[Tensor, "batch seq"]
    positions: Int[Tensor, " positions"]
    next_sentence_label: Int[Tensor, " batch"] | None
    num_tokens: int

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        moved: dict[str, Any] = {
            field.name: part.to(device, non_blocking=True)
            for field in fields(self)
            if isinstance(part := getattr(self, field.name), Tensor)
        }
        return replace(self, **moved)

    def describe(self, tokenizer: Tokenizer, rows: int = 3) -> str:
        """The first rows as a person would want to see them: what the model reads, and what it is asked."""
        lines = [f"{len(self.input_ids)} rows of {self.input_ids.shape[1]}, {self.num_tokens} real tokens"]
        for row in range(min(rows, len(self.input_ids))):
            real = int(self.attention_mask[row].sum())
            pieces = [tokenizer.pieces[piece] for piece in self.input_ids[row, :real].tolist()]
            labels = self.labels[row, :real].tolist()
            asked = [f"{at}: {tokenizer.pieces[true]}" for at, true in enumerate(labels) if true != IGNORED]
            lines += ["", f"reads  {' '.join(pieces)}", f"asked  {', '.join(asked)}"]
            if self.next_sentence_label is not None:
                lines.append(f"B is   {('the next sentence', 'random')[int(self.next_sentence_label[row])]}")
        return "\n".join(lines)


def build_rows(
    corpus: TokenizedCorpus, pairs: Pairs, tokenizer: Tokenizer, row_length: int
) -> tuple[Int[np.ndarray, "batch seq"], Int[np.ndarray, "batch seq"], Int[np.ndarray, "batch seq"]]:
    """[CLS] A [SEP], or [CLS] A [SEP] B [SEP], padded: (input_ids, token_type_ids, attention_mask) of all rows."""
    a_length = (pairs.a_stop - pairs.a_start)[:, None]
    b_length = (pairs.b_stop - pairs.b_start)[:, None]
    paired = b_length > 0
    column = np.arange(row_length)[None, :]
    a_sep = 1 + a_length
    b_sep = a_sep + b_length + paired

    ids = np.full((len(pairs), row_length), tokenizer.pad_id, dtype=np.int64)
    in_a = (column >= 1) & (column < a_sep)
    in_b = (column > a_sep) & (column < b_sep)
    ids[in_a] = corpus.ids[(pairs.a_start[:, None] + column - 1)[in_a]]
    ids[in_b] = corpus.ids[(pairs.b_start[:, None] + column - a_sep - 1)[in_b]]
    ids[:, 0] = tokenizer.cls_id
    ids[(column == a_sep) | (column == b_sep)] = tokenizer.sep_id
    return ids, ((column > a_sep) & (column <= b_sep)).astype(np.int64), (column <= b_sep).astype(np.int64)


def ask_for_next(
    ids: Int[Tensor, "batch seq"], real: Int[Tensor, "batch seq"]
) -> tuple[Int[Tensor, "batch seq"], Int[Tensor, "batch seq"]]:
    """Nothing is hidden; each position's label is the piece after it. Returns (input_ids, labels).

    The last real position has nothing after it, and no label.

    >>> ask_for_next(torch.tensor([[2, 8, 9, 3, 0]]), torch.tensor([[1, 1, 1, 1, 0]]))[1].tolist()
    [[8, 9, 3, -100, -100]]
    """
    labels = torch.full_like(ids, IGNORED)
    labels[:, :-1] = ids[:, 1:].where(real[:, 1:] == 1, IGNORED)
    return ids, labels


def ask_for_all(
    ids: Int[Tensor, "batch seq"], special_ids: Sequence[int]
) -> tuple[Int[Tensor, "batch seq"], Int[Tensor, "batch seq"]]:
    """Nothing is hidden; each ordinary position's label is the piece that stands there. Returns (input_ids, labels).

    >>> ask_for_all(torch.tensor([[2, 8, 9, 3, 0]]), special_ids=[0, 1, 2, 3, 4])[1].tolist()
    [[-100, 8, 9, -100, -100]]
    """
    return ids, ids.where(~torch.isin(ids, torch.tensor(special_ids)), IGNORED)


def make_batch(
    corpus: TokenizedCorpus,
    pairs: Pairs,
    row_length: int,
    *,
    tokenizer: Tokenizer,
    recipe: Recipe,
    rng: np.random.Generator,
    target: str = "masked",
) -> Batch:
    """Lay out the stretches of text as rows, hide some pieces ("masked") or none ("next", "own"), and ask."""
    ids, segments, real = map(torch.from_numpy, build_rows(corpus, pairs, tokenizer, row_length))
    if target == "masked":
        shown, labels = mask_tokens(
            ids,
            special_ids=tokenizer.special_ids,
            mask_id=tokenizer.mask_id,
            vocab_size=len(tokenizer),
            generator=torch.Generator().manual_seed(int(rng.integers(2**63))),
            probability=recipe.masking,
            replaced=recipe.replaced,
            kept=recipe.kept,
        )
    elif target == "next":
        shown, labels = ask_for_next(ids, real)
    else:
        shown, labels = ask_for_all(ids, tokenizer.special_ids)
    return Batch(
        input_ids=shown,
        token_type_ids=segments,
        attention_mask=real,
        labels=labels,
        # Found here, on the CPU: on a GPU, looking for them would make it wait.
        positions=(labels.flatten() != IGNORED).nonzero().flatten(),
        next_sentence_label=None if pairs.is_random is None else torch.from_numpy(pairs.is_random).long(),
        num_tokens=int(real.sum()),
    )


@dataclass(frozen=True)
class PretrainingBatches:
    """`batches(step)`: the batch of a step is a function of the seed and the step's number, and of nothing else.

    So a run that is resumed reads just what it would have read, and there is no position in the data to remember.

    Raises:
        ValueError: the recipe asks for pairs and the corpus has none; said now, not when the rows become long enough.
    """

    corpus: TokenizedCorpus
    tokenizer: Tokenizer
    recipe: Recipe

    def __post_init__(self) -> None:
        if self.recipe.has_pairs(max(self.recipe.row_lengths)):
            check_pairs(self.corpus)

    def __call__(self, step: int) -> Batch:
        """The batch that a step reads."""
        return self.draw(self.recipe.row_length_at(step), seed=(self.recipe.seed, step))

    def held_out(self, number: int) -> Batch:
        """A batch that no step reads, in the longest rows; for a corpus of unseen text."""
        return self.draw(max(self.recipe.row_lengths), seed=(self.recipe.seed, 2**32 + number))

    def draw(self, row_length: int, seed: tuple[int, ...]) -> Batch:
        """A batch of rows of one length."""
        rng = np.random.default_rng(seed)
        pairs = self.stretches(row_length, rng)
        return make_batch(self.corpus, pairs, row_length, tokenizer=self.tokenizer, recipe=self.recipe, rng=rng)

    def stretches(self, row_length: int, rng: np.random.Generator) -> Pairs:
        """What the rows of a batch hold of the text: two stretches each, or one where rows are too short for pairs."""
        rows = self.recipe.batch_tokens // row_length
        if not self.recipe.has_pairs(row_length):
            return make_spans(self.corpus, rng, rows, row_length - 2)
        # Some rows end early, so that short texts are not strange to the model.
        short = rng.random(rows) < self.recipe.short_share
        lengths = np.where(short, rng.integers(8, row_length - 3, size=rows), row_length - 3)
        return make_pairs(self.corpus, rng, lengths)
