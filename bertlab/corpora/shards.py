"""A corpus larger than memory: encoded piece by piece into shards, which are then laid end to end and mapped."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bertlab.corpora.files import Document
from bertlab.corpora.tokenized import TokenizedCorpus, kept_for_training, lay, tokenized_parts
from bertlab.text import Tokenizer


class Stretch(NamedTuple):
    """Some sentences of a shard."""

    shard: Path
    first: int
    stop: int

    def load(self) -> TokenizedCorpus:
        """These sentences, mapped into memory for as long as somebody has them."""
        return TokenizedCorpus.load(self.shard).sentences(self.first, self.stop)


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
        to_train_on: list[Stretch] = []
        to_ask_about: list[Stretch] = []
        for group in range(groups):
            shards = self.of_group(group)
            sentences = [TokenizedCorpus.load(shard).num_sentences for shard in shards]
            for shard, stop, cut in zip(shards, sentences, kept_for_training(sentences, held_out), strict=True):
                to_train_on += [Stretch(shard, 0, cut)] if cut else []
                to_ask_about += [Stretch(shard, cut, stop)] if cut < stop else []
        lay(lambda: map(Stretch.load, to_train_on), training)
        lay(lambda: map(Stretch.load, to_ask_about), unseen)
