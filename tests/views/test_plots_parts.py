"""What a part is worth, and how far news travels: bars, lines and cells are what was measured."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from bertlab.views import figures, palette, plots

LOSSES = {"attention": ([6.0, 7.0], [4.0, 4.2]), "layer norm": ([1.5, 2.5], [0.7, 0.8])}
KNOWN = {"whole model": 0.75, "unigram guess": 4.5}


def test_each_part_has_two_bars_and_the_limit_is_dashed(drawn_text):
    fig = plots.part_bars(LOSSES, KNOWN, "Two parts", limit=0.26)
    axes = fig.axes[0]
    wide = [(round(bar.get_width(), 6), to_hex(bar.get_facecolor())) for bar in axes.patches if bar.get_width()]
    grey, blue = palette.CONTROL.lower(), palette.BERT.lower()
    assert wide == [(6.5, grey), (4.1, blue), (2.0, grey), (0.75, blue)]
    dots = [list(line.get_xdata()) for line in axes.lines if line.get_marker() == "o"]
    assert dots == [[6.0, 7.0], [4.0, 4.2], [1.5, 2.5], [0.7, 0.8]]
    lines = {line.get_label(): (line.get_xdata()[0], to_hex(line.get_color())) for line in axes.lines[-3:]}
    assert lines == {
        "limit 0.26": (0.26, palette.LIMIT),
        "whole model 0.75": (0.75, blue),
        "unigram guess 4.50": (4.5, grey),
    }
    assert {"without\nattention", "6.50", "0.75", "limit 0.26", "trained without it", "one run"} <= set(drawn_text(fig))
    alt, table = figures.words_of(fig)
    assert "limit 0.26, whole model 0.75, unigram guess 4.50. Taken out, attention costs most: 6.50." in alt
    assert alt.endswith("the one without attention is worst: 4.10.")
    out, never = "taken out of a trained model", "trained without it"
    assert table[0] == {"without": "nothing", out: "", never: "0.75"}
    assert table[2] == {"without": "layer norm", out: "2.00 (1.50 to 2.50)", never: "0.75 (0.70 to 0.80)"}


def test_a_mean_is_crossed_by_no_line_and_no_two_lines_look_alike(drawn_text):
    known = KNOWN | {"knows the place alone": 4.0}
    fig = plots.part_bars(LOSSES, known, "Two parts", limit=0.26)
    assert drawn_text(fig)
    axes = fig.axes[0]
    means = [text for text in axes.texts if text.get_text() in ("6.50", "4.10", "2.00", "0.75")]
    assert len(means) == 4
    bars = axes.get_window_extent()
    assert all(text.get_window_extent().x0 > bars.x1 for text in means)
    lines = axes.lines[-4:]
    assert len({str(line._dash_pattern) for line in lines}) == 4
    colours = {line.get_label(): to_hex(line.get_color()) for line in lines}
    assert colours["knows the place alone 4.00"] == palette.CONTROL.lower()


@pytest.mark.parametrize("losses", [{}, {"attention": ([1.0], [])}])
def test_a_part_without_runs_is_refused(losses):
    with pytest.raises(ValueError, match="at least one run of each kind"):
        plots.part_bars(losses, KNOWN, "A title", limit=0.2)


TOKENS = ["the", "old", "man", "sang"]
MOVED = np.array([[0.0, 0.0, 0.2, 0.9], [0.0, 0.1, 0.3, 0.8]])


def test_a_cell_that_does_not_move_is_hatched_and_the_changed_one_black(drawn_text):
    fig = plots.reach_map({"causal": MOVED}, TOKENS, 3, "Who hears of it")
    axes = fig.axes[0]
    cells = {
        (round(patch.get_y() + 0.5), round(patch.get_x() + 0.5)): patch.get_hatch()
        for patch in axes.patches
        if isinstance(patch, Rectangle)
    }
    assert cells == {(0, 0): "////", (0, 1): "////", (1, 0): "////", (0, 3): None, (1, 3): None}
    assert axes.images[0].get_clim() == (0.0, 0.3), "the changed token does not set the scale"
    assert {"the", "sang", "after 1 layer", "after 2", "causal"} <= set(drawn_text(fig))
    alt, table = figures.words_of(fig)
    assert alt.endswith("Changed is “sang”, place 3 of 0 to 3.")
    assert table[0] == {"others that move": "after 1", "causal": "1 of 3, by 0.2 to 0.2 (man)"}, "of those that move"


def test_where_nothing_moves_a_map_is_drawn_all_the_same(drawn_text):
    fig = plots.reach_map({"a": MOVED * 0, "b": MOVED * 0}, TOKENS, 0, "Nobody hears of it")
    assert drawn_text(fig)
    assert figures.words_of(fig).table[1]["b"] == "0 of 3"


def test_maps_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"each needs \(layers, 3 tokens\)"):
        plots.reach_map({"a": MOVED}, TOKENS[:3], 0, "A title")
    with pytest.raises(ValueError, match="shapes are"):
        plots.reach_map({}, TOKENS, 0, "A title")
