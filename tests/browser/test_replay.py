"""The replay of the run that comes with the course: slid through, played, alone as a page and in a notebook."""

from pathlib import Path

import pytest
from harness import Lab, errors_in, watched_page, write_notebook
from playwright.sync_api import Browser

from bertlab.paths import data_path
from bertlab.training.recording import Recording
from bertlab.views import Replay

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def recording() -> Recording:
    return Recording.load(data_path("runs", "story"))


@pytest.fixture(scope="module")
def saved(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Replay(recording).save(tmp_path_factory.mktemp("replay") / "replay.html")


@pytest.fixture
def page(watched, saved: Path):
    watched.page.goto(saved.as_uri())
    yield watched.page
    assert watched.outside == []
    assert watched.errors == []


def slider_of(page):
    return page.get_by_role("slider", name="Training step")


def test_the_slider_goes_by_keys_and_everything_follows(page, recording):
    slider = slider_of(page)
    assert slider.get_attribute("max") == str(len(recording.steps) - 1)
    assert slider.get_attribute("aria-valuetext") == "step 0"
    curve = page.get_by_role("img", name="loss (nats)")
    assert curve.get_attribute("aria-label").startswith("loss (nats) at step 0: BERT 6.67; ")
    limits = ["left only, limit 0.69", "right only, limit 0.60", "both sides, limit 0.26", "unigram guess 4.52"]
    assert page.locator(".curve text.name").all_text_contents() == ["BERT 6.67", *limits]
    assert page.locator(".beside").text_content().startswith("BERT is 5.99 nats above left only")
    places = page.locator(".scatter path.mark").evaluate_all("(all) => all.map((each) => each.style.transform)")

    slider.press("End")
    assert slider.get_attribute("aria-valuetext") == "step 16,000"
    assert page.locator(".curve text.name").first.text_content() == "BERT 0.29"
    assert page.locator(".beside").text_content() == (
        "BERT is 0.40 nats below left only · 0.31 nats below right only · 0.03 nats above both sides"
        " · 4.23 nats below unigram guess"
    )
    numbers = page.locator(".numbers").first.text_content()
    last = recording.moments[-1].numbers
    for share in (last["accuracy"], last["next_random"], last["next_hard"], *recording.facts["next_limits"].values()):
        assert f"{100 * share:.1f}%" in numbers
    assert places != page.locator(".scatter path.mark").evaluate_all("(all) => all.map((each) => each.style.transform)")

    slider.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "step 10,304"
    cursor = page.locator(".curve .cursor")
    x = float(cursor.get_attribute("x1"))
    slider.press("Home")
    assert float(cursor.get_attribute("x1")) < x
    drawn = page.locator(".curve polyline").evaluate_all(
        "(lines) => lines.map((line) => line.getAttribute('points').split(' ').length)"
    )
    assert drawn == [len(recording.steps), 1], "all of it faintly, and what has been until now"


def test_a_sentence_its_guesses_beside_the_truth_and_its_attention(page, recording):
    slider_of(page).press("End")
    for place in (0, 1, 5):
        page.get_by_label("Sentence").select_option(label=recording.watch.sentences[place])
        tokens, moment = recording.tokens[place], recording.moments[-1]
        assert page.locator(".lines text.looker").all_text_contents() == list(tokens)
        guesses, known = page.locator("table.guesses").all()
        pieces = guesses.locator("th").evaluate_all("(all) => all.map((each) => each.firstChild.textContent)")
        assert pieces == [guess.piece for guess in moment.guesses[place][0]]
        truth = recording.facts["truth"][place]
        pieces = known.locator("th").evaluate_all("(all) => all.map((each) => each.firstChild.textContent)")
        assert pieces == [piece for piece, _ in truth]
        assert page.locator(".words mark").text_content() == moment.guesses[place][0][0].piece

    attention = recording.moments[-1].attentions[5]
    for layer, head in ((2, None), (0, 3)):
        page.get_by_label("Layer").select_option(label=str(layer))
        page.get_by_label("Head").select_option(label="mean of all" if head is None else str(head))
        shares = attention[layer].mean(axis=0) if head is None else attention[layer, head]
        lines = page.locator(".lines line").count()
        assert abs(lines - int((shares >= 0.01).sum())) <= 0.02 * shares.size, "but for rounding to a byte"
    page.locator(".lines svg").press("ArrowDown")
    best = recording.tokens[5][attention[0, 3][0].argmax()]
    assert page.locator(".lines .said").text_content().startswith(f"[CLS] looks at {best} (")
    slider_of(page).press("Home")
    assert page.get_by_label("Head").locator("option:checked").text_content() == "3", "what was picked stays picked"


def test_one_word_in_its_senses_with_its_measure_and_its_controls(page, recording):
    at_first = page.locator(".senses .numbers b").all_text_contents()
    assert at_first[0] == at_first[1], "step 0 is the untrained control"
    page.get_by_role("combobox", name="Word").select_option(label="mouse: office, kitchen")
    slider_of(page).press("End")
    now = page.locator(".senses .numbers b").all_text_contents()
    assert now[0] == "+0.042"
    assert page.locator(".scatter svg > g:nth-child(2) path").count() == 8
    shown = page.locator(".scatter svg > g:nth-child(2) path title").all_text_contents()
    assert sorted(shown) == sorted(f"{at.sense}: {at.text}" for at in recording.watch.senses if at.word == "mouse")
    assert "mouse, same sense minus other sense (cosine) +0.042" in page.locator(".scatter svg").get_attribute(
        "aria-label"
    )
    inside = page.locator(".scatter rect.field").bounding_box()
    page.wait_for_timeout(500)
    for mark in page.locator(".scatter svg > g:nth-child(2) path").all():
        box = mark.bounding_box()
        assert inside["x"] <= box["x"]
        assert box["x"] + box["width"] <= inside["x"] + inside["width"]
        assert inside["y"] <= box["y"]
        assert box["y"] + box["height"] <= inside["y"] + inside["height"]


CUT = """() => [...document.querySelectorAll('.curve svg')].flatMap((svg) => [...svg.querySelectorAll('text')]
    .filter((text) => text.getBoundingClientRect().left < svg.getBoundingClientRect().left - 1
        || text.getBoundingClientRect().right > svg.getBoundingClientRect().right + 1)
    .map((text) => text.textContent))"""


@pytest.mark.parametrize("width", [360, 730, 850, 1280])
def test_no_word_of_the_curve_is_cut(page, width):
    page.set_viewport_size({"width": width, "height": 720})
    page.wait_for_timeout(300)
    for _ in range(100):  # a busy machine draws later
        if not (cut := page.evaluate(CUT)):
            break
        page.wait_for_timeout(100)
    assert cut == []


def test_pairs_and_the_table_of_the_curve(page, recording):
    slider_of(page).press("End")
    page.get_by_text("Does the second text follow the first?").click()
    rows = page.locator(".pairs tr").all()
    assert len(rows) == 1 + len(recording.watch.pairs)
    assert f"{100 * recording.moments[-1].follows[0]:.1f}%" in rows[1].text_content()
    page.get_by_text("loss (nats) as a table").click()
    last = page.locator(".curve tr").last.locator("td").all_text_contents()
    assert last == ["16,000", "0.29", "0.69", "0.60", "0.26", "4.52"]


def test_it_plays_to_the_end_and_can_be_paused(page, recording):
    slider = slider_of(page)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('.time input').value >= 2")
    page.get_by_role("button", name="Pause").click()
    paused = slider.input_value()
    page.wait_for_timeout(1500)
    assert slider.input_value() == paused
    for _ in range(len(recording.steps) - 3):
        slider.press("ArrowRight")
    slider.press("End")
    slider.press("ArrowLeft")
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Play").wait_for()
    assert slider.get_attribute("aria-valuetext") == "step 16,000"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_autoplay_begins_by_itself_unless_no_motion_is_preferred(recording, browser: Browser, tmp_path, motion):
    page = browser.new_page(reduced_motion=motion)
    page.goto(Replay(recording, [0], autoplay=True).save(tmp_path / "replay.html").as_uri())
    if motion == "reduce":
        page.wait_for_timeout(2000)
        assert slider_of(page).input_value() == "0"
        assert page.get_by_role("button", name="Play").is_visible()
    else:
        page.wait_for_function("document.querySelector('.time input').value >= 2")
    page.close()


@pytest.mark.parametrize("width", [1280, 640, 380])
def test_nothing_is_cut_off_however_narrow(saved, browser: Browser, width):
    page = browser.new_page(viewport={"width": width, "height": 720}, color_scheme="dark")
    page.goto(saved.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".bertlab").evaluate("(all) => getComputedStyle(all).color") == "rgb(240, 240, 240)"
    page.close()


@pytest.mark.parametrize("place", ["lab", "notebook"])
def test_in_a_notebook_it_is_a_frame_that_takes_its_height_and_its_theme(servers, browser, place):
    server = servers(place)
    cell = """from bertlab.paths import data_path
from bertlab.training.recording import Recording
from bertlab.views import Replay

Replay(Recording.load(data_path("runs", "story")), sentences=[2])"""
    write_notebook(server.folder / "replay.ipynb", [cell])
    with watched_page(browser) as watched:
        lab = Lab(watched, server)
        lab.open("replay.ipynb")
        assert errors_in(lab.run_all()) == []
        element = lab.frame_element("Replay of BERT's training, 16,000 steps in 23 moments")
        frame = element.content_frame
        slider = slider_of(frame)
        slider.press("End")
        slider.press("ArrowLeft")
        assert slider.get_attribute("aria-valuetext") == "step 10,304"
        height = frame.locator("html").evaluate("(html) => html.scrollHeight")
        assert abs(element.bounding_box()["height"] - height) < 3
        lab.theme("Dark")
        frame.locator('html[data-theme="dark"]').wait_for()
        lab.theme("Light")
        assert watched.outside == []
        assert watched.errors == []
