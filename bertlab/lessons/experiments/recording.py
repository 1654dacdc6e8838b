"""An experiment's rows in one file, with the command, the date and the machine that made them.

An experiment is a module of this folder with a function `rows(seed)`, which gives one row of plain numbers and strings
for each thing it measured. Each seed is written as soon as it is done; the same command goes on where it was stopped.
"""

import json
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from statistics import mean
from typing import Any

import torch

from bertlab.atomic import write_whole
from bertlab.paths import data_path

Row = dict[str, Any]
SEEDS = (0, 1, 2)


@dataclass
class Recorded:
    """What an experiment found: rows of plain numbers, each with its `seed`.

    Args:
        minutes: of computing, all seeds together.
    """

    command: str
    made: str
    machine: str
    minutes: float
    rows: list[Row] = field(default_factory=list)

    def where(self, **wanted: Any) -> list[Row]:
        """The rows that have these values.

        Raises:
            ValueError: none has; the message lists what there is.
        """
        found = [row for row in self.rows if all(row.get(name) == value for name, value in wanted.items())]
        if not found:
            there_are = {name: sorted({str(row.get(name)) for row in self.rows}) for name in wanted}
            raise ValueError(f"no row has {wanted}; there are {there_are}")
        return found

    def mean(self, number: str, **wanted: Any) -> float:
        """One number's mean over the seeds."""
        return mean(row[number] for row in self.where(**wanted))

    def spread(self, number: str, **wanted: Any) -> tuple[float, float]:
        """One number's least and largest value over the seeds."""
        values = [row[number] for row in self.where(**wanted)]
        return min(values), max(values)

    def __str__(self) -> str:
        seeds = len({row["seed"] for row in self.rows})
        machine = self.machine.replace(" 1 threads", " 1 thread")
        # Two lines, so that none is broken on a slide, or on a screen at 125%.
        return f"recorded {self.made}: {self.command}\n    {seeds} seeds, {self.minutes:.0f} min, {machine}"


def recorded(name: str) -> Recorded:
    """The recording that comes with the course.

    Raises:
        FileNotFoundError: there is none of that name.
    """
    return _read(data_path("runs", f"{name}.json"))


def experiments() -> list[str]:
    """The names of all experiments."""
    here = Path(__file__)
    return sorted(module.name for module in iter_modules([str(here.parent)]) if module.name != here.stem)


def record(name: str, out: Path, seeds: Sequence[int] = SEEDS, say: Callable[[str], None] = print) -> Recorded:
    """Run an experiment for each seed that the file does not hold yet, and write what it found.

    Raises:
        ValueError: there is no such experiment, or the file holds another.
    """
    if name not in experiments():
        raise ValueError(f"there is no experiment {name!r}; there are {', '.join(experiments())}")
    rows_of: Callable[[int], Iterable[Row]] = import_module(f"bertlab.lessons.experiments.{name}").rows
    machine = f"{platform.machine()} cpu, {torch.get_num_threads()} threads, torch {torch.__version__}"
    command = f"bertlab record {name}"
    found = _read(out) if out.is_file() else Recorded(command, f"{date.today():%Y-%m-%d}", machine, 0.0)
    if found.command != command:
        raise ValueError(f"{out} holds {found.command!r}; give another --out")
    for seed in seeds:
        if any(row["seed"] == seed for row in found.rows):
            say(f"seed {seed}: there already")
            continue
        started = time.perf_counter()
        for row in rows_of(seed):
            found.rows.append({"seed": seed, **row})
            say(", ".join(f"{key} {value}" for key, value in found.rows[-1].items()))
        found.minutes = round(found.minutes + (time.perf_counter() - started) / 60, 2)
        write_whole(out, json.dumps(asdict(found), indent=1) + "\n")
    return found


def _read(file: Path) -> Recorded:
    return Recorded(**json.loads(file.read_text(encoding="utf-8")))
