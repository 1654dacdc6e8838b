"""One label for each example: how many are right, which is taken for which, and what each class is worth."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from bertlab.tasks.metrics.counts import Found, count_examples

Labels = Sequence[Hashable] | np.ndarray
"""A label for each example: words, numbers, or a row of an array."""

MOST_COLUMNS = 8
"""With more classes the confusion matrix is not printed: no line would hold it."""


def read_labels(true: Labels, predicted: Labels) -> tuple[list[Hashable], list[Hashable]]:
    """Both as plain lists of one length.

    Raises:
        ValueError: they differ in length, are empty, or an array has more than one dimension, as logits have.

    >>> read_labels(["glad"], np.array([[0.2, 0.8]]))
    Traceback (most recent call last):
    ValueError: predicted has the shape (1, 2), but a label is one entry for each example; of logits: .argmax(axis=-1)
    """
    for name, column in (("true", true), ("predicted", predicted)):
        if isinstance(column, np.ndarray) and column.ndim != 1:
            raise ValueError(
                f"{name} has the shape {column.shape}, but a label is one entry for each example; "
                "of logits: .argmax(axis=-1)"
            )
    count_examples(true=true, predicted=predicted)
    first, second = (list(each.tolist() if isinstance(each, np.ndarray) else each) for each in (true, predicted))
    return first, second


def confusion_matrix(true: Labels, predicted: Labels, labels: Sequence[Hashable]) -> Int[np.ndarray, "true predicted"]:
    """How often each label (a row) was called which (a column).

    Raises:
        ValueError: a label is not among `labels`, or twice; or see `read_labels`.

    >>> confusion_matrix(["glad", "sad", "sad"], ["glad", "glad", "sad"], ["glad", "sad"]).tolist()
    [[1, 0], [1, 1]]
    >>> confusion_matrix(["glad"], ["merry"], ["glad", "sad"])
    Traceback (most recent call last):
    ValueError: 'merry' is none of the labels 'glad', 'sad'; name every label that can occur
    """
    first, second = read_labels(true, predicted)
    place = {label: at for at, label in enumerate(labels)}
    if unknown := [label for label in (*first, *second) if label not in place]:
        known = ", ".join(map(repr, labels))
        raise ValueError(f"{unknown[0]!r} is none of the labels {known}; name every label that can occur")
    if len(place) < len(labels):
        raise ValueError(f"{', '.join(map(repr, labels))} name a label more than once; name each once")
    counts = np.zeros((len(place), len(place)), dtype=np.int64)
    for (truth, guess), count in Counter(zip(first, second, strict=True)).items():
        counts[place[truth], place[guess]] = count
    return counts


@dataclass(frozen=True, eq=False)
class ClassScores:
    """Every score of a classifier; all of them follow from the confusion matrix.

    Args:
        counts: how often each label (a row) was called which (a column).
    """

    labels: tuple[Hashable, ...]
    counts: Int[np.ndarray, "true predicted"]

    @property
    def classes(self) -> dict[Hashable, Found]:
        """What was found of each class."""
        sums = zip(self.counts.diagonal(), self.counts.sum(axis=0), self.counts.sum(axis=1), strict=True)
        return {label: Found(*map(int, each)) for label, each in zip(self.labels, sums, strict=True)}

    @property
    def micro(self) -> Found:
        """All classes in one pot; with one label for each example its precision, recall and F1 are the accuracy."""
        return Found(int(self.counts.trace()), int(self.counts.sum()), int(self.counts.sum()))

    @property
    def accuracy(self) -> float:
        """The share of right labels: right / all."""
        return self.micro.precision

    @property
    def macro_f1(self) -> float:
        """The mean of the classes' F1: a class of ten examples counts as much as one of ten thousand."""
        return sum(found.f1 for found in self.classes.values()) / len(self.labels)

    @property
    def matthews(self) -> float:
        """How far the labels follow the truth, 1 always, 0 no more than chance: see `matthews`."""
        true, predicted = self.counts.sum(axis=1).tolist(), self.counts.sum(axis=0).tolist()
        examples, right = sum(true), int(self.counts.trace())
        spread = [examples**2 - sum(each**2 for each in side) for side in (true, predicted)]
        if not all(spread):
            return 0.0
        together = right * examples - sum(a * b for a, b in zip(true, predicted, strict=True))
        return together / (spread[0] * spread[1]) ** 0.5

    def __str__(self) -> str:
        wide = max(len("true label"), *(len(str(label)) for label in self.labels))
        rows = [f"{'true label':{wide}}  precision  recall     F1"]
        for label, found in self.classes.items():
            rows.append(f"{label!s:{wide}}  {found.precision:9.1%}  {found.recall:6.1%} {found.f1:6.1%}")
        if len(self.labels) <= MOST_COLUMNS:
            names = ["called", *map(str, self.labels)]
            table = [names, *(["", *(f"{count:,}" for count in row)] for row in self.counts.tolist())]
            cells = [[f"{cell:>{max(6, len(name))}}" for cell, name in zip(row, names, strict=True)] for row in table]
            rows = [f"{row} | {'  '.join(called)}" for row, called in zip(rows, cells, strict=True)]
        summary = f"accuracy {self.accuracy:.1%}, macro F1 {self.macro_f1:.1%}, Matthews {self.matthews:.3f}"
        return "\n".join([*rows, f"{summary} ({self.micro.named:,} examples)"])


