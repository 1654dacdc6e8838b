"""Static vectors: one row for each word, whatever the sentence. Word2Vec's skip-gram and GloVe.

Read it in this order: for each of the two the loss as a function, then the module that holds its tables.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

X_MAX, ALPHA = 100.0, 0.75
"""GloVe's own settings (Pennington et al. 2014, section 4.2)."""
NOISE_POWER = 0.75
"""Word2Vec's own setting (Mikolov et al. 2013b, section 2.2)."""

Scalar = Float[Tensor, ""]


def negative_sampling_loss(
    center: Float[Tensor, "pairs hidden"],
    context: Float[Tensor, "pairs hidden"],
    noise: Float[Tensor, "pairs negatives hidden"],
) -> Float[Tensor, " pairs"]:
    """How badly a word tells its true neighbour from drawn ones, in nats, for each pair.

    -log sigmoid(u_o . v_c) - sum over the drawn k of log sigmoid(-u_k . v_c)

    >>> v = torch.tensor([[1.0, 0.0]])
    >>> negative_sampling_loss(v, torch.zeros(1, 2), torch.zeros(1, 3, 2))  # four coins
    tensor([2.7726])

    Args:
        center: the word's own vectors, v_c.
        context: its true neighbours' vectors from the other table, u_o.
        noise: the drawn words' vectors from that table, u_k.

    Source: Mikolov et al. 2013b, "Distributed Representations of Words and Phrases and their Compositionality",
    equation 4, of which this is the negative.
    """
    true = (context * center).sum(dim=-1)
    drawn = (noise * center[:, None]).sum(dim=-1)
    return -functional.logsigmoid(true) - functional.logsigmoid(-drawn).sum(dim=-1)


def noise_distribution(counts: Float[Tensor, " vocab"], power: float = NOISE_POWER) -> Float[Tensor, " vocab"]:
    """The probability with which each word is drawn as a false neighbour: its count to a power, made to sum to 1.

    >>> noise_distribution(torch.tensor([16.0, 1.0])).tolist()  # 8 to 1, not 16 to 1
    [0.8888888955116272, 0.1111111119389534]

    Source: Mikolov et al. 2013b, section 2.2.
    """
    raised = counts**power
    return raised / raised.sum()


class SkipGram(nn.Module):
    """Word2Vec: from a word its neighbours are told from drawn words. Two tables; the first is kept.

    >>> model = SkipGram(vocab_size=10, hidden_size=4)
    >>> round(model(torch.tensor([3]), torch.tensor([5]), torch.tensor([[1, 2]])).item(), 4)  # at first three coins
    2.0794

    Source: the two tables begin as in word2vec.c: the first even in +-1/2 over the size, the second 0.
    """

    def __init__(self, vocab_size: int, hidden_size: int, generator: torch.Generator | None = None):
        super().__init__()
        self.word = nn.Parameter((torch.rand(vocab_size, hidden_size, generator=generator) - 0.5) / hidden_size)
        self.context = nn.Parameter(torch.zeros(vocab_size, hidden_size))

    def forward(
        self, center: Int[Tensor, " pairs"], context: Int[Tensor, " pairs"], noise: Int[Tensor, "pairs negatives"]
    ) -> Scalar:
        """The mean loss of some pairs (ids), in nats."""
        look_up = functional.embedding
        losses = negative_sampling_loss(
            look_up(center, self.word), look_up(context, self.context), look_up(noise, self.context)
        )
        return losses.mean()

    @property
    def vectors(self) -> Float[Tensor, "vocab hidden"]:
        """One row for each word."""
        return self.word.detach()


def glove_weighting(counts: Float[Tensor, " cells"], x_max: float = X_MAX, alpha: float = ALPHA) -> Tensor:
    """How much a cell of the table counts: more where the two words met often, up to x_max.

    >>> glove_weighting(torch.tensor([0.0, 16.0, 81.0, 500.0]), x_max=81.0).tolist()
    [0.0, 0.29629629850387573, 1.0, 1.0]

    Source: Pennington et al. 2014, equation 9.
    """
    return (counts / x_max).clamp(max=1.0) ** alpha


def glove_loss(
    word: Float[Tensor, "cells hidden"],
    context: Float[Tensor, "cells hidden"],
    word_bias: Float[Tensor, " cells"],
    context_bias: Float[Tensor, " cells"],
    counts: Float[Tensor, " cells"],
    x_max: float = X_MAX,
    alpha: float = ALPHA,
) -> Float[Tensor, " cells"]:
    """How far a dot product and two biases are from the logarithm of a count: a weighted square, for each cell.

    f(X_ij) (w_i . u_j + b_i + c_j - log X_ij)^2

    >>> rows = torch.tensor([[1.0, 1.0]])
    >>> zero = torch.zeros(1)
    >>> round(glove_loss(rows, rows, zero, zero, torch.tensor([100.0])).item(), 4)  # (2 - log 100)^2
    6.7869

    Args:
        counts: how often the two words met, above 0: cells that are 0 are left out.

    Source: Pennington et al. 2014, "GloVe: Global Vectors for Word Representation", equation 8.
    """
    off = (word * context).sum(dim=-1) + word_bias + context_bias - counts.log()
    return glove_weighting(counts, x_max, alpha) * off**2


class Glove(nn.Module):
    """GloVe: two tables and two biases whose products give the logarithms of the counts.

    >>> Glove(vocab_size=10, hidden_size=4).vectors.shape
    torch.Size([10, 4])

    Source: Pennington et al. 2014; begun much as in their program: even in +-1/2 over the size, biases too.
    """

    def __init__(
        self,
        vocab_size: int,
        hidden_size: int,
        x_max: float = X_MAX,
        alpha: float = ALPHA,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.x_max, self.alpha = x_max, alpha
        first = (torch.rand(2, vocab_size, hidden_size + 1, generator=generator) - 0.5) / hidden_size
        self.word, self.context = nn.Parameter(first[0, :, :-1].clone()), nn.Parameter(first[1, :, :-1].clone())
        self.word_bias, self.context_bias = nn.Parameter(first[0, :, -1].clone()), nn.Parameter(first[1, :, -1].clone())

    def forward(
        self, word: Int[Tensor, " cells"], context: Int[Tensor, " cells"], counts: Float[Tensor, " cells"]
    ) -> Scalar:
        """The mean loss of some cells: the ids of a row and a column, and the count between them."""
        look_up = functional.embedding
        losses = glove_loss(
            look_up(word, self.word),
            look_up(context, self.context),
            self.word_bias[word],
            self.context_bias[context],
            counts,
            self.x_max,
            self.alpha,
        )
        return losses.mean()

    @property
    def vectors(self) -> Float[Tensor, "vocab hidden"]:
        """One row for each word: the sum of its two (section 4.2 there)."""
        return (self.word + self.context).detach()
