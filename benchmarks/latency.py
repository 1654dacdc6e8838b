"""From a key to the picture: our live views beside a plain matplotlib redraw, in turn, in one JupyterLab.

    python benchmarks/latency.py

A time is that from the browser's `input` (or `keydown`) event to the first frame after the picture has changed. Every
view is asked once in each round, so that whatever else the machine does meets all of them alike. Ratios are taken round
by round.
"""

import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from harness import Lab, errors_in, find_browser, jupyterlab, launch, watched_page, write_notebook  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

ROUNDS = 30
WARM_UP = 3
SENTENCE = "He shut the door behind him and went down the stairs."
STORY = "Today Julia is happy. For her birthday she gets an odd crown."
PLAIN = "plain matplotlib, a new figure"

CELLS = [
    """import io, ipywidgets, bertlab
import matplotlib.pyplot as plt
from IPython.display import display
from bertlab.paths import data_path
from bertlab.pretrained import encoder
from bertlab.reader import reader
from bertlab.training.recording import Recording
from bertlab.views import AttentionLab, LiveView, Replay, head_view
mini = bertlab.load("mini")
twins = {"BERT": reader(*bertlab.load("story-bert")), "GPT": reader(*bertlab.load("story-gpt"))}""",
    f"""encode = encoder(*mini)
line, out = ipywidgets.Text({SENTENCE!r}, description="matplotlib"), ipywidgets.Output()

def redraw(_=None):
    tokens, layers = encode(line.value)
    with out:
        out.clear_output(wait=True)
        fig, axes = plt.subplots(figsize=(5, 4))
        axes.imshow(sum(layer.mean(axis=0) for layer in layers) / len(layers), cmap="Blues")
        axes.set_xticks(range(len(tokens)), tokens, rotation=90)
        axes.set_yticks(range(len(tokens)), tokens)
        plt.show()

line.observe(redraw, "value")
redraw()
ipywidgets.VBox([line, out])""",
    f"""live = LiveView(head_view, encode, {SENTENCE!r})
typed = ipywidgets.Text({SENTENCE!r}, description="BertViz")
typed.observe(lambda change: live.show(change["new"]), "value")
ipywidgets.VBox([typed, live.widget])""",
    f"AttentionLab(reader(*mini), {SENTENCE!r}, hide='door').widget",
    f"AttentionLab(twins, {STORY!r}, hide='odd').widget",
    "Replay(Recording.load(data_path('runs', 'story')))",
]

# The next change under `watched` after the next event of `source`, and then a frame in which it is seen.
MEASURE = """({ source, watched, event }) => new Promise((measured) => {
    source.addEventListener(event, () => {
        const begun = performance.now();
        const seen = new MutationObserver(async () => {
            const picture = watched.querySelector('img');
            if (picture) await picture.decode().catch(() => {});
            seen.disconnect();
            requestAnimationFrame(() => {
                const painted = new MessageChannel();
                painted.port1.onmessage = () => measured(performance.now() - begun);
                painted.port2.postMessage(null);
            });
        });
        seen.observe(watched, { childList: true, subtree: true, attributes: true });
    }, { once: true, capture: true });
})"""


def timed(page: Page, source: Any, watched: Any, event: str, act: Callable[[], None]) -> float:
    """Milliseconds from an event to the picture that it brings."""
    handle = page.evaluate_handle(
        f"(asked) => {{ window.measured = ({MEASURE})(asked); }}",
        {"source": source.element_handle(), "watched": watched.element_handle(), "event": event},
    )
    act()
    took = page.evaluate("() => window.measured")
    handle.dispose()
    return float(took)


