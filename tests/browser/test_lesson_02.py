"""Lesson 02's instruments under a learner's hands: by pointer, by keys, in the dark, and when there is no kernel."""

import pytest
from harness import lab_with

from bertlab.lessons.instruments.longest_match_steps import LongestMatchSteps
from bertlab.paths import data_path
from bertlab.text import Tokenizer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = [
    """from bertlab.corpora import passages
from bertlab.lessons.instruments.longest_match_steps import LongestMatchSteps
from bertlab.lessons.instruments.merge_machine import MergeMachine
from bertlab.lessons.instruments.vocabulary_sizes import VocabularySizes
from bertlab.paths import data_path
from bertlab.text import Tokenizer, train_wordpiece

read = [passage.text for passage in passages()]
bert = Tokenizer.from_vocab_file(data_path("vocab", "bert-base-uncased.txt"))
words = {"king": 5, "kings": 2, "sing": 3, "singing": 4, "kind": 3, "quiz": 1}""",
    "MergeMachine(words)",
    "VocabularySizes(read[:200], read[200:], 'She wrapped the lamb.', largest=1000)",
    "LongestMatchSteps({\"BERT's\": bert, 'ours': train_wordpiece(read, 2000)}, ['unkindness', 'kindnes'])",
]


@pytest.fixture(scope="module")
def notebook(server, browser):
    with lab_with(server, browser, "pieces.ipynb", CELLS) as lab:
        yield lab


def inside(lab, title: str):
    element = lab.frame_element(title)
    element.scroll_into_view_if_needed()
    return element.content_frame


def test_merges_by_button_and_by_keys_change_counts_corpus_and_vocabulary(notebook):
    machine = inside(notebook, "Merge machine")
    status, merge = machine.get_by_role("status"), machine.get_by_role("button", name="Merge the best pair")
    assert status.inner_text().startswith(
        "No merge yet. 86 pieces write the corpus, 4.78 a word; the vocabulary has 16 pieces and the five signs"
    )
    pairs, words = (column.bounding_box() for column in machine.locator(".columns > div").all())
    assert pairs["y"] == words["y"], "what a merge does to the words is seen beside the pairs"
    merge.click()
    assert status.inner_text().startswith("Merge 1: ##i + ##n → ##in, met 21 times. 65 pieces")
    merge.press("Enter")
    assert status.inner_text().startswith("Merge 2: ##in + ##g → ##ing, met 18 times. 47 pieces")
    words = machine.locator(".words tr").all_inner_texts()
    assert ["".join(row.split()) for row in words[1:3]] == ["k##ing×5", "s##ing##ing×4"]
    assert machine.locator(".vocabulary .piece").last.inner_text() == "##ing"
    merge.press("Shift+Tab")
    assert machine.get_by_label("frequency: count(ab)").evaluate("(radio) => radio === document.activeElement")
    machine.get_by_role("button", name="Ten at once").press("Space")
    assert "No pair is left" in status.inner_text()
    assert merge.get_attribute("aria-disabled") == "true"
    machine.get_by_role("button", name="Back").click()
    assert status.inner_text().startswith("Merge 10: ")


def test_the_likelihood_score_merges_the_rare_pair_first(notebook):
    machine = inside(notebook, "Merge machine")
    machine.get_by_label("frequency: count(ab)").press("ArrowRight")
    assert machine.locator("tr.next").inner_text().split() == ["q##u", "1", "1", "1", "1.0"]
    assert machine.locator('th[aria-sort="descending"]').inner_text() == "likelihood ▼"
    machine.get_by_role("button", name="Merge the best pair").click()
    assert "q + ##u → qu, met once" in machine.get_by_role("status").inner_text()


def test_the_slider_goes_by_keys_and_both_sentences_follow(notebook):
    sizes = inside(notebook, "Pieces a word of unread text")
    slider = sizes.get_by_role("slider")
    assert sizes.get_by_role("img").get_attribute("aria-label").startswith("pieces a word (unread text) at size 9")
    titles = sizes.locator(".sentence h3").all_inner_texts()
    assert titles == ["by frequency: 18 pieces", "by likelihood: 18 pieces"], "the characters alone"
    slider.press("End")
    few, many = (int(text.split()[2]) for text in sizes.locator(".sentence h3").all_inner_texts())
    assert few < many < 18
    assert slider.get_attribute("aria-valuetext").startswith("1,000 pieces: 1.")
    curve = sizes.get_by_role("img").get_attribute("aria-label")
    assert curve.startswith("pieces a word (unread text) at size 1000: frequency 1.")
    sizes.get_by_text("as a table").click()
    sizes.locator("details th").first.wait_for()
    assert sizes.locator("details th").all_inner_texts() == ["size", "frequency", "likelihood", "whole words"]


def test_a_word_of_ones_own_is_cut_look_by_look(notebook):
    steps = notebook.page.get_by_label("Longest match, step by step").first
    steps.scroll_into_view_if_needed()
    word, status = steps.get_by_label("Word"), steps.get_by_role("status").last
    look = steps.get_by_role("button", name="Look up the next")
    look.press("Enter")
    assert status.inner_text() == "unkindness is not there: one letter less."
    steps.get_by_role("button", name="To the next piece").press("Enter")
    assert status.inner_text().startswith("un is there: keep it, and continue after it")
    assert steps.locator(".looked li").count() == 9
    assert steps.locator(".looked li.found").inner_text() == "un is there"

    word.fill("bad🙂 天")
    steps.locator(".rest", has_text="bad🙂").wait_for()
    steps.get_by_role("button", name="To the end").click()
    assert steps.locator(".cut .piece").all_inner_texts() == ["[UNK]", "天"]
    assert status.inner_text() == "天 is there, and 天 is cut: one piece, 天."
    word.fill("")
    steps.get_by_text("There is no word in it: type one.").wait_for()
    assert steps.locator(".cut .piece").all_inner_texts() == ["[UNK]", "天"], "the last one stays"

    word.fill("robot")
    steps.get_by_label("Vocabulary").select_option("ours")
    steps.locator(".rest", has_text="robot").wait_for()
    notebook.page.wait_for_function("document.querySelector('.matching .status').textContent.includes('2,000')")
    steps.get_by_role("button", name="To the end").press("Space")
    assert status.inner_text().endswith("ro ##bo ##t. Replaying the merges would give ro ##b ##ot.")


def test_all_three_can_be_read_in_the_dark(notebook):
    notebook.theme("Dark")
    light = "rgb(240, 240, 240)"
    for title in ("Merge machine", "Pieces a word of unread text"):
        frame = inside(notebook, title)
        frame.locator('html[data-theme="dark"]').wait_for()
        assert frame.locator(".bertlab").evaluate("(all) => getComputedStyle(all).color") == light
    steps = notebook.page.get_by_label("Longest match, step by step").first
    assert steps.evaluate("(all) => getComputedStyle(all).color") == light
    notebook.theme("Light")


def test_without_a_kernel_the_given_words_can_be_stepped_through(watched, tmp_path):
    bert = Tokenizer.from_vocab_file(data_path("vocab", "bert-base-uncased.txt"))
    page = tmp_path / "steps.html"
    page.write_text(LongestMatchSteps({"BERT's": bert}, ["unkindness", "kindnes"])._page(), encoding="utf-8")
    watched.page.goto(page.as_uri())
    watched.page.get_by_label("Word").select_option("kindnes")
    watched.page.get_by_role("button", name="To the end").click()
    assert watched.page.locator(".cut .piece").all_inner_texts() == ["kind", "##nes"]
    assert watched.outside == watched.errors == []
