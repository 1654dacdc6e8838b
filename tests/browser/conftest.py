"""One JupyterLab for all browser tests, one browser for each file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import NO_BROWSER, Lab, Server, Watched, find_browser, jupyterlab, launch, watched_page
from playwright.sync_api import Browser, sync_playwright


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with jupyterlab(tmp_path_factory.mktemp("jupyterlab")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: while Playwright runs, asyncio.run() is refused to every other test."""
    program = find_browser()
    if program is None:
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        started = launch(playwright, program)
        yield started
        started.close()


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """A plain page, for HTML that needs no JupyterLab."""
    with watched_page(browser) as page:
        yield page


@pytest.fixture
def lab(server: Server, watched: Watched) -> Lab:
    """JupyterLab, with no notebook open yet."""
    return Lab(watched, server)


@pytest.fixture(scope="session")
def folder(server: Server) -> Path:
    """Where the notebooks lie that JupyterLab can open."""
    return server.folder
