"""The command that compares: `bertlab bench`, ours beside transformers on this machine."""

import argparse
from pathlib import Path

from bertlab.cli.numbers import at_least_one
from bertlab.cli.training import PRESETS


def bench(options: argparse.Namespace) -> int:
    """Measure how fast pretraining is here, beside transformers in the same run."""
    import json
    from dataclasses import asdict

    from bertlab.atomic import write_whole
    from bertlab.bench.setting import machine, settings

    print(machine())
    rows = []
    for setting in settings(
        options.preset,
        corpus=options.corpus,
        vocab_size=options.vocab_size,
        batch_rows=options.batch_rows,
        kinds=options.batches,
        precisions=options.precision,
    ):
        print(setting, flush=True)
        for row in setting.race(options.seconds):
            rows.append(row)
            print(f"  {row}", flush=True)
    if options.json:
        write_whole(options.json, json.dumps([asdict(row) for row in rows], indent=1) + "\n")
        print(f"{len(rows)} rows in {options.json}")
    return 0


def add_bench(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bench` to the commands."""
    command = commands.add_parser("bench", help=bench.__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    command.set_defaults(run=bench)
    command.add_argument("--preset", default="mini", choices=PRESETS, help="size of the models")
    command.add_argument("--seconds", type=float, default=20.0, help="for each kind of batch, at least three turns")
    command.add_argument("--json", type=Path, help="where to write the rows", metavar="FILE")
    command.add_argument(
        "--corpus", type=Path, nargs="+", help="text files to read; invented ids otherwise", metavar="PATH"
    )
    command.add_argument("--vocab-size", type=int, help="8,000 pieces, for base and large 30,522 if left out")
    command.add_argument("--batch-rows", type=at_least_one, default=32, help="rows of a batch")
    command.add_argument("--batches", nargs="+", choices=["full", "pairs"], default=["full", "pairs"])
    command.add_argument(
        "--precision",
        nargs="+",
        choices=["float32", "bfloat16"],
        help="float32, and bfloat16 where it is faster, if left out",
    )
