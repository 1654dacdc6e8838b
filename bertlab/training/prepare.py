"""From text files to ids: a vocabulary, a part to train on, and a part to be asked about."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bertlab.corpora import TokenizedCorpus, concatenate, read_documents, tokenize_corpus
from bertlab.text import Tokenizer, train_wordpiece

VOCABULARY_BYTES = 20_000_000
"""A vocabulary is learned from about so much text, drawn evenly: more of it changes few pieces."""

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
        self.training.save(folder / "training.npz")
        self.held_out.save(folder / "held_out.npz")

    @classmethod
    def load(cls, folder: Path) -> "PreparedText":
        """Read what `save` wrote."""
        return cls(
            tokenizer=Tokenizer.from_folder(folder),
            training=TokenizedCorpus.load(folder / "training.npz"),
            held_out=TokenizedCorpus.load(folder / "held_out.npz"),
        )


def prepare_text(
    files: Sequence[Path], tokenizer: Tokenizer, held_out: float = 0.01, encoding: str | None = None
) -> PreparedText:
    """Every file as ids; the last share `held_out` of each file's sentences, or group's, is kept from training.

    Raises:
        ValueError: there is no text, or too little to be split.
    """
    groups = grouped(files)
    parts = [tokenize_corpus(read_documents(group, encoding), tokenizer).split(held_out) for group in groups]
    training, unseen = zip(*parts, strict=True)
    return PreparedText(tokenizer, concatenate(training), concatenate(unseen))
