"""Figures carry their words, close behind themselves, and are saved as they are shown."""

import base64
import gc
import struct
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from bertlab.views import figures, save_figure, show


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


def test_a_figure_with_words_of_its_own_needs_no_others(displayed):
    fig = figures.tell(small_figure(), "a line that rises", [{"step": 1, "loss": 0.5}])
    show(fig)
    show(fig, table=[])
    show(fig, "other words")
    show(fig, "other words", [{"loss": 2}])
    pages = [Cells(bundle["text/html"]) for bundle in displayed]
    assert [page.image["alt"] for page in pages] == ["a line that rises"] * 2 + ["other words"] * 2
    assert [page.rows for page in pages] == [[["step", "loss"], ["1", "0.5"]], [], [], [["loss"], ["2"]]]


def test_a_figure_that_nobody_described_is_refused(displayed):
    with pytest.raises(ValueError, match="no words of its own: show"):
        show(small_figure())
    with pytest.raises(ValueError, match="alt is empty"):
        figures.tell(small_figure(), "")
    assert displayed == []


def test_words_go_when_their_figure_goes():
    gc.collect()
    before = len(figures._WORDS)
    fig = figures.tell(small_figure(), "a line")
    assert len(figures._WORDS) == before + 1
    del fig
    gc.collect()
    assert len(figures._WORDS) <= before


def test_a_figure_is_saved_as_a_vector_on_request(tmp_path, displayed):
    show(small_figure(), "a line", save=tmp_path / "line.svg")
    assert ElementTree.parse(tmp_path / "line.svg").getroot().tag.endswith("svg")
    assert save_figure(small_figure(), tmp_path / "line.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["line.pdf", "line.svg"]


@pytest.mark.parametrize("ending", ["svg", "pdf", "png"])
def test_a_saved_figure_carries_its_words_and_is_the_same_each_time(tmp_path, ending, displayed):
    fig = figures.tell(small_figure(), "a line that rises")
    first = save_figure(fig, tmp_path / f"first.{ending}").read_bytes()
    show(fig, save=tmp_path / f"second.{ending}")
    assert first == (tmp_path / f"second.{ending}").read_bytes()
    said = b"a line that rises" if ending != "pdf" else "a line that rises".encode("utf-16-be")
    assert said in first or b"a line that rises" in first
    save_figure(fig, tmp_path / f"third.{ending}", "other words")
    assert (tmp_path / f"third.{ending}").read_bytes() != first
