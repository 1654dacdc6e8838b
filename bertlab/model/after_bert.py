"""What came after BERT, as a difference: what each changed in the configuration, in what is asked, and in the text."""

import dataclasses
import textwrap
from dataclasses import dataclass, field
from typing import Any

from bertlab.model.config import BertConfig

WIDTH = 76
ABSENT = "-"
"""In place of a value that a model does not have."""

# BERT-Base, with what its own config.json need not say: embeddings as wide as the layers, no two layers alike.
BERT_BASE: dict[str, Any] = dataclasses.asdict(BertConfig()) | {
    "embedding_size": 768,
    "num_hidden_groups": 12,
    "hidden_act": "gelu",
    "attention_bias": True,
    "local_attention": ABSENT,
}


def _in_words(value: Any) -> str:
    return "none" if value == ABSENT else str(value)


@dataclass(frozen=True)
class Successor:
    """A model that began as BERT, in what differs from BERT-Base.

    Args:
        parameters: of its encoder, without what is asked of it.
        config: fields that BERT-Base has otherwise or not at all, by BERT's name where there is one.
        architecture: what it computes otherwise.
        objective: what it is asked while it learns.
        next_sentence: what became of next sentence prediction.
        text: what it read.
        source: who wrote of it, and in which sections.
    """

    name: str
    hub_id: str
    year: int
    parameters: int
    architecture: str
    objective: str
    next_sentence: str
    text: str
    source: str
    config: dict[str, Any] = field(default_factory=dict, hash=False)

    def changes(self) -> list[tuple[str, Any, Any]]:
        """(field, BERT-Base's value, its own).

        >>> distilled = next(each for each in SUCCESSORS if each.name == "DistilBERT")
        >>> distilled.changes()
        [('num_hidden_layers', 12, 6), ('type_vocab_size', 2, '-')]
        """
        return [(name, BERT_BASE[name], value) for name, value in self.config.items()]

    def __str__(self) -> str:
        changes = ", ".join(f"{name} {_in_words(base)} -> {_in_words(own)}" for name, base, own in self.changes())
        told = {
            "is": self.architecture,
            "config": changes or "as BERT-Base",
            "asked": self.objective,
            "NSP": self.next_sentence,
            "text": self.text,
            "from": self.source,
        }
        lines = [f"{self.name} ({self.year}), {self.parameters / 1e6:.0f} million parameters"]
        for what, says in told.items():
            lines += textwrap.wrap(
                says, WIDTH, initial_indent=f"    {what:8}", subsequent_indent=" " * 12, break_on_hyphens=False
            )
        return "\n".join(lines)


SUCCESSORS = (
    Successor(
        "RoBERTa",
        "FacebookAI/roberta-base",
        2019,
        parameters=124_645_632,
        architecture="as BERT; pieces of bytes, so that nothing is unknown; places are counted from 2",
        objective="masked pieces, drawn anew each time a text is read",
        next_sentence="dropped: rows full of text did as well or better",
        text="160 GB instead of 16, 8,000 rows a step instead of 256",
        source="Liu et al. 2019, sections 3.2 and 4.1 to 4.4",
        # Two of the 514 positions are never used: they are counted from that of the padding on.
        config={
            "vocab_size": 50265,
            "max_position_embeddings": 514,
            "type_vocab_size": 1,
            "layer_norm_eps": 1e-5,
            "pad_token_id": 1,
        },
    ),
    Successor(
        "ALBERT",
        "albert/albert-base-v2",
        2019,
        parameters=11_683_584,
        architecture="all layers share one set of parameters; embeddings are narrow, and a matrix widens them",
        objective="masked stretches of up to three words",
        next_sentence="replaced: are these two stretches in their order or swapped?",
        text="the paper's own as BERT; this one (version 2) more, in 10 million steps",
        source="Lan et al. 2020, sections 3.1 and 4.1; google-research/albert, README",
        config={
            "vocab_size": 30000,
            "embedding_size": 128,
            "num_hidden_groups": 1,
            "hidden_act": "gelu_new",
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
        },
    ),
    Successor(
        "DistilBERT",
        "distilbert/distilbert-base-uncased",
        2019,
        parameters=66_362_880,
        architecture="every second layer of BERT; no segments, no pooler",
        objective="say of masked pieces what BERT says of them, and what they are; vectors of the directions of BERT's",
        next_sentence="dropped",
        text="as BERT",
        source="Sanh et al. 2019, sections 2 and 3",
        config={"num_hidden_layers": 6, "type_vocab_size": ABSENT},
    ),
    Successor(
        "ELECTRA",
        "google/electra-base-discriminator",
        2020,
        parameters=108_891_648,
        architecture="as BERT without the pooler; a smaller BERT beside it, only while it learns",
        objective="the smaller one fills masked places; of each piece: is it the one that stood there?",
        next_sentence="dropped",
        text="the paper's Base as BERT; this one is what it calls Base++",
        source="Clark et al. 2020, sections 2 and 3.1, appendix A; google-research/electra, README",
    ),
    Successor(
        "ModernBERT",
        "answerdotai/ModernBERT-base",
        2024,
        parameters=149_014_272,
        architecture="positions turn queries and keys; LayerNorm comes first; no biases; in the feed-forward one "
        "half is multiplied by the other (a gate); two of three layers see only a stretch of 128 places",
        objective="masked pieces, 30% of them",
        next_sentence="dropped: it cost time and gained nothing",
        text="2 trillion pieces, code among them; rows of 1,024, then 8,192",
        source="Warner et al. 2024, sections 2.1 and 2.2",
        config={
            "vocab_size": 50368,
            "num_hidden_layers": 22,
            "intermediate_size": 1152,
            "max_position_embeddings": 8192,
            "type_vocab_size": ABSENT,
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
            "layer_norm_eps": 1e-5,
            "pad_token_id": 50283,
            "attention_bias": False,
            "local_attention": 128,
        },
    ),
)
