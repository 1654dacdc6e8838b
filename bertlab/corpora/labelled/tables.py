"""Labelled texts in tables with named columns: CSV, TSV and JSON Lines.

    text,label                          {"text": "Anna sings.", "label": "glad"}
    "Anna sings, and smiles.",glad

TSV comes in two kinds. Some quote what holds tabs and line ends; in others, such as GLUE's, a quotation mark is a
character like any other. Who reads the second as the first joins rows without a word: that is refused here.
"""

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from bertlab.corpora.files import read_text
from bertlab.corpora.labelled.examples import LabelledText

Form = Literal["csv", "tsv", "jsonl"]
_FORMS: dict[str, Form] = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_NO_QUOTES = "if quotation marks are just characters in this file, read it with quoted=False"


def read_table(
    file: str | Path,
    *,
    text: str = "text",
    text_b: str | None = None,
    label: str = "label",
    numbers: bool = False,
    columns: Sequence[str] | None = None,
    form: Form | None = None,
    quoted: bool = True,
    encoding: str | None = None,
) -> Iterator[LabelledText]:
    """The rows of a table as labelled texts.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "train.csv")
    >>> size = file.write_text('text,mood\\n"Anna sings, and smiles.",glad\\n', encoding="utf-8")
    >>> print(*read_table(file, label="mood"))
    glad: Anna sings, and smiles.

    Args:
        text, text_b, label: the names of the columns that hold them.
        numbers: labels are numbers, for regression.
        columns: the names of all columns, where the file has no first row that says them.
        form: None: by the ending of the file's name.
        quoted: whether quotation marks enclose what holds separators and line ends.

    Raises:
        ValueError: a column is missing, a row has too few or too many, a text or a label is empty or no number, or
            quotation marks do not fit. File, line and remedy are named.
        FileNotFoundError: there is no such file.
    """
    file = Path(file)
    form = form or _FORMS.get(file.suffix.lower())
    if form is None:
        raise ValueError(f"{file}: the ending says none of csv, tsv, jsonl; name its form: form='tsv'")
    if form == "jsonl" and columns is not None:
        raise ValueError(f"{file}: in JSON Lines each line names its columns; leave columns= away")
    content = read_text(file, encoding)
    rows = _objects(file, content) if form == "jsonl" else _rows(file, content, form, columns, quoted)
    some = False
    for where, row in rows:
        some = True
        yield labelled_row(row, where, text, text_b, label, numbers)
    if not some:
        raise ValueError(f"{file} holds no row; a row is a text and its label")


def labelled_row(
    row: Mapping[str, Any], where: str, text: str, text_b: str | None, label: str, numbers: bool
) -> LabelledText:
    """One row as a labelled text; spaces around a label are taken off, a text stays as it is.

    >>> labelled_row({"text": "Anna sings.", "stars": 4}, "line 2", "text", None, "stars", numbers=True)
    LabelledText(text_a='Anna sings.', text_b=None, label=4.0)

    Raises:
        ValueError: see `read_table`.
    """
    wanted = [name for name in (text, text_b, label) if name is not None]
    if missing := [name for name in wanted if name not in row]:
        raise ValueError(
            f"{where}: there is no column {', '.join(map(repr, missing))}, but {', '.join(map(repr, row))}; "
            "say which is which: text=, text_b=, label="
        )
    for name in wanted[:-1]:
        if not isinstance(row[name], str) or not row[name].strip():
            found = "is empty" if row[name] in ("", None) or isinstance(row[name], str) else f"is {row[name]!r}"
            raise ValueError(f"{where}: {name!r} {found}; it should be a text, or the row be taken away")
    second = row[text_b] if text_b is not None else None
    return LabelledText(row[text], second, _label(row[label], where, label, numbers))


def _label(value: Any, where: str, name: str, numbers: bool) -> str | float:
    if numbers:
        try:
            number = float(value) if not isinstance(value, bool) else math.nan
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(f"{where}: {name!r} is {value!r}, no number; mend it, or read names with numbers=False")
        return number
    if isinstance(value, float):
        raise ValueError(f"{where}: {name!r} is {value!r}; numbers=True reads numbers, a class has a name")
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int) or not str(value).strip():
        found = "is empty" if value is None or isinstance(value, str) else f"is {str(value)[:40]}"
        raise ValueError(f"{where}: {name!r} {found}; give the row its label, or take it away")
    return str(value).strip()


def _rows(
    file: Path, content: str, form: Form, columns: Sequence[str] | None, quoted: bool
) -> Iterator[tuple[str, dict[str, str]]]:
    between = "," if form == "csv" else "\t"
    reader = csv.reader(
        io.StringIO(content, newline=""),
        delimiter=between,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        strict=True,
    )
    names = list(columns) if columns is not None else None
    first = 1
    while True:
        begins = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            remedy = _NO_QUOTES if quoted else "mend the line"
            if "field limit" in str(error):
                remedy += "; if a text is so long, csv.field_size_limit(10**9) allows it"
            raise ValueError(f"{file}, line {begins}: {error}; {remedy}") from None
        where = f"{file}, line {begins}"
        if not row:
            continue
        if form == "tsv" and any("\t" in field and re.search("[\r\n]", field) for field in row):
            raise ValueError(f"{where}: a quotation mark is closed only in line {reader.line_num}; {_NO_QUOTES}")
        if names is None:
            names, first = row, begins
            if twice := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"{where}: two columns are called {', '.join(sorted(map(repr, twice)))}; rename one")
            continue
        if len(row) != len(names):
            said = "columns= names" if columns is not None else f"line {first} names"
            raise ValueError(
                f"{where}: {len(row)} column{'s' * (len(row) != 1)}, where {said} {len(names)} ({', '.join(names)}); "
                + ("quote a text that holds a comma" if form == "csv" else "a text cannot hold a tab unless quoted")
            )
        yield where, dict(zip(names, row, strict=True))


def _objects(file: Path, content: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(io.StringIO(content, newline=None), start=1):
        where = f"{file}, line {number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"{where}: this is no JSON ({error.msg}); each line is one object") from None
        if not isinstance(row, dict):
            raise ValueError(f'{where}: {line.strip()[:40]!r} is no object; write {{"text": ..., "label": ...}}')
        yield where, row
