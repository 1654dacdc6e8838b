"""CMRC 2018's scores beside difflib's longest common block, and by hand."""

from difflib import SequenceMatcher
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertlab.tasks.metrics import chinese_exact_match, chinese_f1, longest_common_run, score_answers, split_mixed
from bertlab.tasks.metrics.chinese import without_marks

TEXTS = st.text(alphabet="北京大学在，。 aB1.-", max_size=9)


@settings(deadline=None)
@given(st.text("ab"), st.text("ab"))
def test_the_longest_common_run_is_difflibs(first, second):
    assert (
        longest_common_run(first, second)
        == SequenceMatcher(None, first, second, autojunk=False).find_longest_match().size
    )


@settings(deadline=None)
@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
def test_f1_is_twice_the_run_over_both_lengths(predicted, answers):
    expected = 0.0
    for answer in answers:
        said, pieces = split_mixed(predicted), split_mixed(answer)
        run = SequenceMatcher(None, said, pieces, autojunk=False).find_longest_match().size
        expected = max(expected, float(Fraction(2 * run, len(said) + len(pieces))) if run else 0.0)
    assert chinese_f1(predicted, answers) == pytest.approx(expected)


@settings(deadline=None)
@given(TEXTS)
def test_no_character_is_lost(text):
    assert "".join(split_mixed(text)) == "".join(without_marks(text).split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("《红楼梦》", "红 楼 梦"),
        ("共1,200人", "共 1,200 人"),
        ("3.5kg重", "3.5kg 重"),
        ("BERT-base 模型", "bertbase 模 型"),  # the hyphen goes before words are split
        ("U.S. Navy.", "u.s. navy ."),
        ("a,b;(c)", "a , b ; ( c )"),
        ("50%的人", "50 % 的 人"),
        ("等等……", "等 等 ……"),
        ("１９９０年", "１９９０ 年"),
        ("鿐龥", "鿐 龥"),  # outside the script's range and inside
        ("O'Brien", "o'brien"),
        ("——", "— —"),
        ("，。 ", ""),
    ],
)
def test_chinese_by_character_all_else_by_word(text, expected):
    assert split_mixed(text) == expected.split()


@pytest.mark.parametrize(
    ("predicted", "answers", "exact", "f1"),
    [
        ("《红楼梦》。", ["红楼梦"], 1, 1),
        ("在北京大学", ["北京大学"], 0, Fraction(8, 9)),
        ("大学北京", ["北京大学"], 0, Fraction(1, 2)),  # order counts
        ("北大京学", ["北京大学"], 0, Fraction(1, 4)),  # and so do gaps
        ("北京", ["上海", "北京市"], 0, Fraction(4, 5)),
        ("Bert", ["BERT"], 1, 1),
        ("BERT 模型", ["bert模型"], 0, 1),  # a space is no mark, but no piece either
        ("", ["北京"], 0, 0),
        ("。", ["，"], 1, 0),  # as published: nothing equals nothing, but shares no run with it
    ],
)
def test_by_hand(predicted, answers, exact, f1):
    assert chinese_exact_match(predicted, answers) == exact
    assert chinese_f1(predicted, answers) == pytest.approx(float(f1))


def test_they_are_measures_of_score_answers():
    found = score_answers(["在北京大学", "上海"], [["北京大学"], ["上海"]], exact=chinese_exact_match, f1=chinese_f1)
    assert (found.exact, found.f1) == (0.5, pytest.approx((8 / 9 + 1) / 2))


@pytest.mark.parametrize("score", [chinese_exact_match, chinese_f1])
def test_what_cannot_be_scored(score):
    with pytest.raises(ValueError, match="an answer to every question, but here is none"):
        score("北京", [])
    with pytest.raises(ValueError, match=r"answers are a list, even of one: write \['北京'\]"):
        score("北京", "北京")
