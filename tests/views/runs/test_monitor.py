"""The monitor's Python side: what it notes, sends and keeps. Its picture and its button: tests/browser."""

import json
import re
import signal
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import IPython.display
import numpy as np
import pytest

from bertlab.views import TrainingMonitor
from bertlab.views.live import hear_while_busy
from bertlab.views.runs import monitor as monitor_module
from bertlab.views.runs.monitor import EVERY, LOOK_BUDGET
from bertlab.views.runs.so_far import KEPT_LOOKS, MOST_BATCHES, Look, RunSoFar

TOKENS = ["[CLS]", "a", "[MASK]", "[SEP]"]


def loss_at(number: int) -> float:
    return round(5 / number, 4)


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(monitor_module, "perf_counter", clock)
    return clock


def some_steps(clock: Clock, count: int, first: int = 1, seconds: float = EVERY, reads: list[int] | None = None):
    """What `train` gives, each step taking so long; `reads` notes whose loss was read."""

    class Step(SimpleNamespace):
        @property
        def mlm_loss(self) -> float:
            if reads is not None:
                reads.append(self.number)
            return loss_at(self.number)

    for number in range(first, first + count):
        clock.now += seconds
        yield Step(number=number, steps=count, mlm_accuracy=0.5, nsp_accuracy=None, tokens_per_second=1000.0)


def look(attentions: Any = None) -> tuple[Any, ...]:
    shares = np.full((2, 3, 4, 4), 0.25) if attentions is None else attentions
    return TOKENS, shares, [[("cat", 0.75), ("dog", 0.25)]]


