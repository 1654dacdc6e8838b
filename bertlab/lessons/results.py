"""What one said before the course beside what one said after it, with what is right and the belief behind the rest."""

import html
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from bertlab.lessons.questions import SURE, CourseQuestion

Answers = Mapping[str, Mapping[str, Any]]
"""{"leak": {"answer": "b", "sure": 2}, ...}"""
WIDTH = 88


def _right(question: CourseQuestion, answers: Answers) -> bool:
    return answers.get(question.name, {}).get("answer") == question.answer


def summary(questions: Sequence[CourseQuestion], before: Answers, after: Answers) -> str:
    """Both results in a few sentences."""

    def count(answers: Answers) -> str:
        if not answers:
            return "not asked"
        return f"{sum(_right(question, answers) for question in questions)} of {len(questions)} right"

    def certain_and_wrong(answers: Answers) -> int:
        return sum(
            answers.get(question.name, {}).get("sure") == max(SURE) and not _right(question, answers)
            for question in questions
        )

    said = f"Before the course: {count(before)}. After it: {count(after)}."
    return f"{said} Certain and wrong: {certain_and_wrong(before)} before, {certain_and_wrong(after)} after."


def answered(question: CourseQuestion, answers: Answers) -> str:
    """One answer in a few words: "(b), certain: right"."""
    given = answers.get(question.name)
    if given is None:
        return "no answer"
    sure = f", {SURE[given['sure']]}" if "sure" in given else ""
    return f"({given['answer']}){sure}: {'right' if _right(question, answers) else 'not so'}"


def beliefs_behind(question: CourseQuestion, before: Answers, after: Answers) -> list[str]:
    """The beliefs behind what was chosen and is not right, each once."""
    chosen = [answers[question.name]["answer"] for answers in (before, after) if question.name in answers]
    wrong = dict.fromkeys(letter for letter in chosen if letter != question.answer)
    return [f"Behind ({letter}): {question.beliefs[letter]}." for letter in wrong]


def results_text(questions: Sequence[CourseQuestion], before: Answers, after: Answers) -> str:
    """Both results as text."""
    lines = [textwrap.fill(summary(questions, before, after), WIDTH)]
    for at, question in enumerate(questions, start=1):
        lines += ["", textwrap.fill(f"{at}. {question.question}", WIDTH)]
        lines.append(f"   before {answered(question, before)}   |   after {answered(question, after)}")
        told = [f"({question.answer}) {question.options[question.answer]}", question.explanation]
        lines += [
            textwrap.fill(part, WIDTH, initial_indent="   ", subsequent_indent="   ")
            for part in [*beliefs_behind(question, before, after), *told]
        ]
    return "\n".join(lines)


def results_html(questions: Sequence[CourseQuestion], before: Answers, after: Answers) -> str:
    """Both results as a table, the explanation of each question folded into its row."""
    left = 'style="text-align:left; vertical-align:top; white-space:normal"'
    rows = []
    for at, question in enumerate(questions, start=1):
        right = f"({question.answer}) {question.options[question.answer]}"
        parts = [right, *beliefs_behind(question, before, after), question.explanation]
        told = "".join(f"<p>{html.escape(part)}</p>" for part in parts)
        asked = f"<details><summary>{at}. {html.escape(question.question)}</summary>{told}</details>"
        said = "".join(f"<td {left}>{html.escape(answered(question, answers))}</td>" for answers in (before, after))
        rows.append(f"<tr><td {left}>{asked}</td>{said}</tr>")
    names = ("question; open it to read what is right, and why", "before", "after")
    head = "".join(f'<th scope="col" {left}>{name}</th>' for name in names)
    return (
        f"<p><strong>{html.escape(summary(questions, before, after))}</strong></p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
