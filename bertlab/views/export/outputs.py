"""What cells put out, as HTML that stays when the kernel is gone."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bertlab.views.export.forms import MODEL, form

WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")


def in_the_end(text: str) -> str:
    r"""What a terminal shows in the end: a line that was written again and again is there once.

    >>> in_the_end("  0%|    | 0/2\r 50%|##  | 1/2\r100%|####| 2/2\ndone\n")
    '100%|####| 2/2\ndone'
    """
    lines = [line.rstrip("\r").rsplit("\r", 1)[-1].rstrip() for line in text.split("\n")]
    return "\n".join(lines).strip("\n")


def terminal(text: str, kind: str) -> str:
    """Text with a terminal's colours; nothing where there is no text.

    Args:
        kind: a class for the style, such as stdout.
    """
    from nbconvert.filters.ansi import ansi2html

    said = ansi2html(in_the_end(text))
    return f'<pre class="said {kind}" tabindex="0">{said}</pre>\n' if said.strip() else ""


class Outputs:
    """Writes outputs as HTML.

    Args:
        prose: Markdown -> HTML
        models: the state of each widget, by its name, as a notebook keeps it; may be empty
    """

    def __init__(self, prose: Callable[[str], str], models: Mapping[str, Any]) -> None:
        self.prose = prose
        self.models = models

    def html(self, outputs: Sequence[Mapping[str, Any]]) -> str:
        """All outputs of one cell."""
        outputs = _streams_joined(outputs)
        following = [*outputs, {}][1:]
        return "".join(self._one(output, after) for output, after in zip(outputs, following, strict=True))

    def _one(self, output: Mapping[str, Any], after: Mapping[str, Any]) -> str:
        if output["output_type"] == "stream":
            return terminal(output["text"], output["name"])
        if output["output_type"] == "error":
            return terminal("\n".join(output["traceback"]) or f"{output['ename']}: {output['evalue']}", "error")
        data = output.get("data", {})
        if WIDGET in data:
            still = "text/html" in after.get("data", {}) and WIDGET not in after["data"]
            return self._widget(data[WIDGET]["model_id"], still)
        return self._shown(data, output.get("metadata", {}))

    def _widget(self, name: str, still: bool) -> str:
        """A widget without its kernel. A live view has its still page in the next output, and needs nothing here."""
        known = self.models.get(name)
        live = known is None or "bertlab-live" in known[MODEL].get("_dom_classes", ())
        return "" if still and live else form(name, self.models, self.html)

    def _shown(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
        """The richest form of an output that a page can show."""
        if "text/html" in data:
            return f'<div class="shown">{_text(data["text/html"])}</div>\n'
        if "text/markdown" in data:
            return f'<div class="shown">{self.prose(_text(data["text/markdown"]))}</div>\n'
        for kind in PICTURES:
            if kind in data:
                return f'<div class="shown">{_picture(kind, data, metadata.get(kind, {}))}</div>\n'
        if "text/latex" in data:
            return f'<div class="shown">{self.prose(_text(data["text/latex"]))}</div>\n'
        return terminal(_text(data.get("text/plain", "")), "stdout")


def _picture(kind: str, data: Mapping[str, Any], size: Mapping[str, Any]) -> str:
    content = _text(data[kind])
    inside = f"charset=utf-8,{quote(content)}" if kind.endswith("xml") else "base64," + re.sub(r"\s", "", content)
    plain = _text(data.get("text/plain", ""))
    alt = "A picture made by the code above" if not plain or plain.startswith("<") else plain
    width = f' width="{int(size["width"])}"' if str(size.get("width", "")).isdecimal() else ""
    return f'<img alt="{html.escape(alt)}"{width} src="data:{kind};{inside}">'


def _streams_joined(outputs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Neighbouring pieces of one stream as one, so that a line begun in one may be written over in the next."""
    joined: list[Mapping[str, Any]] = []
    for output in outputs:
        if output["output_type"] == "stream":
            output = {**output, "text": _text(output["text"])}
            if joined and joined[-1].get("name") == output["name"] and joined[-1]["output_type"] == "stream":
                output["text"] = joined.pop()["text"] + output["text"]
        joined.append(output)
    return joined


def _text(value: str | Sequence[str]) -> str:
    """Text as nbformat has it in memory, or in a file, where it is a list of lines."""
    return value if isinstance(value, str) else "".join(value)
