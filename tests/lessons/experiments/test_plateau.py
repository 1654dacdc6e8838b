"""Lesson 08's claims about short rows and full rows hold in the two runs that were recorded."""

import pytest

from bertlab.lessons.instruments.training import RecordedRun, recorded_run

EARLY = 1000


@pytest.fixture(scope="module")
def runs() -> tuple[RecordedRun, RecordedRun]:
    return recorded_run("plateau", "full_rows.jsonl"), recorded_run("plateau", "short_rows.jsonl")


def test_they_were_asked_the_same_after_the_same_steps(runs):
    full, short = runs
    assert full.unigram == short.unigram
    assert [step for step, _ in full.unread] == [step for step, _ in short.unread]
    assert full.unread[-1][0] == full.order[-1][0] == 4000


def test_full_rows_stay_near_the_unigram_guess_and_use_no_order(runs):
    full, _ = runs
    assert 0 < full.unigram - dict(full.unread)[EARLY] < 0.5, "a little below it"
    assert abs(dict(full.order)[EARLY]) < 0.02
    assert full.order[-1][1] > 1, "later it does: the test can tell"


def test_asked_in_its_own_rows_the_one_with_short_rows_is_never_on_a_plateau(runs):
    full, short = runs
    assert full.own == [(step, pytest.approx(nats, abs=0.005)) for step, nats in full.unread if step % 250 == 0]
    assert dict(full.own)[250] - dict(full.own)[EARLY] < 0.5, "slowly"
    assert dict(short.own)[250] - dict(short.own)[EARLY] > 1
    assert dict(full.own)[EARLY] - dict(short.own)[EARLY] > 1
    assert short.own[-1][1] == pytest.approx(short.unread[-1][1], abs=0.005), "in the end both read rows of 128"
    assert (short.found, full.found) == (250, 1750)


def test_short_rows_find_order_early_and_end_lower(runs):
    full, short = runs
    assert dict(short.order)[EARLY] > 1
    assert short.unread[-1][1] < full.unread[-1][1] - 0.2
    assert short.right[-1][1] > full.right[-1][1] + 0.01
    early = {
        name: next(step for step, lost in run.order if lost > 0.1) for name, run in [("full", full), ("short", short)]
    }
    assert early["short"] < early["full"] / 2


def test_in_long_rows_the_short_one_looks_worse_until_it_reads_them(runs):
    full, short = runs
    assert dict(short.unread)[EARLY] > dict(full.unread)[EARLY]
    assert dict(short.read)[EARLY] < dict(short.unread)[EARLY] - 1
