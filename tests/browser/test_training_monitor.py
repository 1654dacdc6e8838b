"""The monitor while a model really learns: it is drawn, its Stop button and an interrupt stop, and nothing is lost."""

from itertools import pairwise

import nbformat
import pytest
from harness import Lab, errors_in, watched_page, write_notebook

from bertlab.lessons.execution import execute, lesson_environment
from bertlab.views.export import save_html
from bertlab.views.page import own_file, whole_page
from bertlab.views.runs.monitor import SCRIPTS
from bertlab.views.runs.numbers import run_style
from bertlab.views.runs.so_far import RunSoFar

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SENTENCE = "Yesterday Anna [MASK] to the zoo."
CELLS = [
    f"""import torch
from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryWorld
from bertlab.training import DocumentBatches, new_model, train, watching
from bertlab.training.twins import story_config, story_recipe
from bertlab.views import TrainingMonitor

torch.set_num_threads(1)
world = StoryWorld.load("pocket")
corpus = tokenize_corpus(([story.text] for story in world.documents(300)), world.tokenizer)
recipe = story_recipe("pocket", steps=100_000, batch_tokens=256)
model = new_model(story_config("pocket", world.tokenizer), recipe)
look = watching(model, world.tokenizer, {SENTENCE!r})
limits = {{"left only, limit": (0.69, 0.7), "both sides, limit": (0.26, 0.86), "unigram guess": (4.52, 0.14)}}
monitor = TrainingMonitor(limits, look)
monitor""",
    """numbers = []
for step in monitor.follow(train(model, DocumentBatches(corpus, world.tokenizer, recipe), recipe)):
    numbers.append(step.number)
    if step.number % 10 == 0:
        monitor.measure(step.number, nats=step.mlm_loss, accuracy=step.mlm_accuracy)""",
    """for step in monitor.follow():
    numbers.append(step.number)""",
    """assert numbers == list(range(1, len(numbers) + 1)), numbers
print(len(monitor.run.batches), len(monitor.run.measured), len(monitor.run.looks))""",
]


def begin(lab: Lab, cell: int) -> None:
    """Run a cell, and do not wait for its end."""
    lab.page.evaluate(
        """(cell) => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = cell;
            window.endedAt = null;
            window.jupyterapp.commands.execute('notebook:run-cell').then(() => { window.endedAt = performance.now(); });
        }""",
        cell,
    )


def wait_until_ended(lab: Lab) -> None:
    lab.page.wait_for_function("window.endedAt !== null")


def wait_for_updates(lab: Lab, count: int) -> None:
    """Until the curve has so many points more than now, and one can slide over a few looks."""
    points = "(document.querySelector('.run .curve polyline')?.getAttribute('points') ?? '').split(' ').length"
    looks = "(document.querySelector('.run .time input')?.max ?? 0)"
    wanted = lab.page.evaluate(points) + count
    lab.page.wait_for_function(f"(wanted) => {points} >= wanted && {looks} >= 3", arg=wanted)


def said_by(lab: Lab, cell: int) -> str:
    """What a cell printed; it must not have failed."""
    made = lab.page.evaluate(
        "(cell) => window.jupyterapp.shell.currentWidget.content.widgets[cell].model.toJSON()", cell
    )
    assert errors_in([made]) == []
    return "".join("".join(output["text"]) for output in made["outputs"] if output["output_type"] == "stream")


def stop_by_button(lab: Lab, key: str | None = None) -> float:
    """Click Stop, or press a key on it, and give back the seconds until the cell had ended."""
    lab.page.evaluate(
        """() => document.querySelector('.run .stop').addEventListener(
            'click', () => { window.clickedAt = performance.now(); }, { once: true })"""
    )
    button = lab.page.get_by_role("button", name="Stop", exact=True)
    button.press(key) if key else button.click()
    wait_until_ended(lab)
    return lab.page.evaluate("(window.endedAt - window.clickedAt) / 1000")


@pytest.fixture(scope="module", params=["lab", "notebook"])
def training(request, servers, browser):
    """A notebook whose training was stopped twice by the button and once by an interrupt."""
    server = servers(request.param)
    write_notebook(server.folder / "monitor.ipynb", CELLS)
    with watched_page(browser, height=1300) as page:
        lab = Lab(page, server)
        lab.open("monitor.ipynb")
        begin(lab, 0)
        wait_until_ended(lab)
        lab.page.get_by_text("No step yet.").wait_for()
        begin(lab, 1)
        wait_for_updates(lab, 4)
        lab.seconds = [stop_by_button(lab)]
        lab.said = [said_by(lab, 1)]
        for how in ("button", "interrupt"):
            begin(lab, 2)
            wait_for_updates(lab, 4)
            if how == "button":
                lab.seconds.append(stop_by_button(lab, key="Enter"))
            else:
                lab.command("notebook:interrupt-kernel")
                wait_until_ended(lab)
            lab.said.append(said_by(lab, 2))
        begin(lab, 3)
        wait_until_ended(lab)
        lab.counts = [int(count) for count in said_by(lab, 3).split()]
        yield lab


