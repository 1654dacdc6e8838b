"""Everything a person waits for: the import, the doctor, a lesson's first output, a lesson from top to bottom.

    python benchmarks/waits.py            # all lessons: some ten minutes
    python benchmarks/waits.py 00 04      # some

Each is a process of its own, as when a person does it; a lesson runs on one thread.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import nbformat

from bertlab.bench.setting import machine
from bertlab.lessons.copies import find_lesson
from bertlab.lessons.execution import execute, lesson_environment
from bertlab.paths import notebooks_path

COMMANDS = {
    "`import bertlab`": ["-c", "import bertlab"],
    "Python itself, to compare": ["-c", "pass"],
    "`import bertlab.training`, torch with it": ["-c", "import bertlab.training"],
    "`bertlab --help`": ["-m", "bertlab", "--help"],
    "`bertlab doctor`": ["-m", "bertlab", "doctor"],
}
TURNS = 7


def seconds_of(words: list[str]) -> float:
    """How long a command takes."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], check=False, capture_output=True, cwd=notebooks_path().parent)
    return time.perf_counter() - began


def lesson(name: str) -> tuple[float, float]:
    """Seconds from the start of the kernel to the end of the first cell that shows something, and to the last one."""
    notebook = nbformat.read(find_lesson(name), as_version=4)
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        took = execute(notebook, Path(folder), environment=lesson_environment(OMP_NUM_THREADS="1"))
    first = next(cell for cell in notebook.cells if cell.get("outputs"))
    shown = datetime.fromisoformat(first.metadata.execution["shell.execute_reply"])
    return (shown - began).total_seconds(), took


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", default=[f"{number:02d}" for number in range(14)])
    print(f"{datetime.now():%Y-%m-%d}, {machine()}\n\n| what | seconds |\n| --- | ---: |")
    asked = parser.parse_args()
    turns = [{name: seconds_of(words) for name, words in COMMANDS.items()} for _ in range(TURNS)]
    for name in COMMANDS:
        print(f"| {name} | {statistics.median(turn[name] for turn in turns):.2f} |")
    print("\n| lesson | first output, s | Run All, s |\n| --- | ---: | ---: |")
    for name in asked.lessons:
        first, took = lesson(name)
        print(f"| {name} | {first:.1f} | {took:.0f} |", flush=True)


if __name__ == "__main__":
    main()
