"""A corpus in which every piece occurs once, a small model, and a recipe of a few steps."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bertlab.corpora import TokenizedCorpus
from bertlab.model import BertConfig
from bertlab.text import Tokenizer
from bertlab.training import PretrainingBatches, Recipe, Stage

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


@pytest.fixture
def numbered() -> Callable[..., TokenizedCorpus]:
    """`numbered([[3, 1], [4]])`: documents of sentences of so many pieces; the ids count up from 5.

    So every id says from where in the corpus it was taken.
    """

    def make(lengths: list[list[int]]) -> TokenizedCorpus:
        flat = [length for document in lengths for length in document]
        return TokenizedCorpus(
            ids=np.arange(5, 5 + sum(flat)),
            sentence_starts=np.cumsum([0, *flat]),
            document_starts=np.cumsum([0, *map(len, lengths)]),
        )

    return make


@pytest.fixture
def random_corpus(numbered) -> Callable[[int], TokenizedCorpus]:
    """`random_corpus(seed)`: documents of one to eight sentences, these of one to thirty pieces."""

    def make(seed: int) -> TokenizedCorpus:
        rng = np.random.default_rng(seed)
        return numbered([rng.integers(1, 31, size=rng.integers(1, 9)).tolist() for _ in range(rng.integers(5, 15))])

    return make


@pytest.fixture
def spell() -> Callable[[TokenizedCorpus], Tokenizer]:
    """A tokenizer that has a piece for each id of a numbered corpus."""
    return lambda corpus: Tokenizer([*SPECIAL, *(f"w{place}" for place in range(len(corpus.ids)))])


@pytest.fixture
def small_recipe() -> Callable[..., Recipe]:
    """Six steps, pairs in the last four of them, with whatever changes."""

    def make(**changes: Any) -> Recipe:
        settings: dict[str, Any] = {
            "steps": 6,
            "batch_tokens": 256,
            "stages": (Stage(0.0, 16), Stage(0.3, 64)),
            "learning_rate": 5e-3,
            "warmup_steps": 2,
        }
        return Recipe(**{**settings, **changes})

    return make


@pytest.fixture
def small_config() -> Callable[..., BertConfig]:
    """One layer of two heads, with whatever changes."""

    def make(**changes: Any) -> BertConfig:
        settings: dict[str, Any] = {
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 32,
            "max_position_embeddings": 64,
        }
        return BertConfig(**{**settings, **changes})

    return make


@pytest.fixture
def small_batches(random_corpus, spell) -> Callable[[Recipe], PretrainingBatches]:
    """What a recipe reads from a random corpus."""
    corpus = random_corpus(0)
    return lambda recipe: PretrainingBatches(corpus, spell(corpus), recipe)
