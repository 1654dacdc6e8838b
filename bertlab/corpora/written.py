"""Stories into a text file: one a paragraph, whole or not at all, and nothing that differs is written over."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

from tqdm import tqdm

from bertlab.atomic import whole_file


def as_lines(stories: Iterable[str]) -> Iterator[str]:
    r"""A story a line, an empty line between two, as `read_documents` reads documents.

    >>> list(as_lines(["Anna sings.", "Ben sleeps."]))
    ['Anna sings.\n', '\n', 'Ben sleeps.\n']
    """
    for number, story in enumerate(stories):
        if number:
            yield "\n"
        yield story + "\n"


def write_stories(stories: Iterable[str], count: int, out: Path, force: bool = False) -> str:
    """Write stories to a text file, and say what was done. A file that holds just these stays as it is.

    Args:
        count: of the stories; for the progress bar.
        force: replace a file that holds something else.

    Raises:
        FileExistsError: the file is there and holds something else.
        IsADirectoryError: the name is that of a folder.
        ValueError: the file's name says that it is compressed.
    """
    if out.suffix == ".xz":
        raise ValueError(f"{out}: the text is written as it is; name the file {out.with_suffix('').name}")
    if out.is_dir():
        raise IsADirectoryError(f"{out} is a folder; name a file, such as {out / 'stories.txt'}")
    with tqdm(stories, total=count, unit=" stories", delay=1) as bar:
        lines = as_lines(iter(bar))
        if out.exists() and not force:
            with out.open(encoding="utf-8", errors="replace", newline="\n") as there:
                for number, (found, wanted) in enumerate(zip_longest(there, lines), start=1):
                    if found != wanted:
                        raise FileExistsError(
                            f"{out} exists and is something else from line {number} on; "
                            "give another --out, or --force to replace it"
                        )
            return f"{out} holds just these {count:,} stories already"
        out.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(out) as draft, draft.open("w", encoding="utf-8", newline="\n") as text:
            text.writelines(lines)
    return f"{out}: {count:,} stories"
