"""A notebook with every kind of view, executed, exported and opened from a file, with nothing outside in reach."""

from pathlib import Path

import nbformat
import pytest
from harness import Watched, watched_page
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Browser, Frame, Page

from bertlab.lessons.execution import execute, lesson_environment
from bertlab.views.export import save_html

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOKENS = ["[CLS]", "a", "<b>bank</b>", "</script>", "[SEP]"]
LAYERS, HEADS, LENGTH = 2, 3, len(TOKENS)
FORMULA = r"$$\text{softmax}\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V$$"
ENVIRONMENT = r"\begin{align} p &= \frac{1}{n} \\ q &= 1 - p \end{align}"
CELLS = [
    "# Every view\n\nA price of $5, and $n$ tokens.",
    "## Formulas\n\n" + FORMULA + "\n\n" + ENVIRONMENT + "\n\n| a | b |\n| --- | --- |\n| $p(x|y)$ | `$x$` |",
    f"""#code
import numpy as np
from IPython.display import display
import ipywidgets
from tqdm.auto import tqdm
from bertlab.views import LiveView, head_view, model_view, neuron_view, show
from matplotlib.figure import Figure
rng = np.random.default_rng(0)
attentions = list(rng.dirichlet(np.ones({LENGTH}), size=({LAYERS}, {HEADS}, {LENGTH})))
queries, keys = rng.normal(size=(2, {LAYERS}, {HEADS}, {LENGTH}, 4))
tokens = {TOKENS!r}""",
    "## Views",
    "#code\nhead_view(tokens=tokens, attentions=attentions)",
    "#code\nmodel_view(tokens=tokens, attentions=attentions)",
    "#code\nneuron_view(tokens=tokens, attentions=attentions, queries=list(queries), keys=list(keys))",
    f"#code\neven = [np.full(({HEADS}, 3, 3), 1 / 3)] * {LAYERS}\n"
    "live = LiveView(head_view, lambda text: (text.split(), even), 'one two three')\nlive",
    "#code\nfigure = Figure(figsize=(3, 2))\nfigure.subplots().plot([1, 2])\n"
    "show(figure, 'A line that rises.', [{'step': 1, 'loss': 0.5}])",
    "## The rest\n\n<details><summary>A hint</summary>\n\nFolded **words**.\n\n</details>",
    "#code\nfor _ in tqdm(range(30)): pass\nprint('done')",
    "#code\nout = ipywidgets.Output()\nwith out: print('caught by a form')\n"
    "ipywidgets.VBox([ipywidgets.Dropdown(options=['one', 'two'], description='Pick'), out, live.widget])",
]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cells = [
        new_code_cell(cell.removeprefix("#code\n")) if cell.startswith("#code") else new_markdown_cell(cell)
        for cell in CELLS
    ]
    folder = tmp_path_factory.mktemp("export")
    notebook = new_notebook(cells=cells)
    execute(notebook, folder, limit=300, environment=lesson_environment())
    nbformat.write(notebook, folder / "views.ipynb")
    return save_html(folder / "views.ipynb", folder / "out" / "views.html")


@pytest.fixture
def opened(watched: Watched, page_file: Path):
    watched.page.goto(page_file.as_uri())
    yield watched.page
    assert watched.outside == []
    assert watched.errors == []


def inside(page: Page, title: str, place: int = 0) -> Frame:
    element = page.locator(f'iframe[title^="{title}"]').nth(place)
    element.scroll_into_view_if_needed()
    frame = element.element_handle().content_frame()
    assert frame is not None
    frame.wait_for_selector("#vis svg text", state="attached")
    return frame


def test_every_view_is_drawn(opened: Page):
    assert opened.locator("iframe").count() == 4
    head = inside(opened, "BertViz head view")
    assert head.locator("#attention line").count() == HEADS * LENGTH**2
    assert head.locator("#left text").all_text_contents() == TOKENS
    model = inside(opened, "BertViz model view")
    assert model.locator("line").count() == LAYERS * HEADS * LENGTH**2
    neuron = inside(opened, "BertViz neuron view")
    assert neuron.locator("#collapsed #leftText text.token").count() == LENGTH
    still = inside(opened, "BertViz head view", 1)
    assert still.locator("#attention line").count() == HEADS * 9
    assert still.locator("#left text").all_text_contents() == ["one", "two", "three"]
    for frame in opened.locator("iframe").all():
        box = frame.bounding_box()
        needed = frame.element_handle().content_frame().evaluate("document.documentElement.scrollHeight")
        assert box["height"] >= needed > 50


def test_a_view_answers_the_pointer_without_a_kernel(opened: Page):
    frame = inside(opened, "BertViz head view")
    frame.locator("#left text").nth(2).hover()
    visible = "(lines) => lines.filter((line) => getComputedStyle(line).visibility === 'visible').length"
    assert frame.locator("#attention line").evaluate_all(visible) == HEADS * LENGTH


