"""What TrainingMonitor costs the thread that trains, while a browser draws: milliseconds an update.

    python benchmarks/monitor.py

The pocket model of the story world learns in a JupyterLab; its monitor is on the screen, with limits and a sentence.
"""

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from harness import Lab, errors_in, find_browser, jupyterlab, launch, watched_page, write_notebook  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

CELLS = [
    """import torch
from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryWorld
from bertlab.training import DocumentBatches, new_model, train, watching
from bertlab.training.recorded_story import SENTENCES
from bertlab.training.twins import story_config, story_recipe
from bertlab.views import TrainingMonitor
torch.set_num_threads(1)
world = StoryWorld.load("pocket")
corpus = tokenize_corpus(([story.text] for story in world.documents(3000)), world.tokenizer)
recipe = story_recipe("pocket", steps=1000)
model = new_model(story_config("pocket", world.tokenizer), recipe)
limits = {"left only, limit": (0.69, 0.7), "both sides, limit": (0.26, 0.86), "unigram guess": (4.52, 0.14)}
monitor = TrainingMonitor(limits, watching(model, world.tokenizer, SENTENCES[2]))
monitor""",
    """for step in monitor.follow(train(model, DocumentBatches(corpus, world.tokenizer, recipe), recipe)):
    pass""",
    """import json, numpy as np, time
begun = time.perf_counter()
page = monitor.still()
found = [*np.percentile(monitor.cost, [50, 95, 100]) * 1e3, len(monitor.cost), len(monitor.run.looks)]
print(json.dumps([*found, len(page) / 1e6, (time.perf_counter() - begun) * 1e3]))""",
]


def main() -> None:
    """Train once, and print a row for a table."""
    program = find_browser()
    if program is None:
        sys.exit("no browser was found; see tests/browser/harness.py")
    with tempfile.TemporaryDirectory() as home, jupyterlab(Path(home)) as server, sync_playwright() as playwright:
        browser = launch(playwright, program)
        write_notebook(server.folder / "monitor.ipynb", CELLS)
        with watched_page(browser, height=1300) as page:
            lab = Lab(page, server)
            lab.open("monitor.ipynb")
            cells = lab.run_all(600)
            if failed := errors_in(cells):
                sys.exit("\n".join(failed))
            points = "document.querySelector('.run .curve polyline').getAttribute('points').split(' ').length"
            drawn = page.page.evaluate(points)
        browser.close()
    median, slow, slowest, updates, looks, megabytes, kept = json.loads(cells[-1]["outputs"][0]["text"])
    assert drawn == updates, f"{updates} updates were sent, {drawn} are drawn"
    print(f"{updates} updates, milliseconds of the training thread: median {median:.1f}, 95% {slow:.1f}, {slowest:.1f}")
    print(f"{looks} looks kept; the page of the end: {megabytes:.2f} MB, made in {kept:.0f} ms")


if __name__ == "__main__":
    main()
