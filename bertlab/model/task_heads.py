"""What one asks of the vectors once they are learned: a label for a text, for each word, a stretch of it, or its place.

Each model is the pretrained encoder and one matrix, or two. It gives its scores by name, as the rows name what is true.
"""

import copy

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from bertlab.model.encoder import Bert, initialize

Scores = dict[str, Tensor]
"""By name: what is asked -> a score for each possible answer, the answers last."""
OF_PLACES = ("tags", "start", "end")
"""Scores that each place of a row has of its own; the others are of the whole row."""


def text_vector(
    encoder: Bert, hidden: Float[Tensor, "batch seq hidden"], attention_mask: Int[Tensor, "batch seq"]
) -> Float[Tensor, "batch hidden"]:
    """The one vector a text is judged by: the pooled vector of the place that has read all of it.

    In BERT that is [CLS], the first. In a causal model the first has read nothing but itself; the last real one has
    read all.

    Source: Devlin et al. 2019, section 4.1; for the causal model Radford et al. 2018, section 3.2.
    """
    place = attention_mask.sum(dim=-1) - 1 if encoder.config.causal else torch.zeros_like(attention_mask[:, 0])
    read_all = hidden[torch.arange(hidden.shape[0], device=hidden.device), place]
    return torch.tanh(encoder.pooler(read_all))


class TaskModel(nn.Module):
    """A copy of a pretrained encoder, and what a task adds to it. The model it is taken from stays as it is."""

    def __init__(self, encoder: Bert):
        super().__init__()
        self.encoder = copy.deepcopy(encoder)
        self.config = encoder.config
        self.dropout = nn.Dropout(encoder.config.hidden_dropout_prob)

    def _read(
        self, input_ids: Tensor, token_type_ids: Tensor | None, attention_mask: Tensor | None
    ) -> tuple[Float[Tensor, "batch seq hidden"], Int[Tensor, "batch seq"]]:
        """A vector for each place, and which places are real: all of them where nothing is said."""
        attention_mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        return self.encoder(input_ids, token_type_ids, attention_mask).last_hidden_state, attention_mask

    def _new_matrix(self, answers: int) -> nn.Linear:
        made = nn.Linear(self.config.hidden_size, answers)
        initialize(made, self.config)
        return made


class TextClassifier(TaskModel):
    """One label for a text, or for a pair of texts; with a single answer, a number.

    >>> from bertlab.model import BertConfig
    >>> model = TextClassifier(Bert(BertConfig.preset("tiny", vocab_size=100)), answers=3)
    >>> tuple(model(torch.tensor([[2, 7, 9, 3]]))["label"].shape)
    (1, 3)

    Args:
        answers: how many labels there are; 1 for a number.

    Source: Devlin et al. 2019, section 4.1.
    """

    def __init__(self, encoder: Bert, answers: int):
        super().__init__(encoder)
        self.classifier = self._new_matrix(answers)

    def forward(
        self,
        input_ids: Int[Tensor, "batch seq"],
        token_type_ids: Int[Tensor, "batch seq"] | None = None,
        attention_mask: Int[Tensor, "batch seq"] | None = None,
    ) -> Scores:
        """{"label": (batch, answers)}"""
        hidden, real = self._read(input_ids, token_type_ids, attention_mask)
        return {"label": self.classifier(self.dropout(text_vector(self.encoder, hidden, real)))}


class WordTagger(TaskModel):
    """A label for each piece; with `intents`, one for the whole text besides, from the same reading.

    >>> from bertlab.model import BertConfig
    >>> model = WordTagger(Bert(BertConfig.preset("tiny", vocab_size=100)), answers=5, intents=2)
    >>> {name: tuple(scores.shape) for name, scores in model(torch.tensor([[2, 7, 9, 3]])).items()}
    {'tags': (1, 4, 5), 'intent': (1, 2)}

    Source: Devlin et al. 2019, section 5.3; both together: Chen et al. 2019, section 3.2.
    """

    def __init__(self, encoder: Bert, answers: int, intents: int = 0):
        super().__init__(encoder)
        self.tagger = self._new_matrix(answers)
        self.classifier = self._new_matrix(intents) if intents else None

    def forward(
        self,
        input_ids: Int[Tensor, "batch seq"],
        token_type_ids: Int[Tensor, "batch seq"] | None = None,
        attention_mask: Int[Tensor, "batch seq"] | None = None,
    ) -> Scores:
        """{"tags": (batch, seq, answers)}, and {"intent": (batch, intents)} where it is asked."""
        hidden, real = self._read(input_ids, token_type_ids, attention_mask)
        scores = {"tags": self.tagger(self.dropout(hidden))}
        if self.classifier is not None:
            text = text_vector(self.encoder, hidden, real)
            scores["intent"] = self.classifier(self.dropout(text))
        return scores


