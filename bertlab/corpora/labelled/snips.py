"""The folder form of SNIPS and ATIS: three files, of which line n belongs together.

    seq.in    wake me at seven      words with spaces
    seq.out   O O O B-time          a tag for each
    label     set_alarm             the intent

Source of the form: Goo et al. 2018, slot-gated modelling; so it is kept in Chen et al. 2019, JointBERT.
"""

from collections.abc import Iterator
from pathlib import Path

from bertlab.corpora.files import read_text
from bertlab.corpora.labelled.examples import TaggedWords
from bertlab.corpora.labelled.tags import SCHEMES, Scheme, convert_tags, recognise_scheme

FILES = ("seq.in", "seq.out", "label")


def read_snips(
    folder: str | Path, *, scheme: Scheme | None = None, lenient: bool = False, encoding: str | None = None
) -> Iterator[TaggedWords]:
    """The commands of a folder, with slots in IOB2 and their intent.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, line in zip(FILES, ("wake me at seven", "O O O B-time", "set_alarm")):
    ...     size = (folder / name).write_text(line + "\\n", encoding="utf-8")
    >>> print(*read_snips(folder))
    set_alarm: wake me at seven/B-time

    Args:
        scheme: the one it is in; None: the one in which all of it is valid.
        lenient: read what is valid in no scheme, too, as conlleval reads it.

    Raises:
        ValueError: the files do not fit together, or a tag is not valid where it stands; file, line and remedy are
            named.
        FileNotFoundError: one of the three is missing.
    """
    folder = Path(folder)
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        raise FileNotFoundError(f"{folder} has no {' and no '.join(missing)}; this form is {', '.join(FILES)}")
    columns = [_lines(folder / name, encoding) for name in FILES]
    counts = [len(lines) for lines in columns]
    if len(set(counts)) > 1:
        raise ValueError(
            f"{folder / FILES[0]} has {counts[0]:,} lines, {FILES[1]} {counts[1]:,}, {FILES[2]} {counts[2]:,}; "
            f"line n of each belongs together, so look what is missing, first in line {min(counts) + 1:,}"
        )
    if not counts[0]:
        raise ValueError(f"{folder / FILES[0]} is empty; it has a command a line")
    rows = []
    for number, (said, tagged, intent) in enumerate(zip(*columns, strict=True), start=1):
        words, tags = tuple(said.split()), tuple(tagged.split())
        for name, found in zip(FILES, (words, tags, intent.strip()), strict=True):
            if not found:
                raise ValueError(
                    f"{folder / name}, line {number}: nothing stands here; take line {number} out of all three files"
                )
        if len(words) != len(tags):
            raise ValueError(
                f"{folder / FILES[1]}, line {number}: {len(tags)} tags for {len(words)} words ({said.strip()!r}); "
                "each word has one tag"
            )
        rows.append((words, tags, intent.strip()))

    def where(row: int, place: int) -> str:
        return f"{folder / FILES[1]}, line {row + 1}, word {place + 1}"

    used = recognise_scheme((tags for _, tags, _ in rows), (scheme,) if scheme else SCHEMES, lenient, where)
    for words, tags, intent in rows:
        # These tags have been looked at: there is no need to do that again.
        yield TaggedWords(words, convert_tags(tags, "IOB2", used, lenient=True), intent)


def _lines(file: Path, encoding: str | None) -> list[str]:
    lines = read_text(file, encoding).replace("\r\n", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return lines
