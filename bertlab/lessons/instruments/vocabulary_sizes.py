"""Lesson 02's slider over the size of a vocabulary: pieces a word on unread text, for several scores side by side.

Learned and measured here, with `bertlab.text`; the page only shows it, and needs no kernel.
"""

import html
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bertlab.atomic import write_whole
from bertlab.lessons.instruments.scripts import script, style
from bertlab.text import longest_match, split_words, train_wordpiece
from bertlab.text.vocabulary import UNK
from bertlab.text.wordpiece_training import count_words, first_pieces
from bertlab.views.page import as_script, frame, own_file, whole_page

ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
NEWEST = 8
"""So many of the pieces that were learned last are shown."""


class VocabularySizes:
    """Vocabularies of growing size, one for each score: how many pieces a word of unread text takes.

        VocabularySizes(read, unread, "She was kind.", largest=3000)

    Args:
        read: lines that the vocabularies are learned from.
        unread: lines that they are measured on.
        sentence: is shown in its pieces.
        largest: pieces, at most.
        scores: see `bertlab.text.train_wordpiece`.

    Raises:
        ValueError: there is nothing to learn from or to measure on.
    """

    def __init__(
        self,
        read: Iterable[str],
        unread: Iterable[str],
        sentence: str,
        largest: int = 3000,
        scores: Sequence[str] = ("frequency", "likelihood"),
    ) -> None:
        lines, asked = list(read), count_words(unread)
        if not asked:
            raise ValueError("the unread text holds no words; give at least one")
        smallest = len(first_pieces(count_words(lines)))
        learned = {score: train_wordpiece(lines, max(largest, smallest), score) for score in scores}
        top = min(len(vocabulary) for vocabulary in learned.values())
        self.sizes = sizes_between(smallest, top)
        self.words = split_words(sentence)
        self.curves = {score: [pieces_a_word(asked, found.pieces[:size]) for size in self.sizes]
                       for score, found in learned.items()}  # fmt: skip
        self.shown = {score: [self._seen(found.pieces[:size]) for size in self.sizes]
                      for score, found in learned.items()}  # fmt: skip

    def _seen(self, pieces: Sequence[str]) -> dict[str, Any]:
        vocab = set(pieces)
        cut = [longest_match(word, vocab) or [UNK] for word in self.words]
        return {"sentence": cut, "newest": list(pieces[-NEWEST:])}

    def at(self, size: int) -> dict[str, float]:
        """Pieces a word, for each score, at the place of the slider that is nearest to this size."""
        place = min(range(len(self.sizes)), key=lambda at: abs(self.sizes[at] - size))
        return {score: curve[place] for score, curve in self.curves.items()}

    def page(self) -> str:
        """The whole HTML page."""
        numbers = {"sizes": self.sizes, "curves": self.curves, "shown": self.shown}
        body = f'<div id="sizes">{html.escape(str(self))}</div>'
        start = f"vocabularySizes(document.getElementById('sizes'), {as_script(numbers)});"
        scripts = (own_file("scripts/parts.js"), own_file("runs/curve.js"), script("pieces.js"),
                   script("vocabulary_sizes.js"), start)  # fmt: skip
        return whole_page("Vocabulary sizes", body, scripts, own_file("runs/run.css") + style())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as one HTML file that needs neither network nor kernel."""
        return write_whole(Path(path), self.page())

    def __str__(self) -> str:
        ends = ", ".join(f"by {score} {curve[-1]:.2f}" for score, curve in self.curves.items())
        first = next(iter(self.curves.values()))[0]
        return (
            f"Pieces a word of unread text, by the size of the vocabulary: {first:.2f} at {self.sizes[0]:,} pieces; "
            f"at {self.sizes[-1]:,} {ends}"
        )

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": frame(self.page(), str(self), height=560), "text/plain": str(self)}


def pieces_a_word(words: Counter[str], pieces: Iterable[str]) -> float:
    """The mean number of pieces of a running word; a word that cannot be cut is one, [UNK].

    >>> pieces_a_word(Counter({"sing": 3, "singing": 1}), ["sing", "##ing"])
    1.25
    """
    vocab = set(pieces)
    return sum(count * len(longest_match(word, vocab) or [UNK]) for word, count in words.items()) / words.total()


def sizes_between(smallest: int, largest: int) -> list[int]:
    """Round sizes from the smallest to the largest, each about a quarter larger than the one before.

    >>> sizes_between(92, 450)
    [92, 100, 120, 150, 200, 250, 300, 400, 450]
    """
    round_ones = [int(step * 10**zeros) for zeros in range(len(str(largest))) for step in ROUND]
    return [smallest, *(size for size in round_ones if smallest < size < largest), *{largest} - {smallest}]
