"""A figure that everyone can read: with words for those who do not see it, and a table where numbers matter."""

import base64
import html
import io
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from bertlab.atomic import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 192
"""Twice what a screen shows, so that a projector and 200% zoom stay sharp."""

Table = Sequence[Mapping[str, object]]
"""The numbers a person would quote, one mapping a row."""


class Words(NamedTuple):
    """What a figure says to those who do not see it."""

    alt: str
    table: Table = ()


_WORDS: "WeakKeyDictionary[Figure, Words]" = WeakKeyDictionary()


def tell(fig: "Figure", alt: str, table: Table = ()) -> "Figure":
    """Give a figure words of its own, so that `show(fig)` needs none. The figures of `plots` have them.

    Raises:
        ValueError: the alternative text is empty.
    """
    _WORDS[fig] = Words(_not_empty(alt), table)
    return fig


def words_of(fig: "Figure", alt: str | None = None, table: Table | None = None) -> Words:
    """The alternative text and the table that are given, or else the figure's own.

    Raises:
        ValueError: there is no alternative text.
    """
    own = _WORDS.get(fig)
    if alt is None and own is None:
        raise ValueError("this figure has no words of its own: show(fig, alt='what there is to see, in a sentence')")
    # A table belongs to the words beside it: who gives other words, and no table, has none.
    if alt is None and own is not None:
        return Words(own.alt, own.table if table is None else table)
    return Words(_not_empty(alt or ""), table or ())


def _not_empty(alt: str) -> str:
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what the figure shows to someone who cannot see it")
    return alt


def cell_text(value: object) -> str:
    """A value as a table shows it: three significant digits, text as it is.

    >>> cell_text(0.12345), cell_text(8000), cell_text("river")
    ('0.123', '8,000', 'river')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def table_html(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as an HTML table; the columns are the keys of the first row, and a row is named by its first cell.

    >>> table_html([{"piece": "<b>", "share": 0.5}]).split("<tbody>")[1]
    '<tr><th scope="row">&lt;b&gt;</th><td>0.5</td></tr></tbody></table>'

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
    body = ""
    for row in rows:
        first, *others = (html.escape(cell_text(value)) for value in row.values())
        body += f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{each}</td>" for each in others) + "</tr>"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def figure_html(fig: "Figure", alt: str | None = None, table: Table | None = None) -> str:
    """The figure as one piece of HTML: picture, alternative text, table.

    Raises:
        ValueError: there is no alternative text, or it is empty.
    """
    alt, table = words_of(fig, alt, table)
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
    alt: str | None = None,
    table: Table | None = None,
    *,
    save: str | os.PathLike[str] | None = None,
) -> None:
    """Show a matplotlib figure in the notebook, with its alternative text and a table, and close it.

        show(plots.guess_bars(["river", "studio"], [0.6, 0.4]))
        show(my_own_figure, alt="Two lines that cross at step 400.", save="crossing.svg")

    Args:
        alt: what there is to see, in a sentence; a figure of `plots` knows it by itself
        table: the numbers a person would quote, one mapping a row; `[]` leaves out a figure's own
        save: also write the figure here; `.svg` and `.pdf` are sharp at any size

    Raises:
        ValueError: there is no alternative text, or it is empty.
    """
    from IPython.display import display

    words = words_of(fig, alt, table)
    page = figure_html(fig, *words)
    if save is not None:
        save_figure(fig, save, words.alt)
    if "matplotlib.pyplot" in sys.modules:
        # Left open, pyplot would show the figure once more below the cell, without its words.
        sys.modules["matplotlib.pyplot"].close(fig)
    display(_Shown(page, words.alt))


def save_figure(fig: "Figure", path: str | os.PathLike[str], alt: str | None = None) -> Path:
    """Write the figure; the ending decides the format (`.svg`, `.pdf`, `.png`). The same figure gives the same bytes.

    Args:
        alt: is written into the file as its title; else the figure's own words, where it has any
    """
    import matplotlib as mpl

    target = Path(path)
    if alt is None and fig in _WORDS:
        alt = _WORDS[fig].alt
    title = {"Title": alt} if alt else {}
    metadata = {".svg": {"Date": None, **title}, ".pdf": {"CreationDate": None, **title}, ".png": title}
    with whole_file(target) as draft, mpl.rc_context({"svg.hashsalt": "bertlab"}):
        fig.savefig(draft, facecolor="white", bbox_inches="tight", metadata=metadata.get(target.suffix.lower()))
    return target


class _Shown:
    """What the notebook keeps of a figure: HTML, and its words where there is no HTML."""

    def __init__(self, page: str, alt: str) -> None:
        self.page, self.alt = page, alt

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.page, "text/plain": f"Figure: {self.alt}"}

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"
