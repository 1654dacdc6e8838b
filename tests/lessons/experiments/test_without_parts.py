"""What lesson 05 says of parts holds in the recording for every seed, and in a fresh short run."""

import pytest

from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.without_parts import HEADS, rows
from bertlab.lessons.instruments.taken_apart import PARTS

SPARED = ("feed-forward", "layer norm")
"""Parts that a trained BERT of the pocket world leans on, and a new one does not miss."""

NEEDED = ("attention", "residual")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_recording_says_what_the_lesson_says(seed: int):
    found = recorded("without_parts").where(seed=seed)
    assert len(found) == 1 + 2 * len(PARTS) + len(HEADS) + 2
    limit, unigram = found[0]["limit"], found[0]["unigram"]
    nats = {(row["without"], row["how"]): row["nats"] for row in found if row["heads"] == 4}
    assert nats["nothing", "hurried"] < nats["layer norm", "hurried"] - 1, "at a higher rate LayerNorm is missed"
    assert min(row["nats"] for row in found) > limit, "nobody is below it"
    whole = nats["nothing", "whole"]
    assert whole < limit + 0.8
    for part in SPARED:
        assert nats[part, "removed"] > whole + 0.6, "the trained one leans on it"
        assert nats[part, "retrained"] < whole + 0.15, "one that never had it does not miss it"
    for part in NEEDED:
        assert nats[part, "removed"] > unigram + 1, "without it a trained one is worse than who never looks"
        assert nats[part, "retrained"] > whole + 2.5, "and one that never had it does not come near"
    out = {part: nats[part, "removed"] for part in PARTS}
    assert max(out, key=lambda part: out[part]) == "residual", "a plus sign, without a parameter, costs most"
    assert out["residual"] > out["attention"] + 0.5
    assert abs(out["layer norm"] - out["feed-forward"]) < 0.5, "0.3% of a layer, and 66%"
    assert nats["feed-forward", "retrained"] < nats["feed-forward", "removed"] - 0.8
    assert nats["nothing", "hurried"] > whole + 0.1, "at the higher rate the whole model is worse too"
    one_head = next(row["nats"] for row in found if row["heads"] == 1)
    assert one_head > whole + 0.05


def test_four_heads_are_better_than_one_and_the_runs_do_not_overlap():
    one, four = (
        recorded("without_parts").spread("nats", without="nothing", how="whole", heads=heads) for heads in (1, 4)
    )
    assert four[1] < one[0] - 0.05


def test_at_the_higher_rate_runs_lie_far_apart():
    low, high = recorded("without_parts").spread("nats", without="nothing", how="hurried")
    assert high > low + 0.5


@pytest.mark.slow
def test_a_short_run_leans_on_what_it_would_not_have_missed():
    found = list(rows(seed=5, documents=2000, steps=400, asked=30, variants=("feed-forward",)))
    assert [row["how"] for row in found] == ["whole", "removed", "retrained"]
    whole, removed, retrained = (row["nats"] for row in found)
    assert removed > whole + 0.4
    assert retrained < whole + 0.1
    assert found[0]["limit"] < retrained < found[0]["unigram"] - 0.5
