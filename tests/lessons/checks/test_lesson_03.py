"""Lesson 03's checks name what went wrong."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch

from bertlab.lessons import check
from bertlab.lessons.checks.lesson_03 import ROW, alike_places


def pair(
    ids_a: list[int],
    ids_b: list[int],
    length: int,
    cls: int,
    sep: int,
    pad: int,
    *,
    before: tuple[str, ...] = ("cls",),
    between: tuple[str, ...] = ("sep",),
    after: tuple[str, ...] = ("sep",),
    cut: int = 3,
) -> tuple[list[int], list[int], list[int]]:
    """The pair as it should be, or with other special pieces, or more or less room for B."""
    special = {"cls": cls, "sep": sep}
    a = [*(special[name] for name in before), *ids_a, *(special[name] for name in between)]
    b = [*ids_b[: length - len(ids_a) - cut], *(special[name] for name in after)]
    empty = length - len(a) - len(b)
    return a + b + [pad] * empty, [0] * len(a) + [1] * len(b) + [0] * empty, [1] * len(a + b) + [0] * empty


def changed(change: Callable[..., Any]) -> Callable[..., Any]:
    """The right pair, and then something done to its three lists (and to what it was given)."""
    return lambda *given: change(*pair(*given), *given)


def bare(ids_a: list[int], ids_b: list[int], length: int, cls: int, sep: int, pad: int) -> Any:
    """Without padding."""
    ids, segments, real = pair(ids_a, ids_b, 99, cls, sep, pad)
    used = sum(real)
    return ids[:used], segments[:used], real[:used]


def cut_last(ids_a: list[int], ids_b: list[int], length: int, cls: int, sep: int, pad: int) -> Any:
    """Everything put together first, then cut to the length: the last [SEP] is lost."""
    ids, segments, real = pair(ids_a, ids_b, 99, cls, sep, pad)
    return ids[:length], segments[:length], real[:length]


def first_sep_to_b(ids: list[int], segments: list[int], real: list[int], ids_a: list[int], *_: Any) -> Any:
    segments[len(ids_a) + 1] = 1
    return ids, segments, real


def last_sep_to_a(ids: list[int], segments: list[int], real: list[int], *_: Any) -> Any:
    segments[sum(real) - 1] = 0
    return ids, segments, real


def cut_short(ids_a: list[int], ids_b: list[int], *rest: int) -> Any:
    """Only where there is something to cut, one piece too many is cut."""
    return pair(ids_a, ids_b[:2] if len(ids_b) > 5 else ids_b, *rest)


def padding_inside(ids: list[int], segments: list[int], real: list[int], *_: Any) -> Any:
    used = sum(real)
    return [*ids[: used - 1], *ids[used:], ids[used - 1]], segments, real


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda *given: pair(*given, before=()), "\\[CLS\\] is missing"),
        (lambda *given: pair(*given, between=()), "No \\[SEP\\] stands between"),
        (lambda *given: pair(*given, after=()), "last \\[SEP\\] is missing"),
        (lambda *given: pair(*given, between=("sep", "cls"), cut=4), "\\[CLS\\] twice"),
        (lambda a, b, *rest: pair(b, a, *rest), "B stands before A"),
        (bare, "The row ends after 8 pieces; 12 places"),
        (cut_last, "In a long one you cut off the last \\[SEP\\]"),
        (lambda *given: pair(*given, cut=2), "11 places where 10 were asked for"),
        (lambda *given: pair(*given, cut=4), "Write \\[CLS\\] A"),
        (cut_short, "too much of B is cut"),
        (changed(lambda i, s, m, *_: (i[sum(m) :] + i[: sum(m)], s, m)), "padded on the left"),
        (changed(padding_inside), "\\[PAD\\] stands between the pieces"),
        (changed(first_sep_to_b), "counted the \\[SEP\\] behind A to B"),
        (changed(last_sep_to_a), "It ends B, so it is in segment 1"),
        (changed(lambda i, s, m, *_: (i, [0] * len(s), m)), "Every piece is in segment 0"),
        (changed(lambda i, s, m, *_: (i, [1 - n for n in s], m)), "A has segment 1 and B segment 0"),
        (changed(lambda i, s, m, *_: (i, [1, *s[1:]], m)), "\\[CLS\\] is in segment 1"),
        (changed(lambda i, s, m, *_: (i, [n + 1 for n in s], m)), "only zeros and ones"),
        (changed(lambda i, s, m, *_: (i, s, [1] * len(m))), "mask is 1 at the padding too"),
        (changed(lambda i, s, m, *_: (i, s, [1 - n for n in m])), "1 says real, so you hide"),
        (changed(lambda i, s, m, *_: (i, s, [0, *m[1:]])), "Each real piece has a 1"),
        (changed(lambda i, s, m, *_: (i, m, s)), "have changed places"),
        (changed(lambda i, s, m, *_: (s, i, m)), "not in the order"),
        (changed(lambda i, s, m, *_: (i, s[: sum(m)], m)), "segments has 8 numbers"),
        (changed(lambda i, s, m, *_: (i, s, m[: sum(m)])), "attention mask has 8 numbers"),
        (changed(lambda i, s, m, *_: i), "Three lists are asked for"),
        (changed(lambda i, s, m, *_: (i, s, None)), "still None"),
        (lambda *given: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_a_pair_is_told_what_is_wrong_with_it(wrong: Callable[..., Any], named: str):
    verdict = check.pair.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says), verdict.says


def test_what_stands_at_the_padding_of_the_segments_is_held_against_nobody():
    def ones_behind(*given: Any) -> Any:
        ids, segments, real = pair(*given)
        return ids, [s if r else 1 for s, r in zip(segments, real, strict=True)], real

    assert check.pair.judge(lambda *given: pair(*given)).kind == "right"
    assert check.pair.judge(ones_behind).kind == "right"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ([], "no two places are alike"),
        ([[3], [8]], "no two places are alike"),
        ([list(range(12))], "put all places into one group"),
        ([[3, 8]], "left out the two holes"),
        ([[4, 9]], "left out the two places of “the”"),
        ([[3, 4, 8, 9]], "one group of the two “the” and the two holes"),
        ([[3, 8], [4, 9], [0, 11]], "put “\\[CLS\\]”, “\\[SEP\\]” in one group"),
        ([[3, 8], [4, 12]], "you named 12"),
        ([list(range(1, 12))], "put “.”, “\\[MASK\\]”, “\\[SEP\\]”, “and”, “down”"),
        ([["the", "the"]], "named “the”. Say it by the number"),
        (7, "A list of lists"),
    ],
)
def test_a_wrong_prediction_is_answered(said: Any, named: str):
    verdict = check.alike_without_positions.judge(lambda: said)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says), verdict.says


def test_the_order_of_groups_and_places_is_free():
    assert check.alike_without_positions.judge(lambda: ((9, 4), (8, 3), (5,))).kind == "right"


def test_the_truth_comes_from_an_encoder():
    assert alike_places(ROW) == {frozenset({3, 8}), frozenset({4, 9})}
    assert alike_places(["a", "b", "a", "a"]) == {frozenset({0, 2, 3})}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda bert, b: bert(b["input_ids"], b["attention_mask"], b["token_type_ids"]), "A is hidden from everybody"),
        (lambda bert, b: bert(b["input_ids"], attention_mask=b["attention_mask"]), "left out the segments"),
        (lambda bert, b: bert(b["input_ids"], b["token_type_ids"]), "left out the attention mask"),
        (lambda bert, b: bert(b["input_ids"]), "ids alone"),
        (lambda bert, b: bert(b["input_ids"], b["attention_mask"]), "mask arrives as segments"),
        (lambda bert, b: bert(b["input_ids"], b["attention_mask"], b["attention_mask"]), "arrives in both places"),
        (lambda bert, b: bert(b["input_ids"], b["token_type_ids"], b["token_type_ids"]), "arrive in both places"),
        (lambda bert, b: bert(b["input_ids"], b["token_type_ids"], 1 - b["attention_mask"]), "turned round"),
        (lambda bert, b: bert(b["input_ids"] + 1, b["token_type_ids"], b["attention_mask"]), "every argument named"),
    ],
)
def test_a_wrong_reading_is_named(wrong: Callable[..., Any], named: str):
    verdict = check.reading.judge(lambda bert, batch: wrong(bert, batch).last_hidden_state)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says), verdict.says


def test_a_reading_of_another_shape_is_named():
    whole = check.reading.judge(lambda bert, batch: bert(**batch))
    assert "last_hidden_state" in whole.says
    pooled = check.reading.judge(lambda bert, batch: bert(**batch).pooler_output)
    assert "shape (2, 32)" in pooled.says


def test_padded_places_may_say_what_they_like():
    def quiet(bert: Any, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        return bert(**batch).last_hidden_state * batch["attention_mask"][..., None]

    assert check.reading.judge(quiet).kind == "right"
