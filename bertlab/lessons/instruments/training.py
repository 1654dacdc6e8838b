"""Lesson 08's instruments: a run that was written down, and the card that covers the right side."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bertlab.lessons.experiments import Recorded
from bertlab.lessons.picture import picture
from bertlab.model import BertForPreTraining
from bertlab.paths import data_path
from bertlab.text import Tokenizer
from bertlab.training.truth import Questions, Score, answers, score

Points = list[tuple[int, float]]


@dataclass(frozen=True)
class RecordedRun:
    """A run of `bertlab train` that was written down; losses in nats.

    Args:
        read: the mean loss of the steps since the last look at unread text: single batches jump.
        unread: the loss on text that it never read, always the same.
        right: the share told right there.
        unigram: the loss of the unigram guess there.
        by_order: the finished model's loss there, "kept" as written and with the words "shuffled"; empty where nobody
            asked.
    """

    read: Points
    unread: Points
    right: Points
    unigram: float
    by_order: dict[str, float]

    @classmethod
    def load(cls, metrics: Path) -> "RecordedRun":
        """Read the lines that a run wrote."""
        read, unread, right, since = [], [], [], []
        unigram, by_order = float("nan"), {}
        for line in metrics.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if "mlm_loss" in entry:
                since.append(entry["mlm_loss"])
            elif "held_out" in entry and since:
                found = entry["held_out"]
                read.append((entry["step"], sum(since) / len(since)))
                unread.append((entry["step"], found["mlm_loss"]))
                right.append((entry["step"], found["mlm_accuracy"]))
                unigram, since = found["unigram_loss"], []
            elif "by_order" in entry:
                by_order = entry["by_order"]
        return cls(read, unread, right, unigram, by_order)

    def figures(self, name: str) -> dict[str, str]:
        """Where the run ended on text it never read, for the sentence that reveals it: {name} and {name_right}.

        With {name_lost}, what it lost more when the words were shuffled.
        """
        figures = {name: f"{self.unread[-1][1]:.2f}", f"{name}_right": f"{self.right[-1][1]:.0%}"}
        if self.by_order:
            figures[f"{name}_lost"] = f"{self.by_order['shuffled'] - self.by_order['kept']:.2f}"
        return figures


def recorded_run(*place: str) -> RecordedRun:
    """A run that comes with the course, from `data/runs`.

    Raises:
        FileNotFoundError: there is none in that place.
    """
    return RecordedRun.load(data_path("runs", *place))


def draw_curves(curves: Mapping[str, Points], references: Mapping[str, float], title: str | None = None) -> None:
    """Losses over steps beside losses that are known; in a plain script, their words and last values.

    Args:
        title: what there is to see; if left out, where each curve ended.
    """
    steps = max(points[-1][0] for points in curves.values())
    ends = {name: points[-1][1] for name, points in curves.items()}
    says = title or f"After {steps:,} steps: {', '.join(f'{name} {loss:.2f} nats' for name, loss in ends.items())}"

    def draw() -> Any:
        from bertlab.views.plots import loss_curve

        return loss_curve(curves, references, says)

    rows = (ends | dict(references)).items()
    table = [{f"after {steps:,} steps": name, "nats": f"{loss:.2f}"} for name, loss in rows]
    picture(draw, f"Losses over {steps:,} steps. {says}.", table)


def draw_masking_rates(found: Recorded, asked: float) -> None:
    """How fast models learned that differ in the masking rate alone, all asked with the same share hidden.

    Raises:
        ValueError: nobody was asked at that rate; the message lists the rates there are.
    """
    steps = sorted({row["step"] for row in found.where(**{"asked at": asked})})
    rates = sorted({row["trained at"] for row in found.rows})

    def nats(rate: float, step: int, asked: float) -> float:
        return found.mean("nats", step=step, **{"trained at": rate, "asked at": asked})

    curves = {f"{rate:.0%} hidden": [(step, nats(rate, step, asked)) for step in steps] for rate in rates}
    lowest = min(curves, key=lambda name: curves[name][-1][1])
    title = f"Asked with {asked:.0%} hidden: lowest after {steps[-1]:,} steps is the model with {lowest}"
    draw_curves(curves, {"both sides, limit": found.mean("limit", **{"asked at": asked})}, title)
    wide = f"nats after {steps[-1]:,} steps"
    print(f"{wide:27}{''.join(f'   asked with {each:3.0%}' for each in rates)}")
    for rate in rates:
        losses = "".join(f"{nats(rate, steps[-1], each):17.2f}" for each in rates)
        print(f"{f'trained with {rate:.0%} hidden':27}{losses}")
    print(found)


def show_recorded(run: str) -> None:
    """Draw what a recorded run lost on the text it read and on text it never read."""
    found = recorded_run(run, "metrics.jsonl")
    apart = abs(found.unread[-1][1] - found.read[-1][1])
    title = f"In the end {apart:.2f} nats lie between text it read and text it never read"
    curves = {"text it reads": found.read, "text it never read": found.unread}
    draw_curves(curves, {"unigram guess": found.unigram}, title)


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
