"""A public corpus, or a part of it, into one text file: shuffled by a seed, whole or not at all, and able to go on.

The stream is cut into blocks; each is shuffled by (seed, its number) and written, and then it is noted how far the file
and the stream have come. So a download that ended early goes on where a block began, and the same seed gives the same
bytes, interrupted or not. `datasets` could shuffle too, but what is in its buffer is lost when it resumes.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from bertlab.atomic import write_whole
from bertlab.corpora.files import Document
from bertlab.corpora.hub import Position, Source, open_corpus
from bertlab.corpora.public import PublicCorpus, find_corpus

BUFFER = 10_000
"""Documents in a block."""
BUFFER_CHARACTERS = 50_000_000
"""A block ends here too: 10,000 long articles would fill the memory."""


@dataclass(frozen=True)
class Progress:
    """How far a download has come: the part file is good up to `bytes`, and the next block begins at `position`."""

    bytes: int = 0
    documents: int = 0
    block: int = 0
    position: Position = (0, 0)


def blocks(
    documents: Iterable[tuple[Document, Position]], size: int, characters: int = BUFFER_CHARACTERS
) -> Iterator[tuple[list[Document], Position]]:
    """Some documents at a time, and where the next of them begin.

    >>> [len(block) for block, _ in blocks(((["a", "b"], (0, row)) for row in range(5)), size=2)]
    [2, 2, 1]
    """
    block, weight, end = [], 0, (0, 0)
    for document, end in documents:
        block.append(document)
        weight += sum(map(len, document))
        if len(block) >= size or weight >= characters:
            yield block, end
            block, weight = [], 0
    if block:
        yield block, end


def source_file(out: Path) -> Path:
    """Where the licence and origin of a text file stand: beside it.

    >>> source_file(Path("texts", "wiki.txt")).name
    'wiki.txt.source.json'
    """
    return out.with_name(f"{out.name}.source.json")


def _read_json(file: Path) -> dict[str, Any]:
    """What stands in a file, or nothing where it is missing or damaged."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_json(file: Path, content: dict[str, Any]) -> None:
    write_whole(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@dataclass(frozen=True)
class Download:
    """A text file in the making: the part written so far, and the note how far that is."""

    out: Path
    request: dict[str, Any]

    @property
    def part(self) -> Path:
        """The text so far, under a name that no reader of a folder takes for text."""
        return self.out.with_name(f".part-{self.out.name}")

    @property
    def note(self) -> Path:
        """How far the text is."""
        return self.out.with_name(f".part-{self.out.name}.json")

    def clear(self) -> None:
        """Forget what was begun."""
        self.part.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def progress(self, documents: int) -> Progress:
        """Where to go on; the beginning, if what is there was begun otherwise, is damaged, or is more than is asked."""
        noted = _read_json(self.note)
        if noted.get("request") == self.request and self.part.is_file():
            found = Progress(**(noted["progress"] | {"position": tuple(noted["progress"]["position"])}))
            if found.bytes <= self.part.stat().st_size and found.documents <= documents:
                return found
        self.clear()
        return Progress()

    def write(self, source: Source, documents: int, buffer: int, done: Progress) -> int:
        """Write what is missing of the first `documents` documents; give back how many there are now."""
        seed, count = self.request["seed"], done.documents
        self.out.parent.mkdir(parents=True, exist_ok=True)
        coming = source.documents(seed, done.position) if count < documents else iter(())
        # What is read is shown, not what is written: whole blocks come before anything of them is written.
        total = count + -(-(documents - count) // buffer) * buffer
        with self.part.open("ab") as text, tqdm(coming, "reading", total, initial=count, unit=" documents") as bar:
            text.truncate(done.bytes)  # after the note, a block may have been half written
            for number, (block, position) in enumerate(blocks(iter(bar), buffer), start=done.block):
                drawn = np.random.default_rng([seed, 1, number]).permutation(len(block))[: documents - count]
                for document in drawn:
                    text.write((("\n" if count else "") + "\n".join(block[document]) + "\n").encode("utf-8"))
                    count += 1
                text.flush()
                os.fsync(text.fileno())
                if len(drawn) == len(block):  # a block cut short ends the file; one that asks for more begins it again
                    noted = Progress(text.tell(), count, number + 1, position)
                    _write_json(self.note, {"request": self.request, "progress": asdict(noted)})
                if count == documents:
                    break
        return count

    def finish(self, about: dict[str, Any]) -> None:
        """Give the text its name, the licence first: no moment at which the one is there without the other."""
        _write_json(source_file(self.out), about | {"sha256": _digest(self.part)})
        os.replace(self.part, self.out)
        self.clear()


def _request(corpus: PublicCorpus, split: str, seed: int, buffer: int, folder: Path | None) -> dict[str, Any]:
    """What the bytes depend on, so far as it is known before anything is opened."""
    return {
        "name": corpus.name,
        "hub_id": corpus.hub_id,
        "config": corpus.config,
        "split": split,
        "folder": str(folder) if folder else None,
        "seed": seed,
        "buffer": buffer,
    }


def fetch_corpus(
    name: str,
    documents: int,
    out: Path,
    *,
    seed: int = 0,
    split: str = "train",
    buffer: int = BUFFER,
    folder: Path | None = None,
    force: bool = False,
) -> list[str]:
    """Write the first documents of a shuffled public corpus to a text file, with its licence beside it.

    What is to be told in the end is given back, a line each.

    Args:
        buffer: documents that are shuffled among one another.
        folder: a copy of the repository, to be read instead of the Hub.
        force: replace a file that is something else.

    Raises:
        ValueError: no such corpus or split, or there is nothing in it.
        FileExistsError: the file is there and is something else.
        ConnectionError: the Hub cannot be reached, or the connection was lost; what has come is kept.
    """
    corpus = find_corpus(name)
    if documents < 1 or buffer < 1:
        raise ValueError(f"documents and buffer are at least 1, not {documents} and {buffer}")
    if out.suffix == ".xz":
        raise ValueError(f"{out}: the text is written as it is; name the file {out.with_suffix('').name}")
    request = _request(corpus, split, seed, buffer, folder)
    if out.exists() and not force:
        about = _read_json(source_file(out))
        asked = request | {"asked_documents": documents}
        if {key: about.get(key) for key in asked} == asked and about.get("sha256") == _digest(out):
            Download(out, request).clear()
            return [f"{out} is there already, as asked: {about['documents']:,} documents; --force fetches it anew"]
        raise FileExistsError(f"{out} exists and is something else; give another --out, or --force to replace it")
    source = open_corpus(corpus, split, folder)
    download = Download(out, request | {"revision": source.revision, "shards": source.dataset.num_shards})
    begun = download.note.exists()
    done = download.progress(documents)
    print(f"{corpus.name}, {split}, of {source.where}, revision {source.revision}\nlicence: {corpus.licence}")
    if done.documents:
        print(f"going on after {done.documents:,} documents")
    elif begun:
        print("what was begun here was asked or published otherwise; beginning anew")
    try:
        written = download.write(source, documents, buffer, done)
    except BaseException as error:
        kept = download.progress(documents).documents  # also clears what is too little to go on from
        hint = f"{kept:,} documents are kept; the same command goes on" if kept else "nothing is kept"
        if isinstance(error, ConnectionError):
            raise ConnectionError(f"{error}. {hint}") from error
        print(hint)
        raise
    if not written:
        download.clear()
        raise ValueError(f"{source.where} holds no document in {split}")
    about = request | {
        "revision": source.revision,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "documents": written,
        "asked_documents": documents,
        "licence": corpus.licence,
        "licence_from": corpus.licence_from,
        "licence_on_card": list(source.card_licence),
        "what": corpus.what,
        "changes": corpus.changes,
    }
    download.finish(about)
    messages = [f"{out}: {written:,} documents; licence and origin in {source_file(out).name}"]
    if written < documents:
        messages.append(f"the corpus has no more: {documents:,} were asked for")
    if source.card_licence != corpus.card_licence:
        card = ", ".join(source.card_licence) or "nothing"
        messages.append(f"the card now names {card} as licence, not {', '.join(corpus.card_licence)}: read it")
    return messages
