"""One number over another: what was measured is drawn, named and told."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from bertlab.views import figures, palette, plots

CURVES = {"BERT": [(1, 0.2), (2, 0.1), (4, 0.05)], "untrained": [(1, -0.001), (2, 0.01)]}


def test_lines_are_what_was_measured_in_the_colours_of_their_names(drawn_text):
    fig = plots.measured_curve(CURVES, "places apart", "cosine", "Near places are alike")
    lines = fig.axes[0].lines
    for line, points, colour in zip(lines, CURVES.values(), (palette.BERT, palette.CONTROL), strict=True):
        assert np.allclose(line.get_xydata(), points)
        assert to_hex(line.get_color()) == colour.lower()
    assert {"places apart", "cosine", "BERT", "untrained"} <= set(drawn_text(fig))
    alt, table = figures.words_of(fig)
    assert "BERT from 0.20 at 1 to 0.05 at 4; untrained from 0.00 at 1 to 0.01 at 2" in alt
    assert table[-1] == {"places apart": "4", "BERT": "0.05", "untrained": "–"}


def test_levels_are_dashed_and_a_scale_can_double(drawn_text):
    levels = {"chance": 0.02, "limit": 0.3}
    fig = plots.measured_curve(CURVES, "numbers", "share", "A title", levels=levels, doubling=True)
    axes = fig.axes[0]
    assert [line.get_linestyle() for line in axes.lines[:2]] == ["--", "--"]
    assert [to_hex(line.get_color()) for line in axes.lines[:2]] == [palette.CONTROL.lower(), palette.LIMIT.lower()]
    assert axes.get_xscale() == "log"
    assert {"1", "2", "4"} <= set(drawn_text(fig))
    assert "; chance 0.02; limit 0.30." in figures.words_of(fig).alt


def test_borders_are_dotted_and_named_and_a_peak_is_told(drawn_text):
    fig = plots.measured_curve({"a": [(1, 1), (2, 5), (3, 2)]}, "x", "y", "A title", borders={"the wall": 2.5})
    wall = fig.axes[0].lines[0]
    assert wall.get_linestyle() == ":"
    assert set(wall.get_xdata()) == {2.5}
    assert "the wall" in drawn_text(fig)
    assert "a from 1.00 at 1 to 2.00 at 3, highest 5.00 at 2; the wall at 2.5." in figures.words_of(fig).alt


def test_a_long_line_has_no_dots_and_a_short_table():
    fig = plots.measured_curve({"a": [(x, x) for x in range(100)]}, "x", "y", "A title")
    assert fig.axes[0].lines[0].get_marker() == "None"
    table = figures.words_of(fig).table
    assert [row["x"] for row in table][::7] == ["0", "99"]
    assert len(table) == 8


@pytest.mark.parametrize("curves", [{}, {"a": []}])
def test_nothing_to_draw_is_refused(curves):
    with pytest.raises(ValueError, match="each needs at least one"):
        plots.measured_curve(curves, "x", "y", "A title")


def test_whole_numbers_across_get_whole_ticks():
    fig = plots.measured_curve({"BERT": [(layer, layer**2) for layer in range(5)]}, "layer", "gap", "A title")
    assert all(tick == round(tick) for tick in fig.axes[0].get_xticks())
