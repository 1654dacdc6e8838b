import warnings

import pytest

from bertlab.views.plots import canvas


@pytest.fixture
def drawn_text():
    """Every word in a figure, after drawing it with warnings as errors."""

    def read(fig):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if canvas._fonts() == ["DejaVu Sans"]:
                warnings.filterwarnings("ignore", "Glyph")  # a machine without Chinese characters
            fig.draw_without_rendering()
        return [text.get_text() for text in fig.findobj(lambda artist: hasattr(artist, "get_text")) if text.get_text()]

    return read
