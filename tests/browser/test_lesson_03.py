"""Lesson 03 as a learner meets it: three rows are added before one's eyes, by mouse, by keyboard, in the dark, and
when the kernel is gone."""

import re
import shutil

import nbformat
import pytest
from harness import Lab, errors_in, least_contrast, watched_page

from bertlab.paths import notebooks_path
from bertlab.views.export import save_html

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NAME = "03_embeddings.ipynb"


@pytest.fixture(scope="module")
def lesson(server, browser):
    """A copy of the published lesson, all its cells run, and none of them in error."""
    shutil.copy(notebooks_path(NAME), server.folder / NAME)
    with watched_page(browser) as page:
        lab = Lab(page, server)
        lab.open(NAME)
        cells = lab.run_all()
        assert errors_in(cells) == []
        assert [cell["source"] for cell in cells if cell["execution_count"] is None] == []
        yield lab


@pytest.fixture
def adding(lesson):
    part = lesson.page.get_by_label("Adding three rows").first
    part.scroll_into_view_if_needed()
    part.get_by_label("Text A").fill("Anna saw Ben.")
    part.get_by_label("Text B, or nothing").fill("Anna smiled.")
    row = re.compile("^piece" + re.escape("[CLS]annasawben.[SEP]annasmiled.[SEP]") + "$")  # not the text before
    part.locator(".pieces tr", has_text=row).wait_for()
    return part


def numbers(adding, line: str) -> list[float]:
    """The numbers of a line of the sum, its length last."""
    row = adding.locator(".sum tr", has=adding.page.get_by_role("rowheader", name=line))
    return [float(text.replace("−", "-")) for text in row.locator("td.number").all_text_contents()]


def choose(adding, place: int) -> None:
    adding.locator(".pieces button").nth(place).click()


def test_the_row_is_shown_as_it_is_read(adding):
    lines = [row.locator("td").all_text_contents() for row in adding.locator(".pieces tr").all()]
    assert lines[0] == ["[CLS]", "anna", "saw", "ben", ".", "[SEP]", "anna", "smiled", ".", "[SEP]"]
    assert lines[1][1] == lines[1][6]
    assert "".join(lines[2]) == "AAAAAABBBB"
    assert lines[3] == [str(place) for place in range(10)]


def test_three_rows_add_up_and_layer_norm_is_what_is_missing(adding):
    choose(adding, 1)
    parts = [numbers(adding, name) for name in ("token “anna”", "segment A", "position 1")]
    total = numbers(adding, "sum")
    for column in range(8):
        assert sum(part[column] for part in parts) == pytest.approx(total[column], abs=0.021), "but for rounding"
    said = adding.locator(".told")
    assert said.text_content().startswith("The last line is what the first layer gets.")
    assert "place 6 (segment B): distance" in said.text_content()
    switch = adding.get_by_role("switch", name="LayerNorm")
    switch.click()
    assert "is not what the first layer gets: the largest difference is" in said.text_content()
    assert adding.get_by_role("rowheader", name="after LayerNorm").count() == 0
    switch.click()
    assert adding.get_by_role("rowheader", name="after LayerNorm").count() == 1


def test_the_same_word_elsewhere_has_its_token_row_and_other_rows_beside_it(adding):
    choose(adding, 1)
    here = [numbers(adding, name) for name in ("token “anna”", "segment A", "position 1")]
    choose(adding, 6)
    there = [numbers(adding, name) for name in ("token “anna”", "segment B", "position 6")]
    assert here[0] == there[0]
    assert here[1] != there[1]
    assert here[2] != there[2]


def test_what_is_typed_is_answered_and_what_is_too_long_is_refused(adding):
    adding.get_by_label("Text B, or nothing").fill("")
    adding.get_by_label("Text A").fill("Julia saw Omar and Olga.")
    adding.locator(".pieces button", has_text="julia").wait_for()
    assert set(adding.locator(".pieces tr").nth(2).locator("td").all_text_contents()) == {"A"}
    adding.get_by_label("Text A").fill("Anna saw Ben. " * 12)
    adding.get_by_text("pieces are too many to be seen at once").wait_for()
    assert adding.locator(".pieces button", has_text="julia").count() == 1, "the last picture stays"
    adding.get_by_label("Text A").fill("<b>Anna</b>")
    adding.locator(".pieces button", has_text="anna").wait_for()
    assert adding.locator("b").count() == 0


def test_it_goes_by_keyboard_and_the_notebook_stays_where_it_is(lesson, adding):
    page = lesson.page
    choose(adding, 0)
    here = lesson.active_cell()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    assert adding.get_by_role("rowheader", name="token “saw”").count() == 1
    page.keyboard.press("End")
    assert adding.get_by_role("rowheader", name="position 9").count() == 1
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert adding.get_by_role("switch", name="LayerNorm").get_attribute("aria-checked") == "false"
    page.keyboard.press("Enter")
    assert adding.get_by_role("switch", name="LayerNorm").get_attribute("aria-checked") == "true"
    assert lesson.active_cell() == here


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_every_number_can_be_read_in_both_themes(lesson, adding, theme):
    lesson.theme(theme)
    for place in range(10):
        choose(adding, place)
        assert least_contrast(adding.locator(".sum td.number")) >= 4.5


def test_without_a_kernel_pieces_can_still_be_chosen(lesson, browser, tmp_path):
    lesson.command("docmanager:save")
    notebook = nbformat.read(lesson.server.folder / NAME, as_version=4)
    page_file = save_html(notebook, tmp_path / "lesson.html", name="03_embeddings.py", folder=tmp_path)
    with watched_page(browser) as watched:
        watched.page.goto(page_file.as_uri())
        frame = watched.page.frame_locator('iframe[title^="Adding three rows"]')
        frame.locator(".pieces button", has_text="smiled").click()
        assert frame.get_by_role("rowheader", name="token “smiled”").count() == 1
        assert frame.get_by_label("Text A").get_attribute("readonly") is not None
        assert frame.get_by_text("Typing needs JupyterLab").count() == 1
        assert watched.outside == []
        assert watched.errors == []


def test_nothing_outside_was_asked_for_and_nothing_went_wrong(lesson):
    assert lesson.outside == []
    assert lesson.errors == []
