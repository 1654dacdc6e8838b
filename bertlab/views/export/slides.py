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


def slides_html(notebook: Any, *, name: str = "", folder: str | os.PathLike[str] | None = None) -> str:
    """The slides of an executed notebook: its title with the puzzle below it, then each tagged cell.

    Of a code cell one sees what it showed, not the code. Directly after a tagged text it stands on the same slide.

    Args:
        notebook: as nbformat reads it (version 4)
        name: of the file it came from
        folder: where pictures lie that its Markdown names

    Raises:
        ValueError: no cell is tagged `slide`.
    """
    prose = Prose(Path(folder) if folder is not None else None)
    outputs = Outputs(prose.html, widgets_of(notebook))
    slides = [_slide_html(group, prose, outputs) for group in _groups(notebook.cells)]
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


def _slide_html(group: list[Mapping[str, Any]], prose: Prose, outputs: Outputs) -> str:
    return "".join(
        prose.html(cell["source"]) if cell["cell_type"] == "markdown" else outputs.html(_to_show(cell["outputs"]))
        for cell in group
    )


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
