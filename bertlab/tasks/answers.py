"""From start and end scores to the characters that answer a question, or to no answer.

    score of a span = start score of its first piece + end score of its last

Source: Devlin et al. 2018, arXiv 1810.04805, sections 4.2 and 4.3; google-research/bert, run_squad.py,
write_predictions. There the characters are looked for by comparing texts (get_final_text); here the pieces know them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from bertlab.tasks.spans import Window
from bertlab.text.encoding import Span

Scores: TypeAlias = Sequence[Float[np.ndarray, "_"]] | Float[np.ndarray, "windows seq"]
"""For each window a score of each of its places; padding may follow."""


@dataclass(frozen=True)
class FoundSpan:
    """A stretch of the context that may be the answer.

    Args:
        start, stop: characters in the context.
        window: number of the window that gave the score.
    """

    start: int
    stop: int
    text: str
    score: float
    window: int


@dataclass(frozen=True, repr=False)
class FoundAnswers:
    """What a reader found: spans of the context, best first, and how much speaks for there being no answer.

    Args:
        no_answer: score of no answer.
    """

    spans: tuple[FoundSpan, ...]
    no_answer: float

    @property
    def margin(self) -> float:
        """How far no answer is ahead of the best span. Source: run_squad.py, `score_diff`."""
        return self.no_answer - self.spans[0].score if self.spans else float("inf")

    def answer(self, threshold: float = 0.0) -> str:
        """The best span's text; "" where no answer is ahead by more than the threshold.

        Args:
            threshold: infinity where every question has an answer, as in SQuAD 1.1.
        """
        return self.spans[0].text if self.spans and self.margin <= threshold else ""

    def __repr__(self) -> str:
        rows = [(f"{span.score:8.2f}", f"{span.start}-{span.stop}", span.text) for span in self.spans]
        rows.append((f"{self.no_answer:8.2f}", "", "(no answer)"))
        width = max(len(characters) for _, characters, _ in rows)
        return "\n".join(f"{score}  {characters:{width}}  {text}" for score, characters, text in rows)


def best_spans(
    windows: Sequence[Window], start_scores: Scores, end_scores: Scores, *, max_answer: int = 30, count: int = 5
) -> FoundAnswers:
    """The best answers over all windows of one question.

        score of a span = start score of its first piece + end score of its last

    A span begins and ends in the context, ends no earlier than it begins, and has at most `max_answer` pieces. Of
    the same characters seen in two windows the better score counts.

    No answer has the two scores at [CLS], and of several windows the smallest sum: most windows rightly see no answer,
    and say so; the context as a whole has none only if even the window that doubts it most says so.

    run_squad.py looks only at the 20 best starts and ends, and takes a start only from the window that shows most of
    what is around it; here all spans are looked at.

    >>> from bertlab.tasks.spans import question_windows
    >>> from bertlab.text import Tokenizer
    >>> pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "who", "anna", "found", "##er"]
    >>> windows = question_windows(Tokenizer(pieces), "who", "Anna Founder")
    >>> start, end = np.array([[1.0, 9, 9, 2, 3, 0, 0]]), np.array([[1.0, 9, 9, 4, 0, 2, 0]])
    >>> best_spans(windows, start, end, count=2)
        6.00  0-4   Anna
        5.00  5-12  Founder
        2.00        (no answer)

    Args:
        start_scores, end_scores: for each window a score of each of its places; padding may follow.
        max_answer: pieces.
        count: so many spans are given.

    Raises:
        ValueError: there are no windows, they are not of one context, there is not one array of scores a window, one
            has fewer scores than the window has pieces, or a score is NaN.
    """
    if not len(windows) == len(start_scores) == len(end_scores) or not windows:
        raise ValueError(
            f"{len(windows)} windows, {len(start_scores)} arrays of start scores and {len(end_scores)} of end scores; "
            "give one of each for every window of a question"
        )
    if len({window.context for window in windows}) > 1:
        raise ValueError(f"the {len(windows)} windows are of different contexts; give those of one question at a time")
    if max_answer < 1 or count < 1:
        raise ValueError(f"max_answer={max_answer}, count={count}; give 1 or more of each")
    no_answer = float("inf")
    best: dict[Span, FoundSpan] = {}
    for number, window in enumerate(windows):
        start, end = (_in_window(scores[number], window) for scores in (start_scores, end_scores))
        no_answer = min(no_answer, float(start[0] + end[0]))
        seen: set[Span] = set()
        for score, first, last in _ranked(start, end, window.places, max_answer):
            begins, ends = window.characters(first, last)
            # Several pieces may share a character, as the letters of a Korean syllable do.
            seen.add((begins, ends))
            if (begins, ends) not in best or best[begins, ends].score < score:
                best[begins, ends] = FoundSpan(begins, ends, window.context[begins:ends], score, number)
            if len(seen) == count:
                break
    ranked = sorted(best.values(), key=lambda span: (-span.score, span.start, span.stop))
    return FoundAnswers(tuple(ranked[:count]), no_answer)


def _in_window(scores: Float[np.ndarray, " seq"], window: Window) -> Float[np.ndarray, " real"]:
    if len(scores) < len(window):
        raise ValueError(f"{len(scores)} scores for a window of {len(window)} pieces; give one for each place")
    real = scores[: len(window)].astype(np.float64)
    if np.isnan(real).any():
        raise ValueError(f"score {int(np.isnan(real).argmax())} of a window is NaN; the model that gave it is broken")
    return real


def _ranked(
    start: Float[np.ndarray, " real"], end: Float[np.ndarray, " real"], places: range, max_answer: int
) -> Iterator[tuple[float, int, int]]:
    """(score, first place, last place) of every span allowed, the best first, of equals the one that begins first."""
    reach = min(max_answer, len(places))
    first = np.repeat(np.arange(places.start, places.stop), reach)
    last = first + np.tile(np.arange(reach), len(places))
    first, last = first[last < places.stop], last[last < places.stop]
    scores = start[first] + end[last]
    for choice in np.argsort(-scores, kind="stable"):
        yield float(scores[choice]), int(first[choice]), int(last[choice])
