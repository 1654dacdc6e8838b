"""Random models, ours and transformers', with the same numbers in them."""

import random
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from bertlab.model import BertConfig, BertForPreTraining
from bertlab.model.checkpoint import TIED, config_to_json, hugging_face_name


def random_config(seed: int, causal: bool) -> BertConfig:
    """Small, and with no two sizes equal by rule, so that a swapped axis shows."""
    rng = random.Random(seed)
    heads = rng.choice([1, 2, 4])
    return BertConfig(
        vocab_size=rng.randint(40, 90),
        hidden_size=heads * rng.choice([6, 10, 16]),
        num_hidden_layers=rng.randint(1, 4),
        num_attention_heads=heads,
        intermediate_size=rng.randint(20, 70),
        max_position_embeddings=rng.randint(20, 35),
        type_vocab_size=rng.choice([2, 3]),
        hidden_dropout_prob=0.2,
        attention_probs_dropout_prob=0.3,
        layer_norm_eps=rng.choice([1e-12, 1e-5, 1e-3]),
        pad_token_id=rng.choice([0, 5]),
        causal=causal,
    )


def random_model(config: BertConfig, seed: int = 0) -> BertForPreTraining:
    """Every parameter random, biases and norms too: at 0 and 1, as they start, a mix-up would not show."""
    torch.manual_seed(seed)
    model = BertForPreTraining(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.15)
    return model.eval()


def transformers_twin(model: BertForPreTraining) -> Any:
    """The same model in transformers, with attention that it writes down."""
    import transformers

    config = transformers.BertConfig(**config_to_json(model.config), attn_implementation="eager")
    theirs = transformers.BertForPreTraining(config)
    weights = {hugging_face_name(name): weight.clone() for name, weight in model.state_dict().items()}
    weights |= {copy: weights[original] for copy, original in TIED.items()}
    theirs.load_state_dict(weights, strict=True)
    return theirs.eval()


class Rows(NamedTuple):
    """A batch of random rows of different lengths, in two segments, padded on the right."""

    input_ids: Tensor
    token_type_ids: Tensor
    attention_mask: Tensor


def random_rows(config: BertConfig, seed: int = 0, rows: int = 5) -> Rows:
    """Rows of 1 to `max_position_embeddings` tokens, the longest that long."""
    generator = torch.Generator().manual_seed(seed)
    seq = config.max_position_embeddings
    lengths = torch.randint(1, seq + 1, (rows,), generator=generator)
    lengths[0] = seq
    places = torch.arange(seq)
    real = places < lengths[:, None]
    ids = torch.randint(0, config.vocab_size, (rows, seq), generator=generator)
    halves = torch.randint(0, config.type_vocab_size, (rows, seq), generator=generator).sort(dim=1).values
    return Rows(ids.where(real, config.pad_token_id), halves * real, real.long())


class Pair(NamedTuple):
    """One model twice, and something to read."""

    ours: BertForPreTraining
    theirs: Any
    rows: Rows


@pytest.fixture(params=[(seed, causal) for seed in range(4) for causal in (False, True)], ids=str, scope="module")
def pair(request: pytest.FixtureRequest) -> Pair:
    """A random model of ours, its twin in transformers, and a padded batch of pairs."""
    seed, causal = request.param
    config = random_config(seed, causal)
    ours = random_model(config, seed)
    return Pair(ours, transformers_twin(ours), random_rows(config, seed))


@pytest.fixture
def make_pair():
    """`make_pair(seed, causal)`: as `pair`, a fresh one that a test may change."""

    def make(seed: int = 0, causal: bool = False) -> Pair:
        config = random_config(seed, causal)
        ours = random_model(config, seed)
        return Pair(ours, transformers_twin(ours), random_rows(config, seed))

    return make


@pytest.fixture
def make_model():
    """`make_model(seed, causal)`: a random model of ours and a batch for it."""

    def make(seed: int = 0, causal: bool = False) -> tuple[BertForPreTraining, Rows]:
        config = random_config(seed, causal)
        return random_model(config, seed), random_rows(config, seed)

    return make
