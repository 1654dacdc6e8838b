"""Questions on contexts in SQuAD's JSON: 1.1, 2.0 (some have no answer), DRCD, and CMRC 2018 in the same layout.

    {"data": [{"paragraphs": [{"context": "Anna sings.", "qas": [
        {"id": "q1", "question": "Who sings?", "answers": [{"text": "Anna", "answer_start": 0}]}]}]}]}

`answer_start` counts characters. Where a wrong one is taken on trust, a model learns other words than the answer.

Source of the form: Rajpurkar et al. 2016 and 2018; Shao et al. 2018 (DRCD); Cui et al. 2019 (CMRC 2018).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bertlab.corpora.files import read_text
from bertlab.corpora.labelled.examples import Answer, ContextQuestion

_MEND = "mend=True moves it to the nearest place where it stands"


@dataclass(frozen=True)
class Questions:
    """The questions of a file, and what had to be mended.

    Args:
        version: what the file calls it: 1.1, v2.0.
        moved: answers that stood elsewhere in the context.
        dropped: answers that stood nowhere in it.
        given_up: questions that so lost their last answer, and are not among these.
    """

    source: str
    version: str
    questions: tuple[ContextQuestion, ...]
    moved: int = 0
    dropped: int = 0
    given_up: int = 0

    def __iter__(self) -> Iterator[ContextQuestion]:
        return iter(self.questions)

    def __len__(self) -> int:
        return len(self.questions)

    def __str__(self) -> str:
        impossible = sum(question.impossible for question in self.questions)
        answers = sum(len(question.answers) for question in self.questions)
        return (
            f"{self.source}, version {self.version}: {len(self):,} questions, of which {impossible:,} have no answer; "
            f"{answers:,} answers; {self.moved:,} moved, {self.dropped:,} dropped, {self.given_up:,} questions given up"
        )


def read_squad(file: str | Path, *, mend: bool = False, encoding: str | None = None) -> Questions:
    """The questions of a file, every answer where it stands in its context.

    `plausible_answers`, SQuAD 2.0's wrong ones, are not read.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "train.json")
    >>> asked = {"id": "q1", "question": "Who sings?", "answers": [{"text": "Anna", "answer_start": 1}]}
    >>> paragraphs = [{"context": "Anna sings.", "qas": [asked]}]
    >>> size = file.write_text(json.dumps({"version": "1.1", "data": [{"paragraphs": paragraphs}]}))
    >>> read_squad(file, mend=True).moved
    1

    Args:
        mend: move an answer to the nearest place where it stands, drop one that stands nowhere, and count both.

    Raises:
        ValueError: this is no JSON, or not in that layout; an answer does not stand in the context where it is said
            to; two questions have one id. File, id, what is written there and the remedy are named.
        FileNotFoundError: there is no such file.
    """
    file = Path(file)
    try:
        whole = json.loads(read_text(file, encoding))
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}, line {error.lineno}: this is no JSON ({error.msg}); fetch the file again") from None
    version = whole.get("version", "unknown") if isinstance(whole, dict) else "unknown"
    return collect_questions(_asked(file, whole), str(file), str(version), mend)


Asked = tuple[str, dict[str, Any], str]
"""A context, a question as SQuAD's JSON writes it, and where that stands."""


