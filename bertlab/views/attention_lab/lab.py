"""Type a sentence, hide a word, see what a model says and where it looks, under its own mask or the other one.

The same page answers from three places: a kernel (in a notebook), a server (`bertlab demo`), or a recording (`export`,
and what a notebook keeps when its kernel is gone).
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from bertlab.atomic import write_whole
from bertlab.views.attention_lab.answers import chips_of, in_words, name_of_switch, panel_of
from bertlab.views.live import Live, widget_class
from bertlab.views.page import as_script, frame, own_file, whole_page

Reader = Callable[..., Any]
"""`read(text_a, text_b=None, *, holes=(), other_mask=False)` gives what `answers.Reading` describes.

`bertlab.reader.reader(model, tokenizer)` makes one.
"""
HEIGHT = 760
STILL_BYTES = 1_000_000
"""What a notebook keeps of a lab is at most so large, if it can be."""
LONGEST_TEXT = 2000
"""Characters; more than any sentence, less than what would keep a server busy."""


class Question(NamedTuple):
    """What is asked; `holes` are (0 or 1, first character, behind the last one) in the first or second text."""

    text_a: str
    text_b: str | None = None
    holes: tuple[tuple[int, int, int], ...] = ()
    other_mask: bool = False

    @classmethod
    def read(cls, given: Any) -> "Question":
        """A question as it comes from a page.

        Raises:
            ValueError: it is none, or its texts are too long.
        """
        try:
            text_a, text_b, holes = given["text_a"], given["text_b"], given["holes"]
            question = cls(
                text_a, text_b, tuple((int(w), int(s), int(e)) for w, s, e in holes), given["other_mask"] is True
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            raise ValueError(f"this is no question: {str(given)[:80]}") from None
        if not isinstance(text_a, str) or not isinstance(text_b, str | None):
            raise ValueError("text_a is a text, and text_b a text or null")
        longest = max(len(text_a), len(text_b or ""))
        if longest > LONGEST_TEXT:
            raise ValueError(f"{longest:,} characters are too many: the lab reads {LONGEST_TEXT:,}.")
        return question


class AttentionLab(Live):
    """A laboratory for one model, or for two side by side, in a notebook, as a page, or on a server.

        from bertlab.reader import reader
        AttentionLab(reader(model, tokenizer), "He shut the door behind him.", hide="door")
        AttentionLab({"BERT": reader(bert, tokenizer), "GPT": reader(gpt, tokenizer)}, "She saw a bat near the cave.")

    Args:
        readers: one, or several by name; the first one's pieces are the chips.
        hide: words of the first text that are hidden at the beginning.
        max_tokens: longer texts are refused; their picture could not be read.

    Raises:
        ImportError: anywidget is not installed (when it is shown).
        ValueError: a word to hide is not in the text; the text is too long; there is no reader.
    """

    def __init__(
        self,
        readers: Reader | Mapping[str, Reader],
        text_a: str,
        text_b: str | None = None,
        *,
        hide: str | Sequence[str] = (),
        max_tokens: int = 40,
    ) -> None:
        self.readers = dict(readers) if isinstance(readers, Mapping) else {"": readers}
        if not self.readers:
            raise ValueError("there is no reader: give one, or several by name, such as {'BERT': reader(...)}")
        self.max_tokens = max_tokens
        words = [hide] if isinstance(hide, str) else hide
        self.question = Question(text_a, text_b, tuple(hole_of(text_a, word) for word in words))
        self._shown = self._answered(self.question)

    def answer(self, question: Any) -> dict[str, Any]:
        """What the page shows for a question, as plain data; {"error": ...} where there is no answer."""
        try:
            return self._answered(Question.read(question))
        except ValueError as error:
            return {"error": str(error)}
        except Exception as error:  # of whatever reads: a page that gets no answer would ask again for ever
            return {"error": f"{type(error).__name__}: {error}"}

    def _answered(self, question: Question) -> dict[str, Any]:
        own = {name: read(*question[:2], holes=question.holes) for name, read in self.readers.items()}
        shown = own
        if question.other_mask:
            shown = {
                name: read(*question[:2], holes=question.holes, other_mask=True) for name, read in self.readers.items()
            }
        longest = max(len(reading.tokens) for reading in own.values())
        if longest > self.max_tokens:
            raise ValueError(
                f"{longest} tokens are too many to be seen at once; the lab takes {self.max_tokens}: shorten the text."
            )
        return {
            "chips": chips_of(next(iter(own.values()))),
            "switch": name_of_switch([reading.causal for reading in own.values()]),
            "panels": [panel_of(name, shown[name], own[name], bool(question.holes)) for name in self.readers],
        }

    # ---- In a notebook

    @cached_property
    def widget(self) -> Any:
        """The ipywidgets widget, to be put beside others in a box; there is none before somebody asks for it.

        Raises:
            ImportError: anywidget is not installed.
        """
        module = (*scripts(), own_file("attention_lab/widget.js"))
        state = {"question": self.question._asdict(), "answer": self._shown}
        widget = widget_class("AttentionLabWidget", module, style())(state=state)
        widget.on_msg(self._asked)
        return widget

    def _asked(self, widget: Any, message: Any, buffers: Any) -> None:
        answer = self.answer(message.get("question"))
        if "error" not in answer:
            self.question, self._shown = Question.read(message["question"]), answer
        widget.send({"number": message.get("number"), "answer": answer})

    def still(self) -> str:
        """What was asked last, recorded: it needs no kernel. Each word can be hidden, if that is small."""
        singles = self._single_questions(*self.question[:2])
        shares = sum(len(panel["attention"]["packed"]) for panel in self._shown["panels"])
        recorded = singles if 2 * len(singles) * shares <= STILL_BYTES else []
        return frame(self._recorded_page([*recorded, self.question], still=True), str(self), HEIGHT)

    # ---- As a page

    def served_page(self) -> str:
        """The page for a server that answers questions at the address `answer`."""
        state = {"question": self.question._asdict(), "answer": self._shown}
        return self._page(state, "served.js")

    def export(self, path: str | os.PathLike[str], texts: Iterable[str | tuple[str, str]] | None = None) -> Path:
        """Write one HTML file that opens anywhere: some sentences, each with every word to hide, under both masks.

        Args:
            texts: sentences or pairs; if left out, the one that is shown now.

        Raises:
            ValueError: there are no texts, or one is too long.
        """
        pairs = [self.question[:2]] if texts is None else [(t, None) if isinstance(t, str) else tuple(t) for t in texts]
        if not pairs:
            raise ValueError("there are no texts to record: give at least one")
        questions = [question for pair in pairs for question in self._single_questions(*pair)]
        return write_whole(Path(path), self._recorded_page(questions))

    def _single_questions(self, text_a: str, text_b: str | None) -> list[Question]:
        """A text with nothing hidden, and with each of its words."""
        chips = self._answered(Question(text_a, text_b))["chips"]
        holes = [(tuple(chip["stretch"]),) for chip in chips if not chip["fixed"]]
        return [Question(text_a, text_b, hidden) for hidden in [(), *holes]]

    def _recorded_page(self, questions: Sequence[Question], still: bool = False) -> str:
        asked = dict.fromkeys(
            each._replace(holes=holes, other_mask=other_mask)
            for each in questions
            for holes in dict.fromkeys([(), each.holes])
            for other_mask in (False, True)
        )
        state = {
            "question": questions[-1 if still else 0]._asdict(),
            "sentences": list(dict.fromkeys(question[:2] for question in questions)),
            "recorded": [{"question": each._asdict(), "answer": self._answered(each)} for each in asked],
        }
        return self._page(state, "recorded.js", still)

    @staticmethod
    def _page(state: dict[str, Any], script: str, still: bool = False) -> str:
        given = f"window.bertlab_lab={as_script(state)};"
        return whole_page(
            "Attention lab", "", (*scripts(), given, own_file(f"attention_lab/{script}")), style(), still=still
        )

    def __str__(self) -> str:
        return in_words(self._shown)


def hole_of(text: str, word: str) -> tuple[int, int, int]:
    """Where a word stands in the first text.

    >>> hole_of("He shut the door.", "door")
    (0, 12, 16)

    Raises:
        ValueError: it does not stand there.
    """
    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)
    if not word or not found:
        raise ValueError(f"{word!r} cannot be hidden: it is no word of {text!r}")
    return (0, *found.span())


def scripts() -> tuple[str, ...]:
    """What every page of the lab is put together from."""
    shared = (f"scripts/{name}.js" for name in ("own_keys", "roving", "parts", "attention_lines", "guess_table"))
    own = (f"attention_lab/{name}.js" for name in ("shares", "head_grid", "chips", "panel", "lab"))
    return tuple(map(own_file, (*shared, *own)))


def style() -> str:
    """The lab's CSS."""
    return own_file("scripts/look.css") + own_file("attention_lab/lab.css")
