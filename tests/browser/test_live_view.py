"""The live view: another text is drawn in the same place, without a blank in between, and what was picked stays."""

import pytest
from harness import PLACES, Lab, errors_in, watched_page, write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = [
    """import ipywidgets
import numpy as np
from bertlab.views import LiveView, head_view, model_view, neuron_view

def encode(*texts, with_vectors=False):
    tokens = ["[CLS]", *" [SEP] ".join(texts).split(), "[SEP]"]
    rng = np.random.default_rng(len(tokens))
    attentions = list(rng.dirichlet(np.ones(len(tokens)), size=(2, 3, len(tokens))))
    queries, keys = rng.normal(size=(2, 2, 3, len(tokens), 4))
    return (tokens, attentions, list(queries), list(keys)) if with_vectors else (tokens, attentions)""",
    """live = LiveView(head_view, encode, "one two")
line = ipywidgets.Text("one two", description="Sentence")
line.observe(lambda change: live.show(change["new"]), "value")
ipywidgets.VBox([line, live.widget])""",
    "live",
    "model = LiveView(model_view, encode, 'so it was')\nmodel",
    "neuron = LiveView(neuron_view, lambda *texts: encode(*texts, with_vectors=True), 'so it was')\nneuron",
]


@pytest.fixture(scope="module", params=PLACES)
def notebook(request, servers, browser):
    server = servers(request.param)
    write_notebook(server.folder / "live.ipynb", CELLS)
    with watched_page(browser) as page:
        lab = Lab(page, server)
        lab.open("live.ipynb")
        cells = lab.run_all()
        assert errors_in(cells) == []
        widget, still = (output["data"] for output in cells[2]["outputs"])
        assert "application/vnd.jupyter.widget-view+json" in widget
        assert set(still) == {"text/html", "text/plain"}
        yield lab


