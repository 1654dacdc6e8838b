"""How fast text becomes pieces: ours beside the library `tokenizers`, both on one thread, in turns.

    python benchmarks/tokenizer.py TEXT [TEXT ...]

TEXT is one or more text files (.txt or .txt.xz); their first 10 MB are used. A vocabulary of 8,000 pieces is learned by
both, then the same text is encoded by both with our vocabulary, and the ids are compared, all of them.
"""

import argparse
import os

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # before the library is loaded
os.environ["RAYON_NUM_THREADS"] = "1"

import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from tokenizers import Tokenizer as Theirs
from tokenizers import models, normalizers, pre_tokenizers, trainers

from bertlab.bench.setting import machine
from bertlab.corpora import find_text_files, read_documents
from bertlab.text import Tokenizer, fast_tokenizer, train_wordpiece
from bertlab.text.vocabulary import SPECIAL_PIECES

MEGABYTES, PIECES, TURNS = 10, 8000, 5


def first_lines(files: list[Path], megabytes: int) -> list[str]:
    """Paragraphs from the beginning, until there is enough text."""
    lines, size = [], 0
    for document in read_documents(files):
        for paragraph in document:
            lines.append(paragraph)
            size += len(paragraph.encode())
            if size >= megabytes * 1_000_000:
                return lines
    return lines


def their_training(lines: list[str]) -> int:
    """Their WordPiece trainer, with BERT's own normalising and splitting; how many pieces it gives."""
    theirs = Theirs(models.WordPiece(unk_token="[UNK]"))
    theirs.normalizer = normalizers.BertNormalizer()
    theirs.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=PIECES, special_tokens=[*SPECIAL_PIECES], show_progress=False)
    theirs.train_from_iterator(lines, trainer)
    return theirs.get_vocab_size()


def seconds(work: Callable[[], object]) -> float:
    """How long it takes once."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turns(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float, list[float]]:
    """Both medians, and how many times as fast ours was in each turn."""
    took = [(seconds(ours), seconds(theirs)) for _ in range(TURNS)]
    mine, other = (statistics.median(each) for each in zip(*took, strict=True))
    return mine, other, sorted(b / a for a, b in took)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path, nargs="+")
    lines = first_lines(find_text_files(parser.parse_args().text), MEGABYTES)
    size = sum(len(line.encode()) for line in lines) / 1e6
    print(f"{date.today():%Y-%m-%d}, {machine()}, {size:.1f} MB\n")
    print("| what | ours | `tokenizers`, one thread | ours is so many times as fast |")
    print("| --- | ---: | ---: | ---: |")

    mine, other, ratios = in_turns(lambda: train_wordpiece(lines, PIECES), lambda: their_training(lines))
    spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    print(f"| learning {PIECES:,} pieces | {mine:.2f} s | {other:.2f} s | {spread} |")

    pieces = train_wordpiece(lines, PIECES).pieces
    fast = fast_tokenizer(Tokenizer(pieces))

    def our_ids() -> list[list[int]]:
        encode = Tokenizer(pieces).encode_ids  # with an empty cache: each word is cut once
        return [encode(line) for line in lines]

    def their_ids() -> list[list[int]]:
        return [each.ids for each in fast.encode_batch_fast(lines, add_special_tokens=False)]

    mine, other, ratios = in_turns(our_ids, their_ids)
    spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    print(f"| encoding | {size / mine:.1f} MB/s | {size / other:.1f} MB/s | {spread} |\n")
    different = sum(a != b for a, b in zip(our_ids(), their_ids(), strict=True))
    print(f"paragraphs with other ids: {different} of {len(lines):,}")


if __name__ == "__main__":
    main()
