"""BertViz's own JavaScript, and the d3 it wants, read from the installed packages, never kept here."""

import re
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from bertlab.views.page import inline

BERTVIZ_VERSION = "1.4.1"
D3_VERSION = "5.7.0"
"""The version that BertViz asks its CDN for; from d3 6 on, event handlers get other arguments."""

REMEDY = f"Install the one that is known to draw: pip install bertviz=={BERTVIZ_VERSION} mpld3"
AFRESH = f"Install it afresh: pip install --force-reinstall --no-deps bertviz=={BERTVIZ_VERSION}"
_BOTH = {"attention", "default_filter", "root_div_id"}
PARAMETERS = {
    "head": _BOTH | {"layer", "heads", "include_layers"},
    "model": _BOTH | {"display_mode", "include_layers", "include_heads", "total_heads"},
    "neuron": _BOTH | {"display_mode", "bidirectional", "layer", "head"},
}
"""What each of BertViz's scripts asks for, and so what a view must give it."""
DIGESTS = {
    "head": "32885444af280c1745d0552da79d8dbad6ce52b5a6b4bd1ef5384cc4a917d7c0",
    "model": "a22b6b559eebfb3898ff9b45930ca7a16f9e5fe9040b968d92e8c10991ea353c",
    "neuron": "87a134cd9eaa05a26538f1297708dc03970a9d55c45fda749f75985d1994a9f4",
}
"""The SHA-256 of each script of the pinned version: whatever else has changed in one is seen too."""


@cache
def bertviz_js(kind: str) -> str:
    """BertViz's script for one view (head, model or neuron), taking its numbers from `window.bertviz_params`.

    Raises:
        ImportError: bertviz is missing or of another version.
        RuntimeError: its script no longer asks for what this package gives.
    """
    found = package_version("bertviz")
    if found != BERTVIZ_VERSION:
        raise ImportError(f"bertviz {found} is installed; its pictures are known only for {BERTVIZ_VERSION}. {REMEDY}")
    script = package_file("bertviz", f"{kind}_view.js")
    check_bertviz_js(kind, script)
    return inline(script.replace("PYTHON_PARAMS", "window.bertviz_params"))


def check_bertviz_js(kind: str, script: str) -> None:
    """Is it the script that is known to draw, taking numbers and libraries as this package hands them over?

    Raises:
        RuntimeError: naming what differs and both versions.
    """
    libraries = script.count("requirejs(['jquery', 'd3']")
    entries = len(re.findall(r"params = (?:PYTHON_PARAMS|window\.bertviz_params)\b", script))
    asked = set(re.findall(r"params\['(\w+)'\]", script))
    if (libraries, entries) != (1, 1) or asked != PARAMETERS[kind]:
        raise RuntimeError(
            f"{kind}_view.js of bertviz {package_version('bertviz')} is not that of {BERTVIZ_VERSION}: "
            f"it asks for libraries {libraries} times, for its numbers {entries} times (once each is right), "
            f"and for {sorted(asked)} ({sorted(PARAMETERS[kind])} is right). {AFRESH}"
        )
    digest = sha256(script.encode()).hexdigest()
    if digest != DIGESTS[kind]:
        raise RuntimeError(
            f"{kind}_view.js of bertviz {package_version('bertviz')} is not that of {BERTVIZ_VERSION}: its SHA-256 "
            f"begins with {digest[:8]}, not with {DIGESTS[kind][:8]}, so what it draws is not known. {AFRESH}"
        )


@cache
def d3_js() -> str:
    """d3 as mpld3 carries it, checked to be the version that BertViz was written for.

    Raises:
        ImportError: mpld3 is missing.
        RuntimeError: mpld3 carries another d3.
    """
    script = package_file("mpld3", "js/d3.v5.min.js")
    if f"v{D3_VERSION} " not in script[:100]:
        raise RuntimeError(
            f"mpld3 {package_version('mpld3')} carries {script[:40]!r}; d3 {D3_VERSION} is needed. {REMEDY}"
        )
    return inline(script)


def package_version(name: str) -> str:
    """The version of an installed package.

    Raises:
        ImportError: it is not installed; the message says how to get it.
    """
    try:
        return version(name)
    except PackageNotFoundError:
        raise ImportError(f"{name} is not installed; the attention views need it. {REMEDY}") from None


def package_file(package: str, path: str) -> str:
    """A file of an installed package, read without importing the package: BertViz would bring in torch.

    Raises:
        ImportError: the package or the file is missing.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ImportError(f"{package} is not installed; the attention views need it. {REMEDY}")
    file = Path(spec.origin).parent / path
    if not file.is_file():
        raise ImportError(f"{package} {package_version(package)} has no {path}. {REMEDY}")
    return file.read_text(encoding="utf-8")
