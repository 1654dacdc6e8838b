"""What lesson 10 says of heads in three small BERTs holds in the recording for every seed, and in a fresh short run."""

import pytest

from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.head_jobs import rows
from bertlab.lessons.instruments.clue_questions import KINDS


def of(seed: int, kind: str) -> tuple[dict, dict, float]:
    """The head that is needed most, the one that looks most, and the whole margin."""
    found = recorded("head_jobs").where(seed=seed, kind=kind)
    assert len(found) == 12
    needed, looks = (max(found, key=lambda row: row[what]) for what in ("effect", "share"))
    return needed, looks, found[0]["whole"]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_head_of_layer_2_looks_at_the_hero_and_is_needed(seed: int):
    needed, looks, whole = of(seed, "she or he")
    assert needed == looks
    assert needed["layer"] == 2
    assert needed["share"] > 0.8
    assert needed["effect"] > 0.7 * whole > 4


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_head_that_looks_most_at_the_subject_is_never_the_one_needed_most(seed: int):
    needed, looks, whole = of(seed, "number, beside")
    assert looks["share"] > 0.8
    assert looks["effect"] < 0.2 * whole
    assert needed["share"] < 2 * needed["even"]
    assert needed["effect"] > looks["effect"] + 0.3


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_across_the_head_that_is_needed_most_hardly_looks(seed: int):
    needed, looks, _ = of(seed, "number, across")
    assert needed["share"] < needed["even"]
    assert needed["effect"] > looks["effect"] + 1


def test_in_other_rows_one_head_is_both():
    both = [of(seed, kind)[0] == of(seed, kind)[1] for seed in range(3) for kind in KINDS if kind != "topic"]
    assert sum(both) >= 3, "chance would give 1 of 12"


def test_which_number_the_head_has_is_not_the_same_for_every_seed():
    numbers = {of(seed, "she or he")[0]["head"] for seed in range(3)}
    assert len(numbers) > 1


def test_topic_is_what_the_small_ones_have_hardly_learned():
    assert max(of(seed, "topic")[2] for seed in range(3)) < 1


@pytest.mark.slow
def test_a_short_run_gives_a_row_for_each_kind_and_head():
    found = list(rows(seed=5, documents=600, steps=60, asked=6))
    assert len(found) == 12 * len(KINDS)
    assert {row["kind"] for row in found} == set(KINDS)
    assert all(0 <= row["share"] <= 1 for row in found)
    for kind in KINDS:
        of_kind = [row for row in found if row["kind"] == kind]
        assert sorted((row["layer"], row["head"]) for row in of_kind) == [(a, b) for a in range(3) for b in range(4)]
