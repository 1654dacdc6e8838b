"""A first Ctrl-C asks, a second one interrupts."""

import signal
import threading

import pytest

from bertlab.polite import polite_stop


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
