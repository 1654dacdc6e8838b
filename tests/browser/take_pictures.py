"""Takes the README's pictures: `python tests/browser/take_pictures.py`, then look at them.

Lesson 00 in JupyterLab at the place where a sentence can be typed; and, as pages, BERT beside its GPT twin in the
attention lab, in the dark, and a recorded run that is slid through.
"""

import shutil
import tempfile
from pathlib import Path

from harness import Lab, errors_in, find_browser, jupyterlab, launch, watched_page
from playwright.sync_api import Browser, sync_playwright

import bertlab
from bertlab.paths import data_path, notebooks_path
from bertlab.reader import reader
from bertlab.training.recording import Recording
from bertlab.views import AttentionLab, Replay

LESSON = "00_start_here.ipynb"
STORY = "Today Julia is happy. For her birthday she gets an odd crown."
PROJECTOR = (1280, 720)


def lesson_00(browser: Browser, target: Path) -> None:
    with tempfile.TemporaryDirectory() as home, jupyterlab(Path(home)) as server:
        shutil.copy(notebooks_path(LESSON), server.folder)
        with watched_page(browser, *PROJECTOR) as watched:
            lab = Lab(watched, server)
            lab.open(LESSON)
            assert not errors_in(lab.run_all())
            lab.command("application:toggle-left-area")
            shown = watched.page.get_by_label("Attention lab").first
            shown.get_by_role("radio", name="layer 3, head 0").click()
            for _ in range(2):  # what is drawn above while one scrolls moves the place
                shown.evaluate("lab => lab.scrollIntoView()")
                watched.page.wait_for_timeout(1500)
            shown.get_by_role("button", name="was time").hover()
            watched.page.wait_for_timeout(300)
            watched.page.screenshot(path=target)


def twins(browser: Browser, target: Path, folder: Path) -> None:
    readers = {"BERT": reader(*bertlab.load("story-bert")), "GPT": reader(*bertlab.load("story-gpt"))}
    page = AttentionLab(readers, STORY).export(folder / "lab.html")
    with watched_page(browser, *PROJECTOR) as watched:
        watched.page.emulate_media(color_scheme="dark")
        watched.page.goto(page.as_uri())
        watched.page.get_by_role("button", name="odd").click()
        watched.page.locator("table.guesses").nth(1).wait_for()
        watched.page.screenshot(path=target)


def replay(browser: Browser, target: Path, folder: Path) -> None:
    page = Replay(Recording.load(data_path("runs", "story"))).save(folder / "replay.html")
    with watched_page(browser, PROJECTOR[0], 960) as watched:
        watched.page.goto(page.as_uri())
        watched.page.locator('input[type="range"]').first.press("End")
        watched.page.wait_for_timeout(300)
        watched.page.screenshot(path=target)


def main() -> None:
    program = find_browser()
    assert program, "a picture needs a browser: install Chromium, Chrome or Edge"
    pictures = data_path("pictures")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright, program)
        lesson_00(browser, pictures / "lesson_00.png")
        twins(browser, pictures / "attention_lab.png", Path(folder))
        replay(browser, pictures / "replay.png", Path(folder))
        browser.close()
    print("\n".join(str(file) for file in sorted(pictures.glob("*.png"))))


if __name__ == "__main__":
    main()
