"""AttentionLab in all its places: what is drawn, and what follows the pointer, the keys, the switch and the typing."""

import contextlib
import re
import threading

import numpy as np
import pytest
from harness import Lab, errors_in, watched_page, write_notebook

import bertlab
from bertlab.reader import reader
from bertlab.views import AttentionLab
from bertlab.views.attention_lab.server import lab_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TEXT = "He shut the door behind him."
DOOR = [0, 12, 16]
STORY = "For her birthday she gets an odd crown."
CELLS = [
    "import bertlab\nfrom bertlab.reader import reader\nfrom bertlab.views import AttentionLab",
    f"AttentionLab(reader(*bertlab.load('mini')), {TEXT!r}, hide='door')",
    "twins = {'BERT': reader(*bertlab.load('story-bert')), 'GPT': reader(*bertlab.load('story-gpt'))}\n"
    f"AttentionLab(twins, {STORY!r}, hide='odd')",
]
LEAST_SHARE = 0.01


@pytest.fixture(scope="module")
def read():
    return reader(*bertlab.load("mini"))


def twins():
    return {"BERT": reader(*bertlab.load("story-bert")), "GPT": reader(*bertlab.load("story-gpt"))}


@pytest.fixture(scope="module", params=["lab", "notebook", "served", "recorded"])
def page(request, browser, servers, tmp_path_factory):
    """A page with the lab in it (and below it, in the notebooks, the twins); `page.place` says which."""
    place = request.param
    with watched_page(browser) as watched, contextlib.ExitStack() as stack:
        if place in ("lab", "notebook"):
            server = servers(place)
            write_notebook(server.folder / "attention_lab.ipynb", CELLS)
            lab = Lab(watched, server)
            lab.open("attention_lab.ipynb")
            assert errors_in(lab.run_all()) == []
        else:
            shown = AttentionLab(reader(*bertlab.load("mini")), TEXT, hide="door")
            if place == "recorded":
                file = shown.export(
                    tmp_path_factory.mktemp("recorded") / "lab.html", [TEXT, "She was very fond of him."]
                )
                watched.page.goto(file.as_uri())
            else:
                server = stack.enter_context(lab_server(shown))
                threading.Thread(target=server.serve_forever, daemon=True).start()
                stack.callback(server.shutdown)
                watched.page.goto(f"http://127.0.0.1:{server.server_port}/")
        the_lab = watched.page.get_by_label("Attention lab").first
        the_lab.locator(".lines line").first.wait_for(state="attached")
        the_lab.place = place
        if place == "recorded":
            the_lab.get_by_role("button", name="door").click()
        yield the_lab
        assert watched.outside == []
        assert watched.errors == []


def lines(panel):
    """(query, key) of every line that is drawn."""
    return panel.locator(".lines line").evaluate_all(
        "(all) => all.map((line) => [+line.dataset.query, +line.dataset.key])"
    )


def expected_lines(shares, query=None):
    told = np.round(shares.astype(np.float64) * 65535) / 65535
    return [[i, j] for i, j in np.argwhere(told >= LEAST_SHARE).tolist() if query in (None, i)]


def guesses(panel):
    return panel.locator("table.guesses tr").evaluate_all(
        """(rows) => rows.map((row) =>
            [row.querySelector('th').firstChild.textContent, row.querySelector('.number').textContent])"""
    )


def as_shown(answer):
    return [
        [piece, f"{100 * share:.1f}%" if share >= 0.01 else f"{100 * share:.3f}%"] for piece, share in answer.guesses
    ]


