"""A BertViz view that is drawn again in place when the text changes: no new frame, so nothing flickers."""

from collections.abc import Callable
from functools import cache
from typing import Any

from bertlab.views.attended import Encode
from bertlab.views.bertviz_view import STYLE, BertVizView, Kind
from bertlab.views.installed_js import bertviz_js, d3_js, own_js


class LiveView:
    """A view of what `encode` says, in a notebook with a kernel; without one, its last state as a still frame.

        look = LiveView(head_view, encode, "the bank by the river")
        look
        look.show("the bank lent money")       # in another cell, or whenever a text box changes

    Args:
        view: `head_view`, `model_view` or `neuron_view`
        options: what else the view takes: layer, heads, too_long, ...

    Raises:
        ImportError: anywidget is not installed.
        ValueError: as the view does.
    """

    def __init__(
        self,
        view: Callable[..., BertVizView],
        encode: Encode,
        text_a: str,
        text_b: str | None = None,
        **options: Any,
    ) -> None:
        self._draw = lambda a, b: view(encode, a, b, **options)
        self.view = self._draw(text_a, text_b)
        self.widget = _widget_class(self.view.kind)(drawn=_drawn(self.view))
        """The ipywidgets widget, to be put beside others in a box."""

    def show(self, text_a: str, text_b: str | None = None) -> None:
        """Draw another text in the same place; the layer and the sentence that were picked stay picked."""
        self.view = self._draw(text_a, text_b)
        self.widget.drawn = _drawn(self.view)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle = self.widget._repr_mimebundle_()
        live = bundle[0] if isinstance(bundle, tuple) else bundle
        return {**(live or {}), **self.view._repr_mimebundle_()}


def _drawn(view: BertVizView) -> dict[str, Any]:
    return {"body": view.body(), "params": view.parameters}


@cache
def _widget_class(kind: Kind) -> Any:
    """The widget of one kind of view; anywidget is imported only here."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise ImportError("a live view needs anywidget: pip install anywidget. The still view does without.") from None

    class LiveBertViz(anywidget.AnyWidget):
        _esm = "\n".join(
            (
                # d3 puts its names into the object it is given here, instead of into the page.
                f"const d3 = {{}};\n(function (exports, module) {{{d3_js()}\n}})(d3, {{}});",
                own_js("jquery_stand_in.js"),
                f"function drawBertViz(window, require, requirejs, console) {{{bertviz_js(kind)}\n}}",
                own_js("bertviz_live.js"),
            )
        )
        _css = STYLE
        drawn = traitlets.Dict().tag(sync=True)

    return LiveBertViz
