"""Choosing with a reason."""

import time
from functools import partial

import pytest
import torch

from bertlab.model import Bert, BertConfig
from bertlab.training import choose_device, choose_precision, runtime
from bertlab.training.runtime import milliseconds


def test_precision_comes_with_its_reason():
    name, reason = choose_precision(torch.device("cpu"))
    assert name in ("float32", "bfloat16")
    assert "on this CPU" in reason
    assert choose_precision(torch.device("mps")) == ("float32", "bfloat16 is not proven on mps")


@pytest.mark.parametrize(("bfloat16", "chosen"), [(0.5, "bfloat16"), (0.9, "float32"), (3.0, "float32")])
def test_bfloat16_is_chosen_where_it_is_faster(monkeypatch, bfloat16, chosen):
    seconds = {torch.float32: 1.0, torch.bfloat16: bfloat16}
    monkeypatch.setattr(runtime, "_seconds_of_products", seconds.__getitem__)
    name, reason = choose_precision(torch.device("cpu"))
    assert name == chosen
    assert f"{bfloat16:.2f} times as long" in reason


@pytest.mark.parametrize(("cuda", "mps", "chosen"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")])
def test_the_fastest_device_is_chosen(monkeypatch, cuda, mps, chosen):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert choose_device().type == chosen


def test_milliseconds_are_the_mean_after_a_warm_up(monkeypatch):
    """Runs of 90, 5, 1, 3 ms: the first is to warm up."""
    taken, clock = iter([0.090, 0.005, 0.001, 0.003]), [0.0]
    asked = []

    def run(self, rows):
        clock[0] += next(taken)
        asked.append((tuple(rows.shape), len(self.layers), self.training))

    monkeypatch.setattr(Bert, "forward", run)
    config = BertConfig.preset("mini", vocab_size=50)
    assert milliseconds(config, 12, batch=2, runs=3, clock=lambda: clock[0]) == pytest.approx(3)
    assert asked == [((2, 12), 4, False)] * 4


def test_fewer_layers_are_measured_and_multiplied(monkeypatch):
    run = [0.0]
    monkeypatch.setattr(Bert, "forward", lambda self, rows: run.__setitem__(0, run[0] + 0.01 * len(self.layers)))
    milliseconds = partial(runtime.milliseconds, clock=lambda: run[0])
    config = BertConfig.preset("medium", vocab_size=50)
    assert milliseconds(config, 8, measured_layers=2) == pytest.approx(80)
    assert milliseconds(config, 8) == pytest.approx(80)
    assert milliseconds(Bert(config), 8) == pytest.approx(80), "an encoder that is there is run as it is"
    borrowing = Bert(config.replace(num_hidden_layers=0))
    borrowing.layers = Bert(config).layers
    assert milliseconds(borrowing, 8) == pytest.approx(80), "also where its layers are another's"
    with pytest.raises(ValueError, match="runs with all its layers"):
        milliseconds(Bert(config), 8, measured_layers=2)


def test_times_of_one_thread_come_in_turns_and_the_threads_come_back(monkeypatch):
    read, threads = [], torch.get_num_threads()
    monkeypatch.setattr(Bert, "forward", lambda self, rows: read.append((len(self.layers), torch.get_num_threads())))
    monkeypatch.setattr(time, "thread_time", lambda: 0.05 * sum(layers for layers, _ in read))
    few, more = (Bert(BertConfig.preset("tiny", vocab_size=50, num_hidden_layers=layers)) for layers in (1, 4))
    found = runtime.times_of_one_thread({"few": few, "more": more}, seq=8, turns=2)
    assert found == {"few": pytest.approx([50, 50]), "more": pytest.approx([200, 200])}
    assert {threads for _, threads in read} == {1}
    assert torch.get_num_threads() == threads


def test_a_larger_model_takes_longer_here():
    tiny, wider = (BertConfig.preset(name, vocab_size=50) for name in ("tiny", "small"))
    assert 0 < milliseconds(tiny, 64) < milliseconds(wider, 64)
