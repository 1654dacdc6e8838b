"""A recorded run, to be slid through: loss beside the limits, guesses, attention and senses as they came to be."""

import html
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bertlab.atomic import write_whole
from bertlab.views.page import as_script, frame, own_file, whole_page
from bertlab.views.runs.numbers import DRAWING, beside, colour_told, run_style
from bertlab.views.runs.recorded_numbers import replay_numbers

SCRIPTS = (*DRAWING, "runs/scatter.js", "runs/replay.js")


class Replay:
    """A run in moments, with a slider. It is one page and needs no kernel: a notebook shows it in a frame.

        Replay(Recording.load(data_path("runs", "story")))

    Args:
        recording: of `bertlab.training.recording`.
        sentences: which of the watched sentences, from 0; if left out, all. Attention makes most of the page: a byte
            for each share, so that six sentences of 25 tokens in 23 moments of 12 heads take 1.3 MB.
        autoplay: begin by itself, unless the reader prefers no motion.
        name: whose run it is.

    Raises:
        ValueError: the recording has no moments, or there is no such sentence.
    """

    def __init__(
        self, recording: Any, sentences: Sequence[int] | None = None, *, autoplay: bool = False, name: str = "BERT"
    ) -> None:
        self.numbers = {
            **replay_numbers(recording, sentences), "name": name, "colour": colour_told(name), "autoplay": autoplay
        }  # fmt: skip

    def __str__(self) -> str:
        numbers = self.numbers
        words = (
            f"Replay of {numbers['name']}'s training, {numbers['steps'][-1]:,} steps in {len(numbers['steps'])} moments"
        )
        if numbers["measured"]:
            nats = numbers["measured"][-1][1]
            words += f"; in the end {nats:.2f} nats{beside(nats, numbers['limits'])}"
        return words

    def page(self) -> str:
        """The whole HTML page."""
        script = f"replay(document.getElementById('run'), {as_script(self.numbers)});"
        body = f'<div id="run">{html.escape(str(self))}</div>'
        return whole_page(str(self), body, (*map(own_file, SCRIPTS), script), run_style())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the replay as one HTML file that needs neither network nor kernel."""
        return write_whole(Path(path), self.page())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": frame(self.page(), str(self), height=1100), "text/plain": str(self)}