def test_the_sentence_its_guesses_and_every_share_are_drawn(page, read):
    reading = read(TEXT, holes=[DOOR])
    chips = page.get_by_role("toolbar").get_by_role("button")
    assert chips.all_text_contents() == reading.tokens
    assert chips.nth(4).get_attribute("aria-pressed") == "true"
    assert chips.nth(4).get_attribute("aria-label") == "[MASK], was door"
    assert guesses(page) == as_shown(reading.answers[0])
    assert page.locator("tr.right th").get_attribute("aria-label") == "door, which is right"
    assert f"Loss {reading.nats:.2f} nats" in page.locator(".loss").inner_text()
    assert page.locator(".looker").all_text_contents() == reading.tokens
    page.get_by_role("switch").hover()
    assert lines(page) == expected_lines(reading.attentions.mean(axis=(0, 1)))


def test_lines_follow_the_pointer_and_the_keys(page, read):
    reading = read(TEXT, holes=[DOOR])
    mean = reading.attentions.mean(axis=(0, 1))
    chips = page.get_by_role("toolbar").get_by_role("button")
    chips.nth(2).hover()
    assert lines(page) == expected_lines(mean, 2)
    best = int(mean[2].argmax())
    assert page.locator(".said").inner_text().startswith(f"shut looks at {reading.tokens[best]} ({mean[2, best]:.2f})")
    page.locator(".looker").nth(5).hover()
    assert lines(page) == expected_lines(mean, 5)
    page.get_by_role("switch").hover()
    assert lines(page) == expected_lines(mean)
    chips.nth(1).focus()
    for key, place in [("ArrowRight", 2), ("End", 8), ("ArrowRight", 8), ("ArrowLeft", 7), ("Home", 0)]:
        chips.first.page.keyboard.press(key)
        assert lines(page) == expected_lines(mean, place), key
    drawing = page.locator(".lines svg")
    drawing.focus()
    drawing.press("ArrowDown")
    drawing.press("ArrowDown")
    assert lines(page) == expected_lines(mean, 1)
    drawing.press("Escape")
    assert lines(page) == expected_lines(mean)


def test_a_head_is_picked_by_click_and_by_key(page, read):
    reading = read(TEXT, holes=[DOOR])
    heads = page.get_by_role("radiogroup")
    assert heads.get_by_role("radio").count() == 1 + 4 * 5
    heads.get_by_role("radio", name="layer 1, head 2").click()
    page.get_by_role("switch").hover()
    assert lines(page) == expected_lines(reading.attentions[1, 2])
    heads.get_by_role("radio", name="layer 1, head 2").press("ArrowDown")
    page.page.keyboard.press("Enter")
    assert lines(page) == expected_lines(reading.attentions[2, 2])
    assert heads.get_by_role("radio", checked=True).get_attribute("aria-label") == "layer 2, head 2"
    heads.get_by_role("radio", name="layer 3, mean of heads").click()
    assert lines(page) == expected_lines(reading.attentions[3].mean(axis=0))
    heads.get_by_role("radio", name="mean of all").click()
    assert lines(page) == expected_lines(reading.attentions.mean(axis=(0, 1)))


def test_the_switch_puts_the_causal_mask_on_the_same_parameters(page, read):
    own, other = read(TEXT, holes=[DOOR]), read(TEXT, holes=[DOOR], other_mask=True)
    switch = page.get_by_role("switch")
    assert switch.get_attribute("aria-checked") == "false"
    switch.click()
    page.locator(".note.warning").wait_for()
    assert switch.get_attribute("aria-checked") == "true"
    assert page.locator(".note").inner_text() == "sees the left side only: this model was never trained so"
    assert guesses(page) == as_shown(other.answers[0])
    assert f"Loss {other.nats:.2f} nats" in page.locator(".loss").inner_text()
    assert f"({own.nats:.2f} nats as it was trained)" in page.locator(".loss").inner_text()
    assert lines(page) == expected_lines(other.attentions.mean(axis=(0, 1)))
    assert all(key <= query for query, key in lines(page))
    switch.press("Enter")
    page.locator(".note.warning").wait_for(state="detached")
    assert lines(page) == expected_lines(own.attentions.mean(axis=(0, 1)))


