"""Lesson 08's instruments: a curve that grows while a model learns, and the card that covers the right side."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from bertlab.lessons.picture import picture
from bertlab.model import BertForPreTraining
from bertlab.paths import data_path
from bertlab.text import Tokenizer
from bertlab.training.truth import Questions, Score, answers, score


class LiveCurve:
    """Losses over steps, drawn again every few seconds while they come in.

        curve = LiveCurve({"unigram guess": 5.3})
        curve.add(100, {"training": 4.2, "held out": 4.6})

    Args:
        references: losses to measure by, drawn as dashed lines.
        title: what there is to see.
        halving: a scale on which each line is half the one above: for limits that lie low and close together.
        every: seconds between drawings; each costs about a quarter of one.
    """

    def __init__(
        self, references: dict[str, float], title: str | None = None, halving: bool = False, every: float = 4.0
    ):
        self.references = references
        self.title = title
        self.halving = halving
        self.every = every
        self.history: dict[str, list[tuple[int, float]]] = {}
        self._handle: Any = None
        self._drawn = float("-inf")

    def add(self, step: int, losses: dict[str, float]) -> None:
        """Note losses (nats) at a step, and draw if it is time."""
        for name, loss in losses.items():
            self.history.setdefault(name, []).append((step, loss))
        if time.monotonic() - self._drawn >= self.every:
            self.draw()

    def draw(self) -> None:
        """Draw all there is so far, in the place of the last drawing."""
        if not self.history:
            return

        def curve() -> Any:
            from bertlab.views.plots import loss_curve

            return loss_curve(self.history, self.references, self.title, halving=self.halving)

        step = max(points[-1][0] for points in self.history.values())
        ends = {name: points[-1][1] for name, points in self.history.items()} | self.references
        words = f"Loss after {step} steps: " + ", ".join(f"{name} {loss:.2f}" for name, loss in ends.items()) + " nats."
        self._handle = picture(curve, words, self.rows(), self._handle)
        self._drawn = time.monotonic()

    def rows(self, how_many: int = 6) -> list[dict[str, str]]:
        """The curves as a small table, for whoever does not see them: some of the steps, the last one among them."""
        steps = sorted({step for points in self.history.values() for step, _ in points})
        some = steps[:: -max(1, -(-len(steps) // how_many))][::-1]
        losses = {name: dict(points) for name, points in self.history.items()}
        return [
            {"step": str(step), **{name: f"{at[step]:.2f}" if step in at else "–" for name, at in losses.items()}}
            for step in some
        ]


def read_run(metrics: Path) -> tuple[dict[str, list[tuple[int, float]]], float]:
    """The curves of a recorded run, read and unread text, and the loss of the unigram guess (nats).

    What it read is the mean of the steps since the last look at unread text: single batches jump.
    """
    curves: dict[str, list[tuple[int, float]]] = {"text it reads": [], "text it never read": []}
    since: list[float] = []
    unigram = float("nan")
    for line in metrics.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if "mlm_loss" in entry:
            since.append(entry["mlm_loss"])
        elif "held_out" in entry and since:
            curves["text it reads"].append((entry["step"], sum(since) / len(since)))
            curves["text it never read"].append((entry["step"], entry["held_out"]["mlm_loss"]))
            unigram, since = entry["held_out"]["unigram_loss"], []
    return curves, unigram


def show_recorded(run: str) -> None:
    """Draw a run that comes with the course, from `data/runs`; say so where it has none of that name."""
    try:
        metrics = data_path("runs", run, "metrics.jsonl")
    except FileNotFoundError:
        print(f"This copy of the course has no recorded run {run!r}.")
        return
    curves, unigram = read_run(metrics)
    read, unread = (points[-1][1] for points in curves.values())
    title = f"In the end {abs(unread - read):.2f} nats lie between text it read and text it never read"
    recorded = LiveCurve({"unigram guess": unigram}, title=title)
    recorded.history = curves
    recorded.draw()


def with_card(model: BertForPreTraining, tokenizer: Tokenizer, questions: Questions, documents: int = 30) -> Score:
    """The same places, one at a time, but now the piece asked for and all to its right are hidden.

    Scored under the exact distribution of what can be known from the left side alone.

    Args:
        documents: the first so many are asked about: each place is a row of its own.
    """
    asked = list(zip(questions.documents, questions.positions, strict=True))[:documents]
    rows = [(ids, np.arange(place, len(ids))) for ids, places in asked for place in places]
    covered = Questions([ids for ids, _ in rows], [hidden for _, hidden in rows], truth={})
    said = answers(model, tokenizer, covered, "masked")
    first = np.cumsum([0, *(len(hidden) for _, hidden in rows[:-1])])
    true = np.array([ids[hidden[0]] for ids, hidden in rows])
    return score(said[first], questions.truth["left"][: len(rows)], true)
