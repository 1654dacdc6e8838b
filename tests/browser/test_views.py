"""What the views draw, and what they do under the pointer, in JupyterLab with nothing outside in reach."""

import numpy as np
import pytest
from harness import Lab, errors_in, watched_page, write_notebook

from bertlab.views import head_view

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOKENS = ["[CLS]", "a", "<b>bank</b>", "[SEP]", "</script>", "&lt;", "[SEP]"]
LAYERS, HEADS, LENGTH, HEAD_DIM = 2, 3, len(TOKENS), 4
NUMBERS = f"""import numpy as np
rng = np.random.default_rng(0)
attentions = list(rng.dirichlet(np.ones({LENGTH}), size=({LAYERS}, {HEADS}, {LENGTH})))
queries, keys = rng.normal(size=(2, {LAYERS}, {HEADS}, {LENGTH}, {HEAD_DIM}))
tokens = {TOKENS!r}"""
CELLS = [
    NUMBERS + "\nfrom bertlab.views import head_view, model_view, neuron_view, plots, show",
    "head_view(tokens=tokens, attentions=attentions)",
    "head_view(tokens=tokens, attentions=attentions)",
    "model_view(tokens=tokens, attentions=attentions)",
    "neuron_view(tokens=tokens, attentions=attentions, queries=list(queries), keys=list(keys))",
    "show(plots.attention_map(attentions[0][0], tokens), 'An attention map.', [{'word': 'bank', 'share': 0.5}])",
]


@pytest.fixture(scope="module")
def numbers():
    """The same numbers as in the notebook."""
    names: dict = {}
    exec(NUMBERS, names)
    return names


@pytest.fixture(scope="module")
def notebook(server, browser):
    """JupyterLab with the views drawn, and no error on the way: opened once, for it takes seconds."""
    write_notebook(server.folder / "views.ipynb", CELLS)
    with watched_page(browser) as page:
        lab = Lab(page, server)
        lab.open("views.ipynb")
        assert errors_in(lab.run_all()) == []
        yield lab


def assert_quiet(page):
    """Nothing outside was asked for, and nothing went wrong on the console."""
    assert page.outside == []
    assert page.errors == []


def shown_lines(frame, inside="#attention"):
    """(left, right) of every line that can be seen, one a head."""
    return frame.evaluate(
        """(inside) => [...document.querySelectorAll(inside + ' line')]
            .filter((line) => getComputedStyle(line).visibility === 'visible')
            .map((line) => [+line.getAttribute('left-token-index'), +line.getAttribute('right-token-index')])""",
        inside,
    )


def numbers_of(frame, selector, name):
    return frame.eval_on_selector_all(selector, "(all, name) => all.map((e) => +e.getAttribute(name))", name)


def test_head_view_draws_every_weight_and_follows_the_pointer(notebook, numbers):
    frame = notebook.frame("BertViz head view")
    everything = sorted((i, j) for i in range(LENGTH) for j in range(LENGTH) for _ in range(HEADS))
    assert sorted(map(tuple, shown_lines(frame))) == everything
    assert frame.locator("#left text").all_text_contents() == TOKENS
    assert frame.locator("#right text").all_text_contents() == TOKENS
    opacities = numbers_of(frame, "#attention line", "stroke-opacity")
    assert opacities == pytest.approx((numbers["attentions"][0] / HEADS).ravel().tolist(), abs=1e-4)

    frame.locator("#left text").nth(2).hover()
    assert sorted(map(tuple, shown_lines(frame))) == [pair for pair in everything if pair[0] == 2]
    frame.locator("#right text").nth(1).hover()
    assert sorted(map(tuple, shown_lines(frame))) == [pair for pair in everything if pair[1] == 1]
    frame.locator("#controls").hover()
    assert sorted(map(tuple, shown_lines(frame))) == everything
    assert_quiet(notebook)


def test_head_view_changes_layer_head_and_sentence(notebook, numbers):
    frame = notebook.frame("BertViz head view", place=1)
    frame.get_by_label("Layer:").select_option("1")
    second = numbers["attentions"][1]
    opacities = numbers_of(frame, "#attention line", "stroke-opacity")
    assert opacities == pytest.approx((second / HEADS).ravel().tolist(), abs=1e-4)

    frame.locator("#vis svg > g:last-child rect").nth(0).click()
    opacities = numbers_of(frame, "#attention line", "stroke-opacity")
    assert opacities == pytest.approx([0.0] * LENGTH**2 + (second[1:] / 2).ravel().tolist(), abs=1e-4)

    frame.get_by_label("Attention:").select_option("Sentence A -> Sentence B")
    assert frame.locator("#left text").all_text_contents() == TOKENS[:4]
    assert frame.locator("#right text").all_text_contents() == TOKENS[4:]
    assert len(shown_lines(frame)) == HEADS * 4 * 3
    assert_quiet(notebook)