class SpanFinder(TaskModel):
    """Where an answer begins and where it ends: two scores for each place; [CLS] for "there is none".

    >>> from bertlab.model import BertConfig
    >>> model = SpanFinder(Bert(BertConfig.preset("tiny", vocab_size=100)))
    >>> {name: tuple(scores.shape) for name, scores in model(torch.tensor([[2, 7, 3, 9, 3]])).items()}
    {'start': (1, 5), 'end': (1, 5)}

    Source: Devlin et al. 2019, sections 4.2 and 4.3.
    """

    def __init__(self, encoder: Bert):
        super().__init__(encoder)
        self.finder = self._new_matrix(2)

    def forward(
        self,
        input_ids: Int[Tensor, "batch seq"],
        token_type_ids: Int[Tensor, "batch seq"] | None = None,
        attention_mask: Int[Tensor, "batch seq"] | None = None,
    ) -> Scores:
        """{"start": (batch, seq), "end": (batch, seq)}; padding is never chosen."""
        hidden, real = self._read(input_ids, token_type_ids, attention_mask)
        scores = self.finder(hidden).masked_fill(real[..., None] == 0, torch.finfo(hidden.dtype).min)
        return {"start": scores[..., 0], "end": scores[..., 1]}


def mean_pooled(
    hidden: Float[Tensor, "batch seq hidden"], attention_mask: Int[Tensor, "batch seq"]
) -> Float[Tensor, "batch hidden"]:
    """The mean of a text's vectors, padding left out.

    >>> hidden = torch.tensor([[[2.0], [4.0], [99.0]]])
    >>> mean_pooled(hidden, torch.tensor([[1, 1, 0]])).tolist()
    [[3.0]]

    Source: Reimers and Gurevych 2019, section 3.
    """
    real = attention_mask[..., None].to(hidden.dtype)
    return (hidden * real).sum(dim=1) / real.sum(dim=1)


class SentenceEncoder(TaskModel):
    """One vector of length 1 for a text, so that texts which belong together point the same way.

    It reads the two texts of a pair one by one, each alone, with the same parameters: a bi-encoder. Of a batch of pairs
    each first text is asked which of all second ones is its own.

    >>> from bertlab.model import BertConfig
    >>> model = SentenceEncoder(Bert(BertConfig.preset("tiny", vocab_size=100)))
    >>> vector = model.vectors(torch.tensor([[2, 7, 9, 3]]))
    >>> tuple(vector.shape), round(vector.norm().item(), 4)
    ((1, 128), 1.0)

    Args:
        sharpness: cosines are multiplied by it before the softmax.

    Source: Reimers and Gurevych 2019; the question within a batch: Henderson et al. 2017, section 4.
    """

    def __init__(self, encoder: Bert, sharpness: float = 20.0):
        super().__init__(encoder)
        self.sharpness = sharpness

    def vectors(
        self, input_ids: Int[Tensor, "batch seq"], attention_mask: Int[Tensor, "batch seq"] | None = None
    ) -> Float[Tensor, "batch hidden"]:
        """A vector of length 1 for each row."""
        hidden, real = self._read(input_ids, None, attention_mask)
        return functional.normalize(mean_pooled(hidden, real), dim=-1)

    def forward(
        self,
        input_ids: Int[Tensor, "rows seq"],
        token_type_ids: Int[Tensor, "rows seq"] | None = None,
        attention_mask: Int[Tensor, "rows seq"] | None = None,
    ) -> Scores:
        """{"own": (pairs, pairs)}. All first texts stand in the first half of the rows, their seconds in the other."""
        first, second = self.vectors(input_ids, attention_mask).chunk(2)
        return {"own": self.sharpness * first @ second.T}
