"""Three questions at a lesson's end, each answered at once, whatever one chose."""

import html
import textwrap
from typing import Any

from bertlab.lessons.questions import QuizQuestion, quiz_of
from bertlab.lessons.record import in_notebook, note, recall

WIDTH = 88


def quiz(lesson: str, number: int | None = None, answer: str | None = None) -> None:
    """Ask the quiz of a lesson ("00"), or answer one of its questions: `quiz("00", 2, "b")`.

    Raises:
        ValueError: no such lesson, question or option.
    """
    questions = quiz_of(lesson)
    if number is not None and answer is not None:
        if not 1 <= number <= len(questions):
            raise ValueError(f"the quiz of lesson {lesson} has questions 1 to {len(questions)}, not {number}")
        print(textwrap.fill(_reply(questions[number - 1], answer.strip("() ").lower()), WIDTH))
        return
    form = _form(questions) if in_notebook() else None
    if form is None:
        for at, question in enumerate(questions, start=1):
            print(textwrap.fill(f"{at}. {question.question}", WIDTH))
            for letter, option in question.options.items():
                print(textwrap.fill(f"({letter}) {option}", WIDTH, initial_indent="   ", subsequent_indent="       "))
        print(f'Answer with, for example, quiz("{lesson}", 1, "a").')
    else:
        from IPython.display import display

        display(form)


def _reply(question: QuizQuestion, answer: str) -> str:
    """Store the answer and say what there is to say to it. The first answer is the one that is kept."""
    if answer not in question.options:
        raise ValueError(f"question {question.name} offers {', '.join(question.options)}, not {answer!r}")
    right = answer == question.answer
    if question.name not in recall()["quiz"]:
        note("quiz", question.name, answer=answer, right=right)
    return ("Yes. " if right else "Not so. ") + question.replies[answer]


def _form(questions: list[QuizQuestion]) -> Any:
    """The questions with a button for each option; None where ipywidgets is not installed."""
    try:
        import ipywidgets as widgets
    except ImportError:
        return None
    return widgets.VBox([_one(widgets, at, question) for at, question in enumerate(questions, start=1)])


def _one(widgets: Any, at: int, question: QuizQuestion) -> Any:
    options = widgets.RadioButtons(
        options=[(f"({letter}) {text}", letter) for letter, text in question.options.items()], value=None
    )
    options.layout.width = "auto"
    said = widgets.HTML()

    def answer(change: Any) -> None:
        said.value = f"<p role='status'>{html.escape(_reply(question, change['new']))}</p>"

    options.observe(answer, "value")
    return widgets.VBox([widgets.HTML(f"<b>{at}. {html.escape(question.question)}</b>"), options, said])
