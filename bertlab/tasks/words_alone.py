"""What the words alone tell, in no order and without a network: the control that a fine-tuned model must beat."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from bertlab.training.rows import Row


def bag_of_words(rows: Sequence[Row], vocab: int) -> Float[Tensor, "rows counts"]:
    """How often each piece stands in each row, as a share; in segment A and in segment B, side by side.

    >>> bag_of_words([Row([2, 3, 2, 3], [0, 0, 0, 1], {})], vocab=4).tolist()
    [[0.0, 0.0, 0.5, 0.25, 0.0, 0.0, 0.0, 0.25]]
    """
    places = [torch.tensor(row.input_ids) + vocab * torch.tensor(row.token_type_ids) for row in rows]
    return torch.stack([torch.bincount(each, minlength=2 * vocab) / len(each) for each in places])


def one_matrix(
    known: Float[Tensor, "known numbers"],
    labels: Int[Tensor, " known"],
    asked: Float[Tensor, "asked numbers"],
    classes: int,
    decay: float = 1e-3,
) -> Int[Tensor, " asked"]:
    """The labels that one matrix finds, learned to the end on numbers of mean 0 and variance 1: logistic regression.

    >>> known = torch.tensor([[0.0, 1.0], [1.0, 1.0], [0.1, 1.0], [0.9, 1.0]])
    >>> one_matrix(known, torch.tensor([0, 1, 0, 1]), torch.tensor([[0.2, 1.0], [0.7, 1.0]]), classes=2).tolist()
    [0, 1]

    Args:
        decay: of the squared numbers of the matrix, so that many numbers and few labels have one solution.
    """
    mean, spread = known.mean(dim=0), known.std(dim=0, correction=0)
    told = spread > 1e-6  # a number that is always the same tells nothing: its row of the matrix would stay 0
    known, asked = ((each[:, told] - mean[told]) / spread[told] for each in (known, asked))
    matrix = torch.zeros(known.shape[1], classes, requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.LBFGS([matrix, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        total = functional.cross_entropy(known @ matrix + bias, labels) + decay * matrix.square().sum()
        total.backward()
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        return (asked @ matrix + bias).argmax(dim=-1)


class TagOfAWord:
    """The tag that a word had most often, whatever stood beside it; a word never seen has the most frequent of all.

    >>> tagger = TagOfAWord([["Anna", "sings", "."], ["Anna", "runs"]], [["B-PER", "O", "O"], ["B-PER", "O"]])
    >>> tagger(["Anna", "waits"])
    ('B-PER', 'O')
    """

    def __init__(self, words: Sequence[Sequence[str]], tags: Sequence[Sequence[str]]) -> None:
        seen: dict[str, Counter[str]] = defaultdict(Counter)
        for row, row_tags in zip(words, tags, strict=True):
            for word, tag in zip(row, row_tags, strict=True):
                seen[word][tag] += 1
        self.tags = {word: counted.most_common(1)[0][0] for word, counted in seen.items()}
        self.most = Counter(tag for row in tags for tag in row).most_common(1)[0][0]

    def __call__(self, words: Sequence[str]) -> tuple[str, ...]:
        """The tags of some words."""
        return tuple(self.tags.get(word, self.most) for word in words)
