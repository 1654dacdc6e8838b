"""What lesson 08 says of its run holds for three seeds, in the recording, and on a smaller scale in a fresh run."""

import re

import pytest

from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.card_and_clues import CLUES, rows
from bertlab.paths import notebooks_path

SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def found():
    return recorded("card_and_clues")


def one(found, seed: int, number: str, **wanted) -> float:
    (row,) = found.where(seed=seed, **wanted)
    return row[number]


@pytest.mark.parametrize("seed", SEEDS)
def test_it_ends_below_the_limit_of_the_left_side_and_above_that_of_both(found, seed: int):
    left, both = (one(found, seed, "nats", asked="limit", sees=side) for side in ("left", "both"))
    assert both + 0.1 < one(found, seed, "nats", asked="in the end") < left - 0.05


def test_not_every_seed_is_well_below_the_limit_of_the_right_side(found):
    right = one(found, 0, "nats", asked="limit", sees="right")
    ends = [one(found, seed, "nats", asked="in the end") for seed in SEEDS]
    assert min(ends) < right - 0.05
    assert max(ends) > right - 0.05, "so the lesson does not promise it"


@pytest.mark.parametrize("seed", SEEDS)
def test_it_uses_the_clue_on_the_right(found, seed: int):
    left_hidden, both_hidden = ({"asked": "went", "hidden": hidden} for hidden in (CLUES[0], " and ".join(CLUES)))
    assert one(found, seed, "trust", **left_hidden) > 0.8
    assert one(found, seed, "trust", **both_hidden) < one(found, seed, "trust", **left_hidden) - 0.1
    assert one(found, seed, "exact", **left_hidden) == 1
    assert one(found, seed, "exact", **both_hidden) == 0.5
    assert max(row["newborn"] for row in found.where(seed=seed, asked="went")) < 0.1


def test_its_trust_with_both_clues_hidden_varies_by_seed_as_the_lesson_says(found):
    """What the lesson says of three seeds, where nobody can be more than 50% sure."""
    hidden = {"asked": "went", "hidden": " and ".join(CLUES)}
    lesson = (notebooks_path() / "src" / "08_train_a_mini_bert.py").read_text(encoding="utf-8")
    told = re.search(r"varies by seed \(recorded: (\d+), (\d+) and (\d+)%\)", lesson)
    assert [int(each) for each in told.groups()] == [round(100 * one(found, seed, "trust", **hidden)) for seed in SEEDS]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_card_costs_no_more_than_as_many_holes_anywhere(found, seed: int):
    right, left, anywhere = (
        one(found, seed, "drawn", asked="card", hides=hides) for hides in ("right", "left", "anywhere")
    )
    limit = one(found, seed, "drawn", asked="limit", sees="left")
    assert min(right, anywhere) > limit + 0.2
    assert anywhere > right - 0.1
    assert abs(left - right) < 0.3, "a card on the other side costs about as much"


@pytest.mark.slow
def test_a_fresh_run_gives_the_same_rows():
    fresh = list(rows(0, documents=300, steps=20, asked=6))
    assert [row["asked"] for row in fresh].count("while it learns") == 20
    assert fresh[0]["nats"] > fresh[19]["nats"] + 0.3, "it learns"
    by_side = {row["sees"]: row["nats"] for row in fresh if row["asked"] == "limit"}
    assert by_side["both"] < min(by_side["left"], by_side["right"])
    assert [row["exact"] for row in fresh if row["asked"] == "went"] == [1, 1, 1, 0.5]
