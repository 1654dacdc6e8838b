"""Rows say what was measured: ratios of turns side by side, and memory that can be counted by hand."""

import statistics

import pytest
import torch

from bertlab.bench import race as race_module
from bertlab.bench.contenders import OURS, SHIPPED, TUNED, VARIANTS
from bertlab.bench.preparing import preparation, rows_without_padding
from bertlab.bench.profile import where_time_goes
from bertlab.bench.race import kept_megabytes, matmul_peak, race
from bertlab.bench.reading import Turns

CPU = torch.device("cpu")


@pytest.fixture
def turns(corpus, tokenizer):
    return Turns("pairs", corpus, tokenizer, rows=2, steps=2)


def test_rows_come_from_turns_side_by_side(small, turns, monkeypatch):
    """With a clock of our own: ours takes 1 s a turn, tuned 2, the others 4; in the last turn all take twice that."""
    seconds, number = dict.fromkeys(VARIANTS, 4.0) | {OURS: 1.0, TUNED: 2.0}, []
    places = dict.fromkeys(VARIANTS, 0)

    def measured(update, batches, device):
        number.append(update)
        places[update.__name__] += sum(batch.input_ids.numel() for batch in batches)
        return seconds[update.__name__] * (2 if len(number) > 2 * len(VARIANTS) else 1), 0.0

    def contender(variant, *_):
        def update(batch):
            return torch.zeros(())

        update.__name__ = variant
        return update

    monkeypatch.setattr(race_module, "measured", measured)
    monkeypatch.setattr(race_module, "contender", contender)
    monkeypatch.setattr(race_module, "kept_megabytes", lambda update, batch: 0.0)
    rows = {row.variant: row for row in race("tiny", small, turns, ["float32"], 0.0, CPU)}
    assert list(rows) == list(VARIANTS)
    assert [rows[name].ratio_to_transformers for name in (OURS, TUNED, SHIPPED)] == [4, 2, 1]
    assert [rows[name].ratio_to_tuned for name in (OURS, TUNED, SHIPPED)] == [2, 1, 0.5]
    tokens = [turns(turn).num_tokens for turn in (1, 2, 3)]
    assert rows[SHIPPED].tokens_per_second == statistics.median([tokens[0] / 4, tokens[1] / 4, tokens[2] / 8])
    assert {row.turns for row in rows.values()} == {3}
    assert (rows[OURS].least, rows[OURS].most) == (4, 4)
    firsts = [each.__name__ for each in number[:: len(VARIANTS)]]
    assert len(set(firsts)) == 3, "each turn begins with another one"
    assert places[OURS] < places[SHIPPED] == places[TUNED], "ours reads its rows sorted by length"


@pytest.mark.parametrize("precisions", [["float32"], ["bfloat16"], ["float32", "bfloat16"]])
def test_a_race_is_run_for_real(small, turns, precisions):
    rows = list(race("tiny", small, turns, precisions, 0.0, CPU))
    assert [(row.precision, row.variant) for row in rows] == [(each, name) for each in precisions for name in VARIANTS]
    for row in rows:
        assert row.tokens_per_second > 0
        assert row.least <= row.ratio_to_transformers <= row.most
        assert row.peak_megabytes is None
        assert (row.ratio_to_tuned == 1) == (row.variant == TUNED)
        assert (row.ratio_to_transformers == 1) == ((row.variant, row.precision) == (SHIPPED, "float32"))
    assert rows[0].kept_megabytes < rows[1].kept_megabytes, "who scores every position keeps more"


def test_what_is_kept_is_counted_once_and_parameters_are_not(turns):
    weight = torch.nn.Parameter(torch.ones(1000, 1000))

    def update(batch):
        ones = torch.ones(500, 1000, requires_grad=True)
        # Keeps `ones` and the product (2 MB each), the sum of 1,000, and the weight (4 MB), which is not counted.
        (ones @ weight * ones.sum(dim=0)).sum().backward()
        return torch.zeros(())

    assert kept_megabytes(update, turns(0).drawn[0]) == pytest.approx(2.0 + 2.0 + 0.004, abs=0.003)


def test_the_peak_is_no_more_than_time_allows():
    slow, again = matmul_peak("float32", CPU, size=256), matmul_peak("float32", CPU, size=256)
    assert min(slow, again) > 1e8
    assert max(slow, again) < 1e14


def test_shares_of_time_sum_to_one_and_find_the_products(turns):
    left = torch.randn(400, 400)

    def update(batch):
        return sum((left @ left).sum() for _ in range(5))

    shares = where_time_goes(update, turns(0).drawn, CPU)
    assert sum(shares.values()) == pytest.approx(1)
    assert next(iter(shares)) == "products of matrices"


def test_preparation_gives_the_collator_whole_rows(turns, tokenizer):
    batch = turns(0).drawn[0]
    for row, real in zip(rows_without_padding(batch), batch.attention_mask.sum(dim=-1).tolist(), strict=True):
        assert len(row["input_ids"]) == len(row["token_type_ids"]) == real
        assert tokenizer.mask_id not in row["input_ids"]
        assert row["input_ids"][0] == tokenizer.cls_id
    assert min(preparation(turns, tokenizer, seconds=0.05)) > 0
