"""Static vectors are learned from windows of text: who stands near whom, counted, and the two short loops.

    words, text = number_words(story.words for story in world.documents(3_000))
    model = SkipGram(len(words), hidden_size=48)
    for loss in train_skip_gram(model, text, generator=torch.Generator()):
        print(loss)
    nearest(model.vectors, words, "python")

Whole words, not pieces: a row stands for a word, and a word of three pieces would have none of its own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from bertlab.model.baselines.static_vectors import Glove, SkipGram, noise_distribution


class Text(NamedTuple):
    """Documents as one row of ids, and for each place the number of its document."""

    ids: Int[Tensor, " places"]
    document: Int[Tensor, " places"]


class Cells(NamedTuple):
    """The cells of a table of counts that are not 0: row, column, count."""

    word: Int[Tensor, " cells"]
    context: Int[Tensor, " cells"]
    counts: Float[Tensor, " cells"]


def number_words(documents: Iterable[Sequence[str]]) -> tuple[list[str], Text]:
    """The words in small letters, the commonest first, and the documents in their numbers.

    >>> words, text = number_words([["The", "bat", "saw", "the", "cave"], ["the", "ball"]])
    >>> words, text.ids.tolist(), text.document.tolist()
    (['the', 'bat', 'saw', 'cave', 'ball'], [0, 1, 2, 0, 3, 0, 4], [0, 0, 0, 0, 0, 1, 1])
    """
    small = [[word.lower() for word in document] for document in documents]
    words = [word for word, _ in Counter(word for document in small for word in document).most_common()]
    number = {word: at for at, word in enumerate(words)}
    ids = torch.tensor([number[word] for document in small for word in document], dtype=torch.long)
    lengths = torch.tensor([len(document) for document in small], dtype=torch.long)
    return words, Text(ids, torch.arange(len(small)).repeat_interleave(lengths))


def thin_out(text: Text, threshold: float, generator: torch.Generator) -> Text:
    """Leave out places at random, the more the commoner their word: kept with probability sqrt(threshold / share).

    What is left of a document moves together, so windows reach further. Common words are neighbours of all, and so
    tell little of any.

    >>> text = Text(torch.tensor([0] * 900 + [1] * 100), torch.zeros(1000, dtype=torch.long))
    >>> thin_out(text, 0.1, torch.Generator().manual_seed(0)).ids.bincount().tolist()
    [298, 100]

    Args:
        threshold: a share of all places; rarer words are all kept.

    Source: Mikolov et al. 2013b, equation 5.
    """
    counts = torch.bincount(text.ids).double()
    keep = (threshold * len(text.ids) / counts).sqrt()
    kept = torch.rand(len(text.ids), generator=generator, dtype=torch.float64) < keep[text.ids]
    return Text(text.ids[kept], text.document[kept])


def _at_distance(text: Text, distance: int) -> Int[Tensor, " pairs"]:
    """The places whose neighbour so far to the right stands in the same document."""
    return torch.nonzero(text.document[distance:] == text.document[: len(text.document) - distance])[:, 0]


def window_pairs(
    text: Text, window: int, generator: torch.Generator
) -> tuple[Int[Tensor, " pairs"], Int[Tensor, " pairs"]]:
    """Each word with its neighbours, in random order: (center ids, context ids).

    Each place draws how far it looks, from 1 to `window`, to both sides alike: so near neighbours come more often.
    No window crosses the border of a document.

    >>> text = Text(torch.tensor([7, 8, 9]), torch.tensor([0, 0, 1]))
    >>> center, context = window_pairs(text, 1, torch.Generator())
    >>> sorted(zip(center.tolist(), context.tolist()))
    [(7, 8), (8, 7)]

    Source: word2vec.c; Mikolov et al. 2013a, section 3.2.
    """
    reach = torch.randint(1, window + 1, text.ids.shape, generator=generator)
    centers, contexts = [], []
    for distance in range(1, window + 1):
        left = _at_distance(text, distance)
        right = left + distance
        for center, context in ((left, right), (right, left)):
            looks = reach[center] >= distance
            centers.append(center[looks])
            contexts.append(context[looks])
    center, context = text.ids[torch.cat(centers)], text.ids[torch.cat(contexts)]
    order = torch.randperm(len(center), generator=generator)
    return center[order], context[order]


def co_occurrences(text: Text, window: int, vocab_size: int) -> Cells:
    """How often each word stands near each other one; a meeting at distance d counts 1/d.

    >>> cells = co_occurrences(Text(torch.tensor([0, 1, 2]), torch.tensor([0, 0, 0])), 2, 3)
    >>> list(zip(*(each.tolist() for each in cells)))
    [(0, 1, 1.0), (0, 2, 0.5), (1, 0, 1.0), (1, 2, 1.0), (2, 0, 0.5), (2, 1, 1.0)]

    Source: Pennington et al. 2014, section 4.2.
    """
    cells, counts = [], []
    for distance in range(1, window + 1):
        left = _at_distance(text, distance)
        one, other = text.ids[left], text.ids[left + distance]
        cells += [one * vocab_size + other, other * vocab_size + one]
        counts.append(torch.full((2 * len(left),), 1 / distance, dtype=torch.float64))
    found, which = torch.cat(cells).unique(return_inverse=True)
    sums = torch.zeros(len(found), dtype=torch.float64).index_add(0, which, torch.cat(counts))
    return Cells(found // vocab_size, found % vocab_size, sums.float())


def finite(loss: Float[Tensor, ""], step: int) -> float:
    """The loss as a number.

    Raises:
        FloatingPointError: it is none any more.
    """
    if not loss.isfinite():
        raise FloatingPointError(f"at step {step} the loss is {loss:g}: take a smaller learning rate, or smaller steps")
    return loss.item()


def train_skip_gram(
    model: SkipGram,
    text: Text,
    *,
    generator: torch.Generator,
    steps: int = 1000,
    window: int = 5,
    negatives: int = 5,
    pairs: int = 1024,
    learning_rate: float = 0.025,
) -> Iterator[float]:
    """Train, and give the loss of each step in nats. All windows are drawn anew whenever they have been used up.

    The learning rate falls to nearly 0 in a straight line. A drawn word that happens to be the true neighbour stays;
    word2vec.c leaves it out.

    Args:
        negatives: drawn for each pair.
        pairs: of a step.
        learning_rate: of one pair, as in word2vec.c, which makes a step for each; here their gradients are added up.

    Raises:
        FloatingPointError: the steps were too large.
    """
    noise = noise_distribution(torch.bincount(text.ids, minlength=len(model.word)).float())
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate * pairs)  # the loss is a mean
    slower = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.004, total_iters=steps)
    made = 0
    while made < steps:
        batches = zip(*(each.split(pairs) for each in window_pairs(text, window, generator)), strict=True)
        for center, context in batches:
            drawn = torch.multinomial(noise, negatives * len(center), replacement=True, generator=generator)
            loss = model(center, context, drawn.view(-1, negatives))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            slower.step()
            made += 1
            yield finite(loss, made)
            if made == steps:
                return


def train_glove(
    model: Glove,
    cells: Cells,
    *,
    generator: torch.Generator,
    steps: int = 1000,
    size: int = 4096,
    learning_rate: float = 0.05,
) -> Iterator[float]:
    """Train, and give the loss of each step. The cells are shuffled anew whenever all have been seen.

    Args:
        size: so many cells a step.

    Raises:
        FloatingPointError: the steps were too large.

    Source: Pennington et al. 2014, section 4.2: AdaGrad with 0.05. Their program steps after every single cell, and its
    squared gradients begin at 1; here a step takes the mean gradient of many cells, and they begin at 0.
    """
    optimizer = torch.optim.Adagrad(model.parameters(), lr=learning_rate)
    made = 0
    while made < steps:
        for some in torch.randperm(len(cells.counts), generator=generator).split(size):
            loss = model(cells.word[some], cells.context[some], cells.counts[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            made += 1
            yield finite(loss, made)
            if made == steps:
                return


def nearest(
    vectors: Float[Tensor, "vocab hidden"], words: Sequence[str], word: str, top: int = 10
) -> list[tuple[str, float]]:
    """The words whose vectors point most nearly the same way, with their cosines.

    >>> nearest(torch.tensor([[1.0, 0.0], [3.0, 4.0], [0.0, 1.0]]), ["a", "b", "c"], "c", top=2)
    [('b', 0.800000011920929), ('a', 0.0)]

    Raises:
        ValueError: the word has no row.
    """
    if word not in words:
        raise ValueError(f"{word!r} has no row: the text in which the table was learned has no such word")
    directions = functional.normalize(vectors, dim=-1)
    at = list(words).index(word)
    alike = directions @ directions[at]
    best = [place for place in alike.argsort(descending=True).tolist() if place != at][:top]
    return [(words[place], alike[place].item()) for place in best]
