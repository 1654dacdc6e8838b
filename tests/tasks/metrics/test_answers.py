"""SQuAD's scores beside a second reading of its rules, hand-made cases, and every threshold tried."""

import re
import string
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertlab.tasks.metrics import answer_f1, best_threshold, exact_match, normalize_answer, score_answers

WORDS = ("the", "The", "a", "an", "A", "duke", "Duke's", "old-fashioned", "U.S.", "1,000", "$5", "—", "“quoted”", "ß")
WORDS += ("naïve", "İstanbul", "the,", "(an)", "a–b", "x²", "_the_", "theory", "北京", "the北京", "...", "!", "the’s")
TEXTS = st.lists(st.sampled_from([*WORDS, "\t", "\u00a0", "\u200b"]), max_size=5).map(" ".join)


def slowly_normalized(text):
    """The published rules, step by step: lower, marks out, every word that is an article out, one space."""
    kept = "".join(character for character in text.lower() if character not in string.punctuation)
    runs = re.findall(r"\w+|\W+", kept)
    return " ".join("".join(" " if run in ("a", "an", "the") else run for run in runs).split())


def slow_f1(predicted, answer):
    said, words = slowly_normalized(predicted).split(), slowly_normalized(answer).split()
    left, shared = list(words), 0
    for word in said:
        if word in left:
            left.remove(word)
            shared += 1
    if not said or not words:
        return float(said == words)
    return float(Fraction(2 * shared, len(said) + len(words)))


@settings(max_examples=300, deadline=None)
@given(st.one_of(TEXTS, st.text()), st.lists(TEXTS, max_size=3))
def test_every_text_is_scored_by_the_published_rules(predicted, answers):
    assert normalize_answer(predicted) == slowly_normalized(predicted)
    golds = [answer for answer in answers if slowly_normalized(answer)] or [""]
    assert exact_match(predicted, answers) == max(
        slowly_normalized(predicted) == slowly_normalized(gold) for gold in golds
    )
    assert answer_f1(predicted, answers) == pytest.approx(max(slow_f1(predicted, gold) for gold in golds), rel=1e-14)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Duke's  hat.", "dukes hat"),
        ("a-b", "ab"),  # marks go first, so no article is left
        ("a–b", "–b"),  # not a mark of ASCII's, so the article stands alone
        ("the theory of an ant", "theory of ant"),
        ("U.S.A.", "usa"),
        ("The, a. AN!", ""),
        ("“The Times”", "“ times”"),
        ("“the”", "“ ”"),  # a space takes the article's place
        ("1,000.50", "100050"),
        ("the_end", "theend"),
        ("北京的the", "北京的the"),
        ("\tone\u00a0two\n", "one two"),
    ],
)
def test_what_counts_of_an_answer(text, expected):
    assert normalize_answer(text) == expected == slowly_normalized(text)


@pytest.mark.parametrize(
    ("predicted", "answers", "exact", "f1"),
    [
        ("the Duke.", ["a duke"], 1, 1),
        ("old duke", ["duke"], 0, Fraction(2, 3)),
        ("duke of York", ["York of duke"], 0, 1),  # in any order
        ("ha ha ha", ["ha ha"], 0, Fraction(4, 5)),  # each word as often as both have it
        ("York", ["in York", "York", "duke"], 1, 1),  # the best of the answers
        ("York", ["duke"], 0, 0),
        ("", ["duke"], 0, 0),
        ("", [], 1, 1),
        ("the", [], 1, 1),  # nothing is left of it
        ("York", [], 0, 0),
        ("", ["the", "..."], 1, 1),  # nothing is left of any answer
        ("York", ["the", "York"], 1, 1),
        ("the", ["a", "York"], 0, 0),  # an answer of which nothing is left is none
    ],
)
def test_one_question_by_hand(predicted, answers, exact, f1):
    assert exact_match(predicted, answers) == exact
    assert answer_f1(predicted, answers) == pytest.approx(float(f1))


