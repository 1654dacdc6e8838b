"""The scripts and the style that instruments bring along: they lie in this folder."""

from pathlib import Path

from bertlab.views.page import inline, own_file

HERE = Path(__file__).parent


def script(name: str) -> str:
    """A script of this folder, fit for a page or a widget."""
    return inline((HERE / name).read_text(encoding="utf-8"))


def style(*names: str) -> str:
    """How our views look, and what is added for pieces of words and for the instruments of these names."""
    return own_file("scripts/look.css") + "".join(script(name) for name in ("pieces.css", *names))