class Page:
    """What the page knows, put together from the news by the rule of runs/monitor.js."""

    def __init__(self, monitor: TrainingMonitor, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lists: dict[str, list[Any]] = {"batches": [], "measured": [], "looks": []}
        self.sizes: list[int] = []
        self.now: dict[str, Any] = {}
        monkeypatch.setattr(monitor.widget, "send", self.take)

    def take(self, news: dict[str, Any], buffers: list[bytes]) -> None:
        news = json.loads(json.dumps(news))
        self.sizes.append(len(json.dumps(news)) + sum(map(len, buffers)))
        for name, known in self.lists.items():
            assert news["from"][name] <= len(known), "a gap"
            new = [*zip(news["looks"], buffers, strict=True)] if name == "looks" else news[name]
            known[news["from"][name] :] = new
        self.now = news["now"]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> tuple[TrainingMonitor, Page]:
    monitor = TrainingMonitor({"both sides, limit": (0.26, 0.86), "unigram guess": 4.5}, look)
    return monitor, Page(monitor, monkeypatch)


def test_the_news_are_put_together_to_the_whole_run(clock, watched):
    monitor, page = watched
    for step in monitor.follow(some_steps(clock, 300)):
        if step.number % 100 == 0:
            monitor.measure(step.number, nats=loss_at(step.number) / 2, accuracy=0.25)
    assert page.lists["batches"] == [[number, loss_at(number), 0.5, None] for number in range(1, 301)]
    assert page.lists["measured"] == [[100, 0.025, 0.25], [200, 0.0125, 0.25], [300, 0.0083, 0.25]]
    assert [look["step"] for look, _ in page.lists["looks"]] == [look.step for look in monitor.run.looks]
    first, shares = page.lists["looks"][0]
    assert first == {"step": 0, "guesses": [[["cat", 0.75], ["dog", 0.25]]], "layers": 2, "heads": 3}
    assert list(shares) == [64] * (2 * 3 * 4 * 4)
    assert page.now == {"state": "ended", "step": 300, "steps": 300, "tokens_per_second": 1000.0}
    assert monitor.history == {
        "BERT": [(100, 0.025), (200, 0.0125), (300, 0.0083)],
        "single batch": [(number, loss_at(number)) for number in range(1, 301)],
    }


def test_an_update_is_as_long_at_the_end_as_in_the_beginning(clock, watched):
    monitor, page = watched
    for _ in monitor.follow(some_steps(clock, 500)):
        pass
    assert max(page.sizes[2:]) < 1.2 * min(page.sizes[2:-1])
    assert len(monitor.cost) == 500


def test_losses_are_read_only_when_an_update_is_due_and_at_the_end(clock, monkeypatch):
    monitor, reads = TrainingMonitor(), []
    Page(monitor, monkeypatch)
    for _ in monitor.follow(some_steps(clock, 21, seconds=EVERY / 8, reads=reads)):
        pass
    assert reads == [1, 9, 17, 21]


def test_stop_ends_the_loop_after_the_step_and_the_next_follow_goes_on(clock, watched, capsys):
    monitor, page = watched
    numbers = []
    for step in monitor.follow(some_steps(clock, 10)):
        numbers.append(step.number)
        if step.number == 4:
            monitor._hear(monitor.widget, {"stop": True}, [])
    assert numbers == [1, 2, 3, 4]
    assert page.now["state"] == "stopped"
    said = capsys.readouterr().out
    assert said.startswith("Stopped after step 4 of 10. Nothing is lost")
    assert max(map(len, said.splitlines())) <= 64, "a longer line is broken at 125%"
    numbers = [step.number for step in monitor.follow()]
    assert numbers == [5, 6, 7, 8, 9, 10]
    assert [row[0] for row in page.lists["batches"]] == list(range(1, 11))
    assert page.now["state"] == "ended"
    assert list(monitor.follow()) == []
    assert "no step left" in capsys.readouterr().out


def test_an_interrupt_keeps_model_history_and_generator(clock, watched, capsys):
    monitor, page = watched
    before = signal.getsignal(signal.SIGINT)
    steps = some_steps(clock, 6)
    for step in monitor.follow(steps):
        if step.number == 2:
            signal.raise_signal(signal.SIGINT)
    assert step.number == 2
    assert page.now["state"] == "interrupted"
    assert "Interrupted after step 2 of 6." in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is before
    assert [step.number for step in monitor.follow(steps)] == [3, 4, 5, 6]


def test_a_second_interrupt_breaks_off_and_what_was_seen_is_kept(clock, watched):
    monitor, page = watched
    numbers = []

    def interrupted() -> Iterator[Any]:
        for step in some_steps(clock, 6):
            if step.number == 3:
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)
            yield step

    with pytest.raises(KeyboardInterrupt):
        numbers.extend(step.number for step in monitor.follow(interrupted()))
    assert page.now["state"] == "failed"
    assert [row[0] for row in page.lists["batches"]] == [1, 2]


def test_an_error_of_the_loop_is_told_and_not_hidden(clock, watched, capsys):
    monitor, page = watched

    def spoilt() -> Iterator[Any]:
        yield from some_steps(clock, 2)
        raise FloatingPointError("the loss is nan")

    with pytest.raises(FloatingPointError, match="nan"):
        list(monitor.follow(spoilt()))
    assert page.now["state"] == "failed"
    assert len(page.lists["batches"]) == 2
    assert list(monitor.follow()) == []
    assert page.now["state"] == "failed", "to follow what broke off does not make it whole"
    assert capsys.readouterr().out == "There is no step left: this run broke off. train(...) begins another.\n"
    assert [step.number for step in monitor.follow(some_steps(clock, 3))] == [1, 2, 3]
    assert page.now["state"] == "ended"


def test_who_leaves_the_loop_goes_on_where_it_was_left(clock, watched):
    monitor, page = watched
    steps = some_steps(clock, 5)
    for step in monitor.follow(steps):
        if step.number == 2:
            break
    assert page.now["state"] == "left"
    assert [step.number for step in monitor.follow(steps)] == [3, 4, 5]
    with pytest.raises(ValueError, match="nothing to go on with yet"):
        next(TrainingMonitor().follow())


