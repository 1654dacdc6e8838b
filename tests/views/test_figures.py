"""Figures carry their words, close behind themselves, and show the numbers they were given."""

import base64
import re
import struct
import warnings
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from bertlab.views import figures, palette, plots, save_figure, show


@pytest.fixture
def displayed(monkeypatch):
    """What a cell would display."""
    import IPython.display

    seen = []
    monkeypatch.setattr(IPython.display, "display", lambda thing: seen.append(thing._repr_mimebundle_()))
    return seen


class Cells(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.rows: list[list[str]] = []
        self.image: dict[str, str | None] = {}
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.image = dict(attrs)
        if tag == "tr":
            self.rows.append([])
        self._inside = tag in ("td", "th")
        if self._inside:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self._inside = False

    def handle_data(self, data):
        if self._inside:
            self.rows[-1][-1] += data


def small_figure():
    fig = Figure(figsize=(3, 2))
    fig.add_subplot().plot([1, 2], [3, 4])
    return fig


def test_a_figure_is_shown_with_its_words_and_its_table(displayed):
    table = [{"word": "<b>", "share": 0.123456, "count": 12345}, {"word": "river", "share": 1.0, "count": 1}]
    show(small_figure(), 'a "line" that <rises>', table)
    (bundle,) = displayed
    page = Cells(bundle["text/html"])
    assert page.image["alt"] == 'a "line" that <rises>'
    assert bundle["text/plain"] == 'Figure: a "line" that <rises>'
    assert page.rows == [["word", "share", "count"], ["<b>", "0.123", "12,345"], ["river", "1", "1"]]


def test_the_picture_is_a_png_twice_as_fine_as_it_is_shown():
    page = Cells(figures.figure_html(small_figure(), "a line"))
    png = base64.b64decode(page.image["src"].removeprefix("data:image/png;base64,"))
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert int(page.image["width"]) == pytest.approx(width / 2, abs=1)
    assert width > height > 200


def test_a_figure_without_words_is_refused(displayed):
    with pytest.raises(ValueError, match="alt is empty"):
        show(small_figure(), " ")
    assert displayed == []


def test_a_ragged_table_is_named():
    with pytest.raises(ValueError, match=r"row 1 of the table has columns \['b'\], row 0 has \['a'\]"):
        figures.table_html([{"a": 1}, {"b": 2}])


def test_a_figure_of_pyplot_is_closed(displayed):
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots()
    axes.plot([1, 2])
    assert plt.fignum_exists(fig.number)
    show(fig, "a line")
    assert not plt.fignum_exists(fig.number)


def test_plots_leave_no_figure_open():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    plots.guess_bars(["a"], [1.0])
    plots.attention_map([[1.0]], ["a"])
    plots.loss_curve([(1, 2.0)])
    assert plt.get_fignums() == before


def test_a_figure_is_saved_as_a_vector_on_request(tmp_path, displayed):
    show(small_figure(), "a line", save=tmp_path / "line.svg")
    assert ElementTree.parse(tmp_path / "line.svg").getroot().tag.endswith("svg")
    assert save_figure(small_figure(), tmp_path / "line.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["line.pdf", "line.svg"]


def drawn_text(fig):
    """Every word in the figure, after drawing it with warnings as errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fig.draw_without_rendering()
    return [text.get_text() for text in fig.findobj(lambda artist: hasattr(artist, "get_text")) if text.get_text()]


def test_an_attention_map_shows_the_numbers_it_was_given():
    probs = np.random.default_rng(0).dirichlet(np.ones(4), size=4)
    fig = plots.attention_map(probs, ["[CLS]", "$_$", "_x_", "[SEP]"])
    image = fig.axes[0].images[0]
    assert np.array_equal(image.get_array(), probs)
    words = drawn_text(fig)
    assert words.count("$_$") >= 2, "dollar signs are tokens, not (here faulty) mathematics"
    assert [f"{p:.2f}" for p in probs.ravel()] == [word for word in words if re.fullmatch(r"\d\.\d\d", word)]
    row, column = np.unravel_index(probs.argmax(), probs.shape)
    tokens = ["[CLS]", "$_$", "_x_", "[SEP]"]
    assert fig.get_suptitle() == f"“{tokens[row]}” looks at “{tokens[column]}” most of all ({probs.max():.2f})"


def test_an_attention_map_of_a_square_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"probs has shape \(2, 2\); 3 rows and 3 columns"):
        plots.attention_map(np.eye(2), ["a", "b", "c"])
    assert plots.attention_map(np.ones((1, 2)) / 2, ["a"], key_tokens=["b", "c"]).axes


def test_a_loss_curve_says_where_it_ended_beside_what_is_known():
    history = {"BERT": [(0, 8.0), (100, 4.0)], "GPT": [(0, 8.0), (100, 4.5)]}
    fig = plots.loss_curve(history, {"both sides, limit": 3.5, "unigram guess": 6.4})
    assert fig.get_suptitle() == "BERT after 100 steps: 4.00 nats, 0.50 above “both sides, limit”"
    lines = {line.get_color(): list(line.get_ydata()) for line in fig.axes[0].lines}
    assert lines == {
        palette.BERT: [8.0, 4.0],
        palette.GPT: [8.0, 4.5],
        palette.LIMIT: [3.5, 3.5],
        palette.CONTROL: [6.4, 6.4],
    }
    assert {"BERT 4.00", "GPT 4.50", "both sides, limit 3.50", "unigram guess 6.40"} <= set(drawn_text(fig))


def test_on_a_halving_scale_low_limits_have_room_and_their_labels_stay_in_order():
    limits = {"left side only, limit": 0.65, "right side only, limit": 0.57, "both sides, limit": 0.23}
    fig = plots.loss_curve([(100, 4.4), (200, 0.45)], limits, halving=True)
    axes = fig.axes[0]
    assert axes.get_yscale() == "log"
    assert [float(tick.get_text()) for tick in axes.get_yticklabels()] == [0.125, 0.25, 0.5, 1, 2, 4, 8]
    labels = {note.get_text(): note.xyann[1] for note in axes.texts}
    names = [*(f"{name} {loss:.2f}" for name, loss in limits.items()), "BERT 0.45"]
    heights = [labels[name] for name in names]
    assert np.argsort(heights).tolist() == np.argsort([*limits.values(), 0.45]).tolist()
    assert np.diff(np.sort(heights)).min() > 0.06
    starts = {note.get_text(): note.xy[1] for note in axes.texts}
    shares = [np.log2(loss / 0.125) / 6 for loss in [*limits.values(), 0.45]]
    assert [starts[name] for name in names] == pytest.approx(shares), "each label's line begins where its loss is"


def test_the_truth_and_a_guess_stand_beside_each_other_on_one_scale():
    fig = plots.truth_bars(["studio", "river"], [0.5, 0.5 + 1e-12], [0.3, 0.6])
    truth, guess = fig.axes
    assert [bar.get_width() for bar in truth.patches] == pytest.approx([0.5, 0.5])
    assert [bar.get_width() for bar in guess.patches] == [0.3, 0.6]
    assert truth.get_xlim() == guess.get_xlim()
    assert {bar.get_facecolor() for bar in truth.patches} != {bar.get_facecolor() for bar in guess.patches}
    assert fig.get_suptitle() == "“studio”: one can be 50% sure, BERT is 30%", "rounding decides nothing"
    assert {"studio", "river", " 50.0%", " 30.0%", " 60.0%", "how sure one can be"} <= set(drawn_text(fig))
    with pytest.raises(ValueError, match="2 pieces, 2 exact probabilities and 1 guessed"):
        plots.truth_bars(["a", "b"], [0.5, 0.5], [1.0])


def test_an_empty_history_is_refused():
    with pytest.raises(ValueError, match="'BERT' has no points"):
        plots.loss_curve([])


def test_labels_keep_apart_and_in_order():
    heights = list(np.random.default_rng(0).random(12))
    moved = plots.spread(heights, gap=0.1)
    assert np.argsort(moved).tolist() == np.argsort(heights).tolist()
    assert np.diff(np.sort(moved)).min() >= 0.1 - 1e-9
    assert all(after >= before for before, after in zip(heights, moved, strict=True))


def test_guesses_are_bars_of_their_probabilities():
    fig = plots.guess_bars(["store", "river"], [0.3, 0.1], right="river")
    bars = fig.axes[0].patches
    assert [bar.get_width() for bar in bars] == [0.3, 0.1]
    assert bars[0].get_facecolor() != bars[1].get_facecolor()
    assert fig.get_suptitle() == "The best guess is “store” (30%)"
    assert {"store", "river", " 30.0%", " 10.0%"} <= set(drawn_text(fig))
    with pytest.raises(ValueError, match="2 pieces and 1 probabilities"):
        plots.guess_bars(["a", "b"], [0.5])


def luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("colour", [palette.BERT, palette.GPT, palette.LIMIT, palette.CONTROL])
def test_colours_with_a_meaning_are_legible_on_white(colour):
    # WCAG 2.1: 3 for what is drawn.
    assert 1.05 / (luminance(colour) + 0.05) >= 3
