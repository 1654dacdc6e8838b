"""CoNLL columns: a word a line with its tag, an empty line after each sentence.

    EU      NNP  B-ORG
    rejects VBZ  O

Columns are parted by tabs, or by spaces in files without them. What begins with # is a remark unless it has all the
columns and a tag: #berlin and # are words in tweets. A line -DOCSTART- parts documents and is no word.

Source of the form: Tjong Kim Sang and De Meulder 2003, the CoNLL-2003 shared task.
"""

import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bertlab.corpora.files import read_text
from bertlab.corpora.labelled.examples import TaggedWords
from bertlab.corpora.labelled.tags import SCHEMES, Scheme, convert_tags, is_tag, recognise_scheme

# What parts columns, and what may stand around a line. Only where tabs part them may there be spaces in a word.
_CUT = {"tab": (re.compile(" *\t *"), " \n"), "space": (re.compile("[ \t]+"), " \t\n")}
_REMARK = re.compile(r"#( |$|begin document|end document)")


class Columns(NamedTuple):
    """How the lines of a file are cut, found from the first one that is no remark."""

    parted_by: str
    width: int
    first_line: int


class Sentence(NamedTuple):
    """Words and tags as a file writes them, and the line of each."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    lines: tuple[int, ...]


def read_conll(
    file: str | Path,
    *,
    word: int = 0,
    tag: int = -1,
    prefix: str = "",
    scheme: Scheme | None = None,
    lenient: bool = False,
    encoding: str | None = None,
) -> Iterator[TaggedWords]:
    """The sentences of a file, with tags in IOB2 whatever scheme the file uses.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "train.conll")
    >>> size = file.write_text("Anna\\tI-PER\\nsings\\tO\\n\\nBen\\tI-PER\\n", encoding="utf-8")
    >>> print(*read_conll(file), sep="; ")
    Anna/B-PER sings; Ben/B-PER

    Args:
        word, tag: which columns they are, counted from 0, or from the last, which is -1.
        prefix: what every word begins with and does not belong to it: "en:" in WikiANN.
        scheme: the one it is in; None: the one in which all of it is valid.
        lenient: read what is valid in no scheme, too, as conlleval reads it.

    Raises:
        ValueError: a line has too few columns or too many, no word, no tag, or one that is not valid there; or there
            is no sentence at all. File, line and remedy are named.
        FileNotFoundError: there is no such file.
    """
    file = Path(file)
    text = read_text(file, encoding)

    def sentences() -> Iterator[Sentence]:
        return _sentences(file, text, word, tag, prefix)

    def where(sentence: int, place: int) -> str:
        found = next(islice(sentences(), sentence, None))
        return f"{file}, line {found.lines[place]}"

    used = recognise_scheme(
        (sentence.tags for sentence in sentences()), (scheme,) if scheme else SCHEMES, lenient, where
    )
    for sentence in sentences():
        # Its tags have been looked at: there is no need to do that again.
        yield TaggedWords(sentence.words, convert_tags(sentence.tags, "IOB2", used, lenient=True))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """(number, line). A byte order mark also stands in the middle, where files were joined."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        yield number, line.lstrip("\ufeff")


def _columns(file: Path, text: str, word: int, tag: int) -> Columns:
    """From the first line that is surely a word; in a file where all begin with #, from the first that ends as one."""
    found = None
    for number, line in _lines(text):
        if not line.strip() or line.startswith("-DOCSTART-"):
            continue
        parted_by = "tab" if "\t" in line.strip() else "space"
        between, around = _CUT[parted_by]
        parts = between.split(line.strip(around))
        columns = Columns(parted_by, len(parts), number)
        if not line.startswith("#"):
            found = columns
            break
        if found is None and -len(parts) <= tag < len(parts) > 1 and is_tag(parts[tag]):
            found = columns
    if found is None:
        raise ValueError(f"{file} holds no sentence: a sentence is lines of a word and its tag, `Anna B-PER`")
    where = f"{file}, line {found.first_line}"
    if found.width < 2:
        raise ValueError(f"{where}: one column only; a word and its tag are parted by a tab or spaces: `Anna B-PER`")
    for name, column in (("word", word), ("tag", tag)):
        if not -found.width <= column < found.width:
            raise ValueError(f"{where}: there is no column {name}={column}; it has {found.width}, from 0 on")
    return found


def _sentences(file: Path, text: str, word: int, tag: int, prefix: str) -> Iterator[Sentence]:
    parted_by, width, first_line = _columns(file, text, word, tag)
    between, around = _CUT[parted_by]
    rows: list[tuple[str, str, int]] = []
    for number, line in _lines(text):
        if not line.strip() or line.startswith("-DOCSTART-"):
            if rows:
                yield Sentence(*zip(*rows, strict=True))
                rows = []
            continue
        parts = between.split(line.strip(around))
        whole = len(parts) == width
        if line.startswith("#") and _REMARK.match(line) and not (whole and is_tag(parts[tag])):
            continue
        where = f"{file}, line {number}"
        if not whole:
            raise ValueError(
                f"{where}: {_count(len(parts))}, where line {first_line} has {width}, parted by {parted_by}s: "
                f"{line.strip()!r}; give the line what it lacks, or a # and a space before a remark"
            )
        if not parts[word].startswith(prefix):
            raise ValueError(f"{where}: {parts[word]!r} does not begin with {prefix!r}; name another prefix, or none")
        written = parts[word][len(prefix) :]
        if not written.strip():
            raise ValueError(f"{where}: there is no word; write one, or take the line away")
        rows.append((written, parts[tag], number))
    if rows:
        yield Sentence(*zip(*rows, strict=True))


def _count(columns: int) -> str:
    return f"{columns} columns" if columns != 1 else "one column"
