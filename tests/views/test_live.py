"""The live view's Python side; what it draws is seen in tests/browser/test_live_view.py."""

import IPython.display
import numpy as np
import pytest

from bertlab.views import LiveView, head_view


def encode(text_a, text_b=None):
    tokens = ["[CLS]", *text_a.split(), "[SEP]", *([*text_b.split(), "[SEP]"] if text_b else [])]
    return tokens, [np.full((2, len(tokens), len(tokens)), 1 / len(tokens))]


def drawn_tokens(live):
    return live.widget.state["params"]["attention"][0]["left_text"]


def test_another_text_reaches_the_widget_and_the_still_frame():
    live = LiveView(head_view, encode, "one", heads=[1])
    assert drawn_tokens(live) == ["[CLS]", "one", "[SEP]"]
    live.show("two three", "four")
    assert drawn_tokens(live) == ["[CLS]", "two", "three", "[SEP]", "four", "[SEP]"]
    assert live.widget.state["params"]["heads"] == [1]
    assert live.widget.state["body"] == head_view(encode, "two three", "four", heads=[1]).body()
    assert live.still() == head_view(encode, "two three", "four", heads=[1])._repr_html_(still=True)


def test_a_notebook_gets_the_widget_and_below_it_what_stays_without_a_kernel(monkeypatch):
    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda what, **options: shown.append((what, options)))
    live = LiveView(head_view, encode, "one")
    live._ipython_display_()
    widget, still = shown
    assert widget == (live.widget, {})
    assert "bertlab-live" in live.widget._dom_classes
    assert still == ({"text/html": live.still(), "text/plain": str(live)}, {"raw": True, "display_id": True})


def test_a_text_that_cannot_be_shown_leaves_the_last_one():
    live = LiveView(head_view, encode, "one", max_tokens=4)
    with pytest.raises(ValueError, match="5 tokens are too many"):
        live.show("one two three")
    assert drawn_tokens(live) == ["[CLS]", "one", "[SEP]"]
    assert live.view.label.startswith("BertViz head view of 3 tokens")
