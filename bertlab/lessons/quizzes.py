"""Questions that are answered at once, whatever one chose: a lesson's quiz, and what one should bring to the course."""

import html
import textwrap
from collections.abc import Sequence
from typing import Any, Literal

from bertlab.lessons.keys import with_keys
from bertlab.lessons.questions import QuizQuestion, prerequisites_of, quiz_of
from bertlab.lessons.record import in_notebook, note, recall

Kind = Literal["quiz", "prerequisites"]
WIDTH = 88


def quiz(lesson: str, number: int | None = None, answer: str | None = None) -> None:
    """Ask the quiz of a lesson ("00"), or answer one of its questions: `quiz("00", 2, "b")`.

    Raises:
        ValueError: no such lesson, question or option.
    """
    _ask("quiz", quiz_of(lesson), f'quiz("{lesson}", 1, "a")', number, answer)


def prerequisites(number: int | None = None, answer: str | None = None) -> None:
    """Ask what one should bring to the course, or answer one of the questions: `prerequisites(3, "a")`.

    Raises:
        ValueError: no such question or option.
    """
    _ask("prerequisites", prerequisites_of(), 'prerequisites(1, "a")', number, answer)


def _ask(kind: Kind, questions: Sequence[QuizQuestion], how: str, number: int | None, answer: str | None) -> None:
    """Show the questions, or take the answer to one of them."""
    if number is not None and answer is not None:
        if not 1 <= number <= len(questions):
            raise ValueError(f"there are questions 1 to {len(questions)}, not {number}")
        print(textwrap.fill(_reply(kind, questions[number - 1], answer.strip("() ").lower()), WIDTH))
        if standing := _standing(kind, questions):
            print(textwrap.fill(standing, WIDTH))
        return
    form = _form(kind, questions) if in_notebook() else None
    if form is None:
        for at, question in enumerate(questions, start=1):
            print(in_words(at, question))
        print(f"Answer with, for example, {how}.")
    else:
        from IPython.display import display

        display(with_keys(form))


def in_words(at: int, question: Any) -> str:
    """A question with its options, as text."""
    lines = [textwrap.fill(f"{at}. {question.question}", WIDTH)]
    for letter, option in question.options.items():
        lines.append(textwrap.fill(f"({letter}) {option}", WIDTH, initial_indent="   ", subsequent_indent="       "))
    return "\n".join(lines)


def _reply(kind: Kind, question: QuizQuestion, answer: str) -> str:
    """Store the answer and say what there is to say to it. The first answer is the one that is kept."""
    if answer not in question.options:
        raise ValueError(f"question {question.name} offers {', '.join(question.options)}, not {answer!r}")
    right = answer == question.answer
    if question.name not in recall()[kind]:
        note(kind, question.name, answer=answer, right=right)
    practice = f" Five minutes for it, further down: {question.practice}." if question.practice and not right else ""
    return ("Yes. " if right else "Not so. ") + question.replies[answer] + practice


def _standing(kind: Kind, questions: Sequence[QuizQuestion]) -> str:
    """What to practise, once every question has an answer; a quiz needs no such sentence."""
    first = recall()[kind]
    if kind == "quiz" or any(question.name not in first for question in questions):
        return ""
    missed = [question.practice for question in questions if not first[question.name]["right"]]
    advice = f"Before lesson 02, do {', '.join(missed)}." if missed else "You have what the lessons need."
    return f"{len(questions) - len(missed)} of {len(questions)} at the first try. {advice}"


def _form(kind: Kind, questions: Sequence[QuizQuestion]) -> Any:
    """The questions with a button for each option; None where ipywidgets is not installed."""
    try:
        import ipywidgets as widgets
    except ImportError:
        return None
    end = widgets.HTML()

    def ask(at: int, question: QuizQuestion) -> Any:
        options, said = option_buttons(widgets, question), widgets.HTML()

        def answer(change: Any) -> None:
            said.value = status(_reply(kind, question, change["new"]))
            end.value = status(_standing(kind, questions))

        options.observe(answer, "value")
        return widgets.VBox([heading(widgets, at, question), options, said])

    return widgets.VBox([*(ask(at, question) for at, question in enumerate(questions, start=1)), end])


def status(text: str) -> str:
    """What a form says in reply, so that a screen reader speaks it as soon as it changes.

    >>> status("Noted: (b).")
    "<p role='status'>Noted: (b).</p>"
    """
    return f"<p role='status'>{html.escape(text)}</p>" if text else ""


def heading(widgets: Any, at: int, question: Any) -> Any:
    """The question itself, as part of a form."""
    return widgets.HTML(f"<b>{at}. {html.escape(question.question)}</b>")


def option_buttons(widgets: Any, question: Any, chosen: str | None = None) -> Any:
    """One round button for each option; long ones go on in a second line."""
    options = [(f"({letter}) {text}", letter) for letter, text in question.options.items()]
    buttons = widgets.RadioButtons(options=options, value=chosen)
    buttons.layout.width = "auto"
    return buttons
