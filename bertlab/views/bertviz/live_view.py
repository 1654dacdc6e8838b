"""A BertViz view that is drawn again in place when the text changes: no new frame, so nothing flickers."""

from collections.abc import Callable
from typing import Any

from bertlab.views.attended import Encode
from bertlab.views.bertviz.drawing import STYLE, BertVizView, Kind
from bertlab.views.bertviz.installed_js import bertviz_js, d3_js
from bertlab.views.live import Live, widget_class
from bertlab.views.page import own_file


class LiveView(Live):
    """A view of what `encode` says, in a notebook with a kernel; without one, its first state as a still frame.

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
        self.widget = widget_class("LiveBertViz", _module(self.view.kind), STYLE)(state=_drawn(self.view))

    def show(self, text_a: str, text_b: str | None = None) -> None:
        """Draw another text in the same place; layer, heads and sentence that were picked stay picked."""
        self.view = self._draw(text_a, text_b)
        self.widget.state = _drawn(self.view)

    def still(self) -> str:
        """The view as it is now, in a frame that needs no kernel."""
        return self.view._repr_html_(still=True)

    def __str__(self) -> str:
        return self.view.label


def _drawn(view: BertVizView) -> dict[str, Any]:
    return {"body": view.body(), "params": view.parameters}


def _module(kind: Kind) -> tuple[str, ...]:
    return (
        # d3 puts its names into the object it is given here, instead of into the page.
        f"const d3 = {{}};\n(function (exports, module) {{{d3_js()}\n}})(d3, {{}});",
        own_file("bertviz/jquery_stand_in.js"),
        f"function drawBertViz(window, require, requirejs, console) {{{bertviz_js(kind)}\n}}",
        own_file("scripts/roving.js"),
        own_file("scripts/own_keys.js"),
        own_file("bertviz/keys.js"),
        own_file("bertviz/live_view.js"),
    )
