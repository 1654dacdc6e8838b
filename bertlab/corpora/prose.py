"""Three hundred short passages written for this project, and sixty pairs of one word in two senses.

Twelve words with two senses have a file each; the plain files never use any of the twelve. A file is UTF-8 text:
a header `[sense] Title`, the passage on the next line, an empty line before the next header.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from bertlab.corpora.files import read_text
from bertlab.paths import data_path

PLAIN = "plain"
"""The header's sense in a plain file, and how the name of such a file begins."""

SENSES = {
    "python": ("snake", "language"),
    "bank": ("river", "money"),
    "bat": ("animal", "club"),
    "bass": ("fish", "music"),
    "spring": ("water", "coil"),
    "light": ("lamp", "weight"),
    "bark": ("tree", "dog"),
    "seal": ("animal", "stamp"),
    "mouse": ("animal", "computer"),
    "bow": ("archery", "ribbon"),
    "crane": ("bird", "machine"),
    "date": ("fruit", "calendar"),
}
"""The twelve words, each with its two senses."""

_COLUMNS = ["word", "sense_a", "text_a", "sense_b", "text_b"]
_HEADER = re.compile(r"\[(\w+)\] (\S.*)")


@dataclass(frozen=True)
class Passage:
    """A few sentences of prose; `word` stands in it in the sense `sense`, or is "" in a plain passage."""

    word: str
    sense: str
    title: str
    text: str

    def __str__(self) -> str:
        of = f"{self.word}: {self.sense}" if self.word else self.sense
        return f"{self.title} [{of}]\n{self.text}"


@dataclass(frozen=True)
class SensePair:
    """One word in two short sentences, in a different sense in each."""

    word: str
    sense_a: str
    text_a: str
    sense_b: str
    text_b: str

    def __str__(self) -> str:
        return f"{self.word}: {self.text_a} [{self.sense_a}] {self.text_b} [{self.sense_b}]"


def passages(word: str | None = None, folder: str | Path | None = None) -> list[Passage]:
    """The passages about one of the twelve words; "" gives the plain ones, and None all.

    >>> print(passages("python")[0].title)
    The empty glass case

    Args:
        folder: of the files; those that come with bertlab if None.

    Raises:
        ValueError: `word` is none of the twelve, or a file is malformed; the message names file and line.
        FileNotFoundError: a file is missing.
    """
    if word and word not in SENSES:
        raise ValueError(f'there are no passages about "{word}"; there are about {", ".join(SENSES)}')
    home = _home(folder)
    if word:
        return _read_passages(home / f"{word}.txt", word, SENSES[word])
    plain_files = sorted(home.glob(f"{PLAIN}*.txt"))
    if not plain_files:
        raise FileNotFoundError(f"{home} holds no file {PLAIN}*.txt")
    about_words = [passage for each in SENSES for passage in passages(each, home)] if word is None else []
    return about_words + [passage for file in plain_files for passage in _read_passages(file, "", (PLAIN,))]


def sense_pairs(folder: str | Path | None = None) -> list[SensePair]:
    """The pairs, from `senses.tsv`.

    >>> print(sense_pairs()[0])
    python: He got bit by Python. [snake] He got paid for Python. [language]

    Raises:
        ValueError: the file is malformed; the message names file and line.
    """
    file = _home(folder) / "senses.tsv"
    lines = read_text(file).splitlines()
    rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    if not lines or next(rows) != _COLUMNS:
        raise ValueError(f"{file}, line 1: the columns are {', '.join(_COLUMNS)}, separated by tabs")
    pairs = []
    for number, row in enumerate(rows, start=2):
        where = f"{file}, line {number}"
        if len(row) != len(_COLUMNS):
            raise ValueError(f"{where}: {len(row)} columns where there should be {len(_COLUMNS)}")
        pair = SensePair(*row)
        if pair.word not in SENSES:
            raise ValueError(f'{where}: "{pair.word}" is none of {", ".join(SENSES)}')
        if {pair.sense_a, pair.sense_b} != set(SENSES[pair.word]):
            raise ValueError(
                f"{where}: {pair.word} has the senses {' and '.join(SENSES[pair.word])}, "
                f'not "{pair.sense_a}" and "{pair.sense_b}"'
            )
        pairs.append(pair)
    return pairs


def _home(folder: str | Path | None) -> Path:
    return data_path("story", "passages") if folder is None else Path(folder)


def _read_passages(file: Path, word: str, senses: tuple[str, ...]) -> list[Passage]:
    """All passages of one file, in its order."""
    found = []
    header: tuple[str, str] | None = None
    number = 0
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        where = f"{file}, line {number}"
        if not line.strip():
            if header:
                raise ValueError(f'{where}: the text of "{header[1]}" should stand right below its title')
            continue
        if header:
            if _HEADER.fullmatch(line):
                raise ValueError(f'{where}: "{header[1]}" has no text; a title follows it')
            found.append(Passage(word, *header, line.strip()))
            header = None
            continue
        match = _HEADER.fullmatch(line.strip())
        if not match:
            raise ValueError(f'{where}: expected "[sense] Title" and then the text on one line, found "{line[:40]}"')
        if match[1] not in senses:
            raise ValueError(f'{where}: the sense "{match[1]}" is not one of {", ".join(senses)}')
        header = (match[1], match[2])
    if header:
        raise ValueError(f'{file}, line {number}: the file ends before the text of "{header[1]}"')
    if not found:
        raise ValueError(f"{file} holds no passage")
    return found
