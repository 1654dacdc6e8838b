"""The commands about lessons: `notebooks` makes, copies and exports them, `reset` restores one, `class-report`
reads what a class has done, `record` runs what takes longer than a lesson."""

import argparse
from collections.abc import Iterable
from pathlib import Path


def notebooks(options: argparse.Namespace) -> int:
    """Build the lessons from their sources, copy them for a learner, hand them out to a class, or run them and write
    what is seen as pages or slides."""
    runs, hands_out = options.html or options.slides, options.edition is not None
    if (runs or hands_out) and options.out is None:
        raise ValueError("say where to write, with --out DIR")
    if options.out and not (runs or hands_out):
        raise ValueError("--out belongs to --html, --slides and --edition")
    if options.lessons and not runs:
        raise ValueError("lessons by name belong to --html and --slides")
    if options.path != "all" and not hands_out:
        raise ValueError("--path belongs to --edition")
    messages: Iterable[str]
    if runs:
        from bertlab.lessons.execution import export_lessons

        messages = export_lessons(options.lessons, options.out, slides=options.slides)
    elif hands_out:
        from bertlab.lessons.editions import write_editions

        messages = write_editions(options.edition, options.path, options.out)
    elif options.copy:
        from bertlab.lessons import copies

        messages = copies.update(options.copy)
    else:
        from bertlab.lessons import notebook

        messages = notebook.build(check=options.check)
    said = False
    for message in messages:
        print(message, flush=True)
        said = True
    return 1 if options.check and said else 0


def reset(options: argparse.Namespace) -> int:
    """Restore a lesson to how it was published; a copy of your work is kept."""
    from bertlab.lessons import copies

    here = (Path() / copies.MEMORY).exists()  # JupyterLab's terminal begins among the copies
    print("\n".join(copies.reset(options.lesson, options.work or Path("." if here else "work"))))
    return 0


def class_report(options: argparse.Namespace) -> int:
    """Put together what a class has handed in: beliefs, exercises, quizzes, the first and the last test."""
    from bertlab.atomic import write_whole
    from bertlab.lessons import handed_in

    report = handed_in.class_report(options.folder)
    if options.out:
        print(write_whole(options.out, report))
    else:
        print(report, end="")
    return 0


def record(options: argparse.Namespace) -> int:
    """Run an experiment that takes longer than a lesson, and keep what it found."""
    from bertlab.lessons import experiments
    from bertlab.paths import data_path

    out = options.out or data_path("runs") / f"{options.experiment}.json"
    print(experiments.record(options.experiment, out, options.seeds))
    return 0


def add_lessons(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `notebooks`, `reset`, `class-report` and `record` to the commands."""
    command = commands.add_parser("notebooks", help=notebooks.__doc__)
    command.set_defaults(run=notebooks)
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--copy", type=Path, metavar="DIR", help="make or update a learner's copies")
    what.add_argument("--build", action="store_true", help="make notebooks/*.ipynb from notebooks/src (for authors)")
    what.add_argument("--check", action="store_true", help="say which notebooks differ from their source")
    what.add_argument("--html", action="store_true", help="run lessons and write each as one page; needs --out")
    what.add_argument("--slides", action="store_true", help="run lessons and write the slides of each; needs --out")
    what.add_argument(
        "--edition",
        choices=("class", "solutions"),
        help="notebooks to hand out: a class's, or solved ones; needs --out",
    )
    command.add_argument(
        "--path",
        choices=("one", "three", "all"),
        default="all",
        help="of --edition: the core of what fits one slot of 90 minutes, or three, or the whole course (default)",
    )
    command.add_argument("--out", type=Path, metavar="DIR", help="folder to write to")
    command.add_argument("lessons", nargs="*", metavar="LESSON", help="of --html and --slides: number or name; or all")

    command = commands.add_parser("reset", help=reset.__doc__)
    command.set_defaults(run=reset)
    command.add_argument("lesson", help="its number, 04, or its name")
    command.add_argument("--work", type=Path, metavar="DIR", help="where the copies are, if not here or in work/")

    command = commands.add_parser("class-report", help=class_report.__doc__)
    command.set_defaults(run=class_report)
    command.add_argument("folder", type=Path, help="where their bertlab-progress.json files lie, under any names")
    command.add_argument("--out", type=Path, metavar="FILE", help="write it there, in Markdown, not to the screen")

    command = commands.add_parser("record", help=record.__doc__)
    command.set_defaults(run=record)
    command.add_argument("experiment", help="its name; a wrong one lists all")
    command.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="default 0 1 2")
    command.add_argument("--out", type=Path, metavar="FILE", help="default data/runs/EXPERIMENT.json")
