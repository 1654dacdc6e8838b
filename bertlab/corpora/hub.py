"""Reading the corpora of the Hugging Face Hub, or of a folder that is a copy of one, document by document.

`datasets` streams and cuts into shards, of a Parquet file one for each of its row groups. Which shard comes when is
decided here, and every document says where the next one begins: so one can go on there without what came before.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bertlab.corpora.files import Document
from bertlab.corpora.public import PublicCorpus

Position = tuple[int, int]
"""How many shards of the stream are done, and how many rows of the next one."""

READ_AHEAD = 2**17
"""Bytes. The usual 5 MB would be read again for each row group, of which many are ten times smaller."""

# WikiText: "= Title =" names an article, "= = Part = =" a part of one. Each stands between empty rows.
_TITLE = re.compile(r"= (?!=).+(?<!=) =")
_HEADING = re.compile(r"= .+ =")
_JOINED = re.compile(r" @([-,.])@ ")


def paragraphs(text: str) -> Document:
    r"""The lines of a text that hold something, as `read_documents` will find them again.

    >>> paragraphs("One.\n\n  Two. \n")
    ['One.', 'Two.']
    """
    lines = text.replace("\0", "").replace("\ufeff", "").splitlines()
    return [line.strip() for line in lines if line.strip()]


def articles(rows: Iterable[tuple[str, Position]]) -> Iterator[tuple[Document, Position]]:
    """WikiText's rows, put together to articles. Titles and headings are left out, and `@-@` is `-` again.

    >>> rows = ["", " = Cats = ", "", " A cat is well @-@ known . ", "", " = = Food = = ", "", " Fish . "]
    >>> [document for document, _ in articles((row, (0, number)) for number, row in enumerate(rows, start=1))]
    [['A cat is well-known .', 'Fish .']]
    """
    document: Document | None = None  # before the first title there is no article
    before, end = "", (0, 0)
    for (row, place), (after, _) in pairwise(chain(rows, [("", end)])):
        alone = not before.strip() and not after.strip()
        if alone and _TITLE.fullmatch(row.strip()):
            if document:
                yield document, (place[0], place[1] - 1)  # whoever starts there reads this title again
            document = []
        elif document is not None and not (alone and _HEADING.fullmatch(row.strip())):
            document += paragraphs(_JOINED.sub(r"\1", row))
        before, end = row, place
    if document:
        yield document, end


@dataclass(frozen=True)
class Source:
    """An opened corpus: its rows in an order that depends on the seed only, and where they come from."""

    corpus: PublicCorpus
    split: str
    dataset: Any
    where: str
    revision: str
    card_licence: tuple[str, ...]

    def documents(self, seed: int, start: Position = (0, 0)) -> Iterator[tuple[Document, Position]]:
        """One document after the other, each with the place where the next one begins.

        Raises:
            ValueError: the rows have no such column.
            ConnectionError: the rows stopped coming.
        """
        rows = self._rows(seed, start)
        if self.corpus.documents == "headings":
            return articles(rows)
        return ((found, place) for text, place in rows if (found := paragraphs(text)))

    def _rows(self, seed: int, start: Position) -> Iterator[tuple[str, Position]]:
        count = self.dataset.num_shards
        order = list(range(count))  # an article may lie across two shards
        if self.corpus.documents == "rows":
            order = np.random.default_rng([seed, 0]).permutation(count).tolist()
        done, skipped = start
        for done in range(start[0], count):
            rows = self.dataset.shard(count, order[done]).skip(skipped)
            for number, row in enumerate(_arriving(rows, self.where), start=skipped + 1):
                if self.corpus.column not in row:
                    raise ValueError(f"{self.where} has no column {self.corpus.column!r}, but {', '.join(row)}")
                yield row[self.corpus.column] or "", (done, number)
            skipped = 0


def _arriving(rows: Iterable[dict], where: str) -> Iterator[dict]:
    """The rows. Each library on their way has errors of its own; here they are one."""
    try:
        yield from rows
    except Exception as error:
        raise ConnectionError(f"{where} stopped in the middle: {_in_short(error)}") from error


def _in_short(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def open_corpus(corpus: PublicCorpus, split: str = "train", folder: Path | None = None) -> Source:
    """Open a corpus of the Hub for reading, or a copy of its repository in a folder. No text is downloaded yet.

    Raises:
        ImportError: the library `datasets` is missing.
        ValueError: there is no such split.
        FileNotFoundError: the folder does not exist, or does not hold this corpus.
        ConnectionError: the Hub cannot be reached.
    """
    if split not in corpus.splits:
        raise ValueError(f"{corpus.name} has no split {split!r}; there is {', '.join(corpus.splits)}")
    try:
        import datasets  # noqa: F401
    except ImportError as error:
        raise ImportError(f"{error.name} is missing; public corpora need it: pip install 'bertlab[hub]'") from None
    return _open_hub(corpus, split) if folder is None else _open_folder(corpus, split, folder)


def _open_hub(corpus: PublicCorpus, split: str) -> Source:
    import datasets
    from huggingface_hub import HfApi

    where = f"{corpus.hub_id} on the Hugging Face Hub"
    # What follows a row group is not what is read next.
    little_ahead = {"hf": {"block_size": READ_AHEAD}} if corpus.documents == "rows" else None
    try:
        about = HfApi().dataset_info(corpus.hub_id, timeout=20)
        dataset = datasets.load_dataset(
            corpus.hub_id,
            corpus.config,
            split=split,
            revision=about.sha,
            streaming=True,
            storage_options=little_ahead,
        )
        return Source(corpus, split, _cut(dataset, corpus), where, str(about.sha), _licence(about.card_data))
    except Exception as error:
        raise ConnectionError(
            f"{where} cannot be reached ({_in_short(error)}). Without a network: bertlab corpus story makes stories, "
            "data/text/first_light holds some of ours, and --from FOLDER reads a copy of the repository"
        ) from error


def _open_folder(corpus: PublicCorpus, split: str, folder: Path) -> Source:
    import datasets
    from huggingface_hub import DatasetCard

    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is no folder; give a copy of the repository {corpus.hub_id}")
    readme = folder / "README.md"
    try:
        card = DatasetCard.load(readme).data if readme.is_file() else None
        known = datasets.get_dataset_config_names(str(folder))
        config = "default" if known == ["default"] else corpus.config  # a plain folder of files has but the one
        dataset = datasets.load_dataset(str(folder), config, split=split, streaming=True)
        return Source(corpus, split, _cut(dataset, corpus), str(folder), _fingerprint(folder), _licence(card))
    except Exception as error:
        raise FileNotFoundError(
            f"{folder} holds no {split} of {corpus.hub_id}, {corpus.config}: {_in_short(error)}"
        ) from error


def _cut(dataset: Any, corpus: PublicCorpus) -> Any:
    """Into row groups, to draw them from everywhere; but read in order, each would only cost another request."""
    return dataset.reshard() if corpus.documents == "rows" else dataset


def _licence(card: Any) -> tuple[str, ...]:
    named = getattr(card, "license", None) or ()
    return (named,) if isinstance(named, str) else tuple(named)


def _fingerprint(folder: Path) -> str:
    """Of the files' names and sizes: enough to see that it is not the same folder any more."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    sizes = [(path.relative_to(folder).as_posix(), path.stat().st_size) for path in files]
    return "files-" + hashlib.sha256(json.dumps(sizes).encode()).hexdigest()[:16]
