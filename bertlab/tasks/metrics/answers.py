"""Answers found in a text: is it the answer, or how many of its words; and what if the text does not say?

The numbers are those of SQuAD's script, evaluate-v2.0, as shares instead of percent.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from bertlab.tasks.metrics.counts import count_examples

Measure = Callable[[str, Sequence[str]], float]
"""A prediction and the answers it may have -> a score from 0 to 1."""

_MARKS = str.maketrans("", "", string.punctuation)


def normalize_answer(text: str) -> str:
    """What of an answer counts: lower case, without ASCII's marks, without a, an and the, words one space apart.

    Source: normalize_answer in evaluate-v2.0. Marks go before articles do: "a-b" is the word "ab".

    >>> normalize_answer("  The Duke's  hat. ")
    'dukes hat'
    """
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text.lower().translate(_MARKS)).split())


def accepted(answers: Sequence[str]) -> list[str]:
    """The answers, normalised; where nothing is left of any, or there is none, the answer is to say nothing.

    Raises:
        ValueError: they are one text, whose characters would be taken for answers.

    >>> accepted(["The duke", "duke of York", "..."]), accepted([])
    (['duke', 'duke of york'], [''])
    """
    if isinstance(answers, str):
        raise ValueError(f"answers are a list, even of one: write [{answers!r}]")
    return [text for text in map(normalize_answer, answers) if text] or [""]


def exact_match(predicted: str, answers: Sequence[str]) -> float:
    """1 if the prediction, normalised, is one of the answers; without an answer 1 if nothing is left of it.

    Raises:
        ValueError: see `accepted`.

    Source: compute_exact in evaluate-v2.0.

    >>> exact_match("the Duke.", ["a duke", "York"]), exact_match("Duke", []), exact_match("", [])
    (1.0, 0.0, 1.0)
    """
    return float(normalize_answer(predicted) in accepted(answers))


def answer_f1(predicted: str, answers: Sequence[str]) -> float:
    """How many words prediction and answer share, their order aside; the best over the answers.

    precision = shared / words predicted, recall = shared / words of the answer, F1 = 2 P R / (P + R). Where one of the
    two has no words it is 1 if the other has none either, else 0.

    Raises:
        ValueError: see `accepted`.

    Source: compute_f1 in evaluate-v2.0. SQuAD 1.1's script differs in one point: no words beside no words gave 0.

    >>> answer_f1("the old Duke of York", ["Duke of York", "a duke"])
    0.8571428571428571
    """
    said = normalize_answer(predicted).split()
    return max(_shared_words(said, answer.split()) for answer in accepted(answers))


def _shared_words(said: list[str], answer: list[str]) -> float:
    shared = sum((Counter(said) & Counter(answer)).values())
    if not shared:
        return float(said == answer)
    precision, recall = shared / len(said), shared / len(answer)
    return 2 * precision * recall / (precision + recall)


@dataclass(frozen=True, eq=False)
class AnswerScores:
    """The scores of each question; their means are what is reported.

    Args:
        answerable: whether the question has an answer in its text.
    """

    exact_matches: Float[np.ndarray, " questions"]
    f1s: Float[np.ndarray, " questions"]
    answerable: Bool[np.ndarray, " questions"]

    @property
    def exact(self) -> float:
        """The share of exact matches."""
        return float(self.exact_matches.mean())

    @property
    def f1(self) -> float:
        """The mean F1."""
        return float(self.f1s.mean())

    @property
    def has_answer(self) -> "AnswerScores | None":
        """Of the answerable questions alone, HasAns; None if there are none."""
        return self._part(self.answerable)

    @property
    def no_answer(self) -> "AnswerScores | None":
        """Of the unanswerable questions alone, NoAns; None if there are none."""
        return self._part(~self.answerable)

    def _part(self, chosen: Bool[np.ndarray, " questions"]) -> "AnswerScores | None":
        if not chosen.any():
            return None
        return AnswerScores(self.exact_matches[chosen], self.f1s[chosen], self.answerable[chosen])

    def __str__(self) -> str:
        parts = [("answerable", self.has_answer), ("unanswerable", self.no_answer)]
        rows = [("all questions", self), *parts] if self.answerable.any() and not self.answerable.all() else parts
        return "\n".join(
            f"{name:13}  exact {part.exact:6.1%}  F1 {part.f1:6.1%}  ({len(part.f1s):,})" for name, part in rows if part
        )


def score_answers(
    predicted: Sequence[str],
    answers: Sequence[Sequence[str]],
    no_answer_scores: Sequence[float] | Float[np.ndarray, " questions"] | None = None,
    threshold: float = 1.0,
    *,
    exact: Measure = exact_match,
    f1: Measure = answer_f1,
) -> AnswerScores:
    """Score predictions, an empty text meaning "the text does not say".

    Args:
        answers: of each question all that are right; none, and it has no answer.
        no_answer_scores: how sure the model is that there is no answer; above the threshold its prediction is
            not asked.
        exact, f1: measures for each question; for Chinese `chinese_exact_match` and `chinese_f1`.

    Raises:
        ValueError: predictions, answers and scores differ in number or are empty, or one text stands for answers.

    Source: Rajpurkar, Jia and Liang 2018; get_raw_scores and apply_no_ans_threshold in evaluate-v2.0.

    >>> print(score_answers(["the Duke", "York", "", "a hat"], [["duke"], ["in York"], [], []]))
    all questions  exact  50.0%  F1  66.7%  (4)
    answerable     exact  50.0%  F1  83.3%  (2)
    unanswerable   exact  50.0%  F1  50.0%  (2)
    """
    count_examples(predictions=predicted, answers=answers)
    answerable = np.array([bool(len(each)) for each in answers])
    silent = np.zeros(len(predicted), dtype=bool)
    if no_answer_scores is not None:
        count_examples(predictions=predicted, no_answer_scores=no_answer_scores)
        silent = np.asarray(no_answer_scores) > threshold
    scores = [np.array([score(*each) for each in zip(predicted, answers, strict=True)]) for score in (exact, f1)]
    exact_matches, f1s = (np.where(silent, ~answerable, score).astype(np.float64) for score in scores)
    return AnswerScores(exact_matches, f1s, answerable)
