"""Training while it goes on: curves beside the exact limits, a sentence that is watched, a button that stops."""

import html
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from time import perf_counter
from typing import Any, TypeVar

from bertlab.polite import Stop, polite_stop
from bertlab.views.live import Live, widget_class
from bertlab.views.page import as_script, frame, own_file, whole_page
from bertlab.views.runs.numbers import DRAWING, Limit, as_letters, beside, colour_told, limits_told, run_style
from bertlab.views.runs.so_far import Look, RunSoFar

SCRIPTS = (*DRAWING, "runs/monitor.js")
EVERY = 0.25
"""Seconds between two updates of the picture."""
LOOK_BUDGET = 0.004
"""Seconds of each update that may go into looking at the sentence; a slower look is taken less often."""
SENTENCES = {
    "stopped": "Stopped after step {step:,} of {steps:,}.",
    "interrupted": "Interrupted after step {step:,} of {steps:,}.",
}

S = TypeVar("S")


class TrainingMonitor(Live):
    """Watch a run and stop it. It shows itself in one cell; another cell has the loop:

        monitor = TrainingMonitor(limits={"both sides, limit": 0.26, "unigram guess": 4.52}, look=look)
        monitor

        steps = train(model, batches, recipe)
        for step in monitor.follow(steps):
            if step.number % 100 == 0:
                monitor.measure(step.number, nats=..., accuracy=...)

        for step in monitor.follow(): ...       # after a stop, in another cell: goes on where it was left

    The Stop button ends the `for` after the step that is being made; so do the square button and Ctrl-C. Model, history
    and the generator `steps` are kept whole. The button works while a cell runs because ipykernel, from 7 on, hears a
    widget in a thread of its own. With an older one its message waits until the cell has ended; the square button
    still stops at once. A second Ctrl-C breaks off in the middle of a step, and the generator with it.

    Args:
        limits: what can be known, by name: nats, or nats and the share told right.
        look: gives (tokens, attentions, guesses) of one sentence now; `bertlab.training.watching` makes one.
        name: whose training it is.

    Without a notebook it follows a run just the same, and `print(monitor)` says how far it came.
    """

    def __init__(
        self,
        limits: Mapping[str, Limit] | None = None,
        look: Callable[[], tuple[Any, ...]] | None = None,
        *,
        name: str = "BERT",
    ) -> None:
        self.name, self.run = name, RunSoFar()
        self.cost: list[float] = []
        """Seconds of the training thread that each update took."""
        self._facts: dict[str, Any] = {"name": name, "colour": colour_told(name), "limits": limits_told(limits or {})}
        self._look, self._button = look, Stop()
        self._steps: Iterator[Any] | None = None
        self._told = self.run.lengths()
        self._due = self._look_due = 0.0

    @cached_property
    def widget(self) -> Any:
        """The ipywidgets widget, to be put beside others in a box; there is none before somebody asks for it.

        Raises:
            ImportError: anywidget is not installed.
        """
        module = tuple(map(own_file, (*SCRIPTS, "runs/monitor_live.js")))
        widget = widget_class("TrainingMonitorWidget", module, run_style())(state=self._facts)
        widget.on_msg(self._hear)
        return widget

    @property
    def history(self) -> dict[str, list[tuple[int, float]]]:
        """Losses over steps: what was measured, under the model's name, and what single batches said: some of many."""
        curves: dict[str, Sequence[tuple[Any, ...]]] = {self.name: self.run.measured, "single batch": self.run.batches}
        return {name: [row[:2] for row in rows] for name, rows in curves.items() if rows}

    def follow(self, steps: Iterable[S] | None = None) -> Iterator[S]:
        """Hand out a run's steps one by one, and draw what they say a few times a second.

        Args:
            steps: from `train`; if left out, those of the last time, from where they were left. Steps that begin at
                or below the last number are another run: the history begins anew.

        Raises:
            ValueError: there is no last time, or the look does not fit together.
        """
        going = self._steps if steps is None else iter(steps)
        if going is None:
            raise ValueError(
                "there is nothing to go on with yet: give the steps, follow(train(model, batches, recipe))"
            )
        self._steps = going
        self._due, self._button.asked = 0.0, False
        step, state = None, "left"
        with polite_stop() as stop:
            try:
                before = self._see(now=True)
                for step in going:
                    self._note(step, before)
                    yield step
                    if stop or self._button:
                        state = "interrupted" if stop else "stopped"
                        break
                else:
                    state = "ended"
            except GeneratorExit:  # a break in the body of the for
                raise
            except BaseException:
                state = "failed"
                raise
            finally:
                self._finish(step, state)

    def measure(self, step: int, nats: float, accuracy: float | None = None) -> None:
        """Put on the curve what was measured beside the limits: on held-out text, not on a single batch.

        Between two runs a step before the last one belongs to another run: the history begins anew.

        Args:
            nats: the mean loss.
            accuracy: the share told right.
        """
        if self.run.now["state"] != "running" and step < self.run.now.get("step", 0):
            self._begin_anew()
        self.run.measured.append((step, round(float(nats), 4), None if accuracy is None else round(float(accuracy), 4)))
        if self.run.now["state"] != "running":
            self._tell()
            self.keep_still()

    def stop(self) -> None:
        """What the button does: the `for` ends after the step that is being made."""
        self._button.asked = True

    def still(self) -> str:
        """All that was seen, as a page that needs no kernel: one can slide back over it."""
        news, shares = self.run.news()
        script = (
            f"trainingMonitor(document.getElementById('run'), {as_script(self._facts)}, null)"
            f".take({as_script(news)}, {as_script(list(map(as_letters, shares)))}.map(bytesOf));"
        )
        body = f'<div id="run">{html.escape(str(self))}</div>'
        page = whole_page(f"Training of {self.name}", body, (*map(own_file, SCRIPTS), script), run_style(), still=True)
        return frame(page, str(self), height=900 if shares else 420)

    def __str__(self) -> str:
        rows = self.run.measured or self.run.batches
        if not rows:
            return f"Training of {self.name}: no step yet"
        step, nats = rows[-1][:2]
        return f"Training of {self.name}, step {step:,}: {nats:.2f} nats{beside(nats, self._facts['limits'])}"

    def _begin_anew(self) -> None:
        self.run, self._told = RunSoFar(), dict.fromkeys(self._told, 0)

    def _note(self, step: Any, before: Look | None) -> None:
        """Take note of a step. Reading its loss waits for a GPU, so it is read only when an update is due."""
        if step.number <= self.run.now.get("step", 0):
            self._begin_anew()
        self.run.now |= {"state": "running", "step": step.number, "steps": step.steps}
        if before is not None and not self.run.looks:
            self._keep(before, step.number - 1)
        if perf_counter() >= self._due:
            self._update(step)

    def _update(self, step: Any, last: bool = False) -> None:
        started = perf_counter()
        said = (step.mlm_loss, step.mlm_accuracy, step.nsp_accuracy)
        loss, *shares = (None if value is None else round(value, 4) for value in said)
        self._changed("batches", self.run.note((step.number, loss, *shares)))
        self.run.now["tokens_per_second"] = step.tokens_per_second
        if (look := self._see(now=last)) is not None:
            self._keep(look, step.number)
        self._tell()
        self._due = perf_counter() + EVERY
        self.cost.append(perf_counter() - started)

    def _see(self, now: bool) -> Look | None:
        """Look at the sentence, unless it was looked at so slowly that the next time has to wait.

        Args:
            now: do not wait, and do not count it: at the beginning everything is slow.
        """
        started = perf_counter()
        if self._look is None or (started < self._look_due and not now):
            return None
        look = Look.of(0, *self._look())
        if not now:
            self._look_due = started + EVERY * (perf_counter() - started) / LOOK_BUDGET
        return look

    def _keep(self, look: Look, step: int) -> None:
        self._changed("looks", self.run.keep(look._replace(step=step), self.run.now["steps"]))

    def _changed(self, what: str, place: int) -> None:
        self._told[what] = min(self._told[what], place)

    def _tell(self) -> None:
        """Send what the page does not have yet: nearly as much each time, however long the run is."""
        if "widget" in vars(self):
            self.widget.send(*self.run.news(self._told))
        self._told = self.run.lengths()

    def _hear(self, widget: Any, said: dict[str, Any], buffers: Any) -> None:
        """A message from the page; while a cell runs, it comes in another thread."""
        if said.get("stop"):
            self.stop()
        if said.get("all"):
            widget.send(*self.run.news())

    def _finish(self, step: Any, state: str) -> None:
        if step is None and state == "ended":
            state = "failed" if self.run.now["state"] == "failed" else state  # its generator raised, and is at its end
            how = "broke off" if state == "failed" else "has ended"
            print(f"There is no step left: this run {how}. train(...) begins another.")
        if step is not None and state != "failed" and step.number != self.run.batches[-1][0]:
            self._update(step, last=True)
        self.run.now["state"] = state
        self._tell()
        self.keep_still()
        if state in SENTENCES:
            how = SENTENCES[state].format(**self.run.now)
            print(f"{how} Nothing is lost:\n`for step in monitor.follow(): ...` goes on with the next one.")
