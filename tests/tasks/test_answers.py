"""Scores to answers: by hand, and beside a search that tries every span there is."""

import random

import numpy as np
import pytest

from bertlab.paths import data_path
from bertlab.tasks.answers import FoundAnswers, best_spans
from bertlab.tasks.spans import Window, question_windows
from bertlab.text import Tokenizer

UNCASED = Tokenizer.from_vocab_file(data_path("vocab", "bert-base-uncased.txt"))
CONTEXT = "Anna left it in the old garden, said Bob."


def windows_of(context: str = CONTEXT, max_length: int = 384, stride: int = 2) -> list[Window]:
    return question_windows(UNCASED, "where?", context, max_length=max_length, stride=stride)


def scores_at(window: Window, **scores: float) -> np.ndarray:
    """Scores of pieces by name, 0 elsewhere."""
    names = {token.strip("[]#").lower(): place for place, token in enumerate(window.encoding.tokens)}
    array = np.zeros(len(window))
    for name, score in scores.items():
        array[names[name]] = score
    return array


def tried_one_by_one(windows, starts, ends, max_answer: int) -> tuple[dict[tuple[int, int], float], float]:
    """The best score of each stretch of characters, and the score of no answer, by trying all."""
    best: dict[tuple[int, int], float] = {}
    for window, start, end in zip(windows, starts, ends, strict=True):
        segments = window.encoding.token_type_ids
        for first in range(len(window)):
            for last in range(first, len(window) - 1):
                if segments[first] == 1 and last - first + 1 <= max_answer:
                    characters = window.encoding.offsets[first][0], window.encoding.offsets[last][1]
                    score = float(start[first]) + float(end[last])
                    best[characters] = max(score, best.get(characters, -np.inf))
    nothing = [float(start[0]) + float(end[0]) for start, end in zip(starts, ends, strict=True)]
    return best, min(nothing)


@pytest.mark.parametrize("max_answer", [1, 3, 30])
@pytest.mark.parametrize(("max_length", "padding"), [(384, 0), (16, 0), (16, 5), (9, 1)])
def test_the_best_spans_are_those_of_a_search_over_all(max_answer: int, max_length: int, padding: int):
    rng = np.random.default_rng(max_answer + max_length)
    words = random.Random(0)
    for _ in range(12):
        context = " ".join(
            words.choices([*CONTEXT.split(), "한국", "unkindnesses", "力加", "İ"], k=words.randint(1, 25))
        )
        windows = windows_of(context, max_length)
        starts, ends = (
            # Few different scores make many equal sums, and sums of them are exact.
            [rng.integers(-8, 8, len(window) + padding).astype(np.float32) / 4 for window in windows]
            for _ in range(2)
        )
        count = words.choice([1, 3, 1000])
        found = best_spans(windows, starts, ends, max_answer=max_answer, count=count)
        best, nothing = tried_one_by_one(windows, [s[: len(s) - padding] for s in starts], ends, max_answer)
        expected = sorted(best, key=lambda span: (-best[span], *span))[:count]
        assert [(span.start, span.stop) for span in found.spans] == expected
        assert [span.score for span in found.spans] == [best[span] for span in expected]
        assert found.no_answer == nothing
        for span in found.spans:
            assert span.text == context[span.start : span.stop]


def test_an_answer_ends_after_it_begins_and_stays_in_the_context():
    (window,) = windows_of()
    start = scores_at(window, where=9, garden=3, old=2)
    end = scores_at(window, left=4, old=3)
    end[-1] = end[1] = 9
    found = best_spans([window], [start], [end], count=2)
    # left is before garden and old; anna is the first that may begin an answer that ends there.
    assert [(span.text, span.score) for span in found.spans] == [("old", 5.0), ("Anna left", 4.0)]


def test_an_answer_has_at_most_so_many_pieces():
    (window,) = windows_of()
    start, end = scores_at(window, anna=5), scores_at(window, garden=5, left=1)
    assert best_spans([window], [start], [end]).answer() == "Anna left it in the old garden"
    assert best_spans([window], [start], [end], max_answer=6).answer() == "Anna left"


def test_no_answer_is_as_sure_as_the_window_that_doubts_it_most():
    windows = windows_of(max_length=12)
    starts, ends = [np.zeros(len(window)) for window in windows], [np.zeros(len(window)) for window in windows]
    for number, doubt in enumerate([8.0, 3.0, 6.0][: len(windows)]):
        starts[number][0] = doubt
    assert len(windows) >= 2
    assert best_spans(windows, starts, ends).no_answer == 3.0
    starts[0][windows[0].places[0]] = 4.0
    found = best_spans(windows, starts, ends)
    assert (found.answer(), found.margin, found.spans[0].window) == ("Anna", -1.0, 0)
    # run_squad.py: silent only where no answer is ahead by more than the threshold.
    assert (found.answer(threshold=-1.0), found.answer(threshold=-1.5)) == ("Anna", "")


def test_the_better_of_two_windows_counts_once():
    windows = windows_of(max_length=12, stride=6)
    both = [number for number, window in enumerate(windows) if "garden" in window.encoding.tokens]
    assert len(both) >= 2
    starts, ends = ([np.zeros(len(window)) for window in windows] for _ in range(2))
    for number in both:
        starts[number] = ends[number] = scores_at(windows[number], garden=float(number + 1))
    found = best_spans(windows, starts, ends, count=50)
    assert [span.text for span in found.spans].count("garden") == 1
    assert (found.spans[0].text, found.spans[0].window, found.spans[0].score) == (
        "garden",
        both[-1],
        2.0 * (both[-1] + 1),
    )


def test_it_prints_what_was_found():
    (window,) = windows_of()
    scores = scores_at(window, garden=2)[None]
    found = best_spans([window], scores, scores, count=1)
    assert repr(found).split("\n") == ["    4.00  24-30  garden", "    0.00         (no answer)"]


def test_a_context_without_places_has_no_answer():
    (window,) = windows_of(" ")
    found = best_spans([window], np.zeros((1, 5)), np.zeros((1, 5)))
    assert found == FoundAnswers((), 0.0)
    assert (found.answer(), found.answer(float("inf")), found.margin) == ("", "", float("inf"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w, s, e: ([], [], []), r"0 windows, 0 arrays of start scores and 0 of end scores; give one of each"),
        (lambda w, s, e: (w, s[:1], e), r"2 windows, 1 arrays of start scores and 2 of end"),
        (lambda w, s, e: (w, [s[0][:-1], s[1]], e), r"11 scores for a window of 12 pieces; give one for each place"),
        (lambda w, s, e: (w, s, [e[0] * np.nan, e[1]]), r"score 0 of a window is NaN"),
        (lambda w, s, e: (w[:1] + windows_of("Bob."), s, e), r"the 2 windows are of different contexts"),
    ],
)
def test_misuse_is_answered_with_the_values(change, message: str):
    windows = windows_of(max_length=12)[:2]
    starts, ends = ([np.zeros(12) for _ in windows] for _ in range(2))
    with pytest.raises(ValueError, match=message):
        best_spans(*change(windows, starts, ends))


def test_limits_below_one_are_refused():
    (window,) = windows_of()
    with pytest.raises(ValueError, match=r"max_answer=0, count=5; give 1 or more of each"):
        best_spans([window], [np.zeros(len(window))], [np.zeros(len(window))], max_answer=0)
