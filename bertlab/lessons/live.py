"""Lesson 08's instruments: a curve that grows while a model learns, and text whose words have lost their order."""

import time
from dataclasses import replace
from typing import Any

import torch

from bertlab.lessons.picture import picture
from bertlab.training import Batch


class LiveCurve:
    """Losses over steps, drawn again every few seconds while they come in.

        curve = LiveCurve({"unigram guess": 5.3})
        curve.add(100, {"training": 4.2, "held out": 4.6})

    Args:
        references: losses to measure by, drawn as dashed lines.
        title: what there is to see.
        every: seconds between drawings; each costs about a quarter of one.
    """

    def __init__(self, references: dict[str, float], title: str | None = None, every: float = 4.0):
        self.references = references
        self.title = title
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

            return loss_curve(self.history, self.references, self.title)

        step = max(points[-1][0] for points in self.history.values())
        ends = {name: points[-1][1] for name, points in self.history.items()} | self.references
        words = f"Loss after {step} steps: " + ", ".join(f"{name} {loss:.2f}" for name, loss in ends.items()) + " nats."
        table = [{"": name, "nats": f"{loss:.2f}"} for name, loss in ends.items()]
        self._handle = picture(curve, words, table, self._handle)
        self._drawn = time.monotonic()


def shuffle_words(batch: Batch, generator: torch.Generator) -> Batch:
    """The same questions among the same words, but all words nobody asks about have changed places in their row.

    Special pieces at a row's ends stay: only order is taken away.
    """
    shuffled = batch.input_ids.clone()
    for row in range(len(shuffled)):
        last = int(batch.attention_mask[row].sum()) - 1
        inner = torch.arange(1, last)
        free = inner[batch.labels[row, 1:last] == -100]
        shuffled[row, free] = batch.input_ids[row, free[torch.randperm(len(free), generator=generator)]]
    return replace(batch, input_ids=shuffled)
