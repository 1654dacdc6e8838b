"""What pretraining on old novels is worth on the field's own data: `mini`, fine-tuned, beside the same model that has
read nothing, and beside the words alone.

    python benchmarks/tasks.py DATA                 # every task that lies in the folder
    python benchmarks/tasks.py DATA snips banking77

DATA holds the tasks as they are published: snips/{train,dev}/{seq.in,seq.out,label}; banking77/train.csv;
wnut17/*.conll; wikiann_en/{train,dev}; squad/*.json. What comes in one file is cut by chance into a part to learn from
and one to be asked about.
"""

import argparse
import platform
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

import bertlab
from bertlab.corpora.labelled import ContextQuestion, read_conll, read_snips, read_squad, read_table
from bertlab.model import Bert
from bertlab.tasks.task import Task, classification, question_answering, tagging
from bertlab.training import Recipe, new_model

RATES = (3e-4, 1e-3)
SCRATCH, MINI = "from scratch", "mini"

LONGEST = 128
"""Pieces that `mini` can read."""

STRIDE = LONGEST // 4
"""Pieces of a paragraph that two windows share."""

Parts = tuple[list[Any], list[Any], list[Any]]
"""To learn from, to choose the learning rate by, and to be asked about."""


def cut(examples: list[Any], shares: tuple[float, float] = (0.7, 0.1), seed: int = 0) -> Parts:
    """Examples in an order of chance, cut into three."""
    order = np.random.default_rng(seed).permutation(len(examples)).tolist()
    first, second = int(shares[0] * len(order)), int(sum(shares) * len(order))
    learned, chosen, asked = (
        [examples[at] for at in part] for part in (order[:first], order[first:second], order[second:])
    )
    return learned, chosen, asked


def with_validation(train: list[Any], dev: list[Any]) -> Parts:
    """A published pair of parts: a tenth of the first one chooses."""
    learned, chosen, rest = cut(train, (0.9, 0.1))
    return learned + rest, chosen, dev


def snips(folder: Path) -> Parts:
    """Intents and slots of commands."""
    return with_validation(list(read_snips(folder / "train")), list(read_snips(folder / "dev")))


def banking77(folder: Path) -> Parts:
    """77 intents of customers of a bank."""
    return cut(list(read_table(folder / "train.csv", label="category")))


def wnut17(folder: Path) -> Parts:
    """Rare and new names in tweets."""
    return with_validation(
        list(read_conll(folder / "wnut17train.conll")), list(read_conll(folder / "emerging.dev.conll", lenient=True))
    )


def wikiann_en(folder: Path) -> Parts:
    """Names of people, places and organisations, as Wikipedia links them."""
    return with_validation(*(list(read_conll(folder / part, prefix="en:")) for part in ("train", "dev")))


def by_context(asked: list[ContextQuestion]) -> Parts:
    """Questions cut into three; those about one paragraph stay in one part."""
    learned, chosen, rest = (set(part) for part in cut(list(dict.fromkeys(each.context for each in asked))))
    return tuple([each for each in asked if each.context in part] for part in (learned, chosen, rest))  # type: ignore[return-value]


def squad(folder: Path) -> Parts:
    """Answers in the words of an article, or none."""
    return by_context(list(read_squad(next(folder.glob("*.json")))))


TASKS: dict[str, tuple[Callable[[Path], Parts], Callable[..., Task], int]] = {
    "snips": (snips, tagging, 3),
    "banking77": (banking77, classification, 8),
    "wnut17": (wnut17, tagging, 6),
    "wikiann_en": (wikiann_en, tagging, 3),
    "squad": (squad, partial(question_answering, stride=STRIDE), 3),
}


def setting() -> str:
    """What the figures were measured with."""
    with_what = f"{platform.machine()}, torch {torch.__version__}, {torch.get_num_threads()} threads"
    return f"{date.today():%Y-%m-%d}, {with_what}, the better of {RATES} by validation"


def cells(
    name: str, task: Task, models: dict[str, Bert], learned: int, asked: int, pad_id: int, passes: int
) -> Iterator[str]:
    """A table's line for each score; the models in their order, and the seconds of a run of the last one."""
    found, took = {}, 0.0
    for who, encoder in models.items():
        started, tried = time.perf_counter(), []
        for rate in RATES:
            model = task.learned(encoder, passes, rate, pad_id=pad_id)
            tried.append((next(iter(task.score(model, "validation").values())), rate, model))
        _, _, best = max(tried, key=lambda each: each[:2])
        found[who], took = task.score(best, "test"), (time.perf_counter() - started) / len(RATES)
    for score in found[who]:
        alone = f"{task.words_alone[score]:.1%}" if score in task.words_alone else ""
        reached = " | ".join(f"{scores[score]:.1%}" for scores in found.values())
        yield f"| {name} | {score} | {learned:,} | {asked:,} | {alone} | {reached} | {took:.0f} |"


def lines(data: Path, names: list[str], who: list[str]) -> Iterator[str]:
    """The lines of each task."""
    mini, tokenizer = bertlab.load("mini")
    both = {SCRATCH: new_model(mini.config, Recipe(steps=1)).bert, MINI: mini.bert}
    models = {name: both[name] for name in who}
    for name in names:
        read, kind, passes = TASKS[name]
        learned, chosen, asked = read(data / name)
        task = kind(tokenizer, learned, {"validation": chosen, "test": asked}, max_length=LONGEST)
        yield from cells(name, task, models, len(learned), len(asked), tokenizer.pad_id, passes)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("tasks", nargs="*", choices=[[], *TASKS], default=[])
    parser.add_argument("--models", nargs="+", choices=[SCRATCH, MINI], default=[SCRATCH, MINI])
    options = parser.parse_args()
    names = options.tasks or [name for name in TASKS if (options.data / name).is_dir()]
    print(f"{setting()}\n")
    print(f"| task | score | learned from | asked | words alone | {' | '.join(options.models)} | seconds a run |")
    print("| --- | --- |" + " ---: |" * (4 + len(options.models)))
    for line in lines(options.data, names, options.models):
        print(line, flush=True)


if __name__ == "__main__":
    main()
