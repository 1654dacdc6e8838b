"""A figure that everyone can read: with words for those who do not see it, and a table where numbers matter."""

import base64
import html
import io
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertlab.atomic import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 192
"""Twice what a screen shows, so that a projector and 200% zoom stay sharp."""


def cell_text(value: object) -> str:
    """A value as a table shows it: three significant digits, text as it is.

    >>> cell_text(0.12345), cell_text(8000), cell_text("river")
    ('0.123', '8,000', 'river')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def table_html(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as an HTML table; the columns are the keys of the first row.

    >>> table_html([{"piece": "<b>", "share": 0.5}]).split("<tbody>")[1]
    '<tr><td>&lt;b&gt;</td><td>0.5</td></tr></tbody></table>'

    Raises:
        ValueError: no rows, or a row with other columns.
    """
    if not rows:
        raise ValueError("the table has no rows; leave it out")
    columns = list(rows[0])
    for number, row in enumerate(rows):
        if list(row) != columns:
            raise ValueError(f"row {number} of the table has columns {list(row)}, row 0 has {columns}")
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell_text(value))}</td>" for value in row.values()) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def figure_html(fig: "Figure", alt: str, table: Sequence[Mapping[str, object]] | None = None) -> str:
    """The figure as one piece of HTML: picture, alternative text, table.

    Raises:
        ValueError: the alternative text is empty.
    """
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what the figure shows to someone who cannot see it")
    picture = io.BytesIO()
    fig.savefig(picture, format="png", dpi=DOTS_PER_INCH, facecolor="white", bbox_inches="tight")
    png = picture.getvalue()
    # A PNG states its width in pixels in bytes 16 to 20; a screen has 96 to an inch.
    width = round(int.from_bytes(png[16:20], "big") * 96 / DOTS_PER_INCH)
    return (
        f'<figure style="margin:0"><img alt="{html.escape(alt)}" width="{width}" '
        'style="max-width:100%;height:auto;background:#fff" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode()}">'
        f"{table_html(table) if table else ''}</figure>"
    )


def show(
    fig: "Figure",
    alt: str,
    table: Sequence[Mapping[str, object]] | None = None,
    *,
    save: str | os.PathLike[str] | None = None,
) -> None:
    """Show a matplotlib figure in the notebook, with its alternative text and a table, and close it.

    Args:
        alt: what there is to see, in a sentence
        table: the numbers a person would quote, one mapping a row
        save: also write the figure here; `.svg` and `.pdf` are sharp at any size

    Raises:
        ValueError: the alternative text is empty.
    """
    from IPython.display import display

    page = figure_html(fig, alt, table)
    if save is not None:
        save_figure(fig, save)
    if "matplotlib.pyplot" in sys.modules:
        # Left open, pyplot would show the figure once more below the cell, without its words.
        sys.modules["matplotlib.pyplot"].close(fig)
    display(_Shown(page, alt))


def save_figure(fig: "Figure", path: str | os.PathLike[str]) -> Path:
    """Write the figure; the ending decides the format (`.svg`, `.pdf`, `.png`)."""
    target = Path(path)
    with whole_file(target) as draft:
        fig.savefig(draft, facecolor="white", bbox_inches="tight")
    return target


class _Shown:
    """What the notebook keeps of a figure: HTML, and its words where there is no HTML."""

    def __init__(self, page: str, alt: str) -> None:
        self.page, self.alt = page, alt

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.page, "text/plain": f"Figure: {self.alt}"}

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"
