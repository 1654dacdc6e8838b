"""An HTML document that holds all it needs, and cannot ask for anything else."""

import html
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bertlab import __version__

WIDGETS = "application/vnd.jupyter.widget-state+json"
# The browser itself then refuses whatever a cell's HTML may ask for outside: the page is all there is.
NOTHING_FROM_OUTSIDE = "default-src data: blob: 'unsafe-inline'; form-action 'none'; base-uri 'none'"


def document(title: str, styles: Iterable[str], body: str) -> str:
    """The whole document.

    Args:
        styles: names of style sheets of this folder, the later the stronger.
    """
    sheets = "\n".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in styles)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{NOTHING_FROM_OUTSIDE}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="bertlab {__version__}">\n<title>{html.escape(title)}</title>\n'
        f"<style>\n{sheets}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def widgets_of(notebook: Any) -> Any:
    """The state of each widget that a notebook keeps, by its name; empty where it keeps none."""
    return notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
