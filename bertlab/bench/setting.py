"""One size, one kind of batch: in it all contenders meet."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from bertlab.bench.race import Row, race
from bertlab.bench.reading import ROW_LENGTH, Turns, counted_pieces, synthetic_corpus
from bertlab.corpora import TokenizedCorpus, find_text_files, read_documents, tokenize_corpus
from bertlab.model import BertConfig
from bertlab.text import Tokenizer
from bertlab.training import choose_device, choose_precision
from bertlab.training.prepare import learn_vocabulary

SENTENCES = 20_000
"""Of the invented corpus."""


@dataclass(frozen=True)
class Setting:
    """What the contenders are, and what they read."""

    preset: str
    config: BertConfig
    tokenizer: Tokenizer
    turns: Turns
    precisions: Sequence[str]
    device: torch.device
    who: Sequence[str] | None = None

    def __str__(self) -> str:
        return f"{self.preset}, {self.config}: {self.turns.kind} batches, {' and '.join(self.precisions)}"

    def race(self, seconds: float) -> Iterator[Row]:
        """One row for each contender."""
        return race(self.preset, self.config, self.turns, self.precisions, seconds, self.device, self.who)


def settings(
    preset: str,
    *,
    corpus: Sequence[Path] | None = None,
    vocab_size: int | None = None,
    batch_rows: int = 32,
    kinds: Sequence[str] = ("full", "pairs"),
    precisions: Sequence[str] | None = None,
    who: Sequence[str] | None = None,
) -> Iterator[Setting]:
    """The settings to be measured, one after another.

    Args:
        corpus: text files; without them the ids are invented.
        vocab_size: 8,000 if left out, BERT's 30,522 for the published sizes base and large.
        precisions: float32, and bfloat16 where it is faster here, if left out.
        who: contenders, the tuned one among them; all of this device if left out.
    """
    device = choose_device()
    if not precisions:
        chosen = choose_precision(device)
        print(f"{'with' if chosen.name == 'bfloat16' else 'without'} bfloat16: {chosen.reason}")
        precisions = ["float32"] if chosen.name == "float32" else ["float32", chosen.name]
    tokenizer, text = what_is_read(corpus, vocab_size or (30522 if preset in ("base", "large") else 8000))
    config = BertConfig.preset(
        preset,
        vocab_size=len(tokenizer),
        max_position_embeddings=ROW_LENGTH,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=tokenizer.pad_id,
    )
    for kind in kinds:
        turns = Turns(kind, text, tokenizer, batch_rows, device=device)
        yield Setting(preset, config, tokenizer, turns, precisions, device, who)


def what_is_read(corpus: Sequence[Path] | None, vocab_size: int) -> tuple[Tokenizer, TokenizedCorpus]:
    """A vocabulary and a text in it: from files, or invented."""
    if not corpus:
        tokenizer = counted_pieces(vocab_size)
        return tokenizer, synthetic_corpus(tokenizer, SENTENCES, np.random.default_rng(0))
    files = find_text_files(corpus)
    tokenizer = learn_vocabulary(files, vocab_size, lowercase=True, encoding=None)
    return tokenizer, tokenize_corpus(read_documents(files), tokenizer)


def machine() -> str:
    """What this is measured with.

    >>> machine().startswith("on ")
    True
    """
    device, threads = choose_device(), torch.get_num_threads()
    name = torch.cuda.get_device_name() if device.type == "cuda" else cpu_name()
    versions = f"Python {platform.python_version()}, torch {torch.__version__}"
    return f"on {name}, {threads} thread{'s' * (threads > 1)}, {versions}"


def cpu_name() -> str:
    """As the system tells it, else the kind of processor."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
