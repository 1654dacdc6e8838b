"""A figure where there is a notebook, its words and numbers where there is none."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bertlab.lessons.record import in_notebook


def as_text(alt: str, table: Sequence[Mapping[str, object]] | None = None) -> str:
    """What a figure says, in words.

    >>> print(as_text("Two guesses.", [{"guess": "dog", "share": "60%"}]))
    Two guesses.
      guess dog, share 60%
    """
    rows = ["  " + ", ".join(f"{name} {value}" for name, value in row.items()) for row in table or []]
    return "\n".join([alt, *rows])


def picture(draw: Callable[[], Any], alt: str, table: Sequence[Mapping[str, object]] | None = None) -> None:
    """Show what `draw` draws; in a plain script, or without matplotlib, print its words."""
    if in_notebook():
        try:
            from bertlab.views.figures import figure_html

            page = figure_html(draw(), alt, table)
        except ImportError:
            pass
        else:
            from IPython.display import display

            display({"text/html": page, "text/plain": f"Figure: {alt}"}, raw=True)
            return
    print(as_text(alt, table))
