"""One BertViz view as an object: shown in a notebook in a frame, or saved as a page that opens anywhere."""

import html
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bertlab.atomic import write_whole
from bertlab.views.installed_js import bertviz_js, d3_js, own_js

Kind = Literal["head", "model", "neuron"]
WIDTH = {"head": 480, "model": 990, "neuron": 1040}
"""Pixels that a drawing takes; a wider frame would only be a white field in a dark theme."""

# BertViz draws for a white page: white in a dark theme too. Narrower than this, a drawing is cut off.
STYLE = (
    ".bertviz-view{background:#fff;color:#000;color-scheme:light;padding:4px}"
    ".bertviz-view,.bertviz-view label,.bertviz-view p{font:14px 'Helvetica Neue',Helvetica,Arial,sans-serif}"
    ".bertviz-view #controls{padding:4px;user-select:none}.bertviz-view label{margin-right:12px}"
    ".bertviz-view p{margin:4px}.bertviz-view #vis{overflow-x:auto}.bertviz-view svg{display:block}"
    ".bertviz-view.head svg{min-width:340px}.bertviz-view.neuron svg{min-width:1020px}"
    + "".join(f".bertviz-view.{kind}{{max-width:{width}px;box-sizing:border-box}}" for kind, width in WIDTH.items())
)


def as_script(value: Any) -> str:
    r"""JSON for the inside of a script element: no token can end the script or begin a tag.

    >>> print(as_script(["</script>"]))
    ["\u003c/script\u003e"]
    """
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


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

    def body(self) -> str:
        """The place that BertViz's script draws in, with menus and words, but without script and numbers."""
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        return (
            f'<div id="bertviz" class="bertviz-view {self.kind}">{note}<div id="controls">{self.controls}</div>'
            f'<div id="vis" role="img" aria-label="{html.escape(self.label)}"></div></div>'
        )

    def page(self) -> str:
        """The whole HTML page: drawing, libraries and numbers in one file."""
        scripts = (
            own_js("bertviz_page.js"),
            d3_js(),
            own_js("jquery_stand_in.js"),
            f"window.bertviz_params={as_script(self.parameters)};",
            bertviz_js(self.kind),
        )
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>BertViz {self.kind} view</title>'
            f"<style>html{{background:#fff}}body{{margin:0}}{STYLE}</style><body>{self.body()}"
            + "".join(f"<script>{script}</script>" for script in scripts)
        )

    def _repr_html_(self) -> str:
        # Single quotes around the page: the libraries are full of double ones, which then stay as they are.
        page = self.page().replace("&", "&amp;").replace("'", "&#39;")
        size = f"width:100%;max-width:{WIDTH[self.kind]}px;height:{self.height}px"
        style = f"{size};border:0;background:#fff;color-scheme:light"
        return f'<iframe title="{html.escape(self.label)}" style="{style}" srcdoc=\'{page}\'></iframe>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": self.label}

    def __str__(self) -> str:
        return self.label

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the view as one HTML file that needs neither network nor kernel."""
        return write_whole(Path(path), self.page())