def actions(page: Page) -> dict[str, Callable[[int], float]]:
    """What is asked of each view in a round, by name."""
    labs = page.get_by_label("Attention lab")
    labs.nth(1).locator(".lines line").first.wait_for(state="attached")

    def typing(line: Any, watched: Any) -> Callable[[int], float]:
        def act(number: int) -> float:
            line.focus()
            line.press("End")
            key = "Backspace" if number % 2 else "s"
            return timed(page, line, watched, "input", lambda: line.press(key))

        return act

    def hovering(lab: Any) -> Callable[[int], float]:
        chips, drawing = lab.get_by_role("toolbar").get_by_role("button"), lab.locator(".lines svg").first

        def act(number: int) -> float:
            chip = chips.nth(1 + number % 5)
            return timed(page, chip, drawing, "focus", chip.focus)

        return act

    def switching(lab: Any) -> Callable[[int], float]:
        switch, drawing = lab.get_by_role("switch"), lab.locator(".lines svg").first
        return lambda number: timed(page, switch, drawing, "click", switch.click)

    plain = page.get_by_role("textbox", name="matplotlib")
    bertviz = page.locator(".bertviz-view.head")
    found = {
        PLAIN: typing(plain, page.locator(".jupyter-widgets .jp-OutputArea").first),
        "BertViz's head view, live (all heads of a layer)": typing(
            page.get_by_role("textbox", name="BertViz"), bertviz.locator("xpath=..")
        ),
        "AttentionLab, mini: a key typed": typing(
            labs.nth(0).get_by_label("Sentence", exact=True), labs.nth(0).locator(".lines svg")
        ),
        "AttentionLab, mini: the mask switch": switching(labs.nth(0)),
        "AttentionLab, mini: a word's lines (no kernel asked)": hovering(labs.nth(0)),
        "AttentionLab, the story twins: a key typed": typing(
            labs.nth(1).get_by_label("Sentence", exact=True), labs.nth(1).locator(".lines svg").nth(1)
        ),
    }
    return found


def replaying(page: Page) -> Callable[[int], float]:
    """A step of the replay's slider, inside its frame."""
    element = page.locator('iframe[title^="Replay"]')
    element.scroll_into_view_if_needed()
    frame = element.element_handle().content_frame()
    slider, drawing = frame.locator('input[type="range"]').first, frame.locator(".lines svg").first
    slider.wait_for()

    def act(number: int) -> float:
        slider.focus()
        frame.evaluate(
            f"(asked) => {{ window.measured = ({MEASURE})(asked); }}",
            {"source": slider.element_handle(), "watched": drawing.element_handle(), "event": "input"},
        )
        slider.press("ArrowLeft" if number % 2 else "ArrowRight")
        return float(frame.evaluate("() => window.measured"))

    return act


def measure() -> dict[str, list[float]]:
    """Milliseconds of every round, by name."""
    program = find_browser()
    assert program, "latencies need a browser: install Chromium, Chrome or Edge"
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as home, jupyterlab(Path(home)) as server, sync_playwright() as playwright:
        write_notebook(server.folder / "latency.ipynb", CELLS)
        browser = launch(playwright, program)
        with watched_page(browser, 1280, 720) as watched:
            lab = Lab(watched, server)
            lab.open("latency.ipynb")
            assert not errors_in(lab.run_all())
            asked = actions(watched.page) | {"Replay: a step of the slider (no kernel asked)": replaying(watched.page)}
            for number in range(WARM_UP + ROUNDS):
                for name, act in asked.items():
                    took = act(number)
                    if number >= WARM_UP:
                        times.setdefault(name, []).append(took)
        browser.close()
    return times


def table(times: dict[str, list[float]]) -> str:
    """Medians, 95th percentiles, and the plain redraw's time divided by each view's, round by round."""
    lines = [
        "| from a key to the picture | median ms | 95% below | plain matplotlib takes so many times as long |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, each in times.items():
        ratio = statistics.median(plain / mine for plain, mine in zip(times[PLAIN], each, strict=True))
        below = statistics.quantiles(each, n=20)[-1]
        lines.append(f"| {name} | {statistics.median(each):.0f} | {below:.0f} | {ratio:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, and print what was measured with."""
    times = measure()
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("jupyterlab", "ipykernel", "anywidget", "torch", "matplotlib")
    )
    print(f"{date.today()}, {ROUNDS} rounds, {platform.machine()}, Python {platform.python_version()}, {packages}\n")
    print(table(times))


if __name__ == "__main__":
    main()
