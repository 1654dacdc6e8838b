"""What the contenders read: text with the statistics of English but no meaning, and rows cut from it."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch

from bertlab.corpora import TokenizedCorpus
from bertlab.text import Tokenizer
from bertlab.text.vocabulary import SPECIAL_PIECES
from bertlab.training import Batch, PretrainingBatches, Recipe, Stage
from bertlab.training.masking import IGNORED
from bertlab.training.on_gpu import places_to_ask
from bertlab.training.sentence_pairs import SentencePairBatches

STEPS = {"full": 4, "pairs": 8}
"""Batches of a turn."""

KINDS = tuple(STEPS)
"""`full`: rows of 128 real pieces. `pairs`: two sentences a row, as the text has them."""

ROW_LENGTH = 128

CPU = torch.device("cpu")

LOG_LENGTH = (2.74, 0.79)
"""Mean and standard deviation of the logarithm of a sentence's pieces: 72,835 sentences of novels, `mini`'s pieces."""

SENTENCES_A_DOCUMENT = 1000


def counted_pieces(vocab_size: int) -> Tokenizer:
    """A vocabulary whose ordinary pieces are numbers.

    >>> counted_pieces(8).pieces[-3:]
    ['0', '1', '2']
    """
    return Tokenizer([*SPECIAL_PIECES, *map(str, range(vocab_size - len(SPECIAL_PIECES)))])


def synthetic_corpus(tokenizer: Tokenizer, sentences: int, rng: np.random.Generator) -> TokenizedCorpus:
    """Pieces drawn by Zipf's law as Mandelbrot corrected it, in sentences as long as English ones.

    >>> synthetic_corpus(counted_pieces(100), 1000, np.random.default_rng(0)).num_documents
    1

    Source: Mandelbrot 1953, p(rank) ~ 1 / (rank + 2.7), as it is usual for English.
    """
    lengths = np.maximum(1, np.round(rng.lognormal(*LOG_LENGTH, size=sentences))).astype(np.int64)
    ordinary = np.setdiff1d(np.arange(len(tokenizer)), tokenizer.special_ids)
    shares = 1 / (np.arange(1, len(ordinary) + 1) + 2.7)
    return TokenizedCorpus(
        ids=rng.choice(ordinary, size=lengths.sum(), p=shares / shares.sum()).astype(np.int32),
        sentence_starts=np.cumsum([0, *lengths]),
        document_starts=np.append(np.arange(0, sentences, SENTENCES_A_DOCUMENT), sentences),
    )


class Turn(NamedTuple):
    """The same rows twice: in batches as they were drawn, and in the batches that `bertlab.training` makes of them."""

    drawn: list[Batch]
    ours: list[Batch]

    @property
    def num_tokens(self) -> int:
        """Real tokens, padding not counted."""
        return sum(batch.num_tokens for batch in self.drawn)


class Turns:
    """`turns(number)`: what every contender reads in one turn.

    Args:
        kind: one of `KINDS`.
        rows: of a batch.
        steps: batches of a turn; of pairs the rows of so many are sorted together. As `STEPS` says if left out.
        device: where the batches lie, for all alike.
    """

    def __init__(
        self,
        kind: str,
        corpus: TokenizedCorpus,
        tokenizer: Tokenizer,
        rows: int = 32,
        steps: int | None = None,
        device: torch.device = CPU,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"batches are {' or '.join(KINDS)}, not {kind!r}")
        steps = steps or STEPS[kind]
        recipe = Recipe(steps=1, batch_tokens=rows * ROW_LENGTH, stages=(Stage(0.0, ROW_LENGTH),), short_share=0.0)
        self.kind, self.steps, self.device = kind, steps, device
        self.pairs = SentencePairBatches(corpus, tokenizer, recipe, together=steps)
        self.batch_of = PretrainingBatches(corpus, tokenizer, recipe) if kind == "full" else self.pairs

    def __call__(self, number: int) -> Turn:
        """Turn `number`, always the same."""
        steps = range(number * self.steps, (number + 1) * self.steps)
        ours = [self.batch_of(step).to(self.device) for step in steps]
        if self.kind == "full":
            return Turn(ours, [self.in_one_shape(batch) for batch in ours])
        pairs, _, _ = self.pairs.pairs_of(number)
        parts = zip(np.array_split(np.arange(len(pairs)), self.steps), steps, strict=True)
        drawn = [self.pairs.batch(pairs.take(part), seed=(0, step)).to(self.device) for part, step in parts]
        return Turn(drawn, ours)

    def in_one_shape(self, batch: Batch) -> Batch:
        """A batch as `bertlab train` has it on a GPU, where all are of one shape, see `BatchesOnDevice`."""
        if self.device.type == "cpu":
            return batch
        return replace(batch, positions=places_to_ask(batch.labels != IGNORED, self.pairs.recipe.masking))