def test_model_view_draws_every_head_and_enlarges_one(notebook):
    frame = notebook.frame("BertViz model view")
    assert frame.locator("line").count() == LAYERS * HEADS * LENGTH**2
    thumbnails = frame.locator("#vis svg > g > rect:last-child")
    assert thumbnails.count() == LAYERS * HEADS
    thumbnails.nth(4).click()
    assert frame.locator("text.detail").all_text_contents() == ["Layer 1, Head 1"]
    assert frame.locator(".detail text.token").all_text_contents() == TOKENS * 2
    assert frame.locator(".detail line").count() == LENGTH**2
    assert_quiet(notebook)


def test_neuron_view_multiplies_the_query_with_every_key(notebook, numbers):
    frame = notebook.frame("BertViz neuron view")
    assert frame.locator("#collapsed #leftText text.token").all_text_contents() == TOKENS
    assert frame.locator("#collapsed line").count() == LENGTH**2

    frame.locator("#collapsed #leftText text.token").nth(2).hover()
    # The plus sign is drawn below the square that takes its click.
    frame.locator("#collapsed #leftText .plus-sign").nth(2).click(force=True)
    frame.locator("#expanded #leftText text.token").nth(2).hover()
    query, keys = numbers["queries"][0, 0, 2], numbers["keys"][0, 0]
    dots = numbers_of(frame, "#expanded .dotproduct", "data-value")
    assert dots == pytest.approx((keys @ query / np.sqrt(HEAD_DIM)).tolist(), abs=1e-3)
    products = numbers_of(frame, "#expanded #product .element", "data-value")
    assert products == pytest.approx((keys * query).ravel().tolist(), abs=1e-3)
    assert_quiet(notebook)


def test_tokens_that_look_like_html_make_no_elements(notebook):
    for view in ("head", "model", "neuron"):
        frame = notebook.frame(f"BertViz {view} view")
        assert frame.locator("b").count() == 0
        assert frame.locator("script").count() == 5
    assert_quiet(notebook)


def test_views_stay_white_and_fit_in_the_dark_theme(notebook):
    notebook.command("apputils:change-theme", theme="JupyterLab Dark")
    notebook.page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached")
    for view in ("head", "model", "neuron"):
        frame = notebook.frame(f"BertViz {view} view")
        assert frame.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
        inside = frame.evaluate("document.querySelector('#bertviz').getBoundingClientRect().height")
        assert notebook.frame_element(f"BertViz {view} view").bounding_box()["height"] == pytest.approx(inside, abs=1)
    picture = notebook.page.get_by_alt_text("An attention map.")
    assert picture.evaluate("(image) => image.complete && image.naturalWidth > 300")
    assert picture.evaluate("(image) => getComputedStyle(image).backgroundColor") == "rgb(255, 255, 255)"
    # A table takes the theme's colours: light words on dark.
    words = notebook.page.locator("figure td").first.evaluate("(cell) => getComputedStyle(cell).color")
    assert min(int(part) for part in words.removeprefix("rgba(").removeprefix("rgb(").split(",")[:3]) > 150
    assert_quiet(notebook)


def test_a_saved_view_opens_without_jupyter(watched, tmp_path, numbers):
    view = head_view(tokens=TOKENS, attentions=numbers["attentions"], heads=[1])
    watched.page.goto(view.save(tmp_path / "view.html").as_uri())
    assert watched.page.locator("#attention line").count() == HEADS * LENGTH**2
    assert watched.page.locator("#left text").all_text_contents() == TOKENS
    assert_quiet(watched)


def test_a_view_that_cannot_be_drawn_says_so(watched, numbers):
    view = head_view(tokens=TOKENS, attentions=numbers["attentions"])
    view.parameters["attention"] = []
    watched.page.set_content(view.page())
    assert watched.page.get_by_role("alert").text_content().startswith("BertViz could not draw this view: ")
    assert watched.errors.pop().startswith("Cannot read properties of undefined")
