"""Lesson 01's instrument under a learner's hands: typed, chosen, by keys, in the dark, and without a kernel."""

import re

import pytest
from harness import lab_with

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NAME = "senses.ipynb"
CELLS = [
    """import bertlab
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.instruments.sense_map import Asked, SenseMap, in_english, in_stories
from bertlab.lessons.instruments.senses_of_a_word import untrained
model, tokenizer = bertlab.load("story-bert")
known = in_stories(StoryWorld.load("full"), ["python", "bark"], each=6)""",
    """readers = {"BERT": Asked(model, tokenizer, known), "untrained": Asked(untrained(model, 0), tokenizer, known),
           "mini": Asked(*bertlab.load("mini"), in_english())}
SenseMap(readers, "python", "Tom goes to the zoo. Everybody wants to talk about Python.")""",
]
ZOO = "Tom goes to the zoo. Everybody wants to talk about Python."


@pytest.fixture(scope="module")
def notebook(server, browser):
    with lab_with(server, browser, NAME, CELLS) as lab:
        yield lab


@pytest.fixture
def view(notebook):
    part = notebook.page.get_by_label("Map of senses").first
    part.scroll_into_view_if_needed()
    part.get_by_role("combobox", name="Reader").select_option("BERT")
    part.get_by_role("combobox", name="Word").select_option("python")
    part.get_by_label("Your sentence").fill(ZOO)
    part.get_by_text("lies nearer to zoo").wait_for()
    return part


def mine(view) -> str:
    return view.locator(".scatter .mark.group-2").first.get_attribute("style")


def test_what_is_typed_moves_the_point_to_its_sense(view):
    before = mine(view)
    assert view.locator(".scatter .mark").count() == 3 + 12 + 1, "a legend of three, twelve known, and yours"
    view.get_by_label("Your sentence").fill("Tom goes to the lab. Everybody wants to talk about Python.")
    view.get_by_text("lies nearer to lab").wait_for()
    assert mine(view) != before


def test_what_cannot_be_placed_is_said_and_leaves_the_picture(view):
    view.get_by_label("Your sentence").fill("Nobody is here.")
    view.get_by_text("Your sentence needs the word “python”").wait_for()
    assert view.locator(".scatter .mark").count() == 16
    view.get_by_label("Your sentence").fill("<i>Python</i> adores pizza.")
    view.get_by_text("no piece of its own for: adores, pizza").wait_for()
    assert view.locator("i").count() == 0


def test_another_reader_and_another_word_are_chosen_by_keyboard(notebook, view):
    page = notebook.page
    view.get_by_role("combobox", name="Reader").focus()
    here = notebook.active_cell()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.querySelector('.sense-map select').value === 'untrained'")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    view.get_by_text("Your bark lies nearer").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("What a bark")
    view.get_by_text("Your bark lies nearer").wait_for()
    assert notebook.active_cell() == here


def test_another_word_begins_with_a_known_sentence_unless_yours_has_it(view):
    field, words = view.get_by_label("Your sentence"), view.get_by_role("combobox", name="Word")
    words.select_option("bark")
    view.get_by_text("Your bark lies nearer").wait_for()
    assert "bark" in field.input_value().lower()
    field.fill("Python heard a bark at the farm.")
    words.select_option("python")
    view.get_by_text("Your python lies nearer").wait_for()
    assert field.input_value() == "Python heard a bark at the farm."


def test_a_whole_sentence_is_said_once_and_with_what_the_map_is_worth(notebook, view):
    told = view.locator(".told")
    assert (told.get_attribute("aria-live"), told.get_attribute("aria-atomic")) == ("polite", "true")
    told.evaluate(
        """(told) => {
          window.said = [];
          const see = new MutationObserver(() => window.said.push(told.textContent));
          see.observe(told, { childList: true, characterData: true, subtree: true });
          window.stopSaying = () => see.disconnect();
        }"""
    )
    view.get_by_label("Your sentence").focus()
    notebook.page.keyboard.press("Control+a")
    notebook.page.keyboard.type("Tom goes to the lab. Python made Tom sad.", delay=40)
    view.get_by_text("lies nearer to lab").wait_for()
    (said,) = notebook.page.evaluate("() => { window.stopSaying(); return window.said; }")
    assert "lies nearer to lab" in said
    assert "Of the 12 known sentences, 12 lie nearer to their own group." in said
    assert view.locator(".problem").text_content() == "", "no half sentence was asked about"


def test_until_the_answer_comes_the_picture_is_that_of_another_question(view):
    seen = view.evaluate(
        """(part) => {
          const field = part.querySelector("input");
          field.value = "Tom goes to the lab. Everybody wants to talk about Python.";
          field.dispatchEvent(new Event("input"));
          const told = part.querySelector(".told");
          const reading = part.querySelector(".reading").textContent;
          return [part.classList.contains("past"), told.getAttribute("aria-busy"), reading];
        }"""
    )
    assert seen == [True, "true", "Reading …"]
    view.get_by_text("lies nearer to lab").wait_for()
    view.locator(".reading", has_text=re.compile("^$")).wait_for(state="attached")
    assert "past" not in view.get_attribute("class").split()
    assert view.locator(".told").get_attribute("aria-busy") == "false"


def test_after_an_error_nothing_old_stays_bright(view):
    view.get_by_label("Your sentence").fill("Nobody is here.")
    view.get_by_text("Your sentence needs the word “python”").wait_for()
    for part in (".scatter", ".told", "details"):
        assert float(view.locator(part).first.evaluate("(each) => getComputedStyle(each).opacity")) < 0.5


def test_a_reader_that_knows_other_words_begins_with_the_first(view):
    view.get_by_role("combobox", name="Word").select_option("bark")
    view.get_by_label("Your sentence").fill("The bark was seen.")
    view.get_by_text("Your bark lies nearer").wait_for()
    view.get_by_role("combobox", name="Reader").select_option("mini")
    view.get_by_text(re.compile("Of the 10 known sentences, .* this map says nothing")).wait_for()
    assert view.get_by_role("combobox", name="Word").input_value() == "bark"


def test_the_known_sentences_can_be_read(view):
    view.get_by_text("The 12 known sentences", exact=True).click()
    rows = view.locator("details tr")
    assert rows.first.locator("th[scope=col]").all_text_contents() == ["group", "cosine with yours", "sentence"]
    known = rows.all_text_contents()[1:]
    assert len(known) == 12
    assert all(re.fullmatch(r"(zoo|lab)-?[01]\.\d\d.*Python.*", text) for text in known)


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_it_can_be_read_in_both_themes(notebook, view, theme):
    notebook.theme(theme)
    paper, ink = view.evaluate("(part) => [getComputedStyle(part).backgroundColor, getComputedStyle(part).color]")
    dark, light = ("rgb(21, 21, 21)", "rgb(240, 240, 240)"), ("rgb(255, 255, 255)", "rgb(26, 26, 26)")
    assert (paper, ink) == (dark if theme == "Dark" else light)


def test_it_stays_when_the_kernel_is_gone(notebook):
    notebook.command("docmanager:save")
    notebook.reopen_without_kernel(NAME)
    frame = notebook.frame_element("Map of senses").content_frame
    frame.get_by_text("Typing needs JupyterLab.").wait_for()
    assert frame.get_by_text("lies nearer to zoo").count() == 1
    assert frame.get_by_label("Your sentence").get_attribute("readonly") is not None
