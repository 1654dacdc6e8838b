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
        with watched_page(browser, width=1280, height=1000) as watched:
            lab = Lab(watched, server)
            lab.open(LESSON)
            assert not errors_in(lab.run_all())
            lab.command("application:toggle-left-area")
            watched.page.get_by_label("My sentence").evaluate("line => line.scrollIntoView({block: 'start'})")
            lab.frame("BertViz head view")
            watched.page.mouse.wheel(0, -60)
            watched.page.wait_for_timeout(1000)
            watched.page.screenshot(path=target)
        browser.close()
    print(target)


if __name__ == "__main__":
    main()
