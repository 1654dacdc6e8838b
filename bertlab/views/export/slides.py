"""The cells tagged `slide` of an executed notebook, one screen each, in one page without kernel or network."""

import html
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bertlab.atomic import write_whole
from bertlab.views.export.document import document, widgets_of
from bertlab.views.export.outputs import Outputs
from bertlab.views.export.prose import Prose
from bertlab.views.page import own_file

TAG = "slide"
WORDS = 25  # as many as one reads at a glance
LINES = 5  # as many as leave room below them for a picture that is used


def slides_html(notebook: Any, *, name: str = "", folder: str | os.PathLike[str] | None = None) -> str:
    """The slides of an executed notebook: its title with the puzzle below it, then each tagged cell.

    Of a code cell one sees what it showed, not the code. Directly after a tagged text it stands on the same slide.
    A picture that answers has a slide of its own where much is printed above it.

    Args:
        notebook: as nbformat reads it (version 4)
        name: of the file it came from
        folder: where pictures lie that its Markdown names

    Raises:
        ValueError: no cell is tagged `slide`.
    """
    prose = Prose(Path(folder) if folder is not None else None)
    outputs = Outputs(prose.html, widgets_of(notebook))
    slides = [slide for group in _groups(notebook.cells) for slide in _slides_of(group, prose, outputs)]
    if not slides:
        raise ValueError(f"{name or 'the notebook'} has no slides: tag cells `{TAG}`")
    title = _title(notebook.cells) or name or "Slides"
    note = "<p class='note'>Arrow keys turn the pages.</p>"
    opening = notebook.cells[0]
    if TAG in opening["metadata"].get("tags", ()) and opening["source"].startswith("# "):
        all_slides = [slides[0] + note, *slides[1:]]  # it has the title, and its puzzle
    else:
        all_slides = [f"<h1>{html.escape(title)}</h1>{prose.html(_puzzle(opening))}{note}", *slides]
    sections = "".join(
        f'<section class="slide" id="slide-{at}" aria-label="Slide {at} of {len(all_slides)}" tabindex="-1">'
        f'<div class="inside">{slide}</div></section>\n'
        for at, slide in enumerate(all_slides, start=1)
    )
    script = f"<script>{own_file('export/slides.js')}</script>"
    body = f'<main class="slides">\n{sections}</main>\n<div id="where" aria-hidden="true"></div>\n{script}\n'
    return document(title, ["page.css", "slides.css"], body)


def save_slides(notebook: Any, out: Path, *, name: str = "", folder: str | os.PathLike[str] | None = None) -> Path:
    """Write the slides of an executed notebook; returns where they lie.

    Raises:
        as `slides_html` does; then nothing is written.
    """
    return write_whole(out, slides_html(notebook, name=name, folder=folder))


def _groups(cells: Any) -> Iterator[list[Mapping[str, Any]]]:
    """The tagged cells, one by one; one that shows something goes with a tagged text right above it."""
    text: list[Mapping[str, Any]] = []
    for cell in cells:
        tagged = TAG in cell["metadata"].get("tags", ())
        if tagged and cell["cell_type"] == "code":
            yield [*text, cell]
            text = []
            continue
        if text:
            yield text
        text = [cell] if tagged else []
    if text:
        yield text


def _slides_of(group: list[Mapping[str, Any]], prose: Prose, outputs: Outputs) -> list[str]:
    *texts, last = group
    above = "".join(prose.html(text["source"]) for text in texts)
    if last["cell_type"] == "markdown":
        return [above + prose.html(last["source"])]
    shown = _to_show(last["outputs"])
    at = next((at for at, output in enumerate(shown) if output["output_type"] != "stream"), len(shown))
    lines = sum("".join(output["text"]).count("\n") for output in shown[:at])
    drawn = outputs.html(shown[at:])
    if lines > LINES and "<iframe" in drawn:
        return [above + outputs.html(shown[:at]), drawn]
    return [above + outputs.html(shown)]


def _to_show(outputs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What a cell put out, but for the request to guess first: on a slide nobody can."""
    return [
        output
        for output in outputs
        if not output.get("metadata", {}).get("bertlab", {}).get("waits_for_a_guess", False)
    ]


def _puzzle(opening: Mapping[str, Any]) -> str:
    """What stands directly below the title, if it is as short as a slide's text may be."""
    heading, _, rest = opening["source"].partition("\n\n")
    first = rest.partition("\n\n")[0]
    return first if heading.startswith("# ") and len(first.split()) <= WORDS else ""


def _title(cells: Any) -> str:
    """The notebook's first heading."""
    lines = [line for cell in cells if cell["cell_type"] == "markdown" for line in cell["source"].splitlines()]
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), "")
