"""The numbers that make one BERT differ from another: sizes, rates, and whether it may look to the right."""

import dataclasses
from dataclasses import dataclass
from typing import Any

# name: (num_hidden_layers, hidden_size, num_attention_heads). Heads of 64 numbers each.
# Base and Large are the paper's; tiny to medium are those of Turc et al. 2019 (arXiv 1908.08962, table 1).
PRESETS = {
    "tiny": (2, 128, 2),
    "mini": (4, 256, 4),
    "small": (4, 512, 8),
    "medium": (8, 512, 8),
    "base": (12, 768, 12),
    "large": (24, 1024, 16),
}


@dataclass(frozen=True)
class BertConfig:
    """Everything one needs to know to build a BERT, under Hugging Face's names.

    The defaults are BERT-Base, uncased, as published.

    >>> BertConfig.preset("tiny", vocab_size=8000)
    BertConfig(2 layers x 128, 2 heads, 8000 pieces, 512 positions, looks both ways)

    Args:
        hidden_dropout_prob, attention_probs_dropout_prob: probabilities, used in training only.
        causal: False is BERT. True is its left-to-right twin: a position may not attend to a later one.

    Raises:
        ValueError: the sizes do not fit one another; the message names them.

    Source: Devlin et al. 2019, section 3; names from Hugging Face's `config.json`.
    """

    vocab_size: int = 30522
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    layer_norm_eps: float = 1e-12
    initializer_range: float = 0.02
    pad_token_id: int = 0
    causal: bool = False

    def __post_init__(self) -> None:
        if self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"hidden_size {self.hidden_size} does not divide among {self.num_attention_heads} heads; "
                "make it a multiple of num_attention_heads"
            )
        if not 0 <= self.pad_token_id < self.vocab_size:
            raise ValueError(f"pad_token_id {self.pad_token_id} lies outside the vocabulary of {self.vocab_size}")
        for name in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is a probability below 1, not {getattr(self, name)}")

    @classmethod
    def preset(cls, name: str, **changes: Any) -> "BertConfig":
        """A published size by its name, with what you want changed: `preset("mini", vocab_size=8000)`."""
        if name not in PRESETS:
            raise ValueError(f"no preset is called {name!r}; there are {', '.join(PRESETS)}")
        layers, hidden, heads = PRESETS[name]
        sizes = {
            "num_hidden_layers": layers,
            "hidden_size": hidden,
            "num_attention_heads": heads,
            "intermediate_size": 4 * hidden,
        }
        return cls(**{**sizes, **changes})

    @property
    def head_dim(self) -> int:
        """How many numbers one head works on."""
        return self.hidden_size // self.num_attention_heads

    def replace(self, **changes: Any) -> "BertConfig":
        """The same configuration with some fields changed; `config.replace(causal=True)` is the twin."""
        return dataclasses.replace(self, **changes)

    def __repr__(self) -> str:
        direction = "looks left only" if self.causal else "looks both ways"
        return (
            f"BertConfig({self.num_hidden_layers} layers x {self.hidden_size}, "
            f"{self.num_attention_heads} heads, {self.vocab_size} pieces, "
            f"{self.max_position_embeddings} positions, {direction})"
        )
