"""Lesson 08's recorded runs: read, and drawn beside what is known of them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from bertlab.lessons.experiments import Recorded
from bertlab.lessons.picture import picture
from bertlab.paths import data_path
from bertlab.training.recording import Recording

Points = list[tuple[int, float]]
MOST_ROWS = 10
"""Steps in the table of a curve."""
COUNTS = 0.1
"""Nats that shuffling must cost before one says that order counts."""


@dataclass(frozen=True)
class RecordedRun:
    """A run of `bertlab train` that was written down; losses in nats.

    Args:
        read: the mean loss of the steps since the last look at unread text: single batches jump.
        unread: the loss on text that it never read, always the same.
        right: the share told right there.
        unigram: the loss of the unigram guess there.
        own: the loss on text that it never read, in rows as long as it was reading then; empty where nobody asked.
        order: what shuffling the words of its own rows cost it, of text it never read; empty where nobody asked.
    """

    read: Points
    unread: Points
    right: Points
    unigram: float
    own: Points
    order: Points

    @classmethod
    def load(cls, metrics: Path) -> "RecordedRun":
        """Read the lines that a run wrote."""
        read, unread, right, own, order, since = [], [], [], [], [], []
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
                kept = entry["by_order"]["kept"]
                own.append((entry["step"], kept))
                order.append((entry["step"], entry["by_order"]["shuffled"] - kept))
        return cls(read, unread, right, unigram, own, order)

    @property
    def found(self) -> int:
        """The first of the steps asked about at which shuffling cost a tenth of a nat."""
        return next(step for step, lost in self.order if lost > COUNTS)

    def figures(self, name: str, early: int) -> dict[str, str]:
        """What there is to say of a run, for the sentence that reveals it.

        {name} and {name_right} are the loss and the share told right in the end; {name_early}, {name_own} and
        {name_lost} the loss after so many steps, that in its own rows, and what shuffling cost it there; {name_found}
        the step at which that was a tenth of a nat.
        """
        return {
            name: f"{self.unread[-1][1]:.2f}",
            f"{name}_right": f"{self.right[-1][1]:.0%}",
            f"{name}_early": f"{dict(self.unread)[early]:.2f}",
            f"{name}_own": f"{dict(self.own)[early]:.2f}",
            f"{name}_lost": f"{dict(self.order)[early]:.2f}",
            f"{name}_found": f"{self.found:,}",
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
    """Losses over steps beside losses that are known; its table has some of the steps, the last one among them.

    Args:
        title: what there is to see.
        halving: each line of the scale is half the one above.
    """

    def draw() -> Any:
        from bertlab.views.plots import loss_curve

        return loss_curve(curves, references, title, halving=halving)

    steps = sorted({step for points in curves.values() for step, _ in points})
    some = steps[:: -max(1, -(-len(steps) // MOST_ROWS))][::-1]
    known = ", ".join(f"{name}: {loss:.2f} nats" for name, loss in references.items())
    picture(draw, f"Losses over {steps[-1]:,} steps. {title}. In comparison, {known}.", _by_step(curves, some))


def _by_step(curves: Mapping[str, Points], steps: Sequence[int]) -> list[dict[str, str]]:
    """Curves as a table: a row for each of these steps."""
    return [{"step": f"{step:,}", **{name: f"{dict(points)[step]:.2f}" for name, points in curves.items()}}
            for step in steps]  # fmt: skip


def draw_side_by_side(full: RecordedRun, short: RecordedRun, early: int) -> None:
    """Two runs that differ in the length of their rows, each asked about unread text in the rows it was reading then.

    Args:
        early: the step of which the title speaks; the last loss stands at the end of each curve.
    """
    curves = {"full rows": full.own, "short rows first": short.own}
    of_full, of_short = (f"{dict(points)[early]:.2f}" for points in curves.values())
    title = f"After {early:,} steps, each in its own rows: full {of_full} nats, short {of_short}"
    draw_curves(curves, {"unigram guess": full.unigram}, title)


def draw_order(full: RecordedRun, short: RecordedRun) -> None:
    """What it cost the two to have the words of their own rows shuffled, step by step."""
    curves = {"full rows": full.order, "short rows first": short.order}
    found = {"full rows": full.found, "short rows first": short.found}
    first, last = sorted(found, key=found.__getitem__)
    title = f"Word order counts by step {found[first]:,} with {first}, {found[last]:,} with {last}"

    def draw() -> Any:
        from bertlab.views.plots import measured_curve

        return measured_curve(curves, "training step", "nats lost when words are shuffled", title)

    looks = [step for step, _ in full.order][::2]
    picture(draw, f"Nats lost when the words of each row are shuffled, over steps. {title}.", _by_step(curves, looks))


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
    print(f"nats after {steps[-1]:,} steps: mean of the seeds (least, largest)")
    print(f"{'':14}" + "".join(f"{f'asked with {each:.0%}':>19}" for each in rates))
    for rate in rates:
        losses = [(nats(rate, steps[-1], each), *spread(rate, each)) for each in rates]
        told = "".join(f"{f'{loss:.2f} ({low:.2f}, {high:.2f})':>19}" for loss, low, high in losses)
        print(f"{f'{rate:.0%} hidden':14}{told}")
    seeds = sorted({row["seed"] for row in found.rows})
    for less, more in combinations(rates, 2):
        counts = [sum(_ahead(found, more, less, each, steps[-1], seed) for seed in seeds) for each in rates]
        told = "".join(f"{f'{count} of {len(seeds)} seeds':>19}" for count in counts)
        print(f"{f'{more:.0%} below {less:.0%}':14}{told}")
    print(found)


def _ahead(found: Recorded, more: float, less: float, asked: float, step: int, seed: int) -> bool:
    """Is the model with more hidden below the one with less, with this seed?"""
    asked_so = {"asked at": asked, "step": step, "seed": seed}
    first, second = (found.where(**{"trained at": rate}, **asked_so)[0]["nats"] for rate in (more, less))
    return bool(first < second)


def show_recorded(run: str) -> None:
    """Draw what a recorded run lost on the text it read, while it learned from it, and on text it never read."""
    found = recorded_run(run, "metrics.jsonl")
    read, unread = (round(curve[-1][1], 2) for curve in (found.read, found.unread))
    title = f"In the end {abs(unread - read):.2f} nats lie between text it read and text it never read"
    curves = {"text it reads": found.read, "text it never read": found.unread}
    draw_curves(curves, {"unigram guess": found.unigram}, title)


def story_run() -> Recording:
    """The long run on stories: what a small BERT said while it learned."""
    return Recording.load(data_path("runs", "story"))


def say_best_since(recording: Recording) -> None:
    """Print since when a run's last best guess was the best one, with the sentence that its hole stands in."""
    for story, piece, since in best_since(recording):
        sentence = next(each for each in re.split(r"(?<=[.!?]) ", story) if "[MASK]" in each)
        print(f"{piece:4} is the best guess from step {since:6,} on: {sentence}")


def best_since(recording: Recording) -> list[tuple[str, str, int]]:
    """For each watched sentence: its last best guess, and the saved step from which on that was the best one."""
    found = []
    for number, sentence in enumerate(recording.watch.sentences):
        best = [(moment.step, moment.guesses[number][0][0].piece) for moment in recording.moments]
        piece = best[-1][1]
        others = [place for place, (_, other) in enumerate(best) if other != piece]
        found.append((sentence, piece, best[others[-1] + 1 if others else 0][0]))
    return found
