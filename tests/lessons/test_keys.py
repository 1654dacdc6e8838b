"""Forms get a script that nobody sees, and stay what they are without it."""

import sys

import pytest

from bertlab.lessons import guesses, quizzes
from bertlab.lessons.keys import with_keys
from bertlab.lessons.questions import find_guess, quiz_of


def test_the_script_is_put_last_and_takes_no_room():
    form = quizzes._form("quiz", quiz_of("00"))
    rows = form.children
    *same, helper = with_keys(form).children
    assert tuple(same) == rows
    assert helper.layout.display == "none"
    assert "ownKeys" in helper._esm


def test_without_anywidget_the_form_stays_as_it_was(monkeypatch: pytest.MonkeyPatch):
    from bertlab.views import live

    live.widget_class.cache_clear()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    form = guesses._buttons(find_guess("00-untrained"))
    assert len(with_keys(form).children) == 3
