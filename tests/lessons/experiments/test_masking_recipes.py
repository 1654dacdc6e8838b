"""What lesson 06 says of the three ways to learn holds in the recording for every seed, and in a fresh short run."""

from collections.abc import Callable

import pytest

from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.masking_recipes import rows

SEEDS = (0, 1, 2)


@pytest.fixture(params=SEEDS)
def found(request: pytest.FixtureRequest) -> Callable[..., float]:
    """`found("right", "80/10/10", "[MASK]")`: a number of one seed's run."""
    runs, seed = recorded("masking_recipes"), request.param
    return lambda number, trained, asked: runs.where(seed=seed, trained=trained, asked=asked)[0][number]


def test_who_learned_without_holes_copies_and_is_worse_than_who_never_looks(found: Callable[..., float]):
    assert found("right", "nothing hidden", "untouched") > 0.99
    assert found("nats", "nothing hidden", "[MASK]") > found("nats", "unigram guess", "[MASK]") + 2
    assert found("right", "nothing hidden", "[MASK]") < found("right", "unigram guess", "[MASK]") - 0.08
    assert found("copied", "nothing hidden", "wrong") > 0.9


def test_holes_teach_and_nobody_is_below_the_limit(found: Callable[..., float]):
    for trained in ("100/0/0", "80/10/10"):
        nats = found("nats", trained, "[MASK]")
        assert found("nats", "limit", "[MASK]") < nats < found("nats", "unigram guess", "[MASK]") - 2.5
        assert found("right", trained, "[MASK]") > 0.6


def test_who_only_met_masks_is_no_better_where_the_word_stands_there(found: Callable[..., float]):
    def against_a_hole(trained: str, asked: str) -> float:
        return found("nats", trained, asked) - found("nats", trained, "[MASK]")

    assert found("right", "100/0/0", "untouched") < found("right", "100/0/0", "[MASK]") - 0.03
    assert against_a_hole("100/0/0", "untouched") > 0.2
    assert against_a_hole("80/10/10", "untouched") < 0
    assert against_a_hole("100/0/0", "wrong") > against_a_hole("80/10/10", "wrong") + 0.1
    assert found("right", "80/10/10", "untouched") > found("right", "100/0/0", "untouched") + 0.05


def test_neither_recipe_is_ahead_in_all_seeds_at_holes_or_in_what_vectors_hold():
    runs = recorded("masking_recipes")
    for asked in ("[MASK]", "vector"):
        ahead = [
            runs.where(seed=seed, trained="80/10/10", asked=asked)[0]["right"]
            > runs.where(seed=seed, trained="100/0/0", asked=asked)[0]["right"]
            for seed in SEEDS
        ]
        assert len(set(ahead)) == 2, asked


@pytest.mark.slow
def test_a_short_run_shows_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bertlab.lessons.experiments.masking_recipes.PROBE_STEPS", 10)
    run = {
        (row["trained"], row["asked"]): row for row in rows(seed=5, documents=2_000, steps=30, copying=200, asked=25)
    }
    assert run["nothing hidden", "untouched"]["right"] > 0.97
    assert run["nothing hidden", "[MASK]"]["nats"] > run["unigram guess", "[MASK]"]["nats"] + 1
    assert run["nothing hidden", "[MASK]"]["right"] < run["unigram guess", "[MASK]"]["right"]
    assert run["limit", "[MASK]"]["nats"] < run["100/0/0", "[MASK]"]["nats"]
    assert {asked for trained, asked in run if trained == "80/10/10"} == {"[MASK]", "untouched", "wrong", "vector"}
