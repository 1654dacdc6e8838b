"""Guess before you run: the answer is stored, and what explains it is told only afterwards.

With widgets one clicks; without them `guess("00-untrained", "b", sure=2)` does the same.

Nothing stops a cell that is run too early: "Run All" shall show everything. But a cell that tells has pictures and
numbers too, and they give the answer away. So a guess that comes after them is marked late, and no report counts it.
"""

import html
import re
import textwrap
from collections.abc import Mapping
from string import Formatter
from typing import Any

from bertlab.lessons.keys import with_keys
from bertlab.lessons.questions import SURE, Guess, find_guess, wording_of
from bertlab.lessons.quizzes import status
from bertlab.lessons.record import in_notebook, note, recall

WIDTH = 88
ASKS = {"bertlab": {"waits_for_a_guess": True}}
"""Marks an output that is of use only where one can answer: slides leave it out."""
FIRST = "Guess first: a cell further down shows the answer."
LATE = "Marked as late: the cell with the answer had been run, so no report counts it."


def guess(name: str, answer: str | None = None, sure: int = 2) -> None:
    """Offer a guess, or store one. A guess may be changed until its explanation has been read.

    Args:
        answer: the letter of an option; without it, buttons are shown, or how to answer without them.
        sure: 1 guessing, 2 fairly sure, 3 certain.

    Raises:
        ValueError: no such guess, option or sureness.
    """
    asked = find_guess(name)
    if answer is not None:
        print(_store(asked, answer.strip("() ").lower(), sure))
        return
    buttons = _buttons(asked) if in_notebook() else None
    if buttons is None:
        print(_how_to_answer(asked))
    else:
        from IPython.display import display

        display(with_keys(buttons), metadata=ASKS)


def reveal(name: str, skip: bool = False, **measured: float | str) -> None:
    """Tell what the guess was about: after a guess, or when you say that you will not make one.

    Args:
        skip: True tells it without a guess.
        measured: what the cells found, for the sentences that speak of it.
    """
    asked = find_guess(name)
    given = recall()["guesses"].get(name, {})
    if not measured and any(field for _, field, *_ in Formatter().parse(asked.explanation)):
        _wait(
            "The explanation needs what a cell has measured. Write `skip=True` into the line of that cell\n"
            f'which begins with reveal("{name}", and run it again.'
        )
        return
    explanation = asked.explanation.format(**measured)
    if "answer" not in given and not skip:
        if not given.get("shown"):
            note("guesses", name, shown=True)
        _wait(
            f'First a guess, at guess("{name}") further up; then run this cell again. (It will be marked as late.)\n'
            "To read on without one, write `skip=True` into the `reveal` line of this cell, and run it again."
        )
        return
    if "answer" in given:
        note("guesses", name, right=given["answer"] == asked.answer, revealed=True)
    else:
        note("guesses", name, skipped=True, revealed=True)
    text = _told(asked, given, explanation)
    if in_notebook():
        from IPython.display import display

        display({"text/html": _beside(asked, given, explanation), "text/plain": text}, raw=True)
    else:
        print(text)


def _wait(text: str) -> None:
    """Say that a guess comes first; marked, because on a slide nobody can make one."""
    if in_notebook():
        from IPython.display import display

        display({"text/plain": text}, raw=True, metadata=ASKS)
    else:
        print(text)


def _told(asked: Guess, given: Mapping[str, Any], explanation: str) -> str:
    """The guess, the answer and what there is to say, as text."""
    opening = f"({asked.answer})."
    if "answer" in given:
        right = given["answer"] == asked.answer
        opening = f"You said ({given['answer']}), {_how(given)}. "
        opening += "Yes." if right else f"No. It is ({asked.answer})."
    paragraphs = f"{opening} {explanation.strip()}".split("\n\n")
    return "\n\n".join(textwrap.fill(paragraph, WIDTH) for paragraph in paragraphs)


def _how(given: Mapping[str, Any]) -> str:
    """How sure a guess was, and whether it came late."""
    return SURE[given["sure"]] + (", late" if given.get("late") else "")