def test_stop_stops_within_a_second_and_the_next_cell_goes_on(training):
    assert min(training.seconds) < 1, training.seconds
    first, second, third = training.said
    assert first.startswith("Stopped after step ")
    assert second.startswith("Stopped after step ")
    assert third.startswith("Interrupted after step ")
    steps = [int(said.split()[3].replace(",", "")) for said in training.said]
    assert 0 < steps[0] < steps[1] < steps[2], "cell 3 has seen that no step was left out and none made twice"
    status = training.page.locator(".run .status")
    assert status.text_content() == (
        f"Interrupted. Everything is kept; the next follow goes on. Step {steps[2]:,} of 100,000."
    )
    assert training.page.get_by_role("button", name="Stop", exact=True).get_attribute("aria-disabled") == "true"


def test_what_is_drawn_is_what_was_seen(training):
    page = training.page
    batches, measured, looks = training.counts
    for curve, name in ((0, "loss (nats)"), (1, "told right")):
        drawn = page.locator(".run .curve").nth(curve)
        lengths = drawn.locator("polyline").evaluate_all(
            "(lines) => lines.map((line) => line.getAttribute('points').split(' ').length)"
        )
        assert lengths == [batches, measured]
        assert drawn.locator("line.limit").count() == 3
        names = drawn.locator("text.name").all_text_contents()
        assert [words.rsplit(" ", 1)[0] for words in names] == [
            "single batch", "BERT", "left only, limit", "both sides, limit", "unigram guess"
        ]  # fmt: skip
        assert drawn.get_by_role("img").get_attribute("aria-label").startswith(f"{name} at step")
        tops = drawn.locator("text.name").evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().y)")
        tops.sort()
        assert all(below - above > 13 for above, below in pairwise(tops)), "labels overlap"
    assert page.locator(".run .guesses tr").count() == 5
    assert page.locator(".run .lines line").count() > 10
    assert page.locator(".run .lines text.looker").all_text_contents() == [
        "[CLS]", "yesterday", "anna", "[MASK]", "to", "the", "zoo", ".", "[SEP]"
    ]  # fmt: skip
    assert page.get_by_role("slider", name="Moment").get_attribute("max") == str(looks - 1)
    numbers = page.locator(".run .numbers").text_content()
    assert "tokens a second" in numbers
    assert "nats" in page.locator(".run .beside").text_content()


def test_one_can_slide_back_with_the_keys_and_the_table_says_the_same(training):
    page = training.page
    slider = page.get_by_role("slider", name="Moment")
    slider.focus()
    last = slider.get_attribute("aria-valuetext")
    cell = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    before = page.evaluate(cell)
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext") == "step 0"
    assert page.locator(".run .curve .cursor").count() == 2
    named = page.locator(".run .curve").first.locator("text.name").all_text_contents()
    assert [words.rsplit(" ", 1)[0] for words in named] == [
        "left only, limit", "both sides, limit", "unigram guess"
    ], "no batch had been seen at step 0"  # fmt: skip
    untrained = page.locator(".run .guesses").text_content()
    slider.press("ArrowDown")
    slider.press("ArrowUp")
    slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") != "step 0"
    slider.press("End")
    assert slider.get_attribute("aria-valuetext") == last
    assert page.locator(".run .guesses").text_content() != untrained
    assert page.locator(".run .curve .cursor").count() == 0
    assert page.evaluate(cell) == before, "the keys stay in the slider"
    page.locator(".run summary").first.click()
    rows = page.locator(".run .curve table").first.locator("tr")
    assert rows.first.text_content().startswith("stepsingle batchBERTleft only, limit")
    assert 3 <= rows.count() <= 9


def test_dark_theme(training):
    training.theme("Dark")
    run = training.page.locator(".bertlab.run")
    assert run.evaluate("(all) => getComputedStyle(all).backgroundColor") == "rgb(21, 21, 21)"
    limit = run.locator("line.limit").first
    assert limit.evaluate("(line) => getComputedStyle(line).stroke") == "rgb(255, 255, 255)"
    assert training.outside == []
    assert training.errors == []