def collect_questions(asked: Iterable[Asked], source: str, version: str, mend: bool = False) -> Questions:
    """Questions whose answers have been looked up in their contexts.

    >>> asked = {"id": 1, "question": "Who sings?", "answers": [{"text": "Ben", "answer_start": 0}]}
    >>> print(collect_questions([("Anna sings.", asked, "row 0"), ("Ben sings.", {**asked, "id": 2}, "row 1")],
    ...     "by hand", "1.1", mend=True))
    by hand, version 1.1: 1 questions, of which 0 have no answer; 1 answers; 0 moved, 1 dropped, 1 questions given up

    Raises:
        ValueError: see `read_squad`.
    """
    moved = dropped = given_up = 0
    questions: list[ContextQuestion] = []
    names: set[str] = set()
    for context, written, place in asked:
        name, question = str(_get(written, "id", (str, int), place)), _get(written, "question", str, place)
        where = f"{source}, question {name}"
        if name in names:
            raise ValueError(f"{where}: there are two of this id; give each its own, predictions are told apart by it")
        names.add(name)
        answers, lost = [], 0
        for text, start in _given(written, where):
            if start >= 0 and context.startswith(text, start):
                answers.append(Answer(text, start))
                continue
            nearest = find_nearest(context, text, start)
            if not mend:
                raise ValueError(_misplaced(where, context, text, start, nearest))
            if nearest is None:
                lost += 1
            else:
                moved += 1
                answers.append(Answer(text, nearest))
        dropped += lost
        if lost and not answers:  # it would look like a question that the context does not answer
            given_up += 1
        else:
            questions.append(ContextQuestion(name, question, context, tuple(answers)))
    if not questions:
        raise ValueError(f"{source} holds no question" + (f" but {given_up} without a true answer" if given_up else ""))
    return Questions(source, version, tuple(questions), moved, dropped, given_up)


def _given(written: dict[str, Any], where: str) -> list[tuple[str, int]]:
    """The answers as they are written, if they make sense at all."""
    given = _get(written, "answers", list, where)
    impossible = written.get("is_impossible", False)
    if impossible is not (not given):
        raise ValueError(
            f"{where}: is_impossible is {str(impossible).lower()} and there are {len(given)} answers; a question "
            "without an answer says true, one with answers false or nothing"
        )
    answers = [(_get(each, "text", str, where), _get(each, "answer_start", int, where)) for each in given]
    if any(not text.strip() for text, _ in answers):
        raise ValueError(f"{where}: an answer is empty; take it away, or say is_impossible")
    return answers


def find_nearest(context: str, text: str, start: int) -> int | None:
    """Where a text stands in a context, nearest to a character; the earlier of two as near; None if nowhere.

    >>> find_nearest("no, no and no", "no", 5)
    4
    """
    before = context.rfind(text, 0, max(start, 0) + len(text))
    after = context.find(text, max(start, 0))
    found = [place for place in (before, after) if place >= 0]
    return min(found, key=lambda place: abs(place - start), default=None)


def _misplaced(where: str, context: str, text: str, start: int, nearest: int | None) -> str:
    there = context[start : start + len(text)] if start >= 0 else ""
    found = f"the answer {text!r} is said to stand at character {start}, but there stands {there!r}"
    if nearest is None:
        return f"{where}: {found}, and the answer is nowhere in the context; mend=True drops it"
    return f"{where}: {found}; it stands at {nearest}, and {_MEND}"


def _asked(file: Path, whole: Any) -> Iterator[Asked]:
    layout = f"{file} is not in SQuAD's layout"
    for number, article in enumerate(_get(whole, "data", list, layout)):
        place = f"{layout}: data[{number}]"
        for paragraph in _get(article, "paragraphs", list, place):
            context = _get(paragraph, "context", str, place)
            for asked in _get(paragraph, "qas", list, place):
                yield context, asked, f"{place}, context {context[:30]!r}"


def _get(entry: Any, key: str, kind: type | tuple[type, ...], where: str) -> Any:
    """A value that must be there and of its kind; true and false are no numbers."""
    if not isinstance(entry, dict):
        raise ValueError(f"{where}: {str(entry)[:40]!r} stands where {{{key!r}: ...}} should")
    if key not in entry:
        raise ValueError(f"{where}: there is no {key!r}, but {', '.join(map(repr, entry)) or 'nothing'}; it is needed")
    if not isinstance(entry[key], kind) or isinstance(entry[key], bool):
        needed = "a list" if kind is list else "a whole number" if kind is int else "a text"
        raise ValueError(f"{where}: {key!r} is {str(entry[key])[:40]!r}; it should be {needed}")
    return entry[key]
