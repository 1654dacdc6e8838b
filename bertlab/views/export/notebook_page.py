"""The page of a notebook: its cells in order, a table of contents, and how it was made."""

import html
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bertlab import __version__
from bertlab.atomic import write_whole
from bertlab.views.export.document import document, widgets_of
from bertlab.views.export.outputs import Outputs
from bertlab.views.export.prose import Heading, Prose, code_block

PROSE = '<section class="prose"'


def notebook_html(
    notebook: Any, *, name: str = "", folder: str | os.PathLike[str] | None = None, made: date | None = None
) -> str:
    """An executed notebook as one self-contained page.

    Views stay as they are without a kernel; forms are shown with what they said. Nothing is fetched, ever.

    Args:
        notebook: as nbformat reads it (version 4)
        name: of the file it came from
        folder: where pictures lie that its Markdown names
        made: the day that stands at the end of the page; today if left out

    Raises:
        ImportError: it has formulas, and latex2mathml is not installed.
        FileNotFoundError: a picture is missing.
        ValueError: a formula is broken; the message names notebook, cell and formula.
    """
    prose = Prose(Path(folder) if folder is not None else None)
    outputs = Outputs(prose.html, widgets_of(notebook))
    cells = []
    for number, cell in enumerate(notebook.cells, start=1):
        try:
            cells.append(_cell_html(cell, number, prose, outputs))
        except (ValueError, FileNotFoundError) as error:
            kind = ValueError if isinstance(error, ValueError) else FileNotFoundError
            raise kind(f"{name or 'the notebook'}, cell {number}: {error}") from error
    title = next((heading.words for heading in prose.headings if heading.level == 1), name or "A notebook")
    _put_in(_contents(prose.headings), cells)
    body = f"<main>\n{''.join(cells)}</main>\n{_footer(name, made or date.today())}"
    return document(title, ["page.css"], body)


def save_html(
    notebook: Any, out: str | os.PathLike[str], *, name: str = "", folder: str | os.PathLike[str] | None = None
) -> Path:
    """Write the page of an executed notebook, given as such or as the path of its file; returns where it lies.

    Args:
        out: the file to write
        name, folder: as for `notebook_html`; of a file they are its own

    Raises:
        as `notebook_html` does; then nothing is written.
    """
    import nbformat

    if isinstance(notebook, str | os.PathLike):
        path = Path(notebook)
        notebook, name, folder = nbformat.read(path, as_version=4), name or path.name, folder or path.parent
    return write_whole(Path(out), notebook_html(notebook, name=name, folder=folder))


def _cell_html(cell: Mapping[str, Any], number: int, prose: Prose, outputs: Outputs) -> str:
    if cell["cell_type"] == "markdown":
        page = prose.html(cell["source"], cell.get("attachments"))
        return f'{PROSE} id="cell-{number}">\n{page}</section>\n'
    if cell["cell_type"] == "code":
        code = code_block(cell["source"]) if cell["source"].strip() else ""
        return f'<section class="cell" id="cell-{number}">\n{code}{outputs.html(cell["outputs"])}</section>\n'
    return ""


def _put_in(contents: str, cells: list[str]) -> None:
    """Put the contents below the title, or first where there is no title."""
    for at, cell in enumerate(cells):
        if cell.startswith(PROSE) and "</h1>" in cell:
            cells[at] = cell.replace("</h1>", f"</h1>\n{contents}", 1)
            return
    cells.insert(0, contents)


def _contents(headings: Sequence[Heading]) -> str:
    """Links to the parts of the page; a page of fewer than two parts needs none."""
    parts = [heading for heading in headings if heading.level == 2]
    if len(parts) < 2:
        return ""
    links = "".join(f'<li><a href="#{quote(part.anchor)}">{html.escape(part.words)}</a></li>' for part in parts)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>\n'


def _footer(name: str, made: date) -> str:
    source = f" from {html.escape(name)}" if name else ""
    return (
        f"<footer><p>Made by bertlab {__version__} on {made.isoformat()}{source}. "
        "The page shows what the cells said that day; in JupyterLab they can be changed and run.</p></footer>\n"
    )
