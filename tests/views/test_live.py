"""The live view's Python side; what it draws is seen in tests/browser/test_live_view.py."""

import numpy as np
import pytest

from bertlab.views import LiveView, head_view


def encode(text_a, text_b=None):
    tokens = ["[CLS]", *text_a.split(), "[SEP]", *([*text_b.split(), "[SEP]"] if text_b else [])]
    return tokens, [np.full((2, len(tokens), len(tokens)), 1 / len(tokens))]


def drawn_tokens(live):
    return live.widget.drawn["params"]["attention"][0]["left_text"]


def test_another_text_reaches_the_widget_and_the_still_frame():
    live = LiveView(head_view, encode, "one", heads=[1])
    assert drawn_tokens(live) == ["[CLS]", "one", "[SEP]"]
    live.show("two three", "four")
    assert drawn_tokens(live) == ["[CLS]", "two", "three", "[SEP]", "four", "[SEP]"]
    assert live.widget.drawn["params"]["heads"] == [1]
    assert live.widget.drawn["body"] == head_view(encode, "two three", "four", heads=[1]).body()
    bundle = live._repr_mimebundle_()
    assert bundle["text/html"] == head_view(encode, "two three", "four", heads=[1])._repr_html_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == live.widget.model_id


def test_a_text_that_cannot_be_shown_leaves_the_last_one():
    live = LiveView(head_view, encode, "one", max_tokens=4)
    with pytest.raises(ValueError, match="5 tokens are too many"):
        live.show("one two three")
    assert drawn_tokens(live) == ["[CLS]", "one", "[SEP]"]
    assert live.view.label.startswith("BertViz head view of 3 tokens")
