"""Lesson 01's judge of English: pairs of texts with one word in two senses, who tells them apart, and by what luck."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import torch
from jaxtyping import Float

from bertlab.corpora import SensePair
from bertlab.lessons.instruments.senses_of_a_word import counted_neighbours, layers_of, place_of, put_in, vector_of
from bertlab.model import BertForPreTraining
from bertlab.text import Tokenizer


def told_apart(vectors: Float[np.ndarray, "pairs 2 hidden"]) -> list[float]:
    """For each pair, whether vectors say which of its two texts has which sense: 1 yes, 0 no, 0.5 a tie.

    Judge is the cosine with the vectors of all other pairs: is the pair as it stands more like them than crossed over?

    >>> told_apart(np.array([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.2], [0.2, 1.0]], [[0.3, 1.0], [1.0, 0.3]]]))
    [1.0, 1.0, 0.0]
    """
    unit = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    found = []
    for pair in range(len(unit)):
        others = np.delete(unit, pair, axis=0).mean(axis=0)
        straight, crossed = (unit[pair] * others).sum(), (unit[pair] * others[::-1]).sum()
        found.append(0.5 if abs(straight - crossed) < 1e-9 else float(straight > crossed))
    return found


def _judged(
    pairs: Sequence[SensePair], vectors: Callable[[Sequence[str], str], Float[np.ndarray, "texts hidden"]]
) -> float:
    found: list[float] = []
    for word in dict.fromkeys(pair.word for pair in pairs):
        mine = [pair for pair in pairs if pair.word == word]
        texts = [text for pair in mine for text in (pair.text_a, pair.text_b)]
        found += told_apart(vectors(texts, word).reshape(len(mine), 2, -1))
    return float(np.mean(found))


def share_told_apart(
    pairs: Sequence[SensePair], model: BertForPreTraining, tokenizer: Tokenizer, put: str | None = None
) -> Float[np.ndarray, " states"]:
    """The share of pairs that a model tells apart, each word judged by its own other pairs. Luck has about a half.

    For the vectors that go into the first layer, then for those that leave each layer.

    Args:
        put: another word, put in the place of each pair's word, and whose vectors are taken. One of a single sense is
            the control: what it tells apart, its own senses did not.
    """

    @cache
    def states(text: str, word: str) -> Float[np.ndarray, "states hidden"]:
        return layers_of(model, tokenizer, *((text, word) if put is None else (put_in(put, word, text), put)))

    return np.array(
        [
            _judged(pairs, lambda texts, word: np.stack([states(text, word)[layer] for text in texts]))  # noqa: B023
            for layer in range(model.config.num_hidden_layers + 1)
        ]
    )


def share_by_counts(pairs: Sequence[SensePair]) -> float:
    """The share of pairs told apart by who only counts the words beside the word."""
    return _judged(pairs, counted_neighbours)


@torch.no_grad()
def share_by_table(pairs: Sequence[SensePair], model: BertForPreTraining, tokenizer: Tokenizer) -> float:
    """The share of pairs told apart by who reads nothing, and only takes the mean of rows of the model's table.

    They are those of the pieces beside the word. Neither the word nor the order plays a part.
    """
    table = model.bert.embeddings.token.weight.float().cpu().numpy()

    def means(texts: Sequence[str], word: str) -> Float[np.ndarray, "texts hidden"]:
        found = []
        for text in texts:
            row, mine = tokenizer(text), set(place_of(tokenizer, text, word))
            beside = [at for at, (start, end) in enumerate(row.offsets) if start < end and at not in mine]
            found.append(table[[row.input_ids[at] for at in beside]].mean(axis=0))
        return np.stack(found)

    return _judged(pairs, means)


def share_by_luck(
    pairs: Sequence[SensePair], model: BertForPreTraining, tokenizer: Tokenizer, draws: int = 3000, seed: int = 0
) -> Float[np.ndarray, " draws"]:
    """The shares of pairs told apart when the two senses of each pair are swapped at random.

    The pairs of a word judge each other, so their verdicts hang together, and luck reaches farther than that of as many
    coins. With d the difference of a pair's two directions, a pair is told apart where its product with the sum of the
    others' differences is above 0 (see `told_apart`); a swap turns the sign of d. For vectors of the last layer.
    """
    rng, right = np.random.default_rng(seed), np.zeros(draws)
    for word in dict.fromkeys(pair.word for pair in pairs):
        two = [
            [vector_of(model, tokenizer, text, word) for text in (pair.text_a, pair.text_b)]
            for pair in pairs
            if pair.word == word
        ]
        unit = two / np.linalg.norm(two, axis=-1, keepdims=True)
        apart = unit[:, 0] - unit[:, 1]
        alike = apart @ apart.T
        np.fill_diagonal(alike, 0)
        swaps = rng.choice([-1.0, 1.0], size=(draws, len(apart)))
        right += (swaps * (swaps @ alike) > 0).sum(axis=1)
    return right / len(pairs)
