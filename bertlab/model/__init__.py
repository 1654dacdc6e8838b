"""Ids become vectors, vectors become predictions. It knows nothing of text, data or pictures."""

from bertlab.model.baselines import Recurrent, RecurrentConfig, TwoGpts
from bertlab.model.config import BertConfig
from bertlab.model.encoder import Bert, BertOutput
from bertlab.model.heads import BertForPreTraining, PreTrainingOutput
from bertlab.model.inside import heads_off, lines_off, watching
from bertlab.model.self_attention import attention, build_mask, fused_attention

LanguageModel = BertForPreTraining | Recurrent | TwoGpts
"""Whoever is trained to say pieces: ids in, a score for every piece out."""

__all__ = [
    "Bert",
    "BertConfig",
    "BertForPreTraining",
    "BertOutput",
    "LanguageModel",
    "PreTrainingOutput",
    "Recurrent",
    "RecurrentConfig",
    "TwoGpts",
    "attention",
    "build_mask",
    "fused_attention",
    "heads_off",
    "lines_off",
    "watching",
]