def test_another_run_begins_its_history_anew(clock, watched):
    monitor, page = watched
    for _ in monitor.follow(some_steps(clock, 5)):
        pass
    monitor.measure(5, nats=1.0)
    for _ in monitor.follow(some_steps(clock, 3)):
        pass
    assert [row[0] for row in page.lists["batches"]] == [1, 2, 3]
    assert page.lists["measured"] == []
    assert [look["step"] for look, _ in page.lists["looks"]] == [0, 1, 2, 3]


def test_what_is_measured_before_another_run_belongs_to_it(clock, watched):
    monitor, page = watched
    monitor.measure(0, nats=6.5)
    for _ in monitor.follow(some_steps(clock, 5)):
        pass
    monitor.measure(5, nats=1.0)
    assert page.lists["measured"] == [[0, 6.5, None], [5, 1.0, None]]
    monitor.measure(0, nats=6.25)
    assert page.lists["measured"] == [[0, 6.25, None]]
    assert (page.lists["batches"], page.lists["looks"]) == ([], [])
    for step in monitor.follow(some_steps(clock, 3)):
        monitor.measure(step.number - 1, nats=3.0)
    assert [row[0] for row in page.lists["batches"]] == [1, 2, 3]
    assert [row[0] for row in page.lists["measured"]] == [0, 0, 1, 2], "while a run goes on, all is its own"


def test_a_run_that_goes_on_from_a_checkpoint_is_first_looked_at_before_its_first_step(clock, watched):
    monitor, page = watched
    for _ in monitor.follow(some_steps(clock, 2, first=41)):
        pass
    assert [look["step"] for look, _ in page.lists["looks"]] == [40, 41, 42]


def test_a_slow_look_is_taken_less_often(clock, monkeypatch):
    def slow_look() -> tuple[Any, ...]:
        clock.now += 10 * LOOK_BUDGET
        looked.append(clock.now)
        return look()

    looked: list[float] = []
    monitor = TrainingMonitor(look=slow_look)
    Page(monitor, monkeypatch)
    for _ in monitor.follow(some_steps(clock, 200, seconds=EVERY)):
        pass
    assert 200 / 10 * 0.8 < len(looked) < 200 / 10 * 1.2
    assert sum(monitor.cost) / len(monitor.cost) < 1.2 * LOOK_BUDGET


def test_looks_are_kept_densely_in_the_beginning_and_never_too_many():
    run = RunSoFar()
    for step in range(20_001):
        run.keep(Look(step, TOKENS, [], 1, 1, b"\0" * 16), steps=20_000)
    kept = [each.step for each in run.looks]
    assert kept[:3] == [0, 1, 2]
    assert kept[-1] == 20_000
    assert KEPT_LOOKS / 2 < len(kept) <= KEPT_LOOKS + 10
    large = RunSoFar()
    for step in range(1001):
        large.keep(Look(step, TOKENS, [], 1, 1, b"\0" * 200_000), steps=1000)
    assert sum(len(each.shares) for each in large.looks) < 2_500_000


def test_one_head_may_be_watched_and_what_does_not_fit_is_refused(clock, monkeypatch):
    monitor = TrainingMonitor(look=lambda: look(np.eye(4)))
    Page(monitor, monkeypatch)
    for _ in monitor.follow(some_steps(clock, 1)):
        pass
    assert (monitor.run.looks[0].layers, monitor.run.looks[0].heads) == (1, 1)
    wrong = TrainingMonitor(look=lambda: look(np.ones((2, 3, 5, 5))))
    with pytest.raises(ValueError, match=r"shape \(2, 3, 5, 5\) was seen for 4 tokens"):
        next(wrong.follow(some_steps(clock, 1)))
    with pytest.raises(ValueError, match="at most 64 tokens"):
        Look.of(0, ["a"] * 65, np.zeros((65, 65)), [])


def test_each_hole_has_its_guesses_and_nothing_else_has():
    shares, cat = np.eye(4), [("cat", 1.0)]
    assert Look.of(0, ["[CLS]", "a", "cat", "[SEP]"], shares, []).guesses == []
    assert Look.of(0, ["[CLS]", "[MASK]", "[MASK]", "[SEP]"], shares, [cat, cat]).guesses == [[["cat", 1.0]]] * 2
    for guesses, seen in (([], 0), ([cat, cat], 2), ([[]], 0)):
        with pytest.raises(ValueError, match=rf"guesses for {seen} holes .* with 1 \[MASK\]"):
            Look.of(0, TOKENS, shares, guesses)


