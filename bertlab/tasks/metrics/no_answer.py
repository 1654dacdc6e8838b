"""When to be silent: the no-answer score above which a prediction is better not asked."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from bertlab.tasks.metrics.answers import Measure, answer_f1
from bertlab.tasks.metrics.counts import count_examples


class BestThreshold(NamedTuple):
    """The best score that silence above a threshold can give."""

    threshold: float
    score: float


def best_threshold(
    predicted: Sequence[str],
    answers: Sequence[Sequence[str]],
    no_answer_scores: Sequence[float] | Float[np.ndarray, " questions"],
    measure: Measure = answer_f1,
) -> BestThreshold:
    """The no-answer score above which silence is best. It is chosen by the answers: report it for other data.

    Begin silent everywhere, which earns a point for each unanswerable question; then let the predictions speak, that
    with the lowest no-answer score first: an answerable question adds its score, an unanswerable one takes its point
    away unless the prediction is empty. The best sum on the way, divided by the questions, is the score.

    As published, and kept: 0 stands for silence everywhere, even where scores are below 0; questions of equal score
    speak one after the other, though no threshold parts them. `score_answers` says what a threshold gives.

    Raises:
        ValueError: see `score_answers`.

    Source: find_best_thresh in evaluate-v2.0.

    >>> best_threshold(["duke", "York", "hat"], [["duke"], ["York"], []], [0.1, 0.3, 0.7])
    BestThreshold(threshold=0.3, score=1.0)
    """
    count = count_examples(predictions=predicted, answers=answers, no_answer_scores=no_answer_scores)
    score = best = float(sum(not len(each) for each in answers))
    threshold = 0.0
    for at in np.argsort(np.asarray(no_answer_scores), kind="stable"):
        if answers[at]:
            score += measure(predicted[at], answers[at])
        elif predicted[at]:
            score -= 1
        if score > best:
            best, threshold = score, float(no_answer_scores[at])
    return BestThreshold(threshold, best / count)