def _beside(asked: Guess, given: Mapping[str, Any], explanation: str) -> str:
    """The guess beside the answer, both in the lesson's own words, and below them what there is to say."""
    from bertlab.views import palette

    wording = wording_of(asked.name)

    def box(name: str, letter: str, more: str) -> str:
        said = _emphasised(wording.get(letter, ""))
        edge = palette.BERT if letter == asked.answer else palette.CONTROL
        return (
            f'<div style="flex:1 1 16em; border-left:4px solid {edge}; padding-left:0.8em; margin-bottom:0.8em">'
            f"<strong>{name}: ({letter})</strong>{more}<br>{said}</div>"
        )

    answer = box("The answer", asked.answer, "")
    if "answer" in given:
        right = given["answer"] == asked.answer
        more = f", {_how(given)}: {'yes' if right else 'not so'}"
        behind = "" if right else f"<p>Behind ({given['answer']}): {_emphasised(asked.beliefs[given['answer']])}.</p>"
        boxes = box("Your guess", given["answer"], more) + ("" if right else answer)
    else:
        boxes, behind = answer, ""
    said = "".join(f"<p>{_emphasised(paragraph)}</p>" for paragraph in explanation.split("\n\n"))
    return (
        f'<div style="max-width:46em"><div style="display:flex; flex-wrap:wrap; gap:0 1.5em">{boxes}</div>'
        f"{behind}{said}</div>"
    )


def _emphasised(text: str) -> str:
    """A line of Markdown as HTML: *words* and `names`, and nothing else of it.

    >>> _emphasised("*the* < `[MASK]`")
    '<em>the</em> &lt; <code>[MASK]</code>'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", re.sub(r"\*([^*\s][^*]*)\*", r"<em>\1</em>", html.escape(text)))


def _store(asked: Guess, answer: str, sure: int) -> str:
    """Keep the guess and say so."""
    if answer not in asked.beliefs:
        raise ValueError(f"{asked.name} offers {', '.join(asked.beliefs)}, not {answer!r}")
    if sure not in SURE:
        raise ValueError(f"sure is 1 (guessing), 2 (fairly sure) or 3 (certain), not {sure!r}")
    before = recall()["guesses"].get(asked.name, {})
    if before.get("revealed"):
        stays = f"stays as it was: ({before['answer']})" if "answer" in before else "is not counted"
        return f"You have read the explanation, so your guess {stays}."
    late = {"late": True} if before.get("shown") else {}
    note("guesses", asked.name, answer=answer, sure=sure, **late)
    return f"Noted: ({answer}), {SURE[sure]}." + (f" {LATE}" if late else "")


def _how_to_answer(asked: Guess) -> str:
    first = next(iter(asked.beliefs))
    letters = ", ".join(f"({letter})" for letter in asked.beliefs)
    scale = ", ".join(f"{number} {word}" for number, word in SURE.items())
    how = f'Your guess, {letters}: for example guess("{asked.name}", "{first}", sure=2).  sure: {scale}.'
    return f"{how}\n{FIRST}"


def _buttons(asked: Guess) -> Any:
    """Two rows of buttons and a line that says what was noted; None where ipywidgets is not installed."""
    try:
        import ipywidgets as widgets
    except ImportError:
        return None
    before = recall()["guesses"].get(asked.name, {})
    letters = [(f"({letter})", letter) for letter in asked.beliefs]
    answer = widgets.ToggleButtons(options=letters, value=before.get("answer"), description="My guess")
    sure = widgets.ToggleButtons(
        options=[(word, number) for number, word in SURE.items()],
        value=before.get("sure"),
        description="I am",
    )
    for row in (answer, sure):
        row.style.button_width = "auto"
    said = widgets.HTML(status(FIRST if "answer" not in before else f"Noted before: ({before['answer']})."))

    def store(_: Any) -> None:
        if answer.value is not None and sure.value is not None:
            says = _store(asked, answer.value, sure.value)
            kept = recall()["guesses"][asked.name]
            answer.value, sure.value = kept.get("answer"), kept.get("sure")  # what is late does not stay pressed
            said.value = status(says)
        else:
            said.value = status("And how sure are you?" if answer.value is not None else "And your guess?")

    answer.observe(store, "value")
    sure.observe(store, "value")
    return widgets.VBox([answer, sure, said])
