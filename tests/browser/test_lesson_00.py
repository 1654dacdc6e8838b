"""Lesson 00 as a learner meets it: everything runs, the view is drawn, and it follows the pointer and the keyboard."""

import shutil
from collections import Counter

import pytest
from harness import Lab, errors_in, watched_page

from bertlab.paths import notebooks_path

pytestmark = [pytest.mark.browser, pytest.mark.slow]
VIEW = "BertViz head view"


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


def lines_seen(frame) -> Counter:
    """How many lines can be seen from each token on the left."""
    return Counter(
        frame.evaluate(
            """() => [...document.querySelectorAll('#attention line')]
                .filter((line) => getComputedStyle(line).visibility === 'visible')
                .map((line) => line.getAttribute('left-token-index'))"""
        )
    )


def test_the_view_of_the_sentence_is_drawn_and_follows_the_pointer(lesson):
    frame = lesson.frame(VIEW)
    tokens = frame.locator("#left text").all_text_contents()
    assert tokens[0] == "[CLS]"
    assert "[MASK]" in tokens
    assert tokens[-1] == "[SEP]"
    heads = frame.locator(".headAttention").count()
    every_one = heads * len(tokens)
    assert heads >= 1
    assert lines_seen(frame) == {str(left): every_one for left in range(len(tokens))}

    frame.locator("#left text", has_text="[MASK]").first.hover()
    assert lines_seen(frame) == {str(tokens.index("[MASK]")): every_one}
    frame.locator("#controls").hover()
    assert len(lines_seen(frame)) == len(tokens)


def test_a_sentence_of_ones_own_is_answered(lesson):
    lab = lesson.page.get_by_label("Attention lab").first
    chips = lab.get_by_role("toolbar").get_by_role("button")
    assert chips.nth(9).get_attribute("aria-label") == "[MASK], was time"
    assert lab.locator("caption").inner_text() == "Guesses for “time”"
    lab.get_by_label("Sentence", exact=True).fill("The old woman gave the child a golden apple.")
    lab.locator(".looker", has_text="golden").wait_for()
    lab.get_by_role("button", name="woman").click()
    lab.locator("caption", has_text="woman").wait_for()
    assert lab.locator("table.guesses tr").count() == 5
    looked = lab.locator(".lines line").evaluate_all("(all) => [...new Set(all.map((line) => line.dataset.query))]")
    assert looked == ["3"]  # the pointer rests on [CLS] the old [MASK]


def test_no_question_about_news_lies_over_the_lesson(lesson):
    assert lesson.page.get_by_text("official Jupyter news").count() == 0


def test_nothing_outside_was_asked_for_and_nothing_went_wrong(lesson):
    assert lesson.outside == []
    assert lesson.errors == []
