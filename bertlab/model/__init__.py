"""Ids become vectors, vectors become predictions. It knows nothing of text, data or pictures."""

from bertlab.model.config import BertConfig
from bertlab.model.encoder import Bert, BertOutput
from bertlab.model.heads import BertForPreTraining, PreTrainingOutput
from bertlab.model.self_attention import attention, build_mask, fused_attention

__all__ = [
    "Bert",
    "BertConfig",
    "BertForPreTraining",
    "BertOutput",
    "PreTrainingOutput",
    "attention",
    "build_mask",
    "fused_attention",
]
