"""Ctrl-C as a question instead of a blow: whoever works in a loop finishes what is begun."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Stop:
    """True once somebody asked to stop."""

    def __init__(self) -> None:
        self.asked = False

    def __bool__(self) -> bool:
        return self.asked


@contextmanager
def polite_stop() -> Iterator[Stop]:
    """Turn Ctrl-C (and a plain kill) into a flag, so that a step is never left half made.

        with polite_stop() as stop:
            for step in train(...):
                if stop:
                    break

    A second Ctrl-C interrupts at once. Outside the main thread signals cannot be caught; the flag then stays False.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(number: int, frame: object) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True

    before = {which: signal.signal(which, ask) for which in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
