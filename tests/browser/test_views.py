"""What the views draw and do under pointer and keys, in JupyterLab and Notebook 7 with nothing outside in reach."""

import numpy as np
import pytest
from harness import PLACES, Lab, errors_in, watched_page, write_notebook

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
    """import bertlab
from bertlab.pretrained import encoder
model_view(encoder(*bertlab.load("story-gpt")), "the child was sad .", "the apple was golden .")""",
    """import tokenizers, torch, transformers
signs = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
bytewise = tokenizers.Tokenizer(tokenizers.models.BPE({sign: place for place, sign in enumerate(signs)}, []))
bytewise.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel()
torch.manual_seed(0)
gpt_2 = transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=256, n_embd=12, n_layer=2, n_head=3))
their_tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=bytewise)
neuron_view(encoder(gpt_2, their_tokenizer, queries_keys=True), "so", "it")""",
]
BROKEN = """broken = head_view(tokens=tokens, attentions=attentions)
broken.parameters["attention"] = []
"""


@pytest.fixture(scope="module")
def numbers():
    """The same numbers as in the notebook."""
    names: dict = {}
    exec(NUMBERS, names)
    return names


@pytest.fixture(scope="module", params=PLACES)
def notebook(request, servers, browser):
    """A notebook with the views drawn, and no error on the way: opened once in each place, for it takes seconds."""
    server = servers(request.param)
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


def test_head_view_is_reached_by_keys(notebook, numbers):
    notebook.page.mouse.move(0, 0)
    frame, press = notebook.frame("BertViz head view"), notebook.page.keyboard.press
    frame.get_by_label("Attention:").focus()
    for key in ("Tab", "ArrowDown", "ArrowDown"):
        press(key)
    assert {left for left, _ in shown_lines(frame)} == {2}
    assert len(shown_lines(frame)) == HEADS * LENGTH
    for key in ("Tab", "End"):
        press(key)
    assert {right for _, right in shown_lines(frame)} == {LENGTH - 1}
    for key in ("Tab", "ArrowRight", "Space"):
        press(key)
    assert len(shown_lines(frame)) == HEADS * LENGTH**2
    squares = frame.get_by_role("checkbox")
    assert [square.get_attribute("aria-label") for square in squares.all()] == ["Head 0", "Head 1", "Head 2"]
    assert [square.is_checked() for square in squares.all()] == [True, False, True]
    without = numbers["attentions"][0].copy() / 2
    without[1] = 0
    opacities = numbers_of(frame, "#attention line", "stroke-opacity")
    assert opacities == pytest.approx(without.ravel().tolist(), abs=1e-4)
    press("Space")
    assert [square.is_checked() for square in squares.all()] == [True, True, True]
    assert_quiet(notebook)


def test_model_and_neuron_view_are_reached_by_keys(notebook):
    notebook.page.mouse.move(0, 0)
    press = notebook.page.keyboard.press
    frame = notebook.frame("BertViz model view")
    thumbnails = frame.get_by_role("button")
    assert thumbnails.count() == LAYERS * HEADS
    thumbnails.first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        press(key)
    assert frame.locator("text.detail").all_text_contents() == ["Layer 1, Head 2"]
    assert frame.get_by_role("button", name="Layer 1, head 2", pressed=True).count() == 1
    press("Enter")
    assert frame.locator(".detail").count() == 0
    assert frame.get_by_role("button", pressed=True).count() == 0

    frame = notebook.frame("BertViz neuron view")
    for open_tokens in ("#expanded", "#collapsed"):  # an earlier test left it open
        if frame.locator(open_tokens).get_attribute("visibility") == "visible":
            frame.locator(f"{open_tokens} #leftText [role=button]").first.focus()
            if open_tokens == "#expanded":
                press("Enter")
    for key in ("ArrowDown", "Enter"):
        press(key)
    assert frame.locator("#expanded").get_attribute("visibility") == "visible"
    assert frame.evaluate("document.activeElement.getAttribute('aria-label')") == TOKENS[1]
    press("ArrowDown")
    assert frame.locator("#expanded .dotproduct[data-value]").count() == LENGTH
    press("Enter")
    assert frame.locator("#collapsed").get_attribute("visibility") == "visible"
    assert_quiet(notebook)


def test_our_causal_model_is_drawn_from_a_pair(notebook):
    frame = notebook.frame("BertViz model view of 13 tokens, 4 layers, 4 heads")
    opacities = np.array(numbers_of(frame, "#vis svg > g line", "stroke-opacity")).reshape(4, 4, 13, 13)
    assert np.abs(opacities.sum(-1) - 1).max() < 0.01
    assert not np.triu(opacities, 1).any()
    frame.get_by_label("Attention:").select_option("Sentence B -> Sentence A")
    assert frame.locator("#vis svg > g line").count() == 4 * 4 * 6 * 7
    frame.get_by_role("button", name="Layer 3, head 0").press("Enter")
    tokens = "the apple was golden . [SEP] [CLS] the child was sad . [SEP]"
    assert " ".join(frame.locator(".detail text.token").all_text_contents()) == tokens
    assert_quiet(notebook)


def test_gpt_2_of_transformers_is_explained_by_its_queries_and_keys(notebook):
    notebook.page.mouse.move(0, 0)
    frame = notebook.frame("BertViz neuron view of 6 tokens, 2 layers, 3 heads")
    assert frame.locator("#collapsed #leftText text.token").all_text_contents() == ["␣", "s", "o", "␣", "i", "t"]
    frame.get_by_label("Head:").select_option("2")
    frame.locator("#collapsed #leftText [role=button]").nth(4).press("Enter")
    dots = np.array(numbers_of(frame, "#expanded .dotproduct", "data-value"))
    shares = np.array(numbers_of(frame, "#collapsed line", "stroke-opacity")).reshape(6, 6)[4]
    assert shares[:5] == pytest.approx(np.exp(dots[:5]) / np.exp(dots[:5]).sum(), abs=1e-3)
    assert shares[5] == 0
    shown = frame.locator("#expanded .dotproduct").evaluate_all("(all) => all.map((dot) => +dot.style.opacity)")
    assert shown == [1, 1, 1, 1, 1, 0]
    frame.get_by_label("Attention:").select_option("Sentence A -> Sentence A")
    assert frame.locator("#collapsed #rightText text.token").all_text_contents() == ["␣", "s", "o"]
    assert_quiet(notebook)


def test_tokens_that_look_like_html_make_no_elements(notebook):
    for view in ("head", "model", "neuron"):
        frame = notebook.frame(f"BertViz {view} view")
        assert frame.locator("b").count() == 0
        assert frame.locator("script").count() == 9
    assert_quiet(notebook)


def test_views_stay_white_and_fit_in_the_dark_theme(notebook):
    notebook.theme("Dark")
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


def test_a_view_that_cannot_be_drawn_says_so_in_the_notebook(notebook):
    label = "BertViz head view"
    before = notebook.page.locator(f'iframe[title^="{label}"]').count()
    assert errors_in([notebook.run_new(BROKEN + "broken")]) == []
    still = notebook.page.frame_locator(f'iframe[title^="{label}"] >> nth={before}')
    alert = still.get_by_role("alert")
    alert.wait_for()
    assert alert.text_content().startswith("BertViz could not draw this view: Uncaught TypeError")
    assert notebook.errors.pop().startswith("Cannot read properties of undefined")
    notebook.run_new(BROKEN + "from bertlab.views import LiveView\nLiveView(lambda *texts: broken, None, '').widget")
    alert = notebook.page.get_by_role("alert").filter(has_text="BertViz could not draw this view: Cannot read")
    alert.wait_for()
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
