"""Slides: which cells become one, what stands together, what is left out."""

import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from bertlab.views.export import save_slides, slides_html


def text(said, *tags):
    return new_markdown_cell(said, metadata={"tags": ["core", *tags]})


def code(printed, *tags):
    output = new_output("stream", text=printed, name="stdout")
    return new_code_cell("secret = 1", outputs=[output], metadata={"tags": ["core", *tags]})


def slides_of(*cells):
    page = slides_html(new_notebook(cells=list(cells)))
    return re.findall(r'<section class="slide".*?</section>', page, re.S), page


def test_the_title_is_first_and_a_picture_stands_below_its_words():
    slides, page = slides_of(
        text("# 04 · A lesson\n\nA puzzle?\n\nLong."),
        text("One idea.", "slide"),
        code("shown below", "slide"),
        code("not shown"),
        code("alone", "slide"),
        code("once more", "slide"),
        text("Two.", "slide"),
        text("Three.", "slide"),
    )
    assert len(slides) == 6
    assert "04 · A lesson" in slides[0]
    assert slides[1].index("One idea.") < slides[1].index("shown below")
    assert [
        said in slide for said, slide in zip(("alone", "once more", "Two.", "Three."), slides[2:], strict=True)
    ] == [True] * 4
    assert "not shown" not in page
    assert "Long." not in page
    assert "secret" not in page
    assert 'aria-label="Slide 6 of 6"' in slides[5]


def test_the_puzzle_of_the_lesson_stands_below_its_title_where_it_is_short():
    puzzle = "*He thanked her for her kindnes.*"
    (title, _), _ = slides_of(text(f"# 02 · Words\n\n{puzzle}\n\nLong."), text("One.", "slide"))
    assert "<em>He thanked her for her kindnes.</em>" in title
    assert "Long." not in title
    (title, _), _ = slides_of(text("# 02 · Words\n\n" + 26 * "word "), text("One.", "slide"))
    assert "word" not in title


def test_an_opening_that_is_a_slide_is_the_title():
    slides, page = slides_of(
        text("# 00 · A hole\n\nWhat is missing?", "slide"), code("not shown"), code("seen", "slide")
    )
    assert len(slides) == 2
    assert page.count("00 · A hole</h1>") == 1
    assert "Arrow keys" in slides[0]


def test_a_slide_does_not_ask_for_a_guess():
    waiting = new_output(
        "display_data", {"text/plain": "First a guess"}, metadata={"bertlab": {"waits_for_a_guess": True}}
    )
    cell = code("a picture", "slide")
    cell.outputs.insert(0, waiting)
    slides, _ = slides_of(cell)
    assert "a picture" in slides[1]
    assert "First a guess" not in slides[1]


@pytest.mark.parametrize(("lines", "wanted"), [(5, 1), (11, 2)])
def test_a_picture_that_answers_leaves_a_slide_that_is_full(lines, wanted):
    cell = code("printed\n" * lines, "slide")
    cell.outputs.append(new_output("display_data", {"text/html": '<iframe title="a lab"></iframe>'}))
    (_, *slides), _ = slides_of(text("One idea.", "slide"), cell)
    assert len(slides) == wanted
    assert "One idea." in slides[0]
    assert slides[0].count("printed") == lines
    assert "a lab" in slides[-1]


def test_nothing_can_be_fetched_and_nothing_is_asked_for():
    _, page = slides_of(text("One.", "slide"))
    assert "default-src data: blob: 'unsafe-inline'" in page
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", page)


def test_a_notebook_without_slides_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match=r"x\.ipynb has no slides: tag cells `slide`"):
        save_slides(new_notebook(cells=[text("One.")]), tmp_path / "x.html", name="x.ipynb")
    assert list(tmp_path.iterdir()) == []
