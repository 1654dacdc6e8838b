"""Labelled data of the Hugging Face Hub, or of a folder that is a copy of it: rows with named columns.

What a ClassLabel column holds is a number; the column knows its name, and the name is what comes out here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from bertlab.corpora.labelled.examples import LabelledText, TaggedWords
from bertlab.corpora.labelled.squad import Asked, Questions, collect_questions
from bertlab.corpora.labelled.tables import labelled_row
from bertlab.corpora.labelled.tags import SCHEMES, Scheme, convert_tags, recognise_scheme


@dataclass(frozen=True)
class HubTable:
    """The rows of a split, and where they come from.

    >>> import datasets
    >>> rows = datasets.Dataset.from_dict({"text": ["Anna sings."], "mood": ["glad"]})
    >>> print(*HubTable(rows, "by hand").texts(label="mood"))
    glad: Anna sings.

    Args:
        dataset: of the library `datasets`.
    """

    dataset: Any
    where: str

    def __str__(self) -> str:
        return f"{self.where}: {len(self.dataset):,} rows of {', '.join(self.dataset.column_names)}"

    def texts(
        self, text: str = "text", text_b: str | None = None, label: str = "label", numbers: bool = False
    ) -> Iterator[LabelledText]:
        """The rows as labelled texts.

        Args:
            text, text_b, label: the names of the columns that hold them.
            numbers: labels are numbers, for regression.

        Raises:
            ValueError: a column is missing, a text is empty, or a row has no label; the row is named.
        """
        names = _class_names(self.dataset.features.get(label))
        for where, row in self._rows():
            if names is not None and not numbers and label in row:
                row[label] = _name(row[label], names, where, label)
            yield labelled_row(row, where, text, text_b, label, numbers)

    def tagged(
        self,
        words: str = "tokens",
        tags: str = "ner_tags",
        intent: str | None = None,
        names: Sequence[str] | None = None,
        scheme: Scheme | None = None,
        lenient: bool = False,
    ) -> Iterator[TaggedWords]:
        """The rows as tagged words, in IOB2.

        Args:
            words, tags, intent: the names of the columns that hold them.
            names: of the tags, in the order of their numbers, where the column does not know them.
            scheme, lenient: see `read_conll`.

        Raises:
            ValueError: a column is missing, tags do not fit the words or have no names, or one is not valid where it
                stands; the row is named.
        """
        self._require(words, tags, *([intent] if intent else []))
        known = names or _class_names(getattr(self.dataset.features[tags], "feature", None))
        intents = _class_names(self.dataset.features[intent]) if intent else None

        def rows() -> Iterator[TaggedWords]:
            for where, row in self._rows():
                said, found = tuple(row[words] or ()), row[tags] or ()
                written = tuple(_name(tag, known, where, tags) for tag in found)
                if not said or not all(isinstance(word, str) and word.strip() for word in said):
                    raise ValueError(f"{where}: {words!r} is {row[words]!r}; it should be words, none of them empty")
                if len(said) != len(written):
                    raise ValueError(f"{where}: {len(said)} words but {len(written)} tags; each word has one")
                yield TaggedWords(said, written, _name(row[intent], intents, where, intent) if intent else None)

        def place(row: int, word: int) -> str:
            return f"{self.where}, row {row}, word {word + 1}"

        used = recognise_scheme((row.tags for row in rows()), (scheme,) if scheme else SCHEMES, lenient, place)
        for row in rows():
            # Its tags have been looked at: there is no need to do that again.
            yield TaggedWords(row.words, convert_tags(row.tags, "IOB2", used, lenient=True), row.intent)

    def questions(self, mend: bool = False) -> Questions:
        """The rows as questions on contexts: columns id, context, question, answers, as the Hub has SQuAD.

        A row without an answer is a question that has none: the Hub's rows do not say more.

        Args:
            mend: see `read_squad`.

        Raises:
            ValueError: a column is missing, or an answer does not stand where it is said to; the id is named.
        """
        self._require("id", "context", "question", "answers")
        return collect_questions(self._asked(), self.where, "of the Hub", mend)

    def _asked(self) -> Iterator[Asked]:
        for where, row in self._rows():
            answers = row["answers"]
            if isinstance(answers, dict):  # of lists, as the Hub mostly has it
                both = zip(answers["text"], answers["answer_start"], strict=True)
                answers = [{"text": text, "answer_start": start} for text, start in both]
            yield row["context"], {**row, "answers": answers, "is_impossible": not answers}, where

    def _rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        rows = ((f"{self.where}, row {number}", dict(row)) for number, row in enumerate(self.dataset))
        first = next(rows, None)
        if first is None:
            raise ValueError(f"{self.where} holds no row; take another split")
        return chain([first], rows)

    def _require(self, *columns: str) -> None:
        if missing := [name for name in columns if name not in self.dataset.features]:
            raise ValueError(
                f"{self.where} has no column {', '.join(map(repr, missing))}, but "
                f"{', '.join(map(repr, self.dataset.features))}"
            )


def open_hub_table(
    hub_id: str, config: str | None = None, split: str = "train", folder: str | Path | None = None
) -> HubTable:
    """Open labelled data of the Hub, which is fetched once and then kept, or a copy of its repository in a folder.

    Raises:
        ImportError: the library `datasets` is missing.
        ValueError: there is no such split or no such config.
        FileNotFoundError: the folder does not exist, or holds no such data.
        ConnectionError: the Hub cannot be reached.

    >>> import tempfile
    >>> copy = Path(tempfile.mkdtemp(), "copy")
    >>> open_hub_table("someone/moods", folder=copy)
    Traceback (most recent call last):
    FileNotFoundError: ...copy is no folder; give a copy of the repository someone/moods
    """
    try:
        import datasets
    except ImportError as error:
        raise ImportError(f"{error.name} is missing; data of the Hub need it: pip install 'bertlab[hub]'") from None
    if folder is not None and not Path(folder).is_dir():
        raise FileNotFoundError(f"{folder} is no folder; give a copy of the repository {hub_id}")
    where = f"{hub_id} on the Hugging Face Hub" if folder is None else str(folder)
    where = ", ".join([where, *([config] if config else []), split])
    try:
        return HubTable(datasets.load_dataset(hub_id if folder is None else str(folder), config, split=split), where)
    except Exception as error:
        lines = str(error).strip().splitlines()
        why = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
        if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
            raise ValueError(f"{where}: {why}") from error
        if folder is not None:
            raise FileNotFoundError(f"{folder} does not hold {hub_id}: {why}") from error
        raise ConnectionError(
            f"{where} cannot be reached ({why}). Without a network: the story world has labels of its own "
            "(bertlab.corpora.story), and folder= reads a copy of the repository"
        ) from error


def _class_names(feature: Any) -> list[str] | None:
    names = getattr(feature, "names", None)  # a ClassLabel has them
    return list(names) if names is not None else None


def _name(value: Any, names: Sequence[str] | None, where: str, column: str) -> str:
    if isinstance(value, str):
        return value
    if names is None:
        raise ValueError(f"{where}: {column!r} holds the number {value!r}, whose name is not known; give names=[...]")
    if not isinstance(value, int) or not 0 <= value < len(names):
        raise ValueError(
            f"{where}: {column!r} is {value!r}, and its names are {', '.join(names)}; "
            "-1 or nothing is for texts whose labels are kept secret: take another split"
        )
    return names[value]
