"""Lesson 12's instrument in a browser: typed text is marked before one's eyes, in both themes, and without a kernel."""

import nbformat
import pytest
from harness import errors_in, lab_with, least_contrast, watched_page

from bertlab.views.export import save_html

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NAME = "marked.ipynb"
CELL = """
from bertlab.lessons.instruments.marked_text import MarkedText
from bertlab.tasks.highlights import Highlight


def names(text, question):
    found = [word for word in dict.fromkeys(text.split()) if word.istitle()]
    return "", [Highlight("PER", text.index(word), text.index(word) + len(word), word) for word in found]


def answer(text, question):
    begin = text.find(question)
    note = "found" if begin >= 0 else "no answer"
    return note, [Highlight("answer", begin, begin + len(question), "")] if begin >= 0 else []


MarkedText({"names": names, "answer": answer}, "today Anna saw Ben", "saw")
"""


@pytest.fixture(scope="module")
def lab(server, browser):
    with lab_with(server, browser, NAME, [CELL, "print('below')"]) as lab:
        yield lab


@pytest.fixture
def marked(lab):
    part = lab.page.get_by_label("Marked in the text").first
    part.scroll_into_view_if_needed()
    part.get_by_label("Text").fill("today Anna saw Ben")
    part.get_by_label("Question").fill("saw")
    part.locator("mark", has_text="saw").wait_for()
    part.locator("mark", has_text="Ben").wait_for()
    return part


def test_what_is_found_is_marked_with_its_label(marked):
    assert marked.locator("mark").all_text_contents() == ["Anna\xa0PER", "Ben\xa0PER", "saw\xa0answer"]
    assert marked.locator(".found .text").first.text_content() == "today Anna\xa0PER saw Ben\xa0PER"
    assert marked.locator(".note").all_text_contents() == ["found"]


def test_typing_moves_the_marks_and_what_cannot_be_read_leaves_them(lab, marked):
    here = lab.active_cell()
    marked.get_by_label("Text").press("Control+a")
    lab.page.keyboard.type("<b>Eva</b> and Omar saw it")
    marked.locator("mark", has_text="Omar").wait_for()
    assert marked.locator("b").count() == 0
    marked.get_by_label("Text").fill("")
    marked.get_by_text("There is nothing to read yet").wait_for()
    assert marked.locator("mark", has_text="Omar").count() == 1
    marked.get_by_label("Text").fill("now Eva sleeps")
    marked.get_by_text("no answer").wait_for()
    lab.page.keyboard.press("Tab")
    assert lab.page.evaluate("document.activeElement.tagName") == "TEXTAREA", "the question comes next"
    assert lab.active_cell() == here


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_marks_and_labels_can_be_read_in_both_themes(lab, marked, theme):
    lab.theme(theme)
    assert least_contrast(marked.locator("mark, mark .kind")) >= 4.5
    for kind in range(6):
        marked.locator("mark").first.evaluate(f"each => each.style.setProperty('--colour', 'var(--kind-{kind})')")
        assert least_contrast(marked.locator("mark .kind").first) >= 4.5


def test_without_a_kernel_the_last_marks_stay(lab, marked, browser, tmp_path):
    lab.command("docmanager:save")
    notebook = nbformat.read(lab.server.folder / NAME, as_version=4)
    assert errors_in([cell for cell in notebook.cells if cell.cell_type == "code"]) == []
    page_file = save_html(notebook, tmp_path / "marked.html", name="marked.py", folder=tmp_path)
    with watched_page(browser) as watched:
        watched.page.goto(page_file.as_uri())
        frame = watched.page.frame_locator('iframe[title^="Marked in the text"]')
        frame.locator("mark", has_text="Anna").wait_for()
        assert frame.get_by_role("textbox", name="Text").get_attribute("readonly") is not None
        assert frame.get_by_text("Typing needs JupyterLab").count() == 1
        assert watched.outside == []
        assert watched.errors == []
