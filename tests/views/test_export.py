"""The exported page: what a reader finds there, what is left out, and that nothing is ever fetched."""

import base64
import html
import re
from datetime import date
from html.parser import HTMLParser

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, output_from_msg

import bertlab
from bertlab.views import head_view
from bertlab.views.export import notebook_html, save_html
from bertlab.views.export.formulas import formulas_out, mathml
from bertlab.views.export.outputs import WIDGET, in_the_end
from bertlab.views.figures import figure_html

PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
        "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )
).decode()
NASTY = "<script>alert(1)</script> & </pre> <b>"


def prose(*texts, **options):
    return notebook_html(new_notebook(cells=[new_markdown_cell(text) for text in texts]), **options)


def shown(*outputs, models=None, source="work()"):
    notebook = new_notebook(cells=[new_code_cell(source, outputs=list(outputs))])
    if models:
        notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": models}}
    return notebook_html(notebook)


def data(**kinds):
    return new_output("display_data", data={kind.replace("_", "/", 1): value for kind, value in kinds.items()})


def widget(name):
    return new_output("display_data", data={WIDGET: {"model_id": name}, "text/plain": f"Widget({name})"})


def stream(text, name="stdout"):
    return new_output("stream", text=text, name=name)


def model(kind, **values):
    return {"model_name": f"{kind}Model", "model_module": "@jupyter-widgets/controls", "state": values}


