"""Lesson 00 as a learner meets it: everything runs, and forms and labs follow the pointer and the keyboard."""

import json
import shutil
from typing import Any

import pytest
from harness import Lab, errors_in, watched_page

from bertlab.paths import notebooks_path

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def lesson(server, browser):
    """A copy of the published lesson, all its cells run, and none of them in error."""
    shutil.copy(notebooks_path("00_start_here.ipynb"), server.folder / "00_start_here.ipynb")
    with watched_page(browser) as page:
        lab = Lab(page, server)
        lab.open("00_start_here.ipynb")
        cells = lab.run_all()
        assert errors_in(cells) == []
        assert [cell["source"] for cell in cells if cell["execution_count"] is None] == []
        yield lab


def kept(lesson: Lab) -> dict[str, Any]:
    """What the learner's record holds by now."""
    return json.loads((lesson.server.folder / "bertlab-progress.json").read_text(encoding="utf-8"))


def test_the_twelve_questions_are_answered_with_the_keyboard_and_not_replied_to(lesson):
    page = lesson.page
    first = page.locator(".widget-radio-box").first.locator("input").first
    first.scroll_into_view_if_needed()
    first.focus()
    for key in ("ArrowDown", "Space", "Tab", "Tab", "Tab", "Enter"):  # (b); then the third degree of sureness
        page.keyboard.press(key)
    page.get_by_text("Noted: 1 (b), certain.").wait_for()
    page.get_by_text("1 of 12 answered.").wait_for()
    assert kept(lesson)["test"]["before"]["answers"] == {"static": {"answer": "b", "sure": 3}}


def test_arrow_keys_pass_options_without_answering(lesson):
    page = lesson.page
    box = page.get_by_role("radiogroup", name="1. BERT gives the right word the probability 1/50.")
    box.scroll_into_view_if_needed()
    box.get_by_role("radio").first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    focused = "() => document.activeElement.closest('label')?.textContent"
    assert page.evaluate(focused) == "(b) log(50) nats, about 3.9"
    assert kept(lesson)["quiz"] == {}
    page.keyboard.press("Space")
    page.get_by_text("Yes. A die with fifty sides").wait_for()


def test_which_button_is_chosen_can_be_heard(lesson):
    row = lesson.page.get_by_role("group", name="My guess").nth(2)
    row.get_by_role("button", name="(a)").click()
    row.get_by_role("button", name="(a)", pressed=True).wait_for()
    assert row.get_by_role("button", pressed=False).count() == 2
    lesson.page.locator("[role=status]", has_text="And how sure are you?").wait_for()


def test_what_one_misses_is_named_and_its_practice_stands_in_the_lesson(lesson):
    page = lesson.page
    question = page.get_by_text("1. vectors has the shape (2, 5, 8), matrix has (8, 3).")
    form = page.locator(".widget-vbox", has=question).last
    form.locator("input").first.click()
    form.get_by_text("Not so. You lost the axis of 5.").wait_for()
    assert "Practice 1: shapes" in form.text_content()
    assert page.get_by_role("heading", name="Practice 1: shapes").count() == 1
    assert kept(lesson)["prerequisites"]["shapes"]["right"] is False


def test_the_control_stands_beside_the_lab_in_its_own_colour(lesson):
    second = lesson.page.get_by_label("Attention lab").nth(1)
    second.evaluate("(lab) => lab.scrollIntoView()")
    panels = second.locator(".panel")
    panels.locator("h3", has_text="untrained").wait_for()
    assert panels.locator("h3").all_text_contents() == ["BERT", "untrained"]
    assert "never trained" in panels.nth(1).text_content()
    blue, grey = (panel.locator("h3").evaluate("(name) => getComputedStyle(name).color") for panel in panels.all())
    assert (blue, grey) == ("rgb(0, 114, 178)", "rgb(118, 118, 118)")


def test_a_sentence_of_ones_own_is_answered(lesson):
    lab = lesson.page.get_by_label("Attention lab").first
    chips = lab.get_by_role("toolbar").get_by_role("button")
    assert chips.nth(9).get_attribute("aria-label") == "[MASK], was time"
    lab.evaluate("(lab) => lab.scrollIntoView()")  # what lies far from the view has no text
    lab.locator("caption", has_text="Guesses for “time”").wait_for()
    lab.get_by_label("Sentence", exact=True).fill("The old woman gave the child a golden apple.")
    lab.locator(".looker", has_text="golden").wait_for()
    lab.get_by_role("button", name="woman").click()
    lab.locator("caption", has_text="woman").wait_for()
    assert lab.locator("table.guesses tr").count() == 5
    looked = lab.locator(".lines line").evaluate_all("(all) => [...new Set(all.map((line) => line.dataset.query))]")
    assert looked == ["3"]  # the pointer rests on [CLS] the old [MASK]


def test_ones_own_guess_stands_beside_the_answer(lesson):
    page = lesson.page
    page.get_by_role("button", name="(c)", exact=True).first.click()
    page.locator(".widget-vbox", has_text="My guess").first.get_by_role("button", name="certain").click()
    page.get_by_text("Noted: (c), certain. Marked as late").wait_for()  # all cells had been run
    lesson.run_new('reveal("00-untrained", best="1%", even="2%", times="3")')
    shown = page.locator(".jp-OutputArea-output", has_text="Your guess: (c)").last
    assert "The commonest words, such as the and and." in shown.text_content()
    assert "The answer: (b)" in shown.text_content()


def test_no_question_about_news_lies_over_the_lesson(lesson):
    assert lesson.page.get_by_text("official Jupyter news").count() == 0


def test_nothing_outside_was_asked_for_and_nothing_went_wrong(lesson):
    assert lesson.outside == []
    assert lesson.errors == []