def test_words_are_hidden_and_shown_by_click_and_by_key(page, read):
    chips = page.get_by_role("toolbar").get_by_role("button")
    chips.nth(4).click()
    page.locator("table.guesses").wait_for(state="detached")
    assert page.locator(".loss").inner_text().startswith("Press a word to hide it")
    assert lines(page)[0][0] == 4  # the pointer still rests there
    chips.nth(4).focus()
    page.page.keyboard.press("ArrowLeft")
    page.page.keyboard.press("Enter")
    page.locator("table.guesses").wait_for()
    assert guesses(page) == as_shown(read(TEXT, holes=[[0, 8, 11]]).answers[0])
    chips.first.click(force=True)  # [CLS] cannot be hidden
    assert chips.first.get_attribute("aria-disabled") == "true"
    chips.nth(4).click()
    page.locator("caption", has_text="door").wait_for()
    recorded = page.place == "recorded"  # there one word at a time
    both = read(TEXT, holes=[DOOR] if recorded else [[0, 8, 11], DOOR])
    assert [row for answer in both.answers for row in as_shown(answer)] == guesses(page)
    if not recorded:
        chips.nth(3).click()
        page.locator("caption", has_text="the").wait_for(state="detached")


def test_typing_is_answered_and_never_shows_a_blank(page, read):
    if page.place == "recorded":
        page.get_by_label("Sentence").select_option(label="She was very fond of him.")
        page.get_by_role("button", name="fond").click()
        page.locator("table.guesses").wait_for()
        assert guesses(page) == as_shown(read("She was very fond of him.", holes=[[0, 13, 17]]).answers[0])
        return
    page.evaluate(
        """(lab) => {
            window.blanks = window.frames_seen = 0;
            const look = () => {
                window.frames_seen += 1;
                if (!lab.querySelector('.lines line') || !lab.querySelector('table.guesses')) window.blanks += 1;
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    line = page.get_by_label("Sentence", exact=True)
    line.press("Home")
    line.press_sequentially("Then ", delay=30)
    line.press("End")
    line.press_sequentially(" <b>😀 No.", delay=30)
    text = f"Then {TEXT} <b>😀 No."
    reading = read(text, holes=[[0, 17, 21]])
    chips = page.get_by_role("toolbar").get_by_role("button")
    chips.nth(len(reading.tokens) - 1).wait_for()
    page.locator(".lines text.looker", has_text="no").wait_for()
    assert page.locator(".looker").all_text_contents() == reading.tokens
    assert guesses(page) == as_shown(reading.answers[0])
    assert page.page.evaluate("window.frames_seen") > 10
    assert page.page.evaluate("window.blanks") == 0
    assert page.locator("b").count() == 0

    pair = page.get_by_label("a second one")
    pair.fill("Was it dark?")
    page.locator(".looker", has_text="dark").wait_for()
    assert page.locator(".looker").all_text_contents() == read(text, "Was it dark?", holes=[[0, 17, 21]]).tokens
    pair.fill("it was dark " * 20)
    page.get_by_text("are too many to be seen at once").wait_for()
    assert page.locator(".looker", has_text="dark").count() == 1
    pair.fill("")
    page.locator(".looker", has_text="dark").wait_for(state="detached")
    assert page.locator(".problem").inner_text() == ""
    line.fill(TEXT)
    page.locator(".looker", has_text="no").wait_for(state="detached")


def test_models_that_cut_words_differently(browser):
    """A word of several pieces is hidden and shown as one; tokens that only the second model has can be reached."""
    both = {"mini": reader(*bertlab.load("mini")), "story": reader(*bertlab.load("story-bert"))}
    shown = AttentionLab(both, "He shut the doorstep.", hide="doorstep")
    with watched_page(browser) as watched, lab_server(shown) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        watched.page.goto(f"http://127.0.0.1:{server.server_port}/")
        lab = watched.page.get_by_label("Attention lab")
        chips = lab.get_by_role("toolbar").get_by_role("button")
        pressed = lab.locator(".chips [aria-pressed=true]")
        assert pressed.count() > 1
        pressed.last.click()
        pressed.first.wait_for(state="detached")
        chips.get_by_text("##p").click()
        lab.get_by_text("This model cuts the word elsewhere").wait_for()

        second = lab.locator(".panel").nth(1)
        tokens = second.locator(".looker")
        assert tokens.count() != chips.count()
        drawing = second.locator("svg")
        drawing.focus()
        for place in range(tokens.count()):
            drawing.press("ArrowDown")
            assert {query for query, _ in lines(second)} == {place}
        server.shutdown()
        assert (watched.outside, watched.errors) == ([], [])


def test_twins_in_a_notebook_have_room_and_the_colours_of_their_theme(page):
    if page.place not in ("lab", "notebook"):
        return  # only the notebooks show them
    twins = page.page.get_by_label("Attention lab").nth(1)
    twins.scroll_into_view_if_needed()
    for theme, colours in [("Light", [(0, 114, 178), (213, 94, 0)]), ("Dark", [(86, 180, 233), (255, 143, 69)])]:
        change = "window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab %s' })"
        page.page.evaluate(f"() => {change % theme}")
        page.page.wait_for_selector(f"body[data-jp-theme-light='{str(theme == 'Light').lower()}']", state="attached")
        for panel, colour in zip(twins.locator(".panel").all(), colours, strict=True):
            heads, drawing = panel.get_by_role("radiogroup").bounding_box(), panel.locator(".lines").bounding_box()
            assert heads["x"] + heads["width"] <= drawing["x"] or heads["y"] + heads["height"] <= drawing["y"]
            strongest = """(maps) => maps.map((map) => {
                const { data } = map.getContext('2d').getImageData(0, 0, map.width, map.height);
                let best = 3;
                for (let at = 3; at < data.length; at += 4) if (data[at] > data[best]) best = at;
                return [...data.slice(best - 3, best)];
            })"""
            for found in panel.locator("canvas").evaluate_all(strongest):
                assert tuple(found) == pytest.approx(colour, abs=4)  # a canvas rounds what shines through


def test_twins_side_by_side(browser, tmp_path):
    reading = {name: read(STORY, holes=[[0, 29, 32]]) for name, read in twins().items()}
    file = AttentionLab(twins(), STORY).export(tmp_path / "twins.html")
    with watched_page(browser) as watched:
        watched.page.goto(file.as_uri())
        watched.page.get_by_role("button", name="odd").click()
        panels = watched.page.locator(".panel")
        panels.locator("table.guesses").nth(1).wait_for()
        for number, name in enumerate(["BERT", "GPT"]):
            panel = panels.nth(number)
            assert panel.locator("h3").inner_text() == name
            assert guesses(panel) == as_shown(reading[name].answers[0])
            behind_the_guess = {"BERT": 7, "GPT": 6}[name]  # the pointer rests on the hidden word
            assert lines(panel) == expected_lines(reading[name].attentions.mean(axis=(0, 1)), behind_the_guess)
        assert "told one place before, at “an”" in panels.nth(1).locator("caption").inner_text()
        left, right = (panels.nth(number).bounding_box() for number in (0, 1))
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] <= right["x"]
        watched.page.get_by_role("switch").click()
        panels.nth(1).locator(".warning").wait_for()
        assert [panels.nth(number).get_attribute("data-causal") for number in (0, 1)] == ["true", "false"]
        assert (watched.outside, watched.errors) == ([], [])


def test_two_models_stand_side_by_side_at_125_percent(browser, tmp_path):
    file = AttentionLab(twins(), STORY).export(tmp_path / "twins.html")
    with watched_page(browser, 820, 480) as watched:  # what JupyterLab leaves a cell of a projector at 125%
        watched.page.goto(file.as_uri())
        watched.page.get_by_role("button", name="odd").click()
        panels = watched.page.locator(".panel")
        panels.locator("table.guesses").nth(1).wait_for()
        left, right = (panels.nth(number).bounding_box() for number in (0, 1))
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] <= right["x"]
        for panel in panels.all():
            heads, drawing = panel.get_by_role("radiogroup").bounding_box(), panel.locator(".lines").bounding_box()
            assert heads["y"] + heads["height"] <= drawing["y"], "below the maps there is room for the lines"
            assert panel.locator("canvas").first.bounding_box()["width"] >= 30
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 820
        assert (watched.outside, watched.errors) == ([], [])


def luminance(colour):
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_both_themes_on_a_projector_and_at_twice_the_size(browser, tmp_path, scheme):
    file = AttentionLab(twins(), STORY).export(tmp_path / "twins.html")
    with watched_page(browser, 1280, 720) as watched:
        page = watched.page
        page.emulate_media(color_scheme=scheme)
        page.goto(file.as_uri())
        page.get_by_role("button", name="odd").click()
        page.locator("table.guesses").nth(1).wait_for()
        paper = luminance(page.locator(".lab").evaluate("(e) => getComputedStyle(e).backgroundColor"))
        assert (paper < 0.1) == (scheme == "dark")
        for what in ("h3", ".note", ".loss", "caption", "tr.right th", ".faint"):
            ink = luminance(page.locator(what).first.evaluate("(e) => getComputedStyle(e).color"))
            contrast = (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05)
            assert contrast >= 4.5, (what, contrast)
        whole = page.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]")
        assert whole[0] <= 720
        assert whole[1] <= 1280
        page.set_viewport_size({"width": 640, "height": 360})  # what 200% leaves of the projector
        assert page.evaluate("document.documentElement.scrollWidth") <= 640
        for chip in page.get_by_role("toolbar").get_by_role("button").all():
            assert chip.bounding_box()["x"] + chip.bounding_box()["width"] <= 640


def test_it_answers_while_a_cell_runs(browser, server):
    busy = "import time\nprint('at work')\nwhile time.sleep(0.01) is None:\n    pass"
    write_notebook(server.folder / "lab_busy.ipynb", [*CELLS[:2], busy])
    with watched_page(browser) as watched:
        lab = Lab(watched, server)
        lab.open("lab_busy.ipynb")
        run_all = "window.jupyterapp.commands.execute('notebook:run-all-cells')"
        watched.page.evaluate(f"() => {{ window.run = {run_all}.then(() => (window.over = 1)) }}")
        # An interrupt between two cells is lost, so the last one must have begun before it comes.
        watched.page.locator(".jp-OutputArea-output", has_text="at work").wait_for()
        watched.page.get_by_label("Sentence", exact=True).fill("She was very fond of him.")
        watched.page.locator(".looker", has_text="fond").wait_for()
        assert watched.page.evaluate("window.over") is None
        lab.command("notebook:interrupt-kernel")
        watched.page.wait_for_function("() => window.over")


def test_without_a_kernel_the_lab_that_was_seen_last_is_still_there(browser, server, read):
    write_notebook(server.folder / "lab_later.ipynb", CELLS[:2])
    with watched_page(browser) as watched:
        lab = Lab(watched, server)
        lab.open("lab_later.ipynb")
        assert errors_in(lab.run_all()) == []
        watched.page.locator(".bertlab-live .lines line").first.wait_for(state="attached")
        lab.command("docmanager:save")
        lab.command("kernelmenu:shutdown")
        lab.reopen_without_kernel("lab_later.ipynb")
        frame = watched.page.frame_locator('iframe[title^="AttentionLab"]')
        frame.locator(".lines line").first.wait_for(state="attached")
        reading = read(TEXT, holes=[DOOR])
        assert frame.locator(".looker").all_text_contents() == reading.tokens
        assert guesses(frame) == as_shown(reading.answers[0])
        assert watched.outside == []
