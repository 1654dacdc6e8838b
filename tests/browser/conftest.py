"""One JupyterLab and one Notebook 7 for all browser tests, one browser for each file."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from harness import NO_BROWSER, Lab, Place, Server, Watched, find_browser, jupyterlab, launch, watched_page
from playwright.sync_api import Browser, sync_playwright


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Place], Server]]:
    """`servers("lab")` is a JupyterLab, `servers("notebook")` a Notebook 7; each starts when first asked for."""
    with ExitStack() as running:

        @cache
        def server_of(place: Place) -> Server:
            return running.enter_context(jupyterlab(tmp_path_factory.mktemp(place), place))

        yield server_of


@pytest.fixture(scope="session")
def server(servers: Callable[[Place], Server]) -> Server:
    """JupyterLab."""
    return servers("lab")


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
