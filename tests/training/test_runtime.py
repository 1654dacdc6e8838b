"""Stopping politely, and choosing with a reason."""

import signal
import threading

import pytest
import torch

from bertlab.training import choose_device, choose_precision, polite_stop, runtime


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_the_second_interrupts(which):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with polite_stop() as stop:
        assert not stop
        signal.raise_signal(which)
        assert stop
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(which)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_handlers_are_restored_after_an_error():
    before = signal.getsignal(signal.SIGINT)

    def fail():
        with polite_stop():
            assert signal.getsignal(signal.SIGINT) is not before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert signal.getsignal(signal.SIGINT) is before


def test_in_a_thread_it_changes_nothing():
    before, seen = signal.getsignal(signal.SIGINT), []

    def run():
        with polite_stop() as stop:
            seen.append((bool(stop), signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [(False, before)]


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
