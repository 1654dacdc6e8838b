"""Widgets without their kernel: what they said stays readable, and a sentence says where they live."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

MODEL = "state"
"""Under this name a notebook keeps a widget's own values."""
LIVES_ELSEWHERE = "Interactive in JupyterLab. Here it is as it was when this page was made."
NOT_KEPT = "Something interactive stands here in JupyterLab."
NOT_DRAWN = "A live picture stands here in JupyterLab."

ShowOutputs = Callable[[Sequence[Mapping[str, Any]]], str]


def form(name: str, models: Mapping[str, Any], show: ShowOutputs) -> str:
    """A widget and all that is in it.

    Args:
        models: every widget of the notebook by its name; empty where the notebook was saved without them
        show: outputs -> HTML, for what a widget has caught
    """
    page, answers = _drawn(name, models, show)
    if answers:
        return f'<div class="form">{page}<p class="note">{LIVES_ELSEWHERE}</p></div>\n'
    return f'<div class="shown">{page}</div>\n' if page else ""


def _drawn(name: str, models: Mapping[str, Any], show: ShowOutputs) -> tuple[str, bool]:
    """The widget as HTML, and whether a part of it would answer to a hand."""
    if name not in models:
        return f'<p class="note">{NOT_KEPT}</p>', False
    kind = models[name]["model_name"].removesuffix("Model")
    values = models[name][MODEL]
    if _hidden(values, models):
        return "", False
    if "children" in values:
        parts = [_drawn(child.removeprefix("IPY_MODEL_"), models, show) for child in values["children"]]
        page = "".join(part for part, _ in parts)
        row = " row" if kind == "HBox" else ""
        return f'<div class="box{row}">{page}</div>' if page else "", any(answers for _, answers in parts)
    if kind in ("HTML", "HTMLMath"):
        return (f"<div>{values['value']}</div>" if values.get("value") else ""), False
    if kind == "Label":
        return _element("div", values.get("value", "")), False
    if kind == "Output":
        return show(values.get("outputs", ())), False
    if kind.endswith("Progress"):
        return _progress(values), False
    if "_options_labels" in values:
        return _choice(kind, values), True
    if "value" in values:
        return f'<div class="field">{_name(values)}{_element("span", values["value"], "value")}</div>', True
    if "description" in values:
        return _element("span", values["description"], "option"), True
    return f'<p class="note">{NOT_DRAWN}</p>', False


def _hidden(values: Mapping[str, Any], models: Mapping[str, Any]) -> bool:
    layout = models.get(str(values.get("layout")).removeprefix("IPY_MODEL_"), {})
    return layout.get(MODEL, {}).get("display") == "none"


def _choice(kind: str, values: Mapping[str, Any]) -> str:
    """All options where they can all be seen, the chosen one marked; of a menu the chosen one alone."""
    labels, chosen = values["_options_labels"], values.get("index")
    if kind == "Dropdown":
        said = labels[chosen] if chosen is not None else ""
        return f'<div class="field">{_name(values)}{_element("span", said, "value")}</div>'
    marked = set(chosen if isinstance(chosen, list | tuple) else [chosen])
    options = [_element("li", label, "option chosen" if at in marked else "option") for at, label in enumerate(labels)]
    across = "" if kind == "RadioButtons" else " across"
    return f'<div class="field">{_name(values)}<ul class="options{across}">{"".join(options)}</ul></div>'


def _progress(values: Mapping[str, Any]) -> str:
    least, most, now = (float(values.get(which) or 0) for which in ("min", "max", "value"))
    return f'<progress max="{most - least:g}" value="{now - least:g}">{now:g} of {most:g}</progress>'


def _name(values: Mapping[str, Any]) -> str:
    return _element("span", values["description"], "name") if values.get("description") else ""


def _element(tag: str, text: object, kind: str = "") -> str:
    said = html.escape(re.sub(r"\s+", " ", str(text)).strip())
    begin = f'{tag} class="{kind}"' if kind else tag
    return f"<{begin}>{said}</{tag}>" if said else ""
