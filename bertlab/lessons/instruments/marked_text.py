"""Lesson 12's instrument: type a text, and what fine-tuned readers find is marked in it, with its label."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bertlab.lessons.instruments.scripts import script
from bertlab.tasks.highlights import Highlight
from bertlab.views.live_answers import LiveAnswers
from bertlab.views.page import own_file

LONGEST_TEXT = 600
"""Characters of a text: more than can be seen at once, less than what would keep the kernel busy."""

Found = tuple[str, Sequence[Highlight]]
"""What is said of the text as a whole, "" for nothing, and what was found in it."""


class MarkedText(LiveAnswers):
    """A text in, with a question about it or without; out comes the text, for each reader with its marks.

        MarkedText({"names": find_names}, "Today Anna feeds the bear.")
        MarkedText({"answer": find_answer}, "Today Anna feeds the bear.", "Who feeds the bear?")

    Args:
        readers: by what they look for; each takes the text, and the question where there is one.
        asked: a question stands beside the text from the start on, and can be changed.

    Raises:
        ImportError: anywidget is not installed (when it is shown).
        ValueError: the text is too long, or a reader cannot read it.
    """

    title, height, draws = "Marked in the text", 260, "markedText"

    def __init__(self, readers: Mapping[str, Callable[..., Found]], text: str, question: str | None = None) -> None:
        self.readers = dict(readers)
        super().__init__([text] if question is None else [text, question])

    def _answered(self, text: str, *question: str) -> dict[str, Any]:
        if max(map(len, (text, *question))) > LONGEST_TEXT:
            raise ValueError(f"A text of more than {LONGEST_TEXT} characters cannot be seen at once: shorten it.")
        if not all(each.strip() for each in (text, *question)):
            raise ValueError("There is nothing to read yet: type a text" + (" and a question." if question else "."))
        return {"readers": [self._read(name, text, *question) for name in self.readers]}

    def _read(self, name: str, text: str, *question: str) -> dict[str, Any]:
        """The text in parts, each marked or plain: overlapping marks would be no marks of one text."""
        note, found = self.readers[name](text, *question)
        parts: list[dict[str, str]] = []
        end = 0
        for each in sorted(found, key=lambda each: each.start):
            if not end <= each.start < each.stop <= len(text):
                raise ValueError(f"{name}: {each} is no stretch of the text behind character {end}.")
            parts += [{"text": text[end : each.start]}, {"text": text[each.start : each.stop], "kind": each.kind}]
            end = each.stop
        parts.append({"text": text[end:]})
        return {"name": name, "note": note, "parts": [part for part in parts if part["text"]]}

    def _scripts(self) -> tuple[str, ...]:
        return (script("marked_text.js"),)

    def _style(self) -> str:
        return own_file("scripts/look.css") + script("marked_text.css")

    def __str__(self) -> str:
        told = []
        for reader in self._state["answer"]["readers"]:
            marked = [f"{part['text']} ({part['kind']})" for part in reader["parts"] if "kind" in part]
            note = f" [{reader['note']}]" if reader["note"] else ""
            told.append(f"{reader['name']}{note}: {', '.join(marked) or 'nothing'}")
        return f"Marked in the text: {' / '.join(self._state['question'])} — {'; '.join(told)}"
