"""Heads by what they look at and what is lost without them: drawn where they belong, and named when they stand out."""

import numpy as np
import pytest

from bertlab.views import figures, plots

SHARES = np.array([[0.02, 0.9], [0.01, 0.1]])
EFFECTS = np.array([[0.1, -0.2], [6.0, 0.0]])


def test_points_lie_where_they_should_and_those_that_stand_out_are_named(drawn_text):
    fig = plots.head_effects({"who": (SHARES, EFFECTS), "tense": (SHARES.T, EFFECTS / 2)}, "Looks are not effects")
    drawn = fig.axes[0].collections
    assert np.allclose(drawn[0].get_offsets(), np.stack([SHARES.ravel(), EFFECTS.ravel()], axis=1))
    names = set(drawn_text(fig))
    assert {"0.1 who", "1.0 who", "1.0 tense"} <= names
    assert "1.1 who" not in names
    alt, table = figures.words_of(fig)
    assert "1.0 who: share 0.01, effect 6.0" in alt
    assert "8 points" in alt
    named = alt.partition("Named: ")[2].partition("The other")[0].count(": share")
    assert f"The other {8 - named}: share at most 0.10, effect at most 0.1." in alt
    first = {"head (layer.head)": "0.1", "asked": "who", "share for the clue": "0.90", "effect": "-0.20"}
    assert first in table
    assert [*table[-1].values()] == [f"the other {8 - named}", "any", "at most 0.10", "at most 0.10"]


def test_a_head_is_named_from_a_quarter_of_the_largest_effect_of_any_kind_or_three_quarters_of_looks(drawn_text):
    """8 nats are the most, in the second kind: 2.0 is enough, 1.9 is not; 0.75 is enough, 0.74 is not."""
    shares = np.array([[0.0, 0.0, 0.74, 0.75]])
    first, second = np.array([[1.9, 2.0, 0.0, 0.0]]), np.array([[8.0, -8.0, 0.0, 0.0]])
    fig = plots.head_effects({"who": (shares, first), "tense": (shares, second)}, "A title")
    alt, table = figures.words_of(fig)
    named = [(row["head (layer.head)"], row["asked"]) for row in table[:-1]]
    assert sorted(named) == [("0.0", "tense"), ("0.1", "who"), ("0.3", "tense"), ("0.3", "who")]
    assert "The other 4: share at most 0.74, effect at most 1.9." in alt
    assert {f"{head} {kind}" for head, kind in named} <= set(drawn_text(fig))


def test_kinds_have_marks_of_their_own(drawn_text):
    fig = plots.head_effects({name: (SHARES, EFFECTS) for name in "abcde"}, "A title")
    marks = {points.get_paths()[0].vertices.tobytes() for points in fig.axes[0].collections}
    assert len(marks) == 5


def test_kinds_of_one_family_share_a_colour_and_the_second_is_hollow():
    kinds = ["who", "topic", "tense", "number, beside", "number, across"]
    drawn = plots.head_effects({kind: (SHARES, EFFECTS) for kind in kinds}, "A title").axes[0].collections
    edges = [tuple(points.get_edgecolor()[0][:3]) for points in drawn]
    assert edges[3] == edges[4]
    assert len(set(edges)) == 4
    assert [len(points.get_facecolor()) == 0 for points in drawn] == [False] * 4 + [True]


@pytest.mark.parametrize("found", [{}, {"a": (SHARES, EFFECTS[:1])}, {"a": (SHARES[0], EFFECTS[0])}])
def test_what_cannot_be_drawn_is_refused(found):
    with pytest.raises(ValueError, match=r"kinds of questions|both need"):
        plots.head_effects(found, "A title")
