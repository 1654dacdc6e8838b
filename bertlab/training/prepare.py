"""From text files to ids: a vocabulary, a part to train on, and a part to be asked about."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bertlab.corpora import TokenizedCorpus, read_documents
from bertlab.corpora.shards import Shards
from bertlab.text import Tokenizer, train_wordpiece

VOCABULARY_BYTES = 20_000_000
"""A vocabulary is learned from about so much text, drawn evenly: more of it changes few pieces."""

TRAINING, HELD_OUT, SHARDS = "training", "held_out", "shards"
"""Folders of a prepared text: the two parts, and for as long as it is being read what they are made from."""

GROUP_BYTES = 1_000_000
"""Files smaller than this are held together: the end of each alone would be a sentence or less."""


def learn_vocabulary(files: Sequence[Path], vocab_size: int, lowercase: bool, encoding: str | None) -> Tokenizer:
    """A WordPiece vocabulary learned from every n-th paragraph."""
    every = max(1, sum(map(_unpacked_bytes, files)) // VOCABULARY_BYTES)
    paragraphs = (paragraph for document in read_documents(files, encoding) for paragraph in document)
    trained = train_wordpiece(islice(paragraphs, 0, None, every), vocab_size, lowercase=lowercase)
    return Tokenizer(trained.pieces, lowercase=lowercase)


def _unpacked_bytes(file: Path) -> int:
    """About how much text a file holds; xz packs English to a quarter."""
    return file.stat().st_size * (4 if file.suffix == ".xz" else 1)


def grouped(files: Sequence[Path]) -> list[list[Path]]:
    """The files in order, neighbours together until there is a megabyte of text; what is left goes with the last."""
    groups: list[list[Path]] = [[]]
    size = 0
    for file in files:
        if size >= GROUP_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(file)
        size += _unpacked_bytes(file)
    if size < GROUP_BYTES and len(groups) > 1:
        rest = groups.pop()
        groups[-1] += rest
    return groups


@dataclass(frozen=True)
class PreparedText:
    """A corpus as ids: one part to train on, one that the model never sees but is asked about."""

    tokenizer: Tokenizer
    training: TokenizedCorpus
    held_out: TokenizedCorpus

    def save(self, folder: Path) -> None:
        """Keep all of it, so that a resumed run need not read the text again."""
        self.tokenizer.save(folder)
        self.training.save(folder / TRAINING)
        self.held_out.save(folder / HELD_OUT)

    @classmethod
    def load(cls, folder: Path) -> "PreparedText":
        """Read what `save` wrote; the text is mapped into memory."""
        tokenizer = Tokenizer.from_folder(folder)
        return cls(tokenizer, TokenizedCorpus.load(folder / TRAINING), TokenizedCorpus.load(folder / HELD_OUT))


def start_reading(tokenizer: Tokenizer, folder: Path) -> None:
    """Prepare a folder for `read_on`: the tokenizer is kept, what was read with another one is not."""
    shutil.rmtree(folder / SHARDS, ignore_errors=True)
    tokenizer.save(folder)


def read_on(files: Sequence[Path], folder: Path, held_out: float = 0.01, encoding: str | None = None) -> PreparedText:
    """Every file as ids, by the folder's tokenizer; the last share `held_out` of each file's sentences, or group's, is
    kept from training.

    The text may be larger than memory. The same call after an interruption goes on where it was.

    Raises:
        ValueError: there is no text, or too little to be split.
    """
    tokenizer, shards, groups = Tokenizer.from_folder(folder), Shards(folder / SHARDS), grouped(files)
    for number, group in enumerate(groups):
        shards.write(number, read_documents(group, encoding), tokenizer)
    shards.lay(len(groups), held_out, folder / TRAINING, folder / HELD_OUT)
    shutil.rmtree(shards.folder)
    return PreparedText.load(folder)
