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
        order: what shuffling the words of its own rows cost it, of text it never read; empty where nobody asked.
    """

    read: Points
    unread: Points
    right: Points
    unigram: float
    order: Points

    @classmethod
    def load(cls, metrics: Path) -> "RecordedRun":
        """Read the lines that a run wrote."""
        read, unread, right, order, since = [], [], [], [], []
        unigram = float("nan")
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
                order.append((entry["step"], entry["by_order"]["shuffled"] - entry["by_order"]["kept"]))
        return cls(read, unread, right, unigram, order)

    def figures(self, name: str, early: int) -> dict[str, str]:
        """What there is to say of a run, for the sentence that reveals it.

        {name} and {name_right} are the loss and the share told right in the end, {name_early} and {name_lost} the loss
        after so many steps and what shuffling cost then, {name_found} the step at which it cost a tenth of a nat.
        """
        return {
            name: f"{self.unread[-1][1]:.2f}",
            f"{name}_right": f"{self.right[-1][1]:.0%}",
            f"{name}_early": f"{dict(self.unread)[early]:.2f}",
            f"{name}_lost": f"{dict(self.order)[early]:.2f}",
            f"{name}_found": f"{next(step for step, lost in self.order if lost > 0.1):,}",
        }


def recorded_run(*place: str) -> RecordedRun:
    """A run that comes with the course, from `data/runs`.

    Raises:
        FileNotFoundError: there is none in that place.
    """
    return RecordedRun.load(data_path("runs", *place))


def draw_curves(
    curves: Mapping[str, Points], references: Mapping[str, float], title: str, *, halving: bool = False
) -> None:
    """Losses over steps beside losses that are known; in a plain script, their words and last values.

    Args:
        title: what there is to see.
        halving: each line of the scale is half the one above.
    """

    def draw() -> Any:
        from bertlab.views.plots import loss_curve

        return loss_curve(curves, references, title, halving=halving)

    steps = max(points[-1][0] for points in curves.values())
    ends = {name: points[-1][1] for name, points in curves.items()} | dict(references)
    table = [{f"after {steps:,} steps": name, "nats": f"{loss:.2f}"} for name, loss in ends.items()]
    picture(draw, f"Losses over {steps:,} steps. {title}.", table)


def draw_side_by_side(full: RecordedRun, short: RecordedRun) -> None:
    """Two runs that differ in the length of their rows, asked the same; and what the second one lost where it read."""
    curves = {"full rows": full.unread, "short rows first": short.unread, "in its own rows": short.read}
    ends = {"full rows": full.unread[-1][1], "short rows first": short.unread[-1][1]}
    first, second = sorted(ends, key=ends.__getitem__)
    title = f"{first.capitalize()}: {ends[first]:.2f} nats; {second}, after the same steps: {ends[second]:.2f}"
    draw_curves(curves, {"unigram guess": full.unigram}, title)


def draw_order(full: RecordedRun, short: RecordedRun) -> None:
    """What it cost the two to have the words of their rows shuffled, step by step."""
    curves = {"full rows": full.order, "short rows first": short.order}
    found = {name: next(step for step, lost in points if lost > 0.1) for name, points in curves.items()}
    first, last = sorted(found, key=found.__getitem__)
    title = f"Word order begins to count after {found[first]:,} steps with {first}, with {last} after {found[last]:,}"

    def draw() -> Any:
        from bertlab.views.plots import measured_curve

        return measured_curve(curves, "training step", "nats lost when words are shuffled", title)

    steps = [step for step, _ in full.order][3::4]
    rows = [{"step": f"{step:,}", **{name: f"{dict(points)[step]:.2f}" for name, points in curves.items()}}
            for step in steps]  # fmt: skip
    picture(draw, f"Nats lost when the words of each row are shuffled, over training steps. {title}.", rows)


def draw_masking_rates(found: Recorded, asked: float) -> None:
    """How fast models learned that differ in the masking rate alone, all asked with the same share hidden.

    Raises:
        ValueError: nobody was asked at that rate; the message lists the rates there are.
    """
    steps = sorted({row["step"] for row in found.where(**{"asked at": asked})})
    rates = sorted({row["trained at"] for row in found.rows})

    def nats(rate: float, step: int, asked: float) -> float:
        return found.mean("nats", step=step, **{"trained at": rate, "asked at": asked})

    def spread(rate: float, asked: float) -> tuple[float, float]:
        return found.spread("nats", step=steps[-1], **{"trained at": rate, "asked at": asked})

    curves = {f"{rate:.0%} hidden": [(step, nats(rate, step, asked)) for step in steps] for rate in rates}
    lowest = min(curves, key=lambda name: curves[name][-1][1])
    title = f"Asked with {asked:.0%} hidden: lowest after {steps[-1]:,} steps is the model with {lowest}"
    draw_curves(curves, {"both sides, limit": found.mean("limit", **{"asked at": asked})}, title, halving=True)
    print(f"nats after {steps[-1]:,} steps: the mean of the seeds (the least, the largest)")
    heads = [f"asked with {each:.0%}" for each in rates]
    print(" " * 23 + "".join(f"{head:>21}" for head in heads))
    for rate in rates:
        losses = [(nats(rate, steps[-1], each), *spread(rate, each)) for each in rates]
        told = "".join(f"{f'{loss:.2f} ({low:.2f} to {high:.2f})':>21}" for loss, low, high in losses)
        print(f"trained with {rate:3.0%} hidden{told}")
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
