r"""Formulas in LaTeX become MathML, which a browser draws by itself: no script, no font from elsewhere.

They are found as JupyterLab finds them, before Markdown is read: `$a$`, `$$a$$`, `\\(a\\)`, `\\[a\\]` and
environments. Two things differ. A price is no formula: after the first dollar sign and before the second no space may
stand, and after the second no digit. And `\(a\)` will do.
"""

import html
import re
from collections.abc import Callable

PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "mover": 2, "munder": 2, "mroot": 2, "msubsup": 3, "munderover": 3}
"""So many parts each of these MathML elements has."""

# latex2mathml draws the second of each pair well, the first not at all or, unlike JupyterLab, with numbers.
SAME = {"align": "split", "align*": "split", "aligned": "split", "gather": "matrix", "gather*": "matrix"}
SAME |= {"gathered": "matrix", "equation": "", "equation*": ""}

_ENVIRONMENT = re.compile(r"\\(begin|end)\{([a-z]+\*?)\}")
_TEXT = r"(?:(?!\n[ \t]*\n)[\s\S])+?"  # up to an empty line
_CODE = (
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^`\n]*$[\s\S]*?(?:^[ \t>]*(?P=fence)|\Z)"
    rf"|(?P<ticks>`+)(?!`){_TEXT}(?<!`)(?P=ticks)(?!`)"
)
_FORMULA = "|".join(
    (
        rf"\$\$(?P<shown>{_TEXT})\$\$",
        rf"\\\\\[(?P<shown_too>{_TEXT})\\\\\]",
        rf"(?P<environment>\\begin\{{(?P<kind>[a-z]+\*?)\}}{_TEXT}\\end\{{(?P=kind)\}})",
        r"\$(?![\s$])(?P<inside>(?:\\[^\n]|\n(?!\s*\n)|[^\\$`\n])+?)(?<!\s)\$(?![\d$])",
        rf"\\\\\((?P<inside_too>{_TEXT})\\\\\)",
        rf"(?<!\\)\\\((?P<inside_as_well>{_TEXT})\\\)",
    )
)
_PLACES = re.compile(rf"(?P<left_alone>{_CODE}|\\[\\$](?![\[(]))|{_FORMULA}", re.M)


def mathml(formula: str, display: bool = False) -> str:
    r"""The formula for the inside of an HTML page.

    >>> mathml(r"\frac{1}{n}").partition("<mrow>")[2]
    '<mfrac><mrow><mn>1</mn></mrow><mrow><mi>n</mi></mrow></mfrac></mrow></math>'

    Args:
        display: on a line of its own.

    Raises:
        ImportError: latex2mathml is not installed.
        ValueError: the formula is broken, or says what latex2mathml does not know; the message has the formula.
    """
    try:
        from latex2mathml.converter import convert_to_element
    except ImportError:
        raise ImportError("a page with formulas needs latex2mathml: pip install latex2mathml") from None
    from xml.etree.ElementTree import tostring

    source = _ENVIRONMENT.sub(lambda found: _plainer(found[1], found[2]), formula.strip())
    try:
        made = convert_to_element(source, display="block" if display else "inline")
    except Exception as error:  # a dozen kinds with no name in common
        raise ValueError(f"the formula {formula!r} is broken: {type(error).__name__}") from None
    for element in made.iter():
        element.text = html.unescape(element.text or "")
        if unknown := re.search(r"\\\w+|^&$", element.text):
            raise ValueError(f"the formula {formula!r} has {unknown[0]}, which latex2mathml does not know there")
        if len(element) != PARTS.get(element.tag, len(element)):
            raise ValueError(f"the formula {formula!r} is broken: {element.tag} has {len(element)} parts")
    return tostring(made, encoding="unicode")


def _plainer(mark: str, environment: str) -> str:
    """The begin or the end of an environment that latex2mathml draws."""
    same = SAME.get(environment, environment)
    return f"\\{mark}{{{same}}}" if same else ""


def formulas_out(text: str) -> tuple[str, Callable[[str], str]]:
    r"""Take the formulas out of a Markdown text, and give what puts them back into the page made of the rest.

    >>> rest, put_back = formulas_out("so `$a$` costs $5 or $6, and $b$ nothing")
    >>> rest.startswith("so `$a$` costs $5 or $6, and "), put_back(rest).count("<math")
    (True, 1)

    Raises:
        ImportError, ValueError: as `mathml` does.
    """
    formulas: list[str] = []

    def take(found: re.Match[str]) -> str:
        if found["left_alone"]:
            return found[0]
        shown = found["shown"] or found["shown_too"] or found["environment"]
        made = mathml(shown or found["inside"] or found["inside_too"] or found["inside_as_well"], bool(shown))
        formulas.append(f'<span class="formula">{made}</span>' if shown else made)
        return f"\ue000{len(formulas) - 1}\ue001"

    def put_back(page: str) -> str:
        return re.sub("\ue000(\\d+)\ue001", lambda place: formulas[int(place[1])], page)

    return _PLACES.sub(take, text), put_back
