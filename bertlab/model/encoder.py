"""Ids become vectors, and layer after layer each learns of its neighbours: BERT's encoder, bottom up."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from bertlab.model.config import BertConfig
from bertlab.model.self_attention import Attended, SelfAttention, build_mask


class Embeddings(nn.Module):
    """What the piece is + where it stands + which segment it belongs to, then LayerNorm.

    Source: Devlin et al. 2019, figure 2.
    """

    def __init__(self, config: BertConfig):
        super().__init__()
        self.token = nn.Embedding(config.vocab_size, config.hidden_size, padding_idx=config.pad_token_id)
        self.position = nn.Embedding(config.max_position_embeddings, config.hidden_size)
        self.segment = nn.Embedding(config.type_vocab_size, config.hidden_size)
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(
        self, input_ids: Int[Tensor, "batch seq"], token_type_ids: Int[Tensor, "batch seq"]
    ) -> Float[Tensor, "batch seq hidden"]:
        """Add the three rows of numbers of each token."""
        positions = torch.arange(input_ids.shape[1], device=input_ids.device)
        total = self.token(input_ids) + self.position(positions) + self.segment(token_type_ids)
        return self.dropout(self.norm(total))


class FeedForward(nn.Module):
    """Each position by itself: widen, bend with GELU, narrow again."""

    def __init__(self, config: BertConfig):
        super().__init__()
        self.expand = nn.Linear(config.hidden_size, config.intermediate_size)
        self.contract = nn.Linear(config.intermediate_size, config.hidden_size)

    def forward(self, hidden: Float[Tensor, "*places hidden"]) -> Float[Tensor, "*places hidden"]:
        """Think about what was gathered."""
        return self.contract(functional.gelu(self.expand(hidden)))


class Layer(nn.Module):
    """Look around, then think; after each, add what was there and normalise (post-norm, as published)."""

    def __init__(self, config: BertConfig):
        super().__init__()
        self.attention = SelfAttention(config)
        self.attention_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.feed_forward = FeedForward(config)
        self.feed_forward_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(
        self,
        hidden: Float[Tensor, "batch seq hidden"],
        mask: Bool[Tensor, "batch 1 query key"],
        need_probs: bool,
        only: Int[Tensor, " wanted"] | None = None,
    ) -> tuple[Float[Tensor, "*places hidden"], Attended]:
        """One layer. A layer knows nothing of directions: it receives a mask and obeys it.

        Args:
            only: of the flattened (batch * seq) tokens those that are wanted. The others need not think any more.
        """
        attended = self.attention(hidden, mask, need_probs)
        hidden = self.attention_norm(hidden + self.dropout(attended.context))
        if only is not None:
            hidden = hidden.flatten(0, 1)[only]
        hidden = self.feed_forward_norm(hidden + self.dropout(self.feed_forward(hidden)))
        return hidden, attended


@dataclass
class BertOutput:
    """What the encoder says. The optional parts are there when they were asked for.

    `last_hidden_state` is (batch, seq, hidden), or (positions, hidden) when positions were given. `hidden_states` has
    the embeddings first, then one tensor a layer; the others have one tensor a layer.
    """

    last_hidden_state: Float[Tensor, "*places hidden"]
    pooler_output: Float[Tensor, "batch hidden"]
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None
    queries: tuple[Tensor, ...] | None = None
    keys: tuple[Tensor, ...] | None = None


class Bert(nn.Module):
    """The encoder: ids in, one vector a token out. With `config.causal` it is BERT's left-to-right twin.

    >>> bert = Bert(BertConfig.preset("tiny", vocab_size=100))
    >>> tuple(bert(torch.tensor([[2, 7, 3]])).last_hidden_state.shape)
    (1, 3, 128)

    Source: Devlin et al. 2019, section 3; google-research/bert, modeling.py.
    """

    def __init__(self, config: BertConfig):
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))
        self.pooler = nn.Linear(config.hidden_size, config.hidden_size)
        initialize(self, config)

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
    ) -> BertOutput:
        """Read a batch of rows. Left out, segments are all A and every token is real.

        Args:
            positions: indices into the flattened (batch * seq) tokens. Only there, and at [CLS], the last layer thinks.

        Raises:
            ValueError: a row is longer than the positions that the model knows.
        """
        batch, seq = input_ids.shape
        if seq > self.config.max_position_embeddings:
            raise ValueError(
                f"rows of {seq} tokens, but this model knows {self.config.max_position_embeddings} "
                "positions; shorten the text (max_length=...) or cut it into windows"
            )
        if token_type_ids is None:
            token_type_ids = torch.zeros_like(input_ids)
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)

        mask = build_mask(attention_mask, self.config.causal)
        hidden = self.embeddings(input_ids, token_type_ids)
        hidden_states, attended = [hidden], []
        for number, layer in enumerate(self.layers, start=1):
            only = None
            if positions is not None and number == len(self.layers):
                only = torch.cat([torch.arange(0, batch * seq, seq, device=input_ids.device), positions])
            hidden, looked = layer(hidden, mask, output_attentions, only)
            hidden_states.append(hidden)
            attended.append(looked)
        cls, hidden = (hidden[:, 0], hidden) if positions is None else (hidden[:batch], hidden[batch:])
        return BertOutput(
            last_hidden_state=hidden,
            pooler_output=torch.tanh(self.pooler(cls)),
            hidden_states=tuple(hidden_states) if output_hidden_states else None,
            attentions=tuple(each.probs for each in attended) if output_attentions else None,
            queries=tuple(each.queries for each in attended) if output_queries_keys else None,
            keys=tuple(each.keys for each in attended) if output_queries_keys else None,
        )


def initialize(module: nn.Module, config: BertConfig) -> None:
    """Start every weight small and random, every bias at 0, every LayerNorm as the identity.

    Normal with standard deviation `initializer_range`; google-research/bert cuts the normal off at two
    of them, Hugging Face does not, and neither do we.
    """
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.normal_(part.weight, std=config.initializer_range)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
        elif isinstance(part, nn.Embedding):
            nn.init.normal_(part.weight, std=config.initializer_range)
            if part.padding_idx is not None:
                with torch.no_grad():
                    part.weight[part.padding_idx].zero_()