EMPTY = {"meta", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """The elements of a page with their attributes, and those that were never closed."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in EMPTY and tag in self.open:
            while self.open.pop() != tag:
                pass

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def addresses_fetched(text):
    """Every address in a page that a browser would load by itself, frames inside the page included."""
    found = []
    for tag, attributes in Page(text).found:
        names = {
            "src",
            "srcset",
            "data",
            "poster",
            "background",
            *(["href"] if tag in ("link", "image", "use") else []),
        }
        found += [attributes[name] for name in names & set(attributes)]
        found += addresses_fetched(attributes["srcdoc"]) if attributes.get("srcdoc") else []
    return [address for address in found if not address.startswith(("data:", "#"))]


# ---- Formulas --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "inline", "displayed"),
    [
        (r"the scale $\sqrt{d_k}$ and $n$", 2, 0),
        (r"so \(a\) or \\(b\\)", 2, 0),
        ("$$\nx\n- y\n= z\n$$", 0, 1),
        (r"words $$a + b$$ words", 0, 1),
        (r"\\[a + b\\]", 0, 1),
        ("\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}", 0, 1),
        ("| a | b |\n| --- | --- |\n| $p(a|b)$ | $|x|$ |", 2, 0),
        ("<details><summary>Why $x$?</summary>\n\n- because $y$\n\n</details>", 2, 0),
        ("> a quote with $x_1$ and $y_1$", 2, 0),
        ("$a\nb$", 1, 0),
    ],
)
def test_formulas_become_mathml(text, inline, displayed):
    page = prose(text)
    assert page.count('display="inline"') == inline
    assert page.count('display="block"') == displayed
    assert "$" not in page.partition("<main>")[2]
    assert "\ue000" not in page


@pytest.mark.parametrize(
    "text",
    [
        "it costs $5, or $10 for two",
        "either $5,$10 or nothing",
        "between $5 and 7 $ each",
        r"the sign \$x\$ itself",
        "in code `$x$` and ``a $y$ `b` $z$``",
        "```python\nprice = '$x$'\n```",
        "~~~\n$x$\n~~~",
        "- item\n\n  ```\n  $x$\n  ```",
        "a dollar $\n\nand another $",
        r"a bracket \[MASK\] that is none",
    ],
)
def test_a_dollar_that_is_no_formula_stays(text):
    page = prose(text)
    assert "<math" not in page
    assert page.partition("<main>")[2].count("$") == text.count("$")


def test_what_a_formula_says_is_inert_and_its_lines_are_not_numbered():
    assert "&lt;b&gt;x&amp;y&lt;/b&gt;" in mathml(r"\text{<b>x&y</b>}")
    assert "(1)" not in mathml(r"\begin{align}a &= b\end{align}")


@pytest.mark.parametrize(
    "environment", ["align", "align*", "aligned", "split", "gather", "gathered", "pmatrix", "cases"]
)
def test_rows_stand_below_one_another(environment):
    sign = "" if environment.startswith("gather") else "&"
    made = mathml(
        rf"\begin{{equation}}\begin{{{environment}}}a {sign}= b \\ c {sign}= d\end{{{environment}}}\end{{equation}}"
    )
    assert made.count("<mtr>") == 2
    assert "&amp;" not in made


@pytest.mark.parametrize(
    ("formula", "reason"),
    [(r"\frac{1}", "mfrac has 1 parts"), (r"\smurf x", r"has \\smurf"), ("x^", "MissingSuper"), (r"\left( x", "Left")],
)
def test_a_broken_formula_is_named_with_its_place(formula, reason):
    with pytest.raises(ValueError, match=rf"04_attention\.ipynb, cell 2: the formula '.*{reason}"):
        prose("Fine.", f"Not ${formula}$ fine.", name="04_attention.ipynb")


def test_without_latex2mathml_only_a_page_with_formulas_is_refused(monkeypatch):
    for name in ("latex2mathml", "latex2mathml.converter"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    assert "No formula" in prose("No formula.")
    with pytest.raises(ImportError, match="pip install latex2mathml"):
        prose("$x$")


def test_the_order_of_formulas_is_kept():
    rest, put_back = formulas_out("first $a$, then $b$")
    assert re.findall(r"<mi>(\w)</mi>", put_back(rest)) == ["a", "b"]


# ---- Prose -----------------------------------------------------------------------------------------------------


def test_the_title_comes_first_then_the_contents():
    page = prose("# 03 · Words & numbers\n\nText.", "## One `code`", "## One `code`\n\n### Inner", "## Last: $x$ <b>")
    assert "<title>03 · Words &amp; numbers</title>" in page
    anchors = re.findall(r'<li><a href="#([^"]+)">([^<]*)</a>', page)
    assert anchors == [("One-code", "One code"), ("One-code-2", "One code"), ("Last%3A", "Last:")]
    assert re.findall(r'<h2 id="([^"]+)"', page) == ["One-code", "One-code-2", "Last:"]
    assert page.index("</h1>") < page.index("<nav") < page.index("Text.")
    assert '<html lang="en">' in page
    for landmark in ("main", "nav", "footer"):
        assert len(Page(page).all(landmark)) == 1
    assert "<nav" not in prose("# One part only\n\n## The part")


def test_without_a_title_the_contents_come_first_and_never_into_an_output():
    cells = [new_code_cell("1", outputs=[data(text_html="<h1>an output's</h1>")]), new_markdown_cell("## A\n\n## B")]
    page = notebook_html(new_notebook(cells=cells), name="untitled.ipynb")
    assert page.index("<main>") < page.index("<nav") < page.index("<h1>")
    assert "<title>untitled.ipynb</title>" in page


def test_what_markdown_can_do():
    page = prose(
        "| a | b |\n| --- | --- |\n| `x` | **y** |",
        "- [x] done\n- [ ] not",
        "```python\nfor x in y: pass\n```\n\n```\nplain <b>\n```",
        "a <details><summary>Hint</summary>inside</details>",
        "[next](08_train.ipynb#Part), [away](https://example.org/a.ipynb), [up](#Part)",
    )
    assert '<div class="wide" tabindex="0"><table>' in page
    assert page.count('type="checkbox"') == 2
    assert '<span class="k">for</span>' in page
    assert "plain &lt;b&gt;" in page
    assert "<details><summary>Hint</summary>inside</details>" in page
    links = [link["href"] for link in Page(page.partition("<main>")[2]).all("a")]
    assert links == ["08_train.html#Part", "https://example.org/a.ipynb", "#Part"]


def test_markdown_brings_no_script_and_no_frame():
    page = prose("<script>alert(1)</script>", "a <iframe src='https://example.org'></iframe>", "<style>p{}</style>")
    assert {"script", "iframe"} & {tag for tag, _ in Page(page).found} == set()
    assert page.count("<style>") == 1
    assert "&lt;script>" in page


def test_pictures_are_inside_the_page_or_a_link_to_follow(tmp_path):
    (tmp_path / "dot of ink.png").write_bytes(base64.b64decode(PIXEL))
    cell = new_markdown_cell(
        "![attached](attachment:a.png) ![beside](dot%20of%20ink.png) <img alt='raw' width=3 src='dot of ink.png'>\n\n"
        f"![inline](data:image/png;base64,{PIXEL}) ![far & away](https://example.org/x.png)",
        attachments={"a.png": {"image/png": PIXEL}},
    )
    page = notebook_html(new_notebook(cells=[cell]), folder=tmp_path)
    pictures = Page(page).all("img")
    assert [picture["alt"] for picture in pictures] == ["attached", "beside", "raw", "inline"]
    assert {picture["src"] for picture in pictures} == {f"data:image/png;base64,{PIXEL}"}
    assert pictures[2]["width"] == "3"
    assert '<a href="https://example.org/x.png">far &amp; away (on the web)</a>' in page
    assert addresses_fetched(page) == []


def test_a_picture_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"cell 1: the picture 'gone\.png' is not in .*"):
        prose("![](gone.png)", folder=tmp_path)
    with pytest.raises(FileNotFoundError, match="not said in which folder"):
        prose("![](gone.png)")
    with pytest.raises(FileNotFoundError, match=r"'a\.png' is attached; there are: none"):
        prose("![](attachment:a.png)")


# ---- Outputs ---------------------------------------------------------------------------------------------------


def test_code_and_text_stay_what_they_say():
    page = shown(stream(NASTY), source=f"print({NASTY!r})")
    body = page.partition("<main>")[2]
    assert Page(body).all("script") == Page(body).all("b") == []
    assert html.escape(NASTY, quote=False) in body
    assert html.unescape(re.sub(r"<[^>]+>", "", body.partition("<code>")[2].partition("</code>")[0])) == (
        f"print({NASTY!r})"
    )


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("\r  0%|  | 0/3\r 50%|# | 1/3\r100%|##| 3/3 [00:01]\nafter\n", "100%|##| 3/3 [00:01]\nafter"),
        ("before\r\nafter\r\n", "before\nafter"),
        ("gone\r    \r", ""),
        ("  indented\n\n  stays\n", "  indented\n\n  stays"),
    ],
)
def test_a_line_written_over_is_seen_once(written, seen):
    assert in_the_end(written) == seen


def test_a_bar_that_comes_in_pieces_is_one_line():
    page = shown(stream("\r 10%|#", "stderr"), stream("\r100%|##| done\n", "stderr"), stream("out"))
    assert re.findall(r'<pre class="said (\w+)" tabindex="0">(.*?)</pre>', page) == [
        ("stderr", "100%|##| done"),
        ("stdout", "out"),
    ]


def test_an_error_is_readable():
    traceback = ["\x1b[31m----\x1b[39m", "\x1b[38;5;28mValueError\x1b[39m: <b>\x1b[1;32mno\x1b[0m"]
    page = shown(new_output("error", ename="ValueError", evalue="no", traceback=traceback))
    said = re.search(r'<pre class="said error" tabindex="0">(.*?)</pre>', page, re.S)[1]
    assert '<span class="ansi-red-fg">----</span>' in said
    assert html.unescape(re.sub(r"<[^>]+>", "", said)) == "----\nValueError: <b>no"


def test_the_richest_form_is_shown():
    assert "<i>rich</i>" in shown(data(text_html="<i>rich</i>", text_plain="poor"))
    assert "<strong>x</strong>" in shown(data(text_markdown="**x**", text_plain="poor"))
    assert "<math" in shown(data(text_latex=r"$\displaystyle x$", text_plain="poor"))
    picture = Page(shown(data(image_png=PIXEL, text_plain="<Figure size 1x1>"))).all("img")
    assert picture == [{"alt": "A picture made by the code above", "src": f"data:image/png;base64,{PIXEL}"}]
    svg = Page(shown(new_output("display_data", data={"image/svg+xml": "<svg/>", "text/plain": "a dot"}))).all("img")
    assert svg == [{"alt": "a dot", "src": "data:image/svg+xml;charset=utf-8,%3Csvg/%3E"}]


def test_views_and_figures_come_as_they_are(tmp_path):
    from matplotlib.figure import Figure

    tokens = ["[CLS]", "</script>", "&lt;", "'", "[SEP]"]
    attentions = list(np.random.default_rng(0).dirichlet(np.ones(5), size=(2, 3, 5)))
    view = head_view(tokens=tokens, attentions=attentions)._repr_mimebundle_()
    figure = figure_html(Figure(figsize=(1, 1)), "a white field", [{"word": NASTY}])
    page = shown(new_output("display_data", data=view), data(text_html=figure))
    frame, *others = Page(page).all("iframe")
    assert others == []
    assert frame["title"] == view["text/plain"]
    assert figure in page
    assert addresses_fetched(page) == []
    assert Page(page).open == []


# ---- Widgets ---------------------------------------------------------------------------------------------------


def test_of_a_live_view_the_still_page_is_kept():
    live = {"m": model("Any", _dom_classes=["bertlab-live"])}
    for models in (live, None):  # with the widgets' state, and saved without it
        page = shown(widget("m"), data(text_html="<i>still</i>", text_plain="words"), models=models)
        assert "<i>still</i>" in page
        assert "JupyterLab" not in page.partition("<main>")[2].partition("<footer>")[0]
        assert "Widget(m)" not in page


def test_a_form_is_shown_with_what_it_says():
    models = {
        "box": model("VBox", children=["IPY_MODEL_ask", "IPY_MODEL_pick", "IPY_MODEL_row", "IPY_MODEL_hidden"]),
        "ask": model("ToggleButtons", _options_labels=["(a)", "(b)"], index=1, description="My guess"),
        "pick": model("Dropdown", _options_labels=["1. one", "2. two"], index=0, description="Hide"),
        "row": model("HBox", children=["IPY_MODEL_text", "IPY_MODEL_out", "IPY_MODEL_view", "IPY_MODEL_go"]),
        "text": model("Text", value=NASTY, description="Say"),
        "out": model("Output", outputs=[stream("caught"), data(text_html="<i>bars</i>")]),
        "view": model("Any", _esm="export default {}"),
        "go": model("Button", description="Go on"),
        "hidden": model("Label", value="not to be seen", layout="IPY_MODEL_layout"),
        "layout": model("Layout", display="none"),
    }
    page = shown(widget("box"), models=models).partition("<main>")[2]
    for said in ("My guess", '<li class="option">(a)</li><li class="option chosen">(b)</li>', ">1. one<", "caught",
                 "<i>bars</i>", html.escape(NASTY), "A live picture stands here", ">Go on<"):  # fmt: skip
        assert said in page
    assert "2. two" not in page
    assert "not to be seen" not in page
    assert page.count("Interactive in JupyterLab.") == 1
    assert Page(page).all("script") == []


def test_a_bar_of_progress_needs_no_word_about_jupyterlab():
    models = {
        "box": model("HBox", children=["IPY_MODEL_before", "IPY_MODEL_bar", "IPY_MODEL_after"]),
        "before": model("HTML", value="100%"),
        "bar": model("FloatProgress", min=0.0, max=30.0, value=30.0),
        "after": model("HTML", value=" 30/30 [00:01&lt;00:00]"),
    }
    page = shown(widget("box"), models=models).partition("<main>")[2].partition("<footer>")[0]
    assert '<progress max="30" value="30">30 of 30</progress>' in page
    assert "30/30" in page
    assert "JupyterLab" not in page


def test_a_widget_of_which_nothing_is_known_is_not_a_blank():
    page = shown(widget("gone"))
    assert "Something interactive stands here in JupyterLab." in page
    assert "Widget(gone)" not in page


# ---- The page --------------------------------------------------------------------------------------------------


def test_the_browser_is_told_to_fetch_nothing():
    page = shown(data(text_html="<img src='https://example.org/x.png'>"))
    policy = Page(page).all("meta")[1]
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert "default-src data: blob: 'unsafe-inline';" in policy["content"]
    assert "http" not in policy["content"].replace("http-equiv", "")


def test_the_page_says_how_it_was_made():
    page = prose("# A", name="a<b>.ipynb", made=date(2027, 3, 1))
    assert f"Made by bertlab {bertlab.__version__} on 2027-03-01 from a&lt;b&gt;.ipynb." in page
    assert page == prose("# A", name="a<b>.ipynb", made=date(2027, 3, 1)), "the same page from the same notebook"


def test_saving_writes_all_or_nothing(tmp_path):
    import nbformat

    source = tmp_path / "lesson.ipynb"
    (tmp_path / "dot.png").write_bytes(base64.b64decode(PIXEL))
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Saved\n\n![dot](dot.png)")]), source)
    page = save_html(source, tmp_path / "new" / "page.html")
    assert page == tmp_path / "new" / "page.html"
    text = page.read_text(encoding="utf-8")
    assert "from lesson.ipynb." in text
    nbformat.write(new_notebook(cells=[new_markdown_cell("$x^$")]), source)
    with pytest.raises(ValueError, match=r"lesson\.ipynb, cell 1"):
        save_html(source, page)
    assert page.read_text(encoding="utf-8") == text
    assert [file.name for file in page.parent.iterdir()] == ["page.html"]


def test_a_file_with_lines_as_lists_and_raw_cells_is_read():
    from nbformat.v4 import new_raw_cell

    output = output_from_msg(
        {"header": {"msg_type": "stream"}, "content": {"name": "stdout", "text": "one\ntwo"}, "metadata": {}}
    )
    output["text"] = ["one\n", "two"]
    notebook = new_notebook(cells=[new_raw_cell("raw <b>"), new_code_cell("", outputs=[output])])
    page = notebook_html(notebook)
    assert ">one\ntwo</pre>" in page
    assert "raw" not in page.partition("<main>")[2]
