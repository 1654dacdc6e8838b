"""The watch that the browser tests rely on does see what it should."""

import pytest
from harness import PLACES, Lab, errors_in, write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_what_is_asked_of_the_outside_is_seen_and_refused(watched):
    watched.page.set_content("<script src='https://example.org/a.js'></script><p>here</p>")
    watched.page.evaluate("() => { new WebSocket('wss://example.org/b') }")
    watched.page.evaluate("() => fetch('https://example.org/c').catch(() => 0)")
    assert [address.rstrip("/") for address in watched.outside] == [
        "https://example.org/a.js",
        "wss://example.org/b",
        "https://example.org/c",
    ]
    assert any("net::ERR_FAILED" in error for error in watched.errors)


def test_errors_of_the_page_are_seen(watched):
    watched.page.set_content("<script>console.warn('no'); console.error('said'); throw new Error('thrown')</script>")
    assert sorted(watched.errors) == ["said", "thrown"]


@pytest.mark.parametrize("place", PLACES)
def test_a_notebook_is_run_in_jupyterlab_and_in_notebook_7(servers, watched, place):
    server = servers(place)
    write_notebook(server.folder / "run.ipynb", ["6 * 7", "1 / 0"])
    notebook = Lab(watched, server)
    notebook.open("run.ipynb")
    cells = notebook.run_all()
    assert [cell["execution_count"] for cell in cells] == [1, 2]
    assert cells[0]["outputs"][0]["data"] == {"text/plain": "42"}
    assert errors_in(cells) == ["ZeroDivisionError: division by zero\nin 1 / 0"]
    name = {"lab": "JupyterLab", "notebook": "Jupyter Notebook"}[place]
    assert watched.page.evaluate("window.jupyterapp.name") == name
    notebook.theme("Dark")
    notebook.theme("Light")
    assert watched.outside == []
    assert watched.errors == []
    with watched.page.expect_event("pageerror"):
        watched.page.evaluate("() => { setTimeout(() => undefined.schema) }")
    assert watched.errors == ["Cannot read properties of undefined (reading 'schema')"], "only Notebook's own is let by"
