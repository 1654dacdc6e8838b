"""The same twelve questions before the course and after it: no reply at first, both results side by side at the end.

Who had been told the answers would only remember them: the second time would be worth nothing.
"""

import html
import textwrap
from typing import Any

from bertlab.lessons.keys import with_keys
from bertlab.lessons.questions import SURE, CourseQuestion, course_questions
from bertlab.lessons.quizzes import WIDTH, heading, in_words, option_buttons, status
from bertlab.lessons.record import in_notebook, note, recall
from bertlab.lessons.results import results_html, results_text

SAYS = {
    "before": "Nobody tells you now what is right: lesson 13 asks again, and then shows both results side by side.",
    "after": "The questions of lesson 00 once more. When you have answered, the next cell shows both results.",
}


def course_test(
    when: str,
    number: int | None = None,
    answer: str | None = None,
    sure: int | None = None,
    *,
    skip: bool = False,
) -> None:
    """Ask the questions "before" the course or "after" it, store one answer, or show the "results".

    `course_test("before", 3, "b", sure=2)` answers without buttons.

    Args:
        when: "before", "after" or "results".
        sure: 1 guessing, 2 fairly sure, 3 certain.
        skip: True shows the results though not every question has a second answer.

    Raises:
        ValueError: no such time, question, option or sureness.
    """
    if when == "results":
        _show_results(skip)
        return
    if when not in SAYS:
        raise ValueError(f'the test is asked "before" or "after" the course, and has "results", not {when!r}')
    questions = course_questions()
    if number is not None and answer is not None:
        if not 1 <= number <= len(questions):
            raise ValueError(f"there are questions 1 to {len(questions)}, not {number}")
        print(_store(when, number, answer.strip("() ").lower(), sure))
        return
    form = _form(when) if in_notebook() else None
    if form is None:
        print(textwrap.fill(SAYS[when], WIDTH))
        for at, question in enumerate(questions, start=1):
            print(in_words(at, question))
        scale = ", ".join(f"{step} {word}" for step, word in SURE.items())
        print(f'Answer with, for example, course_test("{when}", 1, "a", sure=2).  sure: {scale}.')
        if when == "after":
            print('In the end: course_test("results").')
    else:
        from IPython.display import display

        display(with_keys(form))


def answers_of(when: str) -> dict[str, Any]:
    """What was said before the course or after it: {"leak": {"answer": "b", "sure": 2}, ...}."""
    return dict(recall()["test"].get(when, {}).get("answers", {}))


def _closed(when: str) -> str:
    """Why an answer can no longer be changed; empty while it can."""
    test = recall()["test"]
    if any(test.get(which, {}).get("revealed") for which in SAYS):
        return "You have seen the results, so your answers stay as they were."
    if when == "before" and test.get("after", {}).get("answers"):
        return "You have begun to answer again, so what you said before stays as it was."
    return ""


def _store(when: str, number: int, answer: str, sure: int | None) -> str:
    """Keep an answer and say so; not a word on whether it is right."""
    question = course_questions()[number - 1]
    if answer not in question.options:
        raise ValueError(f"question {number} offers {', '.join(question.options)}, not {answer!r}")
    if sure is not None and sure not in SURE:
        raise ValueError(f"sure is 1 (guessing), 2 (fairly sure) or 3 (certain), not {sure!r}")
    if closed := _closed(when):
        return closed
    given = {"answer": answer} if sure is None else {"answer": answer, "sure": sure}
    note("test", when, answers=answers_of(when) | {question.name: given})
    return f"Noted: {number} ({answer})" + (f", {SURE[sure]}." if sure is not None else ". And how sure are you?")


def _count(when: str) -> str:
    """How many questions have an answer."""
    done, all_of_them = len(answers_of(when)), len(course_questions())
    end = "" if done < all_of_them else " Thank you." if when == "before" else " Now run the next cell."
    return f"{done} of {all_of_them} answered.{end}"


def _show_results(skip: bool) -> None:
    """Print or draw both results; from then on no answer changes."""
    questions, before, after = course_questions(), answers_of("before"), answers_of("after")
    if len(after) < len(questions) and not skip:
        print(
            f'{len(after)} of {len(questions)} are answered again, at course_test("after"); then run this cell again.\n'
            'To see the results all the same: course_test("results", skip=True)'
        )
        return
    note("test", "after", revealed=True)
    text = results_text(questions, before, after)
    if in_notebook():
        from IPython.display import display

        display({"text/html": results_html(questions, before, after), "text/plain": text}, raw=True)
    else:
        print(text)


def _form(when: str) -> Any:
    """The questions with their buttons, as they were last answered; None where ipywidgets is not installed."""
    try:
        import ipywidgets as widgets
    except ImportError:
        return None
    given, count = answers_of(when), widgets.HTML(status(_count(when)))

    def ask(number: int, question: CourseQuestion) -> Any:
        before = given.get(question.name, {})
        options = option_buttons(widgets, question, before.get("answer"))
        scale = [(word, step) for step, word in SURE.items()]
        sure = widgets.ToggleButtons(options=scale, value=before.get("sure"), description="I am")
        sure.style.button_width = "auto"
        said = widgets.HTML()

        def store(_: Any) -> None:
            if options.value is None:
                said.value = status("And your answer?")
            else:
                says = _store(when, number, options.value, sure.value)
                kept = answers_of(when).get(question.name, {})
                options.value, sure.value = kept.get("answer"), kept.get("sure")  # what is late does not stay pressed
                said.value = status(says)
                count.value = status(_count(when))

        options.observe(store, "value")
        sure.observe(store, "value")
        return widgets.VBox([heading(widgets, number, question), options, sure, said])

    rows = [ask(number, question) for number, question in enumerate(course_questions(), start=1)]
    return widgets.VBox([widgets.HTML(f"<p>{html.escape(SAYS[when])}</p>"), *rows, count])
