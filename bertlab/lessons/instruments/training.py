"""Lesson 08's instruments: a run that was written down, and the card that covers the right side."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from bertlab.lessons.picture import picture
from bertlab.model import BertForPreTraining
from bertlab.paths import data_path
from bertlab.text import Tokenizer
from bertlab.training.truth import Questions, Score, answers, score


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
    ends = {"text it reads": read, "text it never read": unread, "unigram guess": unigram}

    def curve() -> Any:
        from bertlab.views.plots import loss_curve

        return loss_curve(curves, {"unigram guess": unigram}, title)

    steps = curves["text it reads"][-1][0]
    table = [{f"after {steps:,} steps": name, "nats": f"{loss:.2f}"} for name, loss in ends.items()]
    picture(curve, f"Two losses over {steps:,} steps. {title}.", table)


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
