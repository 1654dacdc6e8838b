"""What all live views share: a widget where there is a kernel, and a still page where there is none any more."""

from collections.abc import Sequence
from functools import cache
from typing import Any


def hear_while_busy(widget: Any) -> None:
    """Let a widget's messages come while a cell runs, in the thread that the page asks for.

    ipykernel 7.4 sends them to the thread that spoke last to the page, and that is the busy one.
    """
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = lambda data, asked_for: asked_for


@cache
def widget_class(name: str, scripts: Sequence[str], style: str) -> Any:
    """A widget whose one trait, `state`, is a dictionary that Python and the page share.

    Args:
        scripts: one ES module when joined; its default export has `render({model, el})`.

    Raises:
        ImportError: anywidget is not installed.
    """
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise ImportError("a live view needs anywidget: pip install anywidget. The still view does without.") from None

    class Widget(anywidget.AnyWidget):
        _esm = "\n".join(scripts)
        _css = style
        state = traitlets.Dict().tag(sync=True)

        def __init__(self, **state: Any) -> None:
            super().__init__(**state)
            hear_while_busy(self)

    Widget.__name__ = name
    return Widget


class Live:
    """Whatever shows itself as a widget now and as a page later.

    The page lies in the same output, below the widget, and hides itself as long as the widget is there.
    """

    widget: Any
    """The ipywidgets widget, to be put beside others in a box."""
    _handle: Any = None

    def still(self) -> str:
        """What it shows now, as HTML that needs no kernel."""
        raise NotImplementedError

    def keep_still(self) -> None:
        """Put what it shows now in the place of what the notebook would keep, for a reader without a kernel."""
        if self._handle is not None:
            self._handle.update(self._as_output(), raw=True)

    def _as_output(self) -> dict[str, str]:
        return {"text/html": self.still(), "text/plain": str(self)}

    def _ipython_display_(self) -> None:
        from IPython.display import display

        self.widget.add_class("bertlab-live")
        display(self.widget)
        self._handle = display(self._as_output(), raw=True, display_id=True)
