"""What views share that are typed into: Python answers what stands in the page, and the page draws the answer."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar

from bertlab.views.live import Live, widget_class
from bertlab.views.page import as_script, frame, own_file, whole_page

SHARED = ("own_keys", "parts", "newest")
"""Scripts that every such view uses."""


class LiveAnswers(Live):
    """A view of one question, some texts, and its answer. What cannot be answered is said, and the last answer stays.

    A kind of it says how it is called, which script's function draws it, and what that needs; and it answers.

    Args:
        question: the texts that are asked about at first.
        also: whatever else the script is to know.

    Raises:
        ImportError: anywidget is not installed (when it is shown).
        ValueError: the question cannot be answered.
    """

    title: ClassVar[str]
    height: ClassVar[int]
    """Pixels of the still page."""
    draws: ClassVar[str]
    """A function in JavaScript, (state, ask) to an element; `ask` is null where there is no kernel."""
    _answered: Callable[..., dict[str, Any]]
    """The texts of a question in, what is to be drawn out, as plain data; a ValueError says what is wrong with them."""

    def __init__(self, question: Sequence[str], **also: Any) -> None:
        self._state: dict[str, Any] = {"question": list(question), "answer": self._answered(*question), **also}

    def _scripts(self) -> tuple[str, ...]:
        """Where `draws` is, and what it needs besides `SHARED`."""
        raise NotImplementedError

    def _style(self) -> str:
        raise NotImplementedError

    def answer(self, question: Any) -> dict[str, Any]:
        """What the page shows for a question, as plain data; {"error": ...} where there is no answer."""
        try:
            return self._answered(*map(str, question))
        except (TypeError, ValueError) as error:
            return {"error": str(error)}

    @cached_property
    def widget(self) -> Any:
        """The ipywidgets widget; there is none before somebody asks for it.

        Raises:
            ImportError: anywidget is not installed.
        """
        live = f"export default {{ render: ({{ model, el }}) => liveAnswers(model, el, {self.draws}) }};"
        module = (own_file("scripts/live_answers.js"), *self._drawing(), live)
        widget = widget_class(f"{type(self).__name__}Widget", module, self._style())(state=self._state)
        widget.on_msg(self._asked)
        return widget

    def _drawing(self) -> tuple[str, ...]:
        return (*(own_file(f"scripts/{name}.js") for name in SHARED), *self._scripts())

    def _asked(self, widget: Any, message: Any, buffers: Any) -> None:
        question = message.get("question")
        answer = self.answer(question)
        if "error" not in answer:
            self._state = {**self._state, "question": question, "answer": answer}
        widget.send({"number": message.get("number"), "answer": answer})

    def still(self) -> str:
        """What was asked last, without a kernel: it can be looked at, and nothing typed."""
        drawn = f"document.body.append({self.draws}({as_script(self._state)}, null));"
        return frame(
            whole_page(self.title, "", (*self._drawing(), drawn), self._style(), still=True), str(self), self.height
        )
