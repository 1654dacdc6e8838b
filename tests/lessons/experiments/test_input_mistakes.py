"""The mistakes of the inputs: what lesson 11 says of their costs holds in each recorded seed, and each is found."""

import pytest

from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.input_mistakes import SIZES, Size, rows

NAMES = {
    "no [SEP]": "no [SEP]",
    "padding counted": "padding counted",
    "wrong vocabulary": "wrong vocabulary",
    "eval() forgotten": "eval() forgotten",
    "labels one too early": "special pieces labelled",
    "labels by words": "labels shifted",
    "wrong case": "wrong case",
    "segments all 0": "segments all 0",
    "answers cut": "answers cut by truncation",
}
"""Each mistake, and how `check_inputs` calls it first."""
BERT, TWIN = "BERT", "causal twin"
each_seed = pytest.mark.parametrize("seed", [0, 1, 2])


@pytest.fixture(scope="module")
def found():
    return recorded("input_mistakes")


def one(found, seed, task, who, mistake):
    (row,) = found.where(seed=seed, task=task, model=who, mistake=mistake)
    return row


def assert_found(every):
    assert {row["mistake"] for row in every} == set(NAMES)
    for row in every:
        assert row["found"].startswith(NAMES[row["mistake"]] + ": ")


def test_each_mistake_is_found_by_its_name(found):
    assert_found(found.rows)


@each_seed
def test_padding_counted_ruins_the_twin_alone(found, seed):
    bert, twin = (one(found, seed, "topic", who, "padding counted") for who in (BERT, TWIN))
    assert bert["asked"] > bert["right"] - 0.05
    assert twin["asked"] < twin["right"] - 0.5
    assert twin["alike"] > twin["asked"] + 0.5
    assert twin["mended"] < twin["alike"] - 0.1, "correct inputs are new to it"
    assert bert["mended"] > bert["right"] - 0.05


@each_seed
def test_a_wrong_vocabulary_is_never_made_good(found, seed):
    for who in (BERT, TWIN):
        row = one(found, seed, "topic", who, "wrong vocabulary")
        assert row["asked"] < 0.25
        assert row["asked"] + 0.2 < row["alike"] < row["right"] - 0.05
        assert row["mended"] < 0.25


@each_seed
def test_labels_one_too_early_are_learned_by_who_sees_the_next_word(found, seed):
    bert, twin = (one(found, seed, "entities", who, "labels one too early") for who in (BERT, TWIN))
    assert max(bert["asked"], twin["asked"]) < 0.1
    assert bert["alike"] > twin["alike"] + 0.05


@each_seed
def test_labels_by_words_are_never_made_good(found, seed):
    for who in (BERT, TWIN):
        row = one(found, seed, "entities", who, "labels by words")
        assert max(row["alike"], row["asked"]) < row["right"] - 0.05


@each_seed
def test_a_wrong_case_costs_when_it_is_met_for_the_first_time(found, seed):
    for who in (BERT, TWIN):
        row = one(found, seed, "entities", who, "wrong case")
        assert row["asked"] < row["right"] - 0.02
        assert row["alike"] > row["asked"] + 0.02


@each_seed
def test_what_costs_next_to_nothing_here(found, seed):
    for task, mistake in (("topic", "no [SEP]"), ("questions", "segments all 0"), ("topic", "eval() forgotten")):
        row = one(found, seed, task, BERT, mistake)
        assert row["asked"] > row["right"] - 0.06
    assert one(found, seed, "topic", TWIN, "no [SEP]")["asked"] < one(found, seed, "topic", BERT, "no [SEP]")["asked"]


def test_who_learned_without_segments_misses_them_not_and_stumbles_over_them(found):
    rows = [one(found, seed, "questions", BERT, "segments all 0") for seed in (0, 1, 2)]
    alike, mended = (sum(row["right"] - row[form] for row in rows) / 3 for form in ("alike", "mended"))
    assert alike < 0.03
    assert mended > alike + 0.02


def test_answers_that_were_cut_are_lost(found):
    rows = [one(found, seed, "questions", BERT, "answers cut") for seed in (0, 1, 2)]
    for form in ("alike", "asked"):
        lost = [row["right"] - row[form] for row in rows]
        assert min(lost) > 0.015
        assert sum(lost) / 3 > 0.04


@pytest.mark.slow
def test_in_a_short_run_each_mistake_is_made_and_found():
    short = list(rows(3, {name: Size(32, 1, 8) for name in SIZES}))
    assert_found(short)
    assert [row["model"] for row in short] == [BERT] * 7 + [TWIN] * 7 + [BERT] * 3
    for form in ("alike", "mended"):
        assert all(form in row or row["mistake"] == "eval() forgotten" for row in short)
