"""The command `bertlab`. Each command imports what it needs when it is called, so that `bertlab --help` is instant."""

import argparse
import shlex
import sys
from collections.abc import Sequence

from bertlab.cli.bench import add_bench
from bertlab.cli.corpus import add_corpus
from bertlab.cli.exporting import add_exporting
from bertlab.cli.lessons import add_lessons
from bertlab.cli.looking import add_looking
from bertlab.cli.training import add_training


def doctor(options: argparse.Namespace) -> int:
    """Say whether the lessons will run here, and what to do if not."""
    from bertlab.doctor import main as examine

    return examine()


def build_parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    parser = argparse.ArgumentParser(prog="bertlab", description="BERT to read, to run and to look inside.")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    add_training(commands)
    add_bench(commands)
    add_corpus(commands)
    add_looking(commands)
    add_exporting(commands)
    command = commands.add_parser("doctor", help=doctor.__doc__)
    command.set_defaults(run=doctor)
    add_lessons(commands)
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run one command. A foreseen failure is one line on standard error and exit status 1, Ctrl-C is 130."""
    words = sys.argv[1:] if words is None else words
    parser = build_parser()
    options = parser.parse_args(words)
    if options.run is None:
        parser.print_help()
        return 2
    options.command_line = shlex.join(["bertlab", *words])
    try:
        return int(options.run(options))
    except (ValueError, OSError, ImportError, FloatingPointError) as error:
        print(f"bertlab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bertlab: interrupted", file=sys.stderr)
        return 130
