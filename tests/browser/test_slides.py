"""Slides in a real browser: one screen each, turned by keys, readable from afar."""

from pathlib import Path

import numpy as np
import pytest
from harness import Watched
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from bertlab.views import head_view
from bertlab.views.export import save_slides
from bertlab.views.figures import figure_html

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def slides_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4))
    figure.subplots().plot([1, 3, 2])
    picture = new_output("display_data", data={"text/html": figure_html(figure, "A line.", [{"step": 1, "loss": 3}])})
    looks = head_view(tokens=["a", "bat"], attentions=[np.full((2, 2, 2), 0.5)])
    live = new_output("display_data", data={"text/html": looks._repr_html_()})
    tagged = {"metadata": {"tags": ["core", "slide"]}}
    many = new_output("stream", text="".join(f"line {at}\n" for at in range(7)) + "the end\n")
    cells = [
        new_markdown_cell("# 04 · Self-attention"),
        new_markdown_cell("*The bank by the river was steep.* Money, or water?", **tagged),
        new_markdown_cell("One comparison stands between the two readers.", **tagged),
        new_code_cell("draw()", outputs=[picture], **tagged),
        new_code_cell("said()", outputs=[picture, many], **tagged),
        new_markdown_cell("And then?", **tagged),
        new_markdown_cell("Not on a slide."),
        new_code_cell("looks", outputs=[live], **tagged),
        new_code_cell(
            "two()", outputs=[picture, picture, new_output("stream", text="a\nb\nthe last words\n")], **tagged
        ),
    ]
    return save_slides(new_notebook(cells=cells), tmp_path_factory.mktemp("slides") / "04.html")


def shown(watched: Watched) -> str:
    """The text of the slide that fills the screen."""
    watched.page.wait_for_function(
        "() => [...document.querySelectorAll('.slide')].some((s) => Math.abs(s.getBoundingClientRect().top) < 2)"
    )
    return watched.page.locator(".slide").evaluate_all(
        "(all) => all.find((s) => Math.abs(s.getBoundingClientRect().top) < 2).innerText"
    )


def test_keys_turn_the_pages_and_the_address_remembers(watched: Watched, slides_file: Path):
    page = watched.page
    page.goto(slides_file.as_uri())
    assert "04 · Self-attention" in shown(watched)
    for key, said in [("ArrowRight", "Money, or water?"), (" ", "One comparison"), ("PageDown", "the end"),
                      ("ArrowRight", "And then?"), ("ArrowLeft", "the end"), ("Home", "04 ·"),
                      ("End", "the last words"), ("ArrowRight", "the last words"),
                      ("ArrowLeft", "")]:  # fmt: skip
        page.keyboard.press(key)
        assert said in shown(watched), key
    page.wait_for_function("() => location.hash === '#slide-6'")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => location.hash === '#slide-5'")
    page.reload()
    assert "And then?" in shown(watched)
    assert page.locator("#where").inner_text() == "5 / 7"
    assert watched.outside == watched.errors == []


def test_a_slide_fits_the_projector_and_is_large(watched: Watched, slides_file: Path):
    page = watched.page
    page.goto(slides_file.as_uri() + "#slide-3")
    assert "One comparison" in shown(watched)
    picture = page.get_by_alt_text("A line.").first.bounding_box()
    assert picture["y"] >= 0
    assert picture["y"] + picture["height"] <= page.evaluate("innerHeight")
    inside = page.locator("#slide-4 .inside")
    assert inside.evaluate("(i) => i.scrollHeight <= i.clientHeight"), "a picture, and eight lines below it"
    assert page.locator("#slide-4 img").bounding_box()["height"] > 250
    page.keyboard.press("End")
    assert "the last words" in shown(watched)
    inside = page.locator("#slide-7 .inside")
    assert inside.evaluate("(i) => i.scrollHeight <= i.clientHeight"), "two pictures and what is said below them"
    size = page.locator(".slide p").first.evaluate("(p) => parseFloat(getComputedStyle(p).fontSize)")
    assert size >= 24
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_a_picture_that_answers_is_enlarged_and_fits_and_answers(watched: Watched, slides_file: Path):
    page = watched.page
    for height, least in ((720, 1.4), (300, 0.8)):
        page.set_viewport_size({"width": 1280, "height": height})
        page.goto(slides_file.as_uri() + "#slide-6")
        frame = page.locator("#slide-6 iframe")
        page.wait_for_function("() => document.querySelector('#slide-6 iframe').style.zoom")
        assert frame.evaluate("(frame) => +frame.style.zoom") >= least
    page.set_viewport_size({"width": 1280, "height": 720})
    page.wait_for_function("() => +document.querySelector('#slide-6 iframe').style.zoom >= 1.4")
    shown(watched)
    assert page.locator("#slide-6 .inside").evaluate("(i) => i.scrollHeight <= i.clientHeight")
    inside = frame.content_frame
    around, zoom = frame.bounding_box(), frame.evaluate("(frame) => +frame.style.zoom")
    middle = "(word) => (({ x, y, width, height }) => [x + width / 2, y + height / 2])(word.getBoundingClientRect())"
    x, y = inside.locator("#left text").nth(1).evaluate(middle)
    page.mouse.move(around["x"] + zoom * x, around["y"] + zoom * y)  # Playwright's own hover() forgets the zoom
    visible = "(lines) => lines.filter((line) => getComputedStyle(line).visibility === 'visible').length"
    assert inside.locator("#attention line").evaluate_all(visible) == 4, "two heads, from one word to two"
    assert watched.outside == watched.errors == []


def test_a_square_picture_stands_beside_what_is_printed_and_so_is_larger(watched: Watched, tmp_path: Path):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 6))
    figure.subplots().plot([1, 3, 2])
    square = new_output("display_data", data={"text/html": figure_html(figure, "A line.", [{"step": 1, "loss": 3}])})
    said = [new_output("stream", text="above\n" * 4), square, new_output("stream", text="below\n" * 4)]
    cells = [new_markdown_cell("# 04"), new_code_cell("draw()", outputs=said, metadata={"tags": ["slide"]})]
    page = watched.page
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(save_slides(new_notebook(cells=cells), tmp_path / "04.html").as_uri() + "#slide-2")
    picture = page.get_by_alt_text("A line.").bounding_box()
    words = [box.bounding_box() for box in page.locator("#slide-2 pre").all()]
    assert picture["height"] > 0.8 * 720
    assert all(box["x"] + box["width"] <= picture["x"] for box in words)
    assert words[0]["y"] + words[0]["height"] <= words[1]["y"]
    assert page.locator("#slide-2 .inside").evaluate("(i) => i.scrollHeight <= i.clientHeight")
    assert watched.outside == watched.errors == []
