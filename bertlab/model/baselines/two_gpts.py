"""Attention as in BERT, but the two sides meet as in ELMo: only in the answer. What is left of BERT's lead then?"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.model.baselines.recurrent import between, turned_round
from bertlab.model.config import BertConfig
from bertlab.model.encoder import Bert, initialize
from bertlab.model.heads import MaskedLanguageModelHead, PreTrainingOutput


class TwoGpts(nn.Module):
    """A GPT from the left and a GPT from the right, joined in the answer as a two-way `Recurrent` joins its two.

    Neither knows of the other. Both look pieces and places up in one table; the one from the right counts its places
    from the right end.

    >>> model = TwoGpts(BertConfig.preset("tiny", vocab_size=100))
    >>> tuple(model(torch.tensor([[2, 7, 9, 3]])).prediction_logits.shape)
    (1, 4, 100)
    """

    def __init__(self, config: BertConfig):
        super().__init__()
        self.config = config.replace(causal=False)  # of the whole: a place is answered for from both of its sides
        one_way = config.replace(causal=True)
        self.to_the_right, self.to_the_left = Bert(one_way), Bert(one_way)
        self.to_the_left.embeddings = self.to_the_right.embeddings
        self.join = nn.Linear(2 * config.hidden_size, config.hidden_size)
        self.head = MaskedLanguageModelHead(config)
        initialize(self, config)

    def forward(
        self,
        input_ids: Int[Tensor, "batch seq"],
        token_type_ids: Int[Tensor, "batch seq"] | None = None,
        attention_mask: Int[Tensor, "batch seq"] | None = None,
        *,
        positions: Int[Tensor, " positions"] | None = None,
    ) -> PreTrainingOutput:
        """Read a batch of rows and score every piece, at every place or at the `positions` of the flattened tokens."""
        real = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        segments = torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids
        lengths = real.sum(dim=-1)
        before = self.to_the_right(input_ids, segments, real).last_hidden_state
        turned = turned_round(torch.stack([input_ids, segments], dim=-1), lengths)
        after = turned_round(self.to_the_left(turned[..., 0], turned[..., 1], real).last_hidden_state, lengths)
        memory: Float[Tensor, "batch seq hidden"] = self.join(between(before, after * real[..., None]))
        if positions is not None:
            memory = memory.flatten(0, 1)[positions]
        return PreTrainingOutput(
            self.head(memory, self.to_the_right.embeddings.token.weight), seq_relationship_logits=None
        )