def test_answerable_and_unanswerable_apart():
    found = score_answers(["duke", "old York", "", "hat"], [["duke"], ["York", "in York"], [], []])
    assert found.exact_matches.tolist() == [1, 0, 1, 0]
    assert (found.exact, found.f1) == (0.5, pytest.approx((1 + 2 / 3 + 1 + 0) / 4))
    assert (found.has_answer.exact, found.has_answer.f1) == (0.5, pytest.approx(5 / 6))
    assert (found.no_answer.exact, found.no_answer.f1) == (0.5, 0.5)
    assert str(found).splitlines()[1] == "answerable     exact  50.0%  F1  83.3%  (2)"


def test_only_answerable_questions():
    found = score_answers(["duke"], [["duke"]])
    assert found.no_answer is None
    assert str(found) == "answerable     exact 100.0%  F1 100.0%  (1)"
    assert score_answers([""], [[]]).has_answer is None


def test_above_the_threshold_the_prediction_is_not_asked():
    predicted, answers, scores = ["duke", "hat", "York"], [["duke"], [], ["York"]], [0.2, 0.5, 0.8]
    for threshold, expected in [(1.0, [1, 0, 1]), (0.5, [1, 0, 0]), (0.4, [1, 1, 0]), (0.1, [0, 1, 0])]:
        assert score_answers(predicted, answers, scores, threshold).f1s.tolist() == expected


QUESTION = st.tuples(
    st.sampled_from(["duke", "old duke", "", "hat"]), st.sampled_from([[], ["duke"], ["hat", "a hat"]])
)


@settings(max_examples=50, deadline=None)
@given(st.lists(QUESTION, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_best_threshold_is_the_best_of_all(questions, random):
    """Where scores differ: each of them tried as threshold, and silence everywhere."""
    predicted, answers = map(list, zip(*questions, strict=True))
    scores = [place / 16 for place in random.sample(range(1, 16), len(questions))]
    for measure, name in ((exact_match, "exact"), (answer_f1, "f1")):
        found = best_threshold(predicted, answers, scores, measure)
        tried = {each: getattr(score_answers(predicted, answers, scores, each), name) for each in (0.0, *scores)}
        assert found.score == pytest.approx(max(tried.values()))
        assert tried[found.threshold] == pytest.approx(found.score)


def test_the_threshold_as_published():
    # Silence everywhere earns 2 of 4; then the scores 0.1 (+1), 0.2 (+1), 0.3 (-1), 0.4 (0: empty) are let through.
    predicted, answers = ["duke", "York", "hat", ""], [["duke"], ["York"], [], []]
    assert best_threshold(predicted, answers, [0.1, 0.2, 0.3, 0.4]) == (0.2, 1.0)
    # Nothing is gained by speaking: 0, whatever the scores.
    assert best_threshold(["hat"], [[]], [-5.0]) == (0.0, 1.0)
    # Equal scores speak one after the other, in the order given.
    assert best_threshold(["duke", "hat"], [["duke"], []], [0.5, 0.5]) == (0.5, 1.0)
    assert best_threshold(["hat", "duke"], [[], ["duke"]], [0.5, 0.5]) == (0.0, 0.5)
    assert best_threshold(["duke"] * 20 + ["hat"] * 20, [["duke"]] * 20 + [[]] * 20, [0.5, 0.25] * 20) == (0.25, 0.75)
    # A prediction of which nothing is left is one all the same, here: it takes the point away.
    assert best_threshold(["the", "duke"], [[], ["duke"]], [0.1, 0.2]) == (0.0, 0.5)


def test_numbers_of_another_kind():
    scores = np.array([0.1, 0.2], dtype=np.float32)
    found = best_threshold(["duke", "hat"], [["duke"], []], scores.astype(float))
    assert found == (pytest.approx(0.1), 1.0)
    assert isinstance(found.threshold, float)


def test_what_cannot_be_scored():
    with pytest.raises(ValueError, match=r"answers are a list, even of one: write \['duke'\]"):
        exact_match("duke", "duke")
    with pytest.raises(ValueError, match="answers are a list"):
        score_answers(["duke"], ["duke"])
    with pytest.raises(ValueError, match="1 predictions but 2 answers"):
        score_answers(["duke"], [["duke"], []])
    with pytest.raises(ValueError, match="2 predictions but 1 no_answer_scores"):
        score_answers(["duke", ""], [["duke"], []], [0.5])
    with pytest.raises(ValueError, match="are empty"):
        score_answers([], [])
    with pytest.raises(ValueError, match="are empty"):
        best_threshold([], [], [])
