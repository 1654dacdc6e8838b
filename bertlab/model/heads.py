"""What one asks of the vectors: which piece was masked, and does sentence B follow sentence A?"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from bertlab.model.config import BertConfig
from bertlab.model.encoder import Bert, initialize


class MaskedLanguageModelHead(nn.Module):
    """From a vector to a score for every piece: transform, then compare with each piece's own embedding.

    The decoder's matrix *is* the token embedding (tied): a piece is said with the numbers it is read with.
    Only a bias for each piece is new.

    Source: google-research/bert, run_pretraining.py, get_masked_lm_output.
    """

    def __init__(self, config: BertConfig):
        super().__init__()
        self.transform = nn.Linear(config.hidden_size, config.hidden_size)
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def forward(
        self, hidden: Float[Tensor, "*rows hidden"], token_embedding: Float[Tensor, "vocab hidden"]
    ) -> Float[Tensor, "*rows vocab"]:
        """Score every piece at every position given."""
        transformed = self.norm(functional.gelu(self.transform(hidden)))
        return functional.linear(transformed, token_embedding, self.bias)


@dataclass
class PreTrainingOutput:
    """The two answers of pretraining, and on request what the encoder saw on the way.

    `prediction_logits` is (batch, seq, vocab), or (positions, vocab) when positions were given.
    `seq_relationship_logits` is (batch, 2), 0 = B follows A; None in a causal model.
    """

    prediction_logits: Tensor
    seq_relationship_logits: Float[Tensor, "batch 2"] | None
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None
    queries: tuple[Tensor, ...] | None = None
    keys: tuple[Tensor, ...] | None = None


class BertForPreTraining(nn.Module):
    """The encoder with its two questions.

    A causal model has no next-sentence answer: `[CLS]` stands first and sees nothing but itself.

    >>> model = BertForPreTraining(BertConfig.preset("tiny", vocab_size=100))
    >>> output = model(torch.tensor([[2, 7, 9, 3]]))
    >>> tuple(output.prediction_logits.shape), tuple(output.seq_relationship_logits.shape)
    ((1, 4, 100), (1, 2))
    """

    def __init__(self, config: BertConfig):
        super().__init__()
        self.config = config
        self.bert = Bert(config)
        self.mlm_head = MaskedLanguageModelHead(config)
        self.nsp_head = nn.Linear(config.hidden_size, 2)
        initialize(self.mlm_head, config)
        initialize(self.nsp_head, config)

    def forward(
        self,
        input_ids: Int[Tensor, "batch seq"],
        token_type_ids: Int[Tensor, "batch seq"] | None = None,
        attention_mask: Int[Tensor, "batch seq"] | None = None,
        *,
        positions: Int[Tensor, " positions"] | None = None,
        output_attentions: bool = False,
        output_hidden_states: bool = False,
        output_queries_keys: bool = False,
    ) -> PreTrainingOutput:
        """Read a batch of rows and answer.

        Args:
            positions: indices into the flattened (batch * seq) tokens. Only there is the vocabulary
                scored: in training that saves six sevenths of the largest matrix product. In training the last layer's
                feed-forward, too, works only there and at [CLS]; who only reads has the whole layer.
        """
        early = positions if self.training and not output_hidden_states else None
        encoded = self.bert(
            input_ids,
            token_type_ids,
            attention_mask,
            positions=early,
            output_attentions=output_attentions,
            output_hidden_states=output_hidden_states,
            output_queries_keys=output_queries_keys,
        )
        hidden = encoded.last_hidden_state
        if positions is not None and early is None:
            hidden = hidden.flatten(0, 1)[positions]
        return PreTrainingOutput(
            prediction_logits=self.mlm_head(hidden, self.bert.embeddings.token.weight),
            seq_relationship_logits=None if self.config.causal else self.nsp_head(encoded.pooler_output),
            hidden_states=encoded.hidden_states,
            attentions=encoded.attentions,
            queries=encoded.queries,
            keys=encoded.keys,
        )
