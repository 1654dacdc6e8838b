"""Markdown -> HTML, as JupyterLab shows it: formulas drawn, code in colour, pictures inside the page."""

import base64
import html
import mimetypes
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import mistune

from bertlab.views.export.formulas import formulas_out

PLUGINS = ("table", "strikethrough", "task_lists", "url")
# What GitHub's Markdown refuses too: tags that would load something, or swallow the rest of the page.
REFUSED = re.compile(
    r"<(?=/?(?:title|textarea|style|xmp|iframe|noembed|noframes|script|plaintext|link|meta|base)\b)", re.I
)
PICTURE = re.compile(r"<img\b[^>]*>", re.I)
ATTRIBUTE = re.compile(r"""\b(src|alt)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
ELSEWHERE = re.compile(r"(?:https?:)?//", re.I)


class Heading(NamedTuple):
    """A heading of the page: 1 for the title, its words, and the name that a link to it uses."""

    level: int
    words: str
    anchor: str


def coloured(code: str, language: str = "python") -> str:
    """Code as HTML, its words marked with Pygments' short class names; plain where the language is not known.

    >>> coloured("a < 1")
    '<span class="n">a</span> <span class="o">&lt;</span> <span class="mi">1</span>'
    """
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return html.escape(code)
    return highlight(code, lexer, HtmlFormatter(nowrap=True)).rstrip("\n")


def code_block(code: str, language: str = "python") -> str:
    """A block of code; who has no mouse can reach it with the keyboard and move it sideways."""
    return f'<pre class="code" tabindex="0"><code>{coloured(code.rstrip(), language)}</code></pre>\n'


def words_of(page: str) -> str:
    """What a piece of HTML says, without its tags.

    >>> words_of("a <b>bank</b> &amp; a <i>river</i>")
    'a bank & a river'
    """
    return html.unescape(re.sub(r"<[^>]*>", "", page))


class Prose:
    """The Markdown of one notebook: gives HTML piece by piece, and notes the headings in `headings`.

    Args:
        folder: where pictures lie that the notebook names.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.headings: list[Heading] = []
        self._read = mistune.create_markdown(renderer=_Writer(self._note), plugins=list(PLUGINS))

    def html(self, text: str, attachments: Mapping[str, Mapping[str, str]] | None = None) -> str:
        """A text as HTML.

        Args:
            attachments: pictures that belong to the cell, by name and then by type, in base64.

        Raises:
            FileNotFoundError: a picture is not there.
            ImportError: it has formulas, and latex2mathml is not installed.
            ValueError: a formula is broken.
        """
        rest, put_back = formulas_out(text)
        page = str(self._read(rest))
        page = PICTURE.sub(lambda tag: self._inside(tag[0], attachments or {}), page)
        return put_back(page)

    def _note(self, level: int, inside: str) -> str:
        """Note a heading, and give it the anchor that it has in JupyterLab, so that links between cells lead there."""
        words = " ".join(re.sub("\ue000\\d+\ue001", "", words_of(inside)).split())
        anchor = first = words.replace(" ", "-") or "heading"
        taken = {heading.anchor for heading in self.headings}
        number = 1
        while anchor in taken:
            number += 1
            anchor = f"{first}-{number}"
        self.headings.append(Heading(level, words, anchor))
        return anchor

    def _inside(self, tag: str, attachments: Mapping[str, Mapping[str, str]]) -> str:
        """An image tag with its picture in it; one that lies on the web becomes a link, for nothing may be fetched."""
        said = {found[1].lower(): found[2] or found[3] or "" for found in ATTRIBUTE.finditer(tag)}
        address = html.unescape(said.get("src", ""))
        if address.startswith("data:"):
            return tag
        if ELSEWHERE.match(address):
            return f'<a href="{html.escape(address)}">{said.get("alt") or "a picture"} (on the web)</a>'
        if address.startswith("attachment:"):
            (kind, content), *_ = _attached(unquote(address.removeprefix("attachment:")), attachments).items()
        else:
            kind, content = _from_file(unquote(address), self.folder)
        embedded = f'src="data:{kind};base64,{content}"'
        return ATTRIBUTE.sub(lambda found: embedded if found[1].lower() == "src" else found[0], tag)


def _attached(name: str, attachments: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    if name not in attachments:
        raise FileNotFoundError(f"no picture {name!r} is attached; there are: {', '.join(attachments) or 'none'}")
    return attachments[name]


def _from_file(name: str, folder: Path | None) -> tuple[str, str]:
    if folder is None or not (folder / name).is_file():
        where = f"in {folder}" if folder else "to be found: it is not said in which folder to look"
        raise FileNotFoundError(f"the picture {name!r} is not {where}")
    kind = mimetypes.guess_type(name)[0] or "image/png"
    return kind, base64.b64encode((folder / name).read_bytes()).decode()


class _Writer(mistune.HTMLRenderer):
    """Writes what stands out of mistune's usual HTML.

    Args:
        note: notes a heading (level, HTML) and gives its anchor.
    """

    def __init__(self, note: Callable[[int, str], str]) -> None:
        super().__init__(escape=False, allow_harmful_protocols=("attachment:",))
        self.note = note

    def heading(self, text: str, level: int, **attributes: Any) -> str:
        anchor = self.note(level, text)
        link = f'<a class="anchor" href="#{quote(anchor)}" aria-label="Link to this heading">#</a>' if level > 1 else ""
        return f'<h{level} id="{html.escape(anchor)}">{text}{link}</h{level}>\n'

    def block_code(self, code: str, info: str | None = None) -> str:
        language = (info or "").split()[0] if (info or "").strip() else ""
        return code_block(code, language)

    def table(self, text: str) -> str:
        return f'<div class="wide" tabindex="0"><table>{text}</table></div>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Where a lesson leads to another lesson, its page leads to that one's page."""
        if not ELSEWHERE.match(url):
            url = re.sub(r"\.ipynb(?=#|$)", ".html", url)
        return super().link(text, url, title)

    def block_html(self, html: str) -> str:
        return super().block_html(REFUSED.sub("&lt;", html))

    def inline_html(self, html: str) -> str:
        return super().inline_html(REFUSED.sub("&lt;", html))
