"""Lesson 07's instrument under a learner's hands: typed, exchanged, by keys, in the dark, and without a kernel."""

import re

import pytest
from harness import lab_with

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NAME = "pairs.ipynb"
CELLS = [
    """import bertlab
from bertlab.lessons.instruments.next_or_random import NextOrRandom""",
    """readers = {name: bertlab.load(name) for name in ("mini", "story-bert")}
NextOrRandom(readers, "He sat down.", "He was tired.")""",
]


@pytest.fixture(scope="module")
def notebook(server, browser):
    with lab_with(server, browser, NAME, CELLS) as lab:
        yield lab


@pytest.fixture
def view(notebook):
    part = notebook.page.get_by_label("Next or random").first
    part.scroll_into_view_if_needed()
    part.get_by_label("Text A").fill("He sat down.")
    part.get_by_label("Text B").fill("He was tired.")
    read(part, "tired")
    return part


def read(view, piece: str) -> None:
    """Wait until this piece was read."""
    view.locator(".pieces span", has_text=re.compile(rf"^{piece}$")).first.wait_for()


def said(view) -> list[str]:
    return view.locator(".reader p:first-child").all_text_contents()


def test_each_reader_says_how_sure_it_is_and_what_it_read(view):
    lines = said(view)
    assert [line.split(":")[0] for line in lines] == ["mini", "story-bert"]
    for line, bar in zip(lines, view.locator(".bar").all(), strict=True):
        sure, random = map(int, re.search(r"(\d+)% sure that B is next, (\d+)% that it is random", line).groups())
        assert sure + random == 100
        assert abs(float(bar.get_attribute("style").split("width: ")[1].split("%")[0]) - sure) <= 0.5
    pieces = view.locator(".reader").first.locator(".pieces span")
    assert " ".join(pieces.all_text_contents()) == "[CLS] he sat down . [SEP] he was tired . [SEP]"
    assert [each.get_attribute("class")[-1] for each in pieces.all()] == list("aaaaaabbbbb")


def test_what_is_typed_is_answered_and_what_cannot_be_is_refused(view):
    before = said(view)
    view.get_by_label("Text B").fill("The king of France was dead and buried.")
    read(view, "buried")
    assert said(view) != before
    view.get_by_label("Text B").fill("")
    view.get_by_text("Text B is empty: type a sentence.").wait_for()
    assert view.locator(".reader").count() == 2, "the last picture stays"
    view.get_by_label("Text B").fill("<i>He</i>")
    read(view, "he")
    assert view.locator("i").count() == 0


def test_the_texts_are_exchanged_by_keyboard_and_the_notebook_stays_where_it_is(notebook, view):
    page = notebook.page
    view.get_by_label("Text A").click()
    here = notebook.active_cell()
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    view.locator(".reader").first.locator(".pieces span.segment-a", has_text="tired").wait_for()
    assert view.get_by_label("Text A").input_value() == "He was tired."
    assert notebook.active_cell() == here


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_it_can_be_read_in_both_themes(notebook, view, theme):
    notebook.theme(theme)
    paper, ink = view.evaluate("(part) => [getComputedStyle(part).backgroundColor, getComputedStyle(part).color]")
    dark, light = ("rgb(21, 21, 21)", "rgb(240, 240, 240)"), ("rgb(255, 255, 255)", "rgb(26, 26, 26)")
    assert (paper, ink) == (dark if theme == "Dark" else light)


def test_it_stays_when_the_kernel_is_gone(notebook):
    notebook.command("docmanager:save")
    notebook.reopen_without_kernel(NAME)
    frame = notebook.frame_element("Next or random").content_frame
    frame.get_by_text("Typing needs JupyterLab.").wait_for()
    assert frame.get_by_text("sure that B is next").count() == 2
    assert frame.get_by_label("Text A").get_attribute("readonly") is not None
