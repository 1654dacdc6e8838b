"""The watch that the browser tests rely on does see what it should."""

import pytest

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