def test_typing_redraws_in_place_and_never_shows_a_blank(notebook):
    page = notebook.page
    first, second = page.locator(".bertviz-view.head").nth(0), page.locator(".bertviz-view.head").nth(1)
    first.locator("#left text").nth(3).wait_for()
    assert first.locator("#left text").all_text_contents() == ["[CLS]", "one", "two", "[SEP]"]
    first.get_by_label("Layer:").select_option("1")
    first.get_by_role("checkbox", name="Head 1").click()
    second.get_by_role("checkbox", name="Head 2").dblclick()
    page.evaluate(
        """() => {
            window.frames_seen = 0;
            window.blanks_seen = 0;
            const look = () => {
                window.frames_seen += 1;
                const lines = document.querySelectorAll('.bertviz-view.head #attention');
                if (lines.length !== 2) window.blanks_seen += 1;
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    page.get_by_label("Sentence").press("End")
    page.get_by_label("Sentence").press_sequentially(" <i>three</i> four", delay=20)
    wanted = ["[CLS]", "one", "two", "<i>three</i>", "four", "[SEP]"]
    for view in (first, second):
        view.locator("#left text", has_text="four").wait_for()
        assert view.locator("#left text").all_text_contents() == wanted
        assert view.locator("#attention line").count() == 3 * len(wanted) ** 2
        assert view.locator("i").count() == 0
    assert first.get_by_label("Layer:").input_value() == "1"
    assert second.get_by_label("Layer:").input_value() == "0"
    for view, picked in ((first, [True, False, True]), (second, [False, False, True])):
        assert [square.is_checked() for square in view.get_by_role("checkbox").all()] == picked
        lines = view.locator(".headAttention line:first-child").evaluate_all(
            "(lines) => lines.map((line) => line.getAttribute('stroke-opacity') > 0)"
        )
        assert lines == [shown for shown in picked for _ in wanted]
    assert page.evaluate("window.frames_seen") > 10
    assert page.evaluate("window.blanks_seen") == 0

    first.locator("#left text").nth(2).hover()
    visible = "(lines) => lines.filter((line) => getComputedStyle(line).visibility === 'visible').length"
    assert first.locator("#attention line").evaluate_all(visible) == 3 * len(wanted)
    assert second.locator("#attention line").evaluate_all(visible) == 3 * len(wanted) ** 2


def test_arrow_keys_go_from_token_to_token_and_not_from_cell_to_cell(notebook):
    page, active = notebook.page, "window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    notebook.command("notebook:enter-command-mode")
    page.mouse.move(0, 0)
    view = page.locator(".bertviz-view.head").nth(1)
    view.locator("#left [role=img]").first.focus()
    page.wait_for_function(f"{active} === 2")
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    lit = view.locator("#attention line[visibility=visible]")
    assert {line.get_attribute("left-token-index") for line in lit.all()} == {"2"}
    page.keyboard.press("Enter")  # in a notebook it edits the cell
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "two"
    assert page.evaluate(active) == 2


def test_model_and_neuron_view_are_drawn_live_too(notebook):
    model, neuron = notebook.page.locator(".bertviz-view.model"), notebook.page.locator(".bertviz-view.neuron")
    assert model.locator("line").count() == 2 * 3 * 5**2
    neuron.locator("#collapsed #leftText text.token").nth(2).hover()
    neuron.locator("#collapsed #leftText .plus-sign").nth(2).click(force=True)
    neuron.locator("#expanded #leftText text.token").nth(2).hover()
    assert neuron.locator("#expanded .dotproduct[data-value]").count() == 5

    model.get_by_role("button", name="Layer 1, head 2").click()
    notebook.run_new("model.show('and so it is')\nneuron.show('and so it is')")
    model.locator(".detail text.token", has_text="and").first.wait_for()
    assert model.locator("text.detail").all_text_contents() == ["Layer 1, Head 2"]
    assert model.locator(".detail text.token").count() == 2 * 6
    neuron.locator("#expanded #leftText text.token", has_text="and").wait_for()
    neuron.locator("#expanded #leftText [role=button]").nth(1).focus()
    assert neuron.locator("#expanded .dotproduct[data-value]").count() == 6

    for view in (model, neuron):
        assert view.get_by_label("Attention:").count() == 0
    notebook.run_new("model.show('so it', 'was')\nneuron.show('so it', 'was')")
    for view in (model, neuron):
        view.get_by_label("Attention:").select_option("Sentence B -> Sentence A")
    model.get_by_role("button", name="Layer 0, head 1").click()
    notebook.run_new("model.show('it', 'was so')\nneuron.show('it', 'was so')")
    neuron.locator("#expanded #leftText text.token", has_text="so").wait_for()
    assert model.locator(".detail text.token").all_text_contents() == ["was", "so", "[SEP]", "[CLS]", "it", "[SEP]"]
    assert model.locator("#vis svg > g:not(.detail) line").count() == 2 * 3 * 3 * 3
    assert neuron.locator("#expanded #leftText text.token").all_text_contents() == ["was", "so", "[SEP]"]
    neuron.get_by_label("Attention:").select_option("All")
    assert neuron.locator("#expanded #leftText text.token").count() == 6
    lowest = neuron.locator("#expanded #leftText text.token").last.bounding_box()
    drawing = neuron.locator("svg").bounding_box()
    assert lowest["y"] + lowest["height"] < drawing["y"] + drawing["height"]


def test_the_live_view_stays_white_in_the_dark_theme(notebook):
    notebook.theme("Dark")
    view = notebook.page.locator(".bertviz-view.head").first
    assert view.evaluate("(all) => getComputedStyle(all).backgroundColor") == "rgb(255, 255, 255)"
    for words in ("label", "#left text"):
        colour = view.locator(words).first.evaluate("(all) => getComputedStyle(all).color")
        assert colour == "rgb(0, 0, 0)", words
    assert notebook.outside == []
    assert notebook.errors == []


def test_beside_a_live_view_the_still_one_hides_and_without_a_kernel_it_is_all_there_is(notebook):
    still = notebook.frame_element("BertViz head view")
    still.wait_for(state="hidden")
    notebook.command("docmanager:save")
    notebook.command("kernelmenu:shutdown")
    notebook.reopen_without_kernel("live.ipynb")
    frame = notebook.frame("BertViz head view")
    assert frame.locator("#left text").all_text_contents() == ["[CLS]", "one", "two", "[SEP]"]
    broken = notebook.page.get_by_text("Error displaying widget")
    broken.nth(3).wait_for(state="attached")
    # Only the box that somebody put together by hand has nothing to give way to.
    assert [each.is_visible() for each in broken.all()] == [True, False, False, False]
