"""Lesson 05's maps say in words, too, who hears of a changed word."""

import pytest
import torch

from bertlab.lessons.instruments.reach import show_reach
from bertlab.views import figures

TOKENS = ["the", "old", "man", "sang"]
EVERYWHERE = torch.tensor([[0.01, 0.02, 0.9, 0.03], [0.04, 0.25, 0.8, 0.06]])
RIGHT = torch.tensor([[0.0, 0.0, 0.9, 0.03], [0.0, 0.0, 0.8, 0.06]])


def titles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr("bertlab.views.show", lambda fig: said.append(figures.words_of(fig).alt))
    return said


def test_how_many_move_and_how_far_one_does_is_printed(monkeypatch, capsys):
    said = titles(monkeypatch)
    show_reach({"no mask": EVERYWHERE, "causal": RIGHT}, TOKENS, changed="man", watched="old")
    assert said[0].startswith("Without a mask the first layer already carries it anywhere.")
    printed = capsys.readouterr().out
    assert "move:  3  3   old: 0.02 0.25" in printed
    assert "move:  1  1   old: 0.00 0.00" in printed


def test_the_title_claims_nothing_that_is_not_so(monkeypatch):
    said = titles(monkeypatch)
    show_reach({"no mask": RIGHT}, TOKENS, changed="man", watched="old")
    assert said[0].startswith("Who hears of a change.")
