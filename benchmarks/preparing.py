"""A text larger than a laptop likes: how long it takes to become ids, and how much memory at most.

    python benchmarks/preparing.py TEXT [TEXT ...] --megabytes 1000

TEXT (.txt or .txt.xz) is written out again and again, until there is so much of it. A process of its own then does what
`bertlab train` does before the first step, is killed on the way, and is started again.
"""

import argparse
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from bertlab.bench.setting import machine
from bertlab.corpora import find_text_files, read_documents
from bertlab.paths import data_path

MEGABYTE = 1_000_000
PREPARE = """
import sys
from pathlib import Path
from bertlab.training.pretraining import prepare_run
from bertlab.training.run_folder import RunFolder

text = prepare_run(RunFolder(Path(sys.argv[2])), [Path(sys.argv[1])], vocab_size=8000, vocab_file=Path(sys.argv[3]),
                   lowercase=True, held_out=0.01, encoding=None)
print(text.training, text.held_out, sep=" | ")
"""


def write_much(texts: list[Path], file: Path, size: int) -> None:
    """The documents of the texts, over and over, until the file has so many bytes."""
    with file.open("w", encoding="utf-8") as out:
        while out.tell() < size:
            for document in read_documents(texts):
                out.write("\n".join(document) + "\n\n")
                if out.tell() >= size:
                    return


def main() -> None:
    """Print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--megabytes", type=int, default=1000)
    options = parser.parse_args()
    with TemporaryDirectory() as place:
        file, run = Path(place, "much.txt"), Path(place, "run")
        write_much(find_text_files(options.texts), file, options.megabytes * MEGABYTE)
        command = [sys.executable, "-c", PREPARE, str(file), str(run), str(data_path("models", "mini", "vocab.txt"))]
        shards = run / "training" / "shards"
        began, running = time.perf_counter(), subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while running.poll() is None and len(list(shards.glob("0*"))) < 20:
            time.sleep(0.1)
        running.kill()
        running.wait()
        kept = len(list(shards.glob("0*")))
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000  # kilobytes on Linux
    print(f"{date.today():%Y-%m-%d}, {machine()}")
    speed = options.megabytes / took
    print(f"{options.megabytes:,} MB in {took:.0f} s ({speed:.1f} MB/s), at most {peak:,.0f} MB of memory")
    print(f"killed with {kept} shards on disk; {' | '.join(done.stdout.splitlines())}")


if __name__ == "__main__":
    main()
