"""Takes the README's picture: `python tests/browser/take_pictures.py`, then look at it.

Lesson 00 in JupyterLab, every cell run, at the place where a sentence can be typed.
"""

import shutil
import tempfile
from pathlib import Path

from harness import Lab, errors_in, find_browser, jupyterlab, launch, watched_page
from playwright.sync_api import sync_playwright

from bertlab.paths import data_path, notebooks_path

LESSON = "00_start_here.ipynb"


def main() -> None:
    program = find_browser()
    assert program, "a picture needs a browser: install Chromium, Chrome or Edge"
    target = data_path("pictures") / "lesson_00.png"
    with (
        tempfile.TemporaryDirectory() as home,
        jupyterlab(Path(home)) as server,
        sync_playwright() as playwright,
    ):
        shutil.copy(notebooks_path(LESSON), server.folder)
        browser = launch(playwright, program)
        with watched_page(browser, width=1280, height=720) as watched:
            lab = Lab(watched, server)
            lab.open(LESSON)
            assert not errors_in(lab.run_all())
            lab.command("application:toggle-left-area")
            form = watched.page.get_by_label("My sentence")
            view = watched.page.locator(".bertviz-view.head").first
            for _ in range(2):  # what is drawn above while one scrolls moves the place
                form.evaluate("line => line.closest('.jp-Cell').scrollIntoView()")
                watched.page.wait_for_timeout(1500)
            view.locator("#left text", has_text="[MASK]").hover()
            watched.page.wait_for_timeout(500)
            watched.page.screenshot(path=target)
        browser.close()
    print(target)


if __name__ == "__main__":
    main()
