"""How far one gets who knows at which place a piece is hidden, and hears of no other word: the control of lesson 05.

A BERT without attention knows no more, so it is what such a one is compared with. No model is trained here. Pieces are
counted, place by place, in the stories that `without_parts` reads, and the same hidden places are asked about.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from bertlab.corpora import TokenizedCorpus
from bertlab.lessons.experiments.without_parts import ASKED, DOCUMENTS, stories_and_questions
from bertlab.training import Questions

UNIGRAM_COUNTS = 5.0
"""How many pieces, as common as they are anywhere, each place is thought to have held before the counting."""


def rows(seed: int, documents: int = DOCUMENTS, asked: int = ASKED) -> Iterator[dict[str, Any]]:
    """One row: the loss at the hidden places (nats, under the exact distribution) of who knows the place alone."""
    world, text, questions = stories_and_questions(seed, documents, asked)
    shares = shares_by_place(text, len(world.tokenizer))
    yield {"who": "knows the place alone", "nats": loss_by_place(shares, questions)}


def shares_by_place(text: TokenizedCorpus, vocab: int) -> Float[np.ndarray, "seq vocab"]:
    """How common each piece is at each place of a document, from 0; a place seldom seen takes after all places."""
    starts = text.sentence_starts[text.document_starts]
    places = np.arange(len(text.ids)) - np.repeat(starts[:-1], np.diff(starts))
    counts = np.zeros((int(places.max()) + 1, vocab))
    np.add.at(counts, (places, text.ids), 1)
    anywhere = counts.sum(axis=0) / counts.sum()
    return (counts + UNIGRAM_COUNTS * anywhere) / (counts.sum(axis=1, keepdims=True) + UNIGRAM_COUNTS)


def loss_by_place(shares: Float[np.ndarray, "seq vocab"], questions: Questions) -> float:
    """The mean loss of these shares at the places asked (nats). Beyond the last place known, the last one is asked."""
    asked = np.minimum(np.concatenate(list(questions.positions)), len(shares) - 1)
    exact = questions.truth["both"]
    possible = exact > 0
    return float(-(exact * np.log(np.where(possible, shares[asked], 1))).sum(axis=-1).mean())
