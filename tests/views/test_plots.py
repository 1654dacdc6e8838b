"""What holds for every figure: words of its own, odd tokens as they are, fonts, sizes, nothing left behind."""

from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from bertlab.views import figures, palette, plots, save_figure
from bertlab.views.plots import canvas

ODD = ["[CLS]", "$_$", "<b>", "狗", "_x_", "[SEP]"]
RNG = np.random.default_rng(0)
PROBS = RNG.dirichlet(np.ones(6), size=(4, 4, 6))
VECTORS = RNG.normal(size=(6, 16))
SHARES = [0.0, 0.01, 0.1, 0.2, 0.29, 0.4]
CLUES = {"on the $left$": 1.0, "<b>": 0.5, "狗": 0.75}

SHARES_OF_HEADS = np.array([[0.02, 0.9], [0.3, 0.1]])
FIGURES = {
    "attention_map": lambda **title: plots.attention_map(PROBS[0, 0], ODD, **title),
    "head_grid": lambda **title: plots.head_grid(PROBS, ODD, picked=[(1, 2)], **title),
    "mask_matrices": lambda **title: plots.mask_matrices({"$_$": np.ones((6, 6)), "狗": np.eye(6)}, ODD, **title),
    "mask_matrices of shares": lambda **title: plots.mask_matrices({"a": PROBS[0, 0], "b": PROBS[1, 1]}, ODD, **title),
    "embedding_sum": lambda **title: plots.embedding_sum({"$_$": VECTORS, "狗": VECTORS}, ODD, VECTORS, **title),
    "embedding_sum by hand": lambda **title: plots.embedding_sum({"a": np.eye(6)[:, :4]}, ODD, **title),
    "guess_bars": lambda **title: plots.guess_bars(ODD, SHARES, right="狗", **title),
    "truth_bars": lambda **title: plots.truth_bars(ODD, SHARES[::-1], SHARES, **title),
    "loss_curve": lambda **title: plots.loss_curve({"$_$": [(1, 2.0), (2, 1.0)]}, {"$x, limit": 0.5}, **title),
    "measured_curve": lambda **title: plots.measured_curve(
        {"$_$": [(1, 0.2), (2, 0.1)], "<b>": [(1, 0.3)]}, "狗", "up", **{"title": "Words that say what to see"} | title
    ),
    "part_bars": lambda **title: plots.part_bars(
        {"$_$": ([2.0, 2.1], [1.0]), "狗": ([3.0], [1.0])},
        {"whole": 0.5},
        **{"title": "Words of its own"} | title,
        limit=0.2,
    ),
    "reach_map": lambda **title: plots.reach_map(
        {"$_$": PROBS[0, 0, :4], "狗": np.eye(6)[:4]}, ODD, 3, **{"title": "Who hears of a change"} | title
    ),
    "clue_bars": lambda **title: plots.clue_bars({"$_$": CLUES, "狗": CLUES}, CLUES, 0.5, **title),
    "clue_bars of many": lambda **title: plots.clue_bars(dict.fromkeys(ODD, CLUES), CLUES, CLUES, **title),
    "sense_scatter": lambda **title: plots.sense_scatter(VECTORS, ["$_$", "狗"] * 3, VECTORS**2, **title),
    "head_effects": lambda **title: plots.head_effects(
        {"$_$": (SHARES_OF_HEADS, 5 * SHARES_OF_HEADS), "狗": (SHARES_OF_HEADS.T, SHARES_OF_HEADS)},
        **{"title": "Looks are not effects"} | title,
    ),
}
every_figure = pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES.keys())


def test_every_figure_is_tried_here():
    figures_of_plots = {
        name for name in plots.__all__ if name.endswith(("bars", "map", "grid", "curve", "scatter", "effects"))
    }
    figures_of_plots |= {"mask_matrices", "embedding_sum"}
    assert {name.split()[0] for name in FIGURES} == figures_of_plots
    helpers = {"percent", "spread", "SenseGap", "sense_gap", "principal_plane"}
    assert figures_of_plots | helpers == set(plots.__all__)


@every_figure
def test_it_brings_its_words_and_its_table(draw, drawn_text):
    fig = draw()
    alt, table = figures.words_of(fig)
    said = " ".join(fig.get_suptitle().split())
    assert len(said) > 15
    assert alt.startswith(said)
    assert len(alt) > len(said) + 20, "what is drawn is said besides what there is to see"
    assert 1 <= len(table) <= 24
    assert '<th scope="row">' in figures.table_html(table)
    other = draw(title="Look here!")
    assert figures.words_of(other).alt.startswith("Look here! ")
    assert "Look here!" in drawn_text(other)


