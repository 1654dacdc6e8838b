"""Two sentences a row, as the text has them: most rows are short, and what is saved is the padding.

Rows filled to the brim, as BERT reads them (`PretrainingBatches`), have hardly any padding. Where sentences come two by
two, more than half of a padded batch is nothing. So the rows of several steps are sorted by length and dealt anew.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from bertlab.corpora import TokenizedCorpus
from bertlab.text import Tokenizer
from bertlab.training.batches import Batch, PretrainingBatches, make_batch
from bertlab.training.pairs import Pairs, check_pairs, make_sentence_pairs
from bertlab.training.recipe import Recipe


@dataclass(frozen=True)
class SentencePairBatches:
    """`batches(step)`: rows of `[CLS] sentence [SEP] sentence [SEP]`, a function of the seed and the step alone.

    A batch has as many rows as the recipe's `batch_tokens` hold of the longest, and is as wide as its longest row. What
    a row is asked is as in `PretrainingBatches`: its masked pieces, and whether its second sentence follows the first.
    Where the recipe's rows are too short for pairs, they are filled as there.

    Args:
        together: steps whose rows are sorted by length with each other, and then come in an order of chance.

    Raises:
        ValueError: the corpus has no pairs.
    """

    corpus: TokenizedCorpus
    tokenizer: Tokenizer
    recipe: Recipe
    together: int = 8

    def __post_init__(self) -> None:
        check_pairs(self.corpus)

    def __call__(self, step: int) -> Batch:
        """The batch that a step reads."""
        turn, place = divmod(step, self.together)
        row_length = self.recipe.row_length_at(turn * self.together)
        if not self.recipe.has_pairs(row_length):
            return self.filled.draw(row_length, seed=(self.recipe.seed, step))
        pairs, by_length, rng = self.pairs_of(turn)
        alike = np.array_split(by_length, self.together)[rng.permutation(self.together)[place]]
        return self.batch(pairs.take(alike), seed=(self.recipe.seed, step))

    def held_out(self, number: int) -> Batch:
        """A batch that no step reads, in the longest rows; for a corpus of unseen text."""
        longest = max(self.recipe.row_lengths)
        rng = np.random.default_rng((self.recipe.seed, 2**32 + number))
        return self.batch(self.drawn(rng, 1, longest), seed=(self.recipe.seed, 2**32 + number))

    @property
    def filled(self) -> PretrainingBatches:
        """The same text in rows without pairs."""
        return PretrainingBatches(self.corpus, self.tokenizer, self.recipe)

    def pairs_of(self, turn: int) -> tuple[Pairs, Int[np.ndarray, " rows"], np.random.Generator]:
        """The rows of `together` steps as they were drawn, their order by length, and the luck that is left."""
        rng = np.random.default_rng((self.recipe.seed, turn, self.together))
        pairs = self.drawn(rng, self.together, self.recipe.row_length_at(turn * self.together))
        return pairs, np.argsort(pairs.lengths, kind="stable"), rng

    def drawn(self, rng: np.random.Generator, batches: int, row_length: int) -> Pairs:
        """The rows of some batches."""
        return make_sentence_pairs(
            self.corpus, rng, batches * (self.recipe.batch_tokens // row_length), room=row_length - 3
        )

    def batch(self, pairs: Pairs, seed: tuple[int, ...]) -> Batch:
        """Some rows, and what is asked of them."""
        return make_batch(
            self.corpus,
            pairs,
            int(pairs.lengths.max()) + 3,
            tokenizer=self.tokenizer,
            recipe=self.recipe,
            rng=np.random.default_rng(seed),
        )
