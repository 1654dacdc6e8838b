"""What a class has handed in, put together: beliefs, exercises, quizzes, and the test before and after the course.

It reads files, asks nobody, and names nobody: a report speaks of the class.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from bertlab.lessons.questions import (
    CourseQuestion,
    Guess,
    QuizQuestion,
    course_questions,
    guesses_of,
    prerequisites_of,
    quiz_of,
)
from bertlab.lessons.record import KINDS
from bertlab.paths import notebooks_path

Record = Mapping[str, Mapping[str, Mapping[str, Any]]]
CERTAIN = 3
MOST_HELD = 8
"""So many misconceptions are listed at the head of a report."""


@dataclass(frozen=True)
class HandedIn:
    """The records of a folder, and a sentence for each file that was left out."""

    records: list[Record]
    left_out: list[str]


def read_folder(folder: Path) -> HandedIn:
    """Every record below a folder, whatever its file is called.

    Raises:
        ValueError: there is no such folder, or no record in it; the message says what was found.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; put the bertlab-progress.json files of a class into one")
    records, left_out = [], []
    for file in sorted(folder.rglob("*.json")):
        if any(part.startswith(".") for part in file.relative_to(folder).parts):
            continue
        try:
            records.append(_record(json.loads(file.read_text(encoding="utf-8"))))
        except (ValueError, OSError) as error:
            left_out.append(f"{file.relative_to(folder).as_posix()} was left out: {error}")
    if not records:
        found = "; ".join(left_out) or "no .json file"
        raise ValueError(f"{folder} holds no record of a learner: {found}")
    return HandedIn(records, left_out)


def _record(value: Any) -> Record:
    """The value as a record.

    Raises:
        ValueError: it has not the form of one.
    """
    if not isinstance(value, dict) or not set(value) & set(KINDS):
        raise ValueError("it is no record of bertlab")
    for kind in KINDS:
        entries = value.setdefault(kind, {})
        if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
            raise ValueError(f"its {kind!r} cannot be read")
    for when, entry in value["test"].items():
        answers = entry.get("answers", {})
        if not isinstance(answers, dict) or not all("answer" in given for given in answers.values()):
            raise ValueError(f"its test {when} the course cannot be read")
    return value


def class_report(folder: Path) -> str:
    """The report on all records of a folder, as Markdown.

    Raises:
        ValueError: as `read_folder` does.
    """
    handed_in = read_folder(folder)
    records = handed_in.records
    parts = [
        f"# What {_people(len(records))} handed in",
        *(f"- {sentence}" for sentence in handed_in.left_out),
        *_section("Misconceptions held by most", _most_held(records)),
        *_section("The test before the course and after it", _tests(records)),
        *_section("What they brought", _prerequisites(records)),
        *_section("Exercises", _exercises(records)),
        *_section("Quizzes", _quizzes(records)),
        *_section("Every guess", _guesses(records)),
    ]
    return "\n".join(parts) + "\n"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    said = list(lines)
    return ["", f"## {title}", "", *(said or ["Nobody has come so far."])]


def _lessons() -> list[str]:
    return sorted(file.stem[:2] for file in notebooks_path("src").glob("[0-9][0-9]_*.toml"))


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count} people"


def _asked(records: Sequence[Record], kind: str, name: str) -> list[Mapping[str, Any]]:
    """What was answered to one question, by those who answered it."""
    return [record[kind][name] for record in records if "answer" in record[kind].get(name, {})]


def _all_guesses(records: Sequence[Record]) -> Iterator[tuple[Guess, list[Mapping[str, Any]]]]:
    """Each guess that anybody made in time, with all such answers to it, in the order of the lessons."""
    for lesson in _lessons():
        for name, asked in guesses_of(lesson).items():
            if given := [answer for answer in _asked(records, "guesses", name) if not answer.get("late")]:
                yield asked, given


def _most_held(records: Sequence[Record]) -> Iterator[str]:
    held = [
        (len(chosen), sum(answer.get("sure") == CERTAIN for answer in chosen), len(given), asked.name, belief)
        for asked, given in _all_guesses(records)
        for letter, belief in asked.beliefs.items()
        if letter != asked.answer and (chosen := [answer for answer in given if answer["answer"] == letter])
    ]
    if held:
        yield from _table("people", "certain of it", "belief", "guess")
    for people, certain, of, name, belief in sorted(held, key=lambda row: (-row[0] / row[2], -row[1]))[:MOST_HELD]:
        yield _row(f"{people} of {of}", certain, belief, name)


