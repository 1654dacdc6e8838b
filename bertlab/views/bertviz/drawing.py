"""One BertViz view as an object: shown in a notebook in a frame, or saved as a page that opens anywhere."""

import html
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bertlab.atomic import write_whole
from bertlab.views.bertviz.installed_js import bertviz_js, d3_js
from bertlab.views.page import as_script, frame, own_file, whole_page

Kind = Literal["head", "model", "neuron"]
WIDTH = {"head": 480, "model": 990, "neuron": 1040}
"""Pixels that a drawing takes; a wider frame would only be a white field in a dark theme."""

# BertViz draws for a white page: white in a dark theme too. Narrower than this, a drawing is cut off.
STYLE = (
    ".bertviz-view{background:#fff;color:#000;color-scheme:light;padding:4px}"
    ".bertviz-view,.bertviz-view label,.bertviz-view p{font:14px 'Helvetica Neue',Helvetica,Arial,sans-serif}"
    ".bertviz-view #controls{padding:4px;user-select:none}.bertviz-view label{margin-right:12px}"
    ".bertviz-view p{margin:4px}.bertviz-view #vis{overflow-x:auto}.bertviz-view svg{display:block}"
    ".bertviz-view{box-sizing:border-box}"
    ".bertviz-view.head svg{min-width:340px}.bertviz-view.neuron svg{min-width:1020px}"
    ".bertviz-view.neuron #vis{container-type:inline-size}"
) + "".join(
    # The last columns are what the others lead to: a narrow frame shrinks the drawing rather than cutting it off.
    f"@container (max-width:{math.floor(1020 * above)}px){{.bertviz-view.neuron svg{{zoom:{zoom}}}}}"
    for above, zoom in ((1, 0.8), (0.8, 0.66), (0.66, 0.55))
)


@dataclass(frozen=True, eq=False)
class BertVizView:
    """A view, ready to be seen. As text it is its label: what is drawn, in words."""

    kind: Kind
    label: str
    parameters: dict[str, Any] = field(repr=False)
    """What BertViz's script asks for."""
    controls: str = field(repr=False)
    """The menus above the drawing, as HTML."""
    height: int = field(repr=False)
    """A first guess in pixels; the page then fits itself."""
    note: str = ""
    """A sentence above the drawing, such as what was cut."""
    squares: int = 0
    """How many squares stand in a row above a head view, 20 pixels each."""

    @property
    def width(self) -> int:
        """Pixels that the drawing takes at most."""
        return max(WIDTH[self.kind], 20 * self.squares + 8)

    def body(self) -> str:
        """The place that BertViz's script draws in, with menus and words, but without script and numbers."""
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        return (
            f'<div id="bertviz" class="bertviz-view {self.kind}" style="max-width:{self.width}px">{note}'
            f'<div id="controls">{self.controls}</div>'
            f'<div id="vis" role="figure" aria-label="{html.escape(self.label)}"></div></div>'
        )

    def page(self, still: bool = False) -> str:
        """The whole HTML page: drawing, libraries and numbers in one file.

        Args:
            still: it is what remains of a live view, and hides itself beside one.
        """
        scripts = (
            own_file("bertviz/page.js"),
            d3_js(),
            own_file("bertviz/jquery_stand_in.js"),
            f"window.bertviz_params={as_script(self.parameters)};",
            bertviz_js(self.kind),
            own_file("scripts/roving.js"),
            own_file("bertviz/keys.js"),
            'reachByKeys(document.querySelector(".bertviz-view"),window.bertviz_params)',
        )
        return whole_page(
            f"BertViz {self.kind} view", self.body(), scripts, f"html{{background:#fff}}{STYLE}", still=still
        )

    def _repr_html_(self, still: bool = False) -> str:
        return frame(self.page(still), self.label, self.height, self.width, background="#fff")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": self.label}

    def __str__(self) -> str:
        return self.label

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the view as one HTML file that needs neither network nor kernel."""
        return write_whole(Path(path), self.page())
