"""Lesson 02's checks name what went wrong."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from bertlab.lessons import check
from bertlab.lessons.checks.lesson_02 import ASKED, Watched, cut_by, from_the_end, turning_back
from bertlab.text import longest_match


def right(word: str, vocabulary: Any) -> list[str]:
    return longest_match(word, vocabulary) or ["[UNK]"]


def with_end(word: str, vocabulary: Any) -> list[str]:
    """Another right way to write it: two nested loops."""
    pieces, start = [], 0
    while start < len(word):
        end = len(word)
        while end > start and ("##" if start else "") + word[start:end] not in vocabulary:
            end -= 1
        if end == start:
            return ["[UNK]"]
        pieces.append(("##" if start else "") + word[start:end])
        start = end
    return pieces


def never_goes_on(word: str, vocabulary: Any) -> list[str]:
    start, pieces = 0, []
    while start < len(word):
        for end in range(len(word), start, -1):
            if word[start:end] in vocabulary:
                pieces.append(word[start:end])
                break
        else:
            return ["[UNK]"]
    return pieces


def empty_when_stuck(word: str, vocabulary: Any) -> list[str]:
    return longest_match(word, vocabulary) or []


def a_string_when_stuck(word: str, vocabulary: Any) -> Any:
    return longest_match(word, vocabulary) or "[UNK]"


@pytest.mark.parametrize("good", [right, with_end, lambda word, vocabulary: tuple(right(word, vocabulary))])
def test_cut_knows_a_right_answer(good: Callable[..., Any]):
    assert check.cut.judge(good).kind == "right"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda word, pieces: cut_by(word, pieces, longest=False), "shortest piece"),
        (lambda word, pieces: cut_by(word, pieces, marked=False, shown=False), "looked up the bare letters"),
        (lambda word, pieces: cut_by(word, pieces, marked=False), "wrote ## afterwards"),
        (lambda word, pieces: cut_by(word, pieces, least=2), "never look up a single letter"),
        (lambda word, pieces: cut_by(word, pieces, keep_found="each"), "for a missing letter and continued"),
        (turning_back, "You turned back"),
        (lambda word, pieces: cut_by(word, pieces, shown=False), "gave them back without ##"),
        (lambda word, pieces: cut_by(word, pieces, keep_found="unk"), "the whole word becomes"),
        (lambda word, pieces: cut_by(word, pieces, keep_found="drop"), "vanished unseen"),
        (from_the_end, "began at the end"),
        (never_goes_on, "never ends"),
        (empty_when_stuck, "vanish from the row"),
        (a_string_when_stuck, "a string back where a list"),
        (lambda word, pieces: [word], r"by the list of this test \(un kind .* and single letters\) it is cut"),
        (lambda word: [word], "TypeError"),
    ],
)
def test_cut_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.cut.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says), verdict.says


def test_the_words_it_asks_about_tell_all_mistakes_apart():
    variants = [
        {},
        {"longest": False},
        {"marked": False},
        {"marked": False, "shown": False},
        {"shown": False},
        {"least": 2},
        {"keep_found": "each"},
        {"keep_found": "unk"},
        {"keep_found": "drop"},
    ]
    answers = [[cut_by(word, pieces, **variant) for word, pieces in ASKED] for variant in variants]
    answers.append([from_the_end(word, pieces) for word, pieces in ASKED])
    answers.append([turning_back(word, pieces) for word, pieces in ASKED])
    assert all(one != other for at, one in enumerate(answers) for other in answers[:at])
    assert answers[0] == [right(word, set(pieces)) for word, pieces in ASKED]


def test_a_watched_vocabulary_answers_like_any_other():
    watched = Watched(["un", "##kind"])
    assert "un" in watched
    assert "kind" not in watched
    assert watched.get("un") == 0
    assert watched.get("kind") is None


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (["un", "##kind", "##ly"], "takes a look ahead"),
        (["un", "##kindl", "[UNK]"], "the whole word is given up"),
        (["un", "##kindl"], "no ##y stands in this list"),
        (["un", "##kindl", "##y"], "no ##y stands in this list"),
        (["un", "kindl", "y"], "'kindl' is no entry"),
        (["un"], "one letter less"),
        ("un ##kind ##ly", "takes a look ahead"),
    ],
)
def test_never_back_names_the_mistake(said: Any, named: str):
    verdict = check.never_back.judge(lambda: said)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says), verdict.says


def test_never_back_takes_the_answer_in_either_form():
    assert check.never_back.judge(lambda: ["[UNK]"]).kind == "right"
    assert check.never_back.judge(lambda: "[UNK]").kind == "right"


def as_published(word: str, vocabulary: Any, most: int | None = None) -> list[str]:
    """The loop with the fault; with `most`, as the lesson shows it."""
    pieces, rest = [], word
    while rest and (most is None or len(pieces) < most):
        fits = [rest[:end] for end in range(len(rest), 0, -1) if rest[:end] in vocabulary]
        if not fits:
            return ["[UNK]"]
        pieces.append(fits[0])
        rest = rest.removeprefix(fits[0])
        rest = "##" + rest if rest else ""
    return pieces


def only_the_rest_unknown(word: str, vocabulary: Any) -> list[str]:
    return cut_by(word, list(vocabulary), keep_found="unk")


def without_hashes(word: str, vocabulary: Any) -> list[str]:
    return right(word, {piece for piece in set(vocabulary) if piece.strip("#")})


def one_hash_and_then_unknown(word: str, vocabulary: Any) -> list[str]:
    pieces = as_published(word, set(vocabulary), most=2)
    return pieces if len(pieces) < 2 or pieces[1] == "#" else right(word, set(vocabulary))


def unknown_after(most: int, word: str, vocabulary: Any) -> list[str]:
    pieces = right(word, set(vocabulary))
    return pieces if len(pieces) < most else ["[UNK]"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (as_published, "goes round for ever"),
        (lambda word, pieces: as_published(word, pieces, most=8), "somebody counts to eight"),
        (lambda word, pieces: unknown_after(8, word, pieces), "Do not count pieces"),
        (one_hash_and_then_unknown, "still gives a piece made of #"),
        (without_hashes, "only the mark must not be cut"),
        (only_the_rest_unknown, "gives up the whole word"),
        (lambda word, pieces: cut_by(word, list(pieces), keep_found="drop"), "vanished without a trace"),
        (lambda word, pieces: cut_by(word, list(pieces), shown=False), "The mark is gone"),
        (lambda word, pieces: right(word, set(pieces))[:1], "by the list of this test|mark is gone"),
    ],
)
def test_mended_cut_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.mended_cut.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says), verdict.says


def test_mended_cut_knows_a_right_answer():
    assert check.mended_cut.judge(right).kind == "right"
    assert check.mended_cut.judge(with_end).kind == "right"
