"""Lesson 02's merge machine: a vocabulary learned merge by merge at the press of a button, by one score or the other.

All that it can show is computed here, by the trainer of `bertlab.text`; the page only turns the leaves. So it works in
a notebook, in an exported page, and when there is no kernel any more.
"""

import html
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bertlab.atomic import write_whole
from bertlab.lessons.instruments.scripts import script, style
from bertlab.text import Merge, train_wordpiece
from bertlab.text.pair_counts import PairCounts
from bertlab.text.vocabulary import SPECIAL_PIECES
from bertlab.text.wordpiece_training import SCORES, count_words, first_pieces
from bertlab.views.page import as_script, frame, own_file, whole_page

SHOWN_SCORES = ("frequency", "likelihood")
PAIRS, WORDS = 8, 12
"""So many of the best pairs, and of the most frequent words, are shown."""


class MergeMachine:
    """A corpus, its best pairs, and a button that merges the best of them.

        MergeMachine({"king": 5, "kings": 2, "sing": 3})
        MergeMachine(["All of a text,", "line by line."], merges=60)

    Args:
        corpus: how often each word occurs, or lines of text.
        merges: so many can be made, at most.
        score: by which one begins, "frequency" or "likelihood".

    Raises:
        ValueError: there is no such score, or the corpus holds no words.
    """

    def __init__(self, corpus: Mapping[str, int] | Iterable[str], merges: int = 40, score: str = "frequency") -> None:
        if score not in SHOWN_SCORES:
            raise ValueError(f"unknown score {score!r}; the machine merges by {' or '.join(SHOWN_SCORES)}")
        self.words = Counter(corpus) if isinstance(corpus, Mapping) else count_words(corpus)
        if not self.words:
            raise ValueError("the corpus holds no words; give at least one")
        self.score = score
        self.runs = {name: self._run(name, merges) for name in SHOWN_SCORES}

    def _run(self, score: str, merges: int) -> dict[str, Any]:
        """Every state of the machine under one score: before the first merge, and after each."""
        lines = (" ".join([word] * count) for word, count in self.words.items())
        first = first_pieces(self.words)
        learned = train_wordpiece(lines, len(first) + merges, score, min_frequency=1, alphabet_limit=10_000)
        corpus = PairCounts(self.words)
        ages = {piece: age for age, piece in enumerate(learned.pieces)}
        states = [self._state(corpus, score, ages)]
        for merge in learned.merges:
            corpus.merge(merge.left, merge.right)
            states.append(self._state(corpus, score, ages))
        return {"merges": [_told(merge) for merge in learned.merges], "states": states}

    def _state(self, corpus: PairCounts, score: str, ages: Mapping[str, int]) -> dict[str, Any]:
        most_frequent = sorted(range(len(corpus.words)), key=lambda word: -corpus.counts[word])[:WORDS]
        return {
            "pairs": best_pairs(corpus, score, ages),
            "words": [[list(corpus.words[word]), corpus.counts[word]] for word in most_frequent],
            "total": corpus.total,
        }

    def page(self) -> str:
        """The whole HTML page."""
        numbers = {
            "alphabet": first_pieces(self.words)[len(SPECIAL_PIECES) :],
            "score": self.score,
            "runs": self.runs,
            "distinct": len(self.words),
            "running": sum(self.words.values()),
        }
        body = f'<div id="machine">{html.escape(str(self))}</div>'
        start = f"mergeMachine(document.getElementById('machine'), {as_script(numbers)});"
        scripts = (own_file("scripts/parts.js"), script("pieces.js"), script("merge_machine.js"), start)
        return whole_page("Merge machine", body, scripts, style())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the machine as one HTML file that needs neither network nor kernel."""
        return write_whole(Path(path), self.page())

    def __str__(self) -> str:
        states = self.runs[self.score]["states"]
        left, right, count = states[0]["pairs"][0][:3] if states[0]["pairs"] else ("", "", 0)
        best = f"; by {self.score} the best pair is {left} + {right}, met {count} times" if count else ""
        return f"Merge machine: {len(self.words)} different words in {states[0]['total']} pieces{best}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": frame(self.page(), str(self), height=560), "text/plain": str(self)}


def best_pairs(corpus: PairCounts, score: str, ages: Mapping[str, int], top: int = PAIRS) -> list[list[Any]]:
    """The best pairs: left, right, count(ab), count(a), count(b), and the likelihood score; the next merge leads.

    >>> corpus = PairCounts(Counter({"king": 5, "quiz": 1}))
    >>> ages = {piece: age for age, piece in enumerate(first_pieces(["king", "quiz"]))}
    >>> best_pairs(corpus, "frequency", ages, top=1), best_pairs(corpus, "likelihood", ages, top=1)
    ([['k', '##i', 5, 5, 6, 0.16666666666666666]], [['q', '##u', 1, 1, 1, 1.0]])
    """

    def value(pair: tuple[str, str], by: str) -> float:
        left, right = pair
        return SCORES[by](corpus.pairs[pair], corpus.pieces[left], corpus.pieces[right], corpus.total)

    there = [pair for pair, count in corpus.pairs.items() if count > 0]
    order = sorted(there, key=lambda pair: (-value(pair, score), ages[pair[0]], ages[pair[1]]))
    return [
        [left, right, corpus.pairs[left, right], corpus.pieces[left], corpus.pieces[right],
         value((left, right), "likelihood")]
        for left, right in order[:top]
    ]  # fmt: skip


def _told(merge: Merge) -> Sequence[Any]:
    return [merge.left, merge.right, merge.piece, merge.count]