def _guesses(records: Sequence[Record]) -> Iterator[str]:
    if late := sum(bool(entry.get("late")) for record in records for entry in record["guesses"].values()):
        yield f"Made late, after the answer had been shown, and not counted: {late}."
        yield ""
    for asked, given in _all_guesses(records):
        yield f"**{asked.name}**, {_people(len(given))}"
        yield ""
        yield from _table("", "belief", "chosen by", "certain of it")
        for letter, belief in asked.beliefs.items():
            chosen = [answer for answer in given if answer["answer"] == letter]
            certain = sum(answer.get("sure") == CERTAIN for answer in chosen)
            mark = f"({letter}), right" if letter == asked.answer else f"({letter})"
            yield _row(mark, belief, len(chosen), certain)
        yield ""


def _exercises(records: Sequence[Record]) -> Iterator[str]:
    names = sorted({name for record in records for name in record["exercises"]})
    if names:
        yield from _table("exercise", "solved", "tried, not solved", "tries of those who solved it, median")
    for name in names:
        tried = [record["exercises"][name] for record in records if name in record["exercises"]]
        tries = [entry.get("tries", 1) for entry in tried if entry.get("solved")]
        yield _row(name, len(tries), len(tried) - len(tries), f"{median(tries):g}" if tries else "-")


def _prerequisites(records: Sequence[Record]) -> Iterator[str]:
    yield from _first_answers(records, "prerequisites", prerequisites_of())


def _quizzes(records: Sequence[Record]) -> Iterator[str]:
    yield from _first_answers(records, "quiz", [question for lesson in _lessons() for question in quiz_of(lesson)])


def _first_answers(records: Sequence[Record], kind: str, questions: Iterable[QuizQuestion]) -> Iterator[str]:
    rows = []
    for question in questions:
        given = Counter(answer["answer"] for answer in _asked(records, kind, question.name))
        wrong = [
            (count, letter) for letter, count in given.items() if letter in set(question.options) - {question.answer}
        ]
        slip = f"{question.options[max(wrong)[1]]} ({max(wrong)[0]})" if wrong else "-"
        right = f"{given[question.answer]} of {given.total()}"
        if given:
            rows.append(_row(f"{question.name}: {question.question}", right, slip))
    if rows:
        yield from [*_table("question", "right at first", "most common slip"), *rows]


def _tests(records: Sequence[Record]) -> Iterator[str]:
    questions = course_questions()
    taken = {
        when: [answers for record in records if (answers := record["test"].get(when, {}).get("answers"))]
        for when in ("before", "after")
    }
    if not any(taken.values()):
        return
    both = [
        tuple(_right(questions, record["test"][when]["answers"]) for when in taken)
        for record in records
        if all(record["test"].get(when, {}).get("answers") for when in taken)
    ]
    yield f"Answered before by {_people(len(taken['before']))}, after by {_people(len(taken['after']))}."
    if both:
        before, after = (mean(scores) for scores in zip(*both, strict=True))
        better = sum(last > first for first, last in both)
        yield (
            f"Of those who answered twice ({len(both)}): {before:.1f} of {len(questions)} right before, "
            f"{after:.1f} after; {better} have more right than before."
        )
    yield ""
    yield from _table("question", "right before", "right after", "the belief most held at last")
    for question in questions:
        shares = [_share(question, answers) for answers in taken.values()]
        yield _row(question.question, *shares, _belief(question, taken["after"] or taken["before"]))


def _right(questions: Sequence[CourseQuestion], answers: Mapping[str, Any]) -> int:
    return sum(answers.get(question.name, {}).get("answer") == question.answer for question in questions)


def _share(question: CourseQuestion, answers: Sequence[Mapping[str, Any]]) -> str:
    given = [each[question.name]["answer"] for each in answers if question.name in each]
    return f"{given.count(question.answer)} of {len(given)}" if given else "-"


def _belief(question: CourseQuestion, answers: Sequence[Mapping[str, Any]]) -> str:
    given = Counter(each[question.name]["answer"] for each in answers if question.name in each)
    letters = [letter for letter, _ in given.most_common() if letter in question.beliefs]
    return question.beliefs[letters[0]] if letters else "-"


def _table(*columns: str) -> list[str]:
    return [_row(*columns), f"|{' --- |' * len(columns)}"]


def _row(*cells: object) -> str:
    """One row of a table in Markdown, whatever its cells say."""
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
