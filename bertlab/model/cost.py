"""What a model costs before anyone has trained it: parameters, megabytes, and the arithmetic of reading a text."""

import torch

from bertlab.model.config import BertConfig
from bertlab.model.encoder import Bert
from bertlab.model.heads import BertForPreTraining

BYTES = {"float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}


def parameters(config: BertConfig, *, heads: bool = False) -> int:
    """How many numbers the encoder learns, its pooler among them. It is counted, and takes no memory.

    >>> parameters(BertConfig())
    109482240

    Args:
        heads: with both heads of pretraining. The matrix that says pieces is the one that reads them: counted once.
    """
    with torch.device("meta"):
        model = BertForPreTraining(config) if heads else Bert(config)
    return sum(parameter.numel() for parameter in model.parameters())


def megabytes(numbers: int, dtype: str = "float32") -> float:
    """The room that so many numbers take, in millions of bytes.

    >>> megabytes(109_482_240), megabytes(109_482_240, "float16")
    (437.92896, 218.96448)
    """
    return numbers * BYTES[dtype] / 1e6


def flops_per_token(config: BertConfig, seq: int, *, heads: bool = False) -> int:
    """Additions and multiplications that the layers make for one token of a row of `seq` tokens, forward only.

    A matrix of m x n makes 2 m n of them. Each layer has four of hidden x hidden (query, key, value, output) and two of
    hidden x intermediate; its attention compares each token with `seq` keys and gathers `seq` values, 2 seq hidden
    each:

        layers * (8 hidden^2 + 4 hidden intermediate + 4 seq hidden)

    What is not a product of matrices (softmax, LayerNorm, GELU, the sum of embeddings) is left out, and so is the
    pooler, which reads one token of a row.

    >>> flops_per_token(BertConfig(), 128), flops_per_token(BertConfig(), 512)
    (174587904, 188743680)

    Args:
        heads: with a score for every piece at every token: 2 hidden^2 + 2 hidden vocabulary more.
    """
    hidden = config.hidden_size
    a_layer = 8 * hidden**2 + 4 * hidden * config.intermediate_size + 4 * seq * hidden
    scores = 2 * hidden**2 + 2 * hidden * config.vocab_size
    return config.num_hidden_layers * a_layer + (scores if heads else 0)


def attention_shares(config: BertConfig, seq: int, *, layers: int = 1) -> int:
    """How many shares of attention a row of `seq` tokens has in so many layers: one for each head, query and key.

    Reading needs them for one layer at a time; training, and whoever looks at them, keeps them for all.

    >>> attention_shares(BertConfig(), 512), megabytes(attention_shares(BertConfig(), 512, layers=12))
    (3145728, 150.994944)
    """
    return layers * config.num_attention_heads * seq**2