@pytest.mark.slow
def test_of_a_long_run_single_batches_are_left_evenly_and_the_page_has_the_same(clock, monkeypatch):
    monitor = TrainingMonitor()
    page, first = Page(monitor, monkeypatch), 1_000_001
    for _ in monitor.follow(some_steps(clock, 3 * MOST_BATCHES, first=first)):
        pass
    assert page.lists["batches"] == [list(row) for row in monitor.run.batches]
    kept = [row[0] for row in monitor.run.batches]
    assert MOST_BATCHES / 2 < len(kept) <= MOST_BATCHES
    assert (kept[0], kept[-1]) == (first, first + 3 * MOST_BATCHES - 1)
    assert max(np.diff(kept)) <= 2 * 3 * MOST_BATCHES / (MOST_BATCHES / 2), "no part of the run is forgotten"


def test_a_page_that_comes_late_gets_everything_and_loses_nothing_of_what_follows(clock, watched, monkeypatch):
    monitor, first = watched
    steps = some_steps(clock, 4)
    for step in monitor.follow(steps):
        if step.number == 3:
            break
    late = Page(monitor, monkeypatch)
    monitor._hear(monitor.widget, {"all": True}, [])
    assert late.lists == first.lists
    for _ in monitor.follow(steps):
        pass
    assert [row[0] for row in late.lists["batches"]] == [1, 2, 3, 4]
    assert [look["step"] for look, _ in late.lists["looks"]] == [0, 1, 2, 3, 4]


def test_where_nobody_looks_no_widget_is_made(clock, monkeypatch):
    monkeypatch.setattr(monitor_module, "widget_class", lambda *_: pytest.fail("a plain script needs no widget"))
    monitor = TrainingMonitor(look=look)
    assert str(monitor) == "Training of BERT: no step yet"
    for _ in monitor.follow(some_steps(clock, 4)):
        pass
    assert str(monitor) == "Training of BERT, step 4: 1.25 nats"
    assert len(monitor.run.looks) == 5


def test_what_stays_without_a_kernel_holds_all_that_was_seen(clock, watched, monkeypatch):
    monitor, _ = watched
    shown = []

    class Handle:
        def update(self, what: Any, **options: Any) -> None:
            shown.append(what)

    monkeypatch.setattr(IPython.display, "display", lambda *what, **options: Handle())
    monitor._ipython_display_()
    for _ in monitor.follow(some_steps(clock, 4)):
        pass
    monitor.measure(4, nats=0.41, accuracy=0.8)
    assert len(shown) == 2, "once at the end, once when something was measured after it"
    words = "Training of BERT, step 4: 0.41 nats, 0.15 above “both sides, limit”"
    assert shown[-1]["text/plain"] == words
    page = shown[-1]["text/html"]
    assert f'title="{words}"' in page
    assert "data-still" in page
    news = json.loads(re.search(r"\.take\((\{.*?\}), \[", page.replace("&amp;", "&"))[1])
    assert [row[0] for row in news["batches"]] == [1, 2, 3, 4]
    assert news["measured"] == [[4, 0.41, 0.8]]
    assert [each["step"] for each in news["looks"]] == [0, 1, 2, 3, 4]


def test_a_message_goes_to_the_thread_that_the_page_asks_for():
    class Comm:
        def _reply_subshell_for(self, data: Any, asked_for: str | None) -> str | None:
            return None

    widget = SimpleNamespace(comm=Comm())
    hear_while_busy(widget)
    assert widget.comm._reply_subshell_for({"stop": True}, "a thread of its own") == "a thread of its own"
    older = SimpleNamespace(comm=SimpleNamespace())
    hear_while_busy(older)
    assert vars(older.comm) == {}
