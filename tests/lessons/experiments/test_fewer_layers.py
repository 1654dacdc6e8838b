"""Lesson 05: layers on top of each other are better than one layer, even a wide one, for every seed."""

import pytest

from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.fewer_layers import WIDTHS, rows


def three_layers(seed: int) -> dict[str, float]:
    return recorded("without_parts").where(seed=seed, without="nothing", how="whole", heads=4)[0]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_layer_is_worse_than_three_and_width_does_not_help(seed: int):
    found = {row["hidden"]: row for row in recorded("fewer_layers").where(seed=seed)}
    assert tuple(found) == WIDTHS
    three = three_layers(seed)
    for one in found.values():
        assert one["limit"] == pytest.approx(three["limit"]), "the same is asked"
        assert one["nats"] > three["nats"] + 0.08
    narrow, wide = (found[width] for width in WIDTHS)
    assert wide["parameters"] > 3 * narrow["parameters"], "as many as three layers of the narrow one, and a few more"


def test_no_run_of_one_layer_is_as_good_as_any_run_of_three():
    worst = max(three_layers(seed)["nats"] for seed in (0, 1, 2))
    assert recorded("fewer_layers").spread("nats")[0] > worst + 0.05


@pytest.mark.slow
def test_a_short_run_counts_what_it_trains():
    (found,) = rows(seed=3, widths=(48,), documents=500, steps=20, asked=10)
    assert found["parameters"] == 12 * 48**2 + 13 * 48
    assert found["nats"] > found["limit"]
