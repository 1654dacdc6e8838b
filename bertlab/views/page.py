"""One HTML page that holds all it needs, and the frame that shows it in a notebook.

Scripts of this package are read here too, and are fit for a page or for a widget: each is a few plain functions, and
what is put together from them is put together by name.
"""

import html
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

VIEWS = Path(__file__).parent


def own_file(path: str) -> str:
    """A script or style sheet of this package, by where it lies in `views/`."""
    return inline((VIEWS / path).read_text(encoding="utf-8"))


def inline(script: str) -> str:
    r"""The script in a form that cannot end the script element around it.

    >>> print(inline('say("</script>")'))
    say("<\/script>")
    """
    return re.sub(r"</(script)", r"<\\/\1", script, flags=re.IGNORECASE)


def as_script(value: Any) -> str:
    r"""JSON for the inside of a script element: no token can end the script or begin a tag.

    >>> print(as_script(["</script>"]))
    ["\u003c/script\u003e"]
    """
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def whole_page(title: str, body: str, scripts: Iterable[str], style: str = "", still: bool = False) -> str:
    """The whole HTML page. Seen in a frame it takes the height that it needs and the notebook's theme.

    Args:
        scripts: run in this order when the body is there.
        style: CSS; `html[data-theme=dark]` is true in a dark notebook, or where the reader prefers it.
        still: it is what remains of a live view when there is no kernel, and hides itself beside one.
    """
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>body{{margin:0}}{style}</style><body{' data-still' * still}>{body}"
        + "".join(f"<script>{script}</script>" for script in (own_file("scripts/in_frame.js"), *scripts))
    )


def frame(page: str, label: str, height: int, max_width: int | None = None, background: str = "") -> str:
    """The page inside another one.

    Args:
        label: what it shows, in words
        height: a first guess, in pixels
        background: where the page is made for one, so that a dark notebook does not shine through
    """
    # Single quotes around the page: the libraries are full of double ones, which then stay as they are.
    inside = page.replace("&", "&amp;").replace("'", "&#39;")
    size = f"width:100%;height:{height}px;border:0" + (f";max-width:{max_width}px" if max_width else "")
    colour = f";background:{background};color-scheme:light" if background else ""
    return f'<iframe title="{html.escape(label)}" style="{size}{colour}" srcdoc=\'{inside}\'></iframe>'
