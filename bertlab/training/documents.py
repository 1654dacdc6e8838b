"""Whole documents, one a row: what a model reads whose answers are held beside an exactly known truth.

Rows cut from running text begin and end anywhere; of them nobody could say how well they can be guessed.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from bertlab.corpora import TokenizedCorpus
from bertlab.text import Tokenizer
from bertlab.training.batches import Batch, make_batch
from bertlab.training.pairs import Pairs
from bertlab.training.recipe import Recipe

TARGETS = ("masked", "next", "own")
"""What can be asked: hidden pieces, at each piece the next one, or every piece in its own place."""

SHELVES = 32
"""On so many shelves documents stand, by length: a batch is taken from one, and needs little padding."""


class Case(NamedTuple):
    """Shelves of documents; the rows of a batch that is taken from each, and how often it comes (a probability)."""

    shelves: list[Int[np.ndarray, "_"]]
    rows: Int[np.ndarray, " shelves"]
    turns: Float[np.ndarray, " shelves"]


@dataclass(frozen=True)
class DocumentBatches:
    """`batches(step)`: rows of `[CLS] document [SEP]`, a function of the seed and the step's number alone.

    All documents that fit into the step's rows are equally likely: a recipe of several stages begins with the short
    ones. Those of a batch are of about equal length; it has as many rows as
    `recipe.batch_tokens` allows for the longest document of their shelf. Two models trained with one seed read the
    same documents in the same order, whatever they are asked.

    Args:
        recipe: its longest rows hold every document, its shortest some.
        target: "masked" hides pieces and asks for them; "next" hides nothing and asks at each piece for the one after
            it, which only a causal model cannot simply look up; "own" hides nothing and asks for each piece itself,
            which only a model cannot look up that makes its answer from what stands around.

    Raises:
        ValueError: a document is longer than the recipe's rows, all are longer than those of a stage, or the recipe
            asks for the next sentence.
    """

    corpus: TokenizedCorpus
    tokenizer: Tokenizer
    recipe: Recipe
    target: str = "masked"

    def __post_init__(self) -> None:
        if self.target not in TARGETS:
            raise ValueError(f"target is {' or '.join(map(repr, TARGETS))}, not {self.target!r}")
        if self.recipe.next_sentence:
            raise ValueError("rows of one document hold no pair to ask about; use a recipe with next_sentence=False")
        shortest, positions = min(self.recipe.row_lengths), max(self.recipe.row_lengths)
        if self.row_lengths.min() > shortest:
            raise ValueError(
                f"no document fits into rows of {shortest} tokens; the shortest has {self.row_lengths.min()} with "
                "[CLS] and [SEP]: give the recipe's first stage longer rows"
            )
        too_long = (self.row_lengths > positions).nonzero()[0]
        if len(too_long):
            named = ", ".join(f"{document} ({self.row_lengths[document]})" for document in too_long[:3])
            raise ValueError(
                f"{len(too_long)} document(s) do not fit into rows of {positions} tokens with [CLS] and [SEP]: {named}"
                f"{', ...' if len(too_long) > 3 else ''}; give the recipe longer rows, or leave these documents out"
            )

    @cached_property
    def starts(self) -> Int[np.ndarray, " documents_and_end"]:
        """Where each document begins in `corpus.ids`; the last number is where the last one stops."""
        return self.corpus.sentence_starts[self.corpus.document_starts]

    @cached_property
    def row_lengths(self) -> Int[np.ndarray, " documents"]:
        """Tokens of each document's row, [CLS] and [SEP] included."""
        return np.diff(self.starts) + 2

    @cached_property
    def cases(self) -> dict[int, "Case"]:
        """For each row length of the recipe, the documents that fit into it."""
        return {longest: self._shelve(longest) for longest in set(self.recipe.row_lengths)}

    def _shelve(self, longest: int) -> "Case":
        by_length = np.argsort(self.row_lengths, kind="stable")
        fitting = by_length[: np.searchsorted(self.row_lengths[by_length], longest, side="right")]
        shelves = np.array_split(fitting, min(SHELVES, len(fitting)))
        rows = np.array([self.recipe.batch_tokens // self.row_lengths[shelf].max() for shelf in shelves])
        # A batch of long documents has few rows: such shelves must come more often, or their documents would come less.
        turns = np.array([len(shelf) for shelf in shelves]) / rows
        return Case(shelves, rows, turns / turns.sum())

    def __call__(self, step: int) -> Batch:
        """The batch that a step reads."""
        return self.draw(self.recipe.row_length_at(step), seed=(self.recipe.seed, step))

    def held_out(self, number: int) -> Batch:
        """A batch that no step reads; for a corpus of unseen documents."""
        return self.draw(max(self.recipe.row_lengths), seed=(self.recipe.seed, 2**32 + number))

    def draw(self, row_length: int, seed: tuple[int, ...]) -> Batch:
        """A batch of documents that fit into rows of this length, drawn with replacement from one shelf."""
        rng = np.random.default_rng(seed)
        case = self.cases[row_length]
        number = rng.choice(len(case.shelves), p=case.turns)
        shelf = case.shelves[number]
        documents = shelf[rng.integers(len(shelf), size=case.rows[number])]
        start, stop = self.starts[documents], self.starts[documents + 1]
        nothing = np.zeros_like(start)
        return make_batch(
            self.corpus,
            Pairs(start, stop, nothing, nothing, is_random=None),
            int(self.row_lengths[documents].max()),
            tokenizer=self.tokenizer,
            recipe=self.recipe,
            rng=rng,
            target=self.target,
        )
