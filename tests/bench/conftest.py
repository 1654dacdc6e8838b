"""A size and a text small enough to race in a second."""

import numpy as np
import pytest

from bertlab.bench.reading import counted_pieces, synthetic_corpus
from bertlab.model import BertConfig


@pytest.fixture(scope="session")
def tokenizer():
    return counted_pieces(300)


@pytest.fixture(scope="session")
def corpus(tokenizer):
    return synthetic_corpus(tokenizer, 4000, np.random.default_rng(1))


@pytest.fixture(scope="session")
def small() -> BertConfig:
    return BertConfig(
        vocab_size=300,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
