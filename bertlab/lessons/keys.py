"""Forms of ipywidgets, made fit for the keyboard and for a screen reader.

Its round buttons have no common name: an arrow key leaves the form and moves on to another cell. Which button of a
row is chosen it shows by colour alone. What is missing is put there by a small script that nobody sees.
"""

from pathlib import Path
from typing import Any


def with_keys(form: Any) -> Any:
    """The form, a VBox, with the script in it; without the script where anywidget is not installed."""
    try:
        from bertlab.views.live import widget_class
        from bertlab.views.page import own_file

        scripts = (own_file("scripts/own_keys.js"), Path(__file__).with_suffix(".js").read_text(encoding="utf-8"))
        helper = widget_class("KeysOfAForm", scripts, "")(state={})
    except ImportError:
        return form
    helper.layout.display = "none"
    form.children = (*form.children, helper)
    return form
