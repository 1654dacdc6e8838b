"""A corpus larger than memory: encoded piece by piece into shards, which are then laid end to end and mapped."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bertlab.corpora.files import Document
from bertlab.corpora.tokenized import TokenizedCorpus, concatenate, split_parts, tokenized_parts
from bertlab.text import Tokenizer


@dataclass(frozen=True)
class Shards:
    """A folder of shards. Each is a `TokenizedCorpus`; its name says of which group, which one, of how many documents.

    A shard is there whole or not at all. Whoever was interrupted begins behind the last one.
    """

    folder: Path

    def of_group(self, group: int) -> list[Path]:
        """The shards of a group, in order."""
        return sorted(self.folder.glob(f"{group:06d}-*"))

    def write(self, group: int, documents: Iterable[Document], tokenizer: Tokenizer) -> None:
        """Encode those documents of a group that are in no shard yet."""
        there = self.of_group(group)
        done = sum(int(shard.name.rpartition("-")[2]) for shard in there)
        parts = tokenized_parts(islice(documents, done, None), tokenizer)
        for number, (count, part) in enumerate(parts, start=len(there)):
            draft = self.folder / ".part"
            shutil.rmtree(draft, ignore_errors=True)
            part.save(draft)
            draft.rename(self.folder / f"{group:06d}-{number:06d}-{count}")

    def lay(self, groups: int, held_out: float, training: Path, unseen: Path) -> None:
        """Write one corpus to train on, and one of the last share `held_out` of each group's sentences.

        Raises:
            ValueError: see `TokenizedCorpus.split`.
        """
        of_groups = [[TokenizedCorpus.load(shard) for shard in self.of_group(group)] for group in range(groups)]
        sides = [split_parts(parts, held_out) for parts in of_groups]
        for side, folder in zip(zip(*sides, strict=True), (training, unseen), strict=True):
            concatenate([part for parts in side for part in parts], folder)