def test_without_a_kernel_the_page_of_the_end_is_there(training):
    steps = training.page.locator(".run .status").text_content().rsplit("Step ", 1)[1]
    training.command("docmanager:save")
    training.command("kernelmenu:shutdown")
    training.reopen_without_kernel("monitor.ipynb")
    frame = training.page.frame_locator('iframe[title^="Training of BERT, step"]')
    frame.get_by_text(f"Step {steps}").wait_for()
    assert frame.get_by_role("button", name="Stop").count() == 0
    batches, measured, looks = training.counts
    lengths = frame.locator(".curve").first.locator("polyline").evaluate_all(
        "(lines) => lines.map((line) => line.getAttribute('points').split(' ').length)"
    )  # fmt: skip
    assert lengths == [batches, measured]
    slider = frame.get_by_role("slider", name="Moment")
    assert slider.get_attribute("max") == str(looks - 1)
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext") == "step 0"
    training.page.get_by_text("Error displaying widget").wait_for(state="attached")
    assert not training.page.get_by_text("Error displaying widget").is_visible()
    assert training.outside == []


def test_in_an_exported_page_the_end_of_the_run_can_be_slid_over(browser, tmp_path):
    cells = [CELLS[0].replace("100_000", "30"), *CELLS[1:2], CELLS[3]]
    notebook = nbformat.read(write_notebook(tmp_path / "monitor.ipynb", cells), as_version=4)
    execute(notebook, tmp_path, limit=300, environment=lesson_environment())
    nbformat.write(notebook, tmp_path / "monitor.ipynb")
    file = save_html(tmp_path / "monitor.ipynb", tmp_path / "monitor.html")
    with watched_page(browser) as watched:
        watched.page.goto(file.as_uri())
        frame = watched.page.frame_locator('iframe[title^="Training of BERT, step 30"]')
        frame.get_by_text("The run has ended. Step 30 of 30.").wait_for()
        slider = frame.get_by_role("slider", name="Moment")
        assert slider.get_attribute("aria-valuetext") == "step 30"
        slider.press("Home")
        assert slider.get_attribute("aria-valuetext") == "step 0"
        assert frame.locator(".lines line").count() > 10
        assert (watched.outside, watched.errors) == ([], [])


def test_a_lost_message_is_made_good(browser, tmp_path):
    """The widget's page on a line that says nothing unless the test does."""
    widget = own_file("runs/monitor_live.js").replace("export default", "window.widget =")
    line = """window.sent = [];
        window.hear = { off: 0 };
        const facts = { name: "BERT", colour: "bert", limits: [] };
        const model = {
          get: () => facts,
          send: (message) => sent.push(Object.keys(message)[0]),
          on: (what, take) => { hear.take = take; },
          off: () => { hear.off += 1; },
        };
        hear.close = widget.render({ model, el: document.getElementById("run") });"""
    page = whole_page("A line", '<div id="run"></div>', (*map(own_file, SCRIPTS), widget, line), run_style())
    file = tmp_path / "line.html"
    file.write_text(page, encoding="utf-8")
    run = RunSoFar()
    run.now |= {"state": "running", "step": 2, "steps": 9}
    run.note((1, 6.5, None, None))
    late = {**run.lengths(), "measured": 0, "looks": 0}
    run.note((2, 6.0, None, None))
    with watched_page(browser) as watched:
        page = watched.page
        page.clock.install()
        page.goto(file.as_uri())

        def take(news) -> None:
            page.evaluate("(news) => { hear.take(news, []); sent.length = 0; }", news[0])

        page.clock.run_for(6000)
        assert page.evaluate("sent") == ["all"] * 3, "it asks until it is told"
        take(run.news(late))
        page.clock.run_for(3000)
        assert page.evaluate("sent") == ["all"], "what does not fit tells nothing"
        take(run.news())
        page.get_by_text("Training.", exact=True).wait_for()
        page.clock.run_for(10_000)
        assert page.evaluate("sent") == []

        stop = page.get_by_role("button", name="Stop")
        stop.click()
        page.get_by_text("Stopping after this step.").wait_for()
        assert stop.get_attribute("aria-disabled") == "false"
        stop.click()
        assert page.evaluate("sent") == ["stop", "stop"]
        news, _ = run.news()
        page.evaluate(
            """(news) => {
                const measured = Array.from({ length: 300_000 }, (_, i) => [i + 1, 2, null]);
                hear.take({ ...news, measured }, []);
                sent.length = 0;
            }""",
            news,
        )
        assert "BERT 2.00" in page.locator(".curve text.name").all_text_contents(), "however long a run is"
        run.now["state"] = "stopped"
        take(run.news())
        stop.press("Enter")
        assert page.evaluate("sent") == [], "there is nothing to stop"
        assert stop.get_attribute("aria-disabled") == "true"
        assert (watched.outside, watched.errors) == ([], [])