@every_figure
def test_odd_tokens_stand_there_as_they_are(draw, drawn_text):
    fig = draw()
    words = drawn_text(fig)
    told = str(figures.words_of(fig).table)
    for token in (token for token in ODD if token in told):
        assert any(token in word for word in words)
    for text in fig.findobj(mpl.text.Text):
        if "$" in text.get_text() and text.get_visible():
            assert not text.get_parse_math(), f"{text.get_text()!r} would be read as mathematics"


@every_figure
@pytest.mark.filterwarnings("ignore:Glyph")
def test_all_its_words_are_in_the_fonts_of_the_house(draw, monkeypatch):
    monkeypatch.setattr(canvas, "_fonts", lambda: ["DejaVu Sans", "DejaVu Serif"])
    settings = dict(mpl.rcParams)
    fig = draw()
    fig.draw_without_rendering()
    texts = [text for text in fig.findobj(mpl.text.Text) if text.get_text()]
    assert {tuple(text.get_fontfamily()) for text in texts} == {("DejaVu Sans", "DejaVu Serif")}
    assert min(text.get_fontsize() for text in texts) >= 7
    assert dict(mpl.rcParams) == settings, "nothing stays changed for other figures"


@every_figure
@pytest.mark.filterwarnings("ignore:Glyph")
def test_it_fits_on_a_projector_and_leaves_no_figure_open(draw):
    before = plt.get_fignums()
    fig = draw()
    fig.draw_without_rendering()
    width, height = fig.get_tightbbox().size
    assert width <= 10.7, "inches; a screen has 96 pixels to an inch"
    assert height <= 6.5
    assert plt.get_fignums() == before


@every_figure
@pytest.mark.filterwarnings("ignore:Glyph")
def test_it_is_saved_as_a_vector(draw, tmp_path):
    fig = draw()
    root = ElementTree.parse(save_figure(fig, tmp_path / "figure.svg")).getroot()
    titles = root.findall("{http://www.w3.org/2000/svg}title")
    assert [title.text for title in titles] == [figures.words_of(fig).alt]
    assert save_figure(fig, tmp_path / "figure.pdf").read_bytes().startswith(b"%PDF")


def test_a_long_title_is_broken_into_lines():
    fig = plots.guess_bars(["a"], [1.0], title="word " * 30)
    assert fig.get_suptitle().count("\n") >= 2
    assert max(map(len, fig.get_suptitle().splitlines())) <= 60


def test_labels_keep_apart_in_order_and_inside():
    heights = list(np.random.default_rng(0).random(9))
    moved = plots.spread(heights, gap=0.1)
    assert np.argsort(moved).tolist() == np.argsort(heights).tolist()
    assert np.diff(np.sort(moved)).min() >= 0.1 - 1e-9
    assert min(moved) >= 0
    assert max(moved) <= 1 + 1e-9
    assert plots.spread([0.2, 0.8, 0.5], gap=0.1) == pytest.approx([0.2, 0.8, 0.5]), "nobody moves without need"


def test_labels_move_as_little_as_they_can():
    # Of all arrangements on a fine grid, none has a smaller sum of squared moves.
    heights, gap, steps = [0.5, 0.52, 0.9], 0.1, np.arange(0, 1.0001, 0.01)
    best = min(
        (sum((new - old) ** 2 for new, old in zip(moved, heights, strict=True)), moved)
        for moved in ((a, b, c) for a in steps for b in steps for c in steps)
        if moved[1] - moved[0] >= gap - 1e-9 and moved[2] - moved[1] >= gap - 1e-9
    )
    assert plots.spread(heights, gap) == pytest.approx(best[1], abs=0.011)


def luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


DRAWN = [palette.BERT, palette.GPT, palette.LIMIT, palette.CONTROL, *palette.colours_of("xyz")]


@pytest.mark.parametrize("colour", DRAWN)
def test_colours_are_legible_on_white(colour):
    # WCAG 2.2: 3 for what is drawn, 4.5 for words.
    assert contrast(colour, "#FFFFFF") >= 3
    assert contrast(palette.ink(colour), "#FFFFFF") >= 4.5
    assert contrast(palette.ink_on(colour), colour) >= 4.5


def test_numbers_on_a_map_are_legible_on_every_shade():
    for name in (palette.ATTENTION_MAP, palette.SIGNED_MAP):
        for shade in mpl.colormaps[name](np.linspace(0, 1, 101)):
            behind = mpl.colors.to_hex(shade)
            assert contrast(palette.ink_on(tuple(shade)), behind) >= 4.5


def test_names_without_a_meaning_have_colours_of_their_own():
    names = ["LSTM", "BERT", "GRU", "GPT", "BiLSTM", "untrained"]
    colours = palette.colours_of(names)
    assert len(set(colours)) == 6
    assert [colours[1], colours[3], colours[5]] == [palette.BERT, palette.GPT, palette.CONTROL]