def score_classes(true: Labels, predicted: Labels, labels: Sequence[Hashable] | None = None) -> ClassScores:
    """Every score of a classifier at once.

    Args:
        labels: every label that can occur, in the order to print; if left out, those that do occur, sorted. Name them
            for an interval: a class that a sample happens to lack would else drop out of the mean.

    Raises:
        ValueError: see `confusion_matrix`; or labels of several types have no order.

    >>> print(score_classes(["glad", "sad", "sad", "sad"], ["glad", "sad", "glad", "sad"]))
    true label  precision  recall     F1 | called    glad     sad
    glad            50.0%  100.0%  66.7% |              1       0
    sad            100.0%   66.7%  80.0% |              1       2
    accuracy 75.0%, macro F1 73.3%, Matthews 0.577 (4 examples)
    """
    first, second = read_labels(true, predicted)
    if labels is None:
        try:
            labels = sorted({*first, *second})  # type: ignore[type-var]
        except TypeError:
            types = ", ".join(sorted({type(label).__name__ for label in (*first, *second)}))
            raise ValueError(f"labels of the types {types} have no order; give them in one, labels=[...]") from None
    return ClassScores(tuple(labels), confusion_matrix(first, second, labels))


def accuracy(true: Labels, predicted: Labels) -> float:
    """The share of right labels: right / all.

    Raises:
        ValueError: see `read_labels`.

    >>> accuracy(["glad", "sad", "sad", "sad"], ["glad", "sad", "glad", "sad"])
    0.75
    """
    first, second = read_labels(true, predicted)
    return sum(truth == guess for truth, guess in zip(first, second, strict=True)) / len(first)


def matthews(true: Labels, predicted: Labels) -> float:
    """Matthews correlation: how far the labels follow the truth, whatever the classes' sizes; CoLA's score.

    With n examples, r of them right, and t_k there and p_k named of class k:
    (n r - sum t_k p_k) / sqrt((n^2 - sum t_k^2) (n^2 - sum p_k^2)). It is 1 where all is right, about 0 where labels
    are drawn blindly, and 0 by convention where one side knows one class only: always the commonest earns nothing.

    Raises:
        ValueError: see `read_labels`.

    Source: Matthews 1975 for two classes; Gorodkin 2004 for more.

    >>> matthews(["yes", "yes", "yes", "no"], ["yes", "yes", "yes", "yes"])
    0.0
    """
    first, second = read_labels(true, predicted)
    labels = tuple({*first, *second})
    return ClassScores(labels, confusion_matrix(first, second, labels)).matthews