def test_formulas_are_drawn(opened: Page):
    sizes = opened.locator("math").evaluate_all(
        "(all) => all.map((e) => [e.getAttribute('display'), e.getBoundingClientRect().height])"
    )
    assert [kind for kind, _ in sizes] == ["inline", "block", "block", "inline"]
    heights = [height for _, height in sizes]
    assert min(heights) > 8
    assert min(heights[1:3]) > 1.8 * heights[0], "a fraction stands higher than a letter"
    rows = opened.locator("mtr").evaluate_all("(all) => all.map((row) => row.getBoundingClientRect().top)")
    assert rows[1] > rows[0] + 10
    assert "A price of $5, and " in opened.locator("main").inner_text()


def test_words_stand_where_there_is_no_picture_and_no_kernel(opened: Page):
    assert opened.get_by_alt_text("A line that rises.").evaluate("(picture) => picture.naturalWidth") > 100
    assert opened.locator("figure table").inner_text().split() == ["step", "loss", "1", "0.5"]
    assert opened.locator("progress").evaluate("(bar) => [bar.value, bar.max]") == [30, 30]
    form = opened.locator(".form").last.inner_text()
    for said in ("Pick", "one", "caught by a form", "Interactive in JupyterLab.", "A live picture stands here"):
        assert said in form
    assert opened.get_by_text("Interactive in JupyterLab.").count() == 1
    assert "VBox(" not in opened.content()


def test_contents_and_folded_words_open(opened: Page):
    opened.get_by_role("navigation", name="Contents").get_by_role("link", name="The rest").click()
    heading = opened.get_by_role("heading", name="The rest")
    opened.wait_for_function("(heading) => heading.getBoundingClientRect().top < 600", arg=heading.element_handle())
    words = opened.get_by_text("Folded words.")
    assert not words.is_visible()
    opened.get_by_text("A hint").click()
    assert words.is_visible()


def contrast(page: Page, selector: str) -> float:
    """The least contrast of the texts that a selector finds with what lies behind them (WCAG, 1 to 21)."""
    return page.locator(selector).evaluate_all(
        """(all) => {
            const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
            const light = (rgb) => {
                const [r, g, b] = rgb.slice(0, 3).map((v) => v / 255)
                    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const behind = (element) => {
                for (let at = element; at; at = at.parentElement) {
                    const colour = numbers(getComputedStyle(at).backgroundColor);
                    if (colour.length === 3 || colour[3] === 1) return colour;
                }
                return [255, 255, 255];
            };
            return Math.min(...all.map((element) => {
                const two = [numbers(getComputedStyle(element).color), behind(element)].map(light);
                return (Math.max(...two) + 0.05) / (Math.min(...two) + 0.05);
            }));
        }"""
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_in_light_and_dark(opened: Page, scheme: str):
    opened.emulate_media(color_scheme=scheme)
    paper = opened.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 21, 21)"}[scheme]
    for selector in (
        "main p",
        "main a:not(.anchor)",
        "pre.code span",
        "pre.said",
        ".note",
        "th",
        "td",
        "math",
        "footer p",
    ):
        assert contrast(opened, selector) >= 4.5, selector
    frame = inside(opened, "BertViz head view")
    assert frame.evaluate("document.documentElement.dataset.theme") == scheme


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_the_page_is_as_wide_as_the_screen(browser: Browser, page_file: Path, width: int, height: int):
    with watched_page(browser, width, height) as watched:
        watched.page.goto(page_file.as_uri())
        inside(watched.page, "BertViz model view")
        assert watched.page.evaluate("document.documentElement.scrollWidth") == width
        title, contents = watched.page.locator("h1").bounding_box(), watched.page.locator("nav").bounding_box()
        assert title["y"] < height / 4
        beside = contents["x"] + contents["width"] <= title["x"]
        assert beside == (width == 1280), "the contents stand beside the text, or on a phone below the title"
        assert watched.outside == watched.errors == []


def test_what_a_cell_asks_for_outside_is_refused_by_the_page_itself(watched: Watched, tmp_path: Path):
    asks = "<img src='https://example.org/x.png'><script src='https://example.org/x.js'></script>"
    frame = f'<iframe srcdoc="{asks.replace(chr(34), "")}"></iframe>'
    output = nbformat.v4.new_output("display_data", data={"text/html": asks + frame})
    page = save_html(new_notebook(cells=[new_code_cell("1", outputs=[output])]), tmp_path / "asks.html")
    watched.page.goto(page.as_uri())
    watched.page.wait_for_load_state("networkidle")
    assert watched.outside == []
    assert sum("violates the following Content Security Policy" in error for error in watched.errors) == 4
