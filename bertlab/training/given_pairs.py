"""Rows of two texts whose label is given: next-sentence pairs that a story world has made, and knows the limit of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from bertlab.corpora import TokenizedCorpus
from bertlab.text import Tokenizer
from bertlab.training.batches import Batch, make_batch
from bertlab.training.pairs import Pairs
from bertlab.training.recipe import Recipe


@dataclass(frozen=True)
class GivenPairs:
    """`batches(step)`: rows of `[CLS] A [SEP] B [SEP]`, a function of the recipe's seed and the step's number alone.

    >>> tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c"])
    >>> pairs = GivenPairs.from_texts([("a b", "c", 0)], tokenizer, Recipe(steps=1, batch_tokens=128))
    >>> pairs.draw(seed=(0,)).token_type_ids[0].tolist()
    [0, 0, 0, 0, 1, 1]

    Args:
        starts: text number t is `ids[starts[t]:starts[t + 1]]`; pair p has texts 2p and 2p + 1.
        is_random: the label, 1 where B does not follow A.
    """

    ids: Int[np.ndarray, " tokens"]
    starts: Int[np.ndarray, " texts_and_end"]
    is_random: Bool[np.ndarray, " pairs"]
    tokenizer: Tokenizer
    recipe: Recipe

    @classmethod
    def from_texts(cls, pairs: Iterable[tuple[str, str, int]], tokenizer: Tokenizer, recipe: Recipe) -> "GivenPairs":
        """Tokenize pairs of (text A, text B, label).

        Raises:
            ValueError: there is no pair, or one does not fit into a row of the recipe.
        """
        texts, labels = [], []
        longest = max(recipe.row_lengths)
        for text_a, text_b, label in pairs:
            both = [tokenizer(text).input_ids[1:-1] for text in (text_a, text_b)]
            if (length := len(both[0]) + len(both[1]) + 3) > longest:
                raise ValueError(
                    f"a pair has {length} tokens with [CLS] and two [SEP], a row of the recipe {longest}: {text_a!r}, "
                    f"{text_b!r}; give the recipe longer rows"
                )
            texts += both
            labels.append(bool(label))
        if not labels:
            raise ValueError("there are no pairs to make rows of")
        return cls(
            ids=np.concatenate(texts).astype(np.int64),
            starts=np.cumsum([0, *map(len, texts)]),
            is_random=np.array(labels),
            tokenizer=tokenizer,
            recipe=recipe,
        )

    def __call__(self, step: int) -> Batch:
        """The batch that a step reads."""
        return self.draw(seed=(self.recipe.seed, step))

    def draw(self, seed: tuple[int, ...]) -> Batch:
        """Pairs drawn with replacement, padded to the longest of them."""
        rng = np.random.default_rng(seed)
        lengths = self.starts[2::2] - self.starts[:-2:2] + 3
        drawn = rng.integers(len(self.is_random), size=max(1, self.recipe.batch_tokens // int(lengths.max())))
        a, b, end = (self.starts[2 * drawn + place] for place in range(3))
        corpus = TokenizedCorpus(self.ids, self.starts, np.arange(len(self.starts)))
        return make_batch(
            corpus,
            Pairs(a, b, b, end, self.is_random[drawn]),
            int(lengths[drawn].max()),
            tokenizer=self.tokenizer,
            recipe=self.recipe,
            rng=rng,
        )


def take_turns(*batches: Callable[[int], Batch]) -> Callable[[int], Batch]:
    """Batches of several kinds, one step the first kind, the next step the second, and over again.

    >>> take_turns(lambda step: "documents", lambda step: "pairs")(3)
    'pairs'
    """
    return lambda step: batches[step % len(batches)](step)
