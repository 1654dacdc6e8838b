"""Lesson 01's instrument: type a sentence with a word of two senses, and see near which sense its vector lies."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from bertlab.corpora import sense_pairs
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.instruments.scripts import script, style
from bertlab.lessons.instruments.senses_of_a_word import tell, unknown_words, vector_of, vectors_of
from bertlab.model import BertForPreTraining
from bertlab.text import Tokenizer
from bertlab.views.live_answers import LiveAnswers
from bertlab.views.page import own_file
from bertlab.views.plots import principal_plane

LONGEST_TEXT = 200
YOURS = "your sentence"


class Known(NamedTuple):
    """A text in which a word has this sense. The two texts of a pair have one form: neither judges the other."""

    word: str
    sense: str
    text: str
    pair: int


class Asked(NamedTuple):
    """A reader, and the texts beside which yours is laid."""

    model: BertForPreTraining
    tokenizer: Tokenizer
    known: Sequence[Known]


def in_stories(world: StoryWorld, words: Sequence[str], each: int = 10) -> list[Known]:
    """New stories of two sentences with each of some words, so many in each of its senses."""
    told = [(word, each_told) for word in words for each_told in tell(world, word, each)]
    return [Known(word, each_told.place, each_told.text, pair) for pair, (word, each_told) in enumerate(told)]


def in_english() -> list[Known]:
    """The pairs of English sentences that come with bertlab, one by one."""
    return [
        Known(pair.word, sense, text, number)
        for number, pair in enumerate(sense_pairs())
        for sense, text in ((pair.sense_a, pair.text_a), (pair.sense_b, pair.text_b))
    ]


def nearer(
    vector: Float[np.ndarray, " hidden"], known: Float[np.ndarray, "texts hidden"], senses: Sequence[str]
) -> dict[str, float]:
    """The mean cosine of a vector with the known ones of each sense, the nearest sense first.

    >>> nearer(np.array([1.0, 0.0]), np.array([[2.0, 0.0], [0.0, 1.0]]), ["snake", "language"])
    {'snake': 1.0, 'language': 0.0}
    """
    alike = known @ vector / np.linalg.norm(known, axis=1) / np.linalg.norm(vector)
    means = {sense: float(alike[np.array(senses) == sense].mean()) for sense in dict.fromkeys(senses)}
    return dict(sorted(means.items(), key=lambda item: -item[1]))


def margins(
    known: Float[np.ndarray, "texts hidden"], senses: Sequence[str], pairs: Sequence[int] | None = None
) -> list[float]:
    """By how much each known text lies nearer to the others of its own sense; below 0 where it does not.

    >>> margins(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]), ["a", "a", "b", "b"])
    [1.0, 1.0, 1.0, 1.0]

    Args:
        pairs: which texts have one form; left out with a text is its partner of the other sense, or the form decides.
    """
    pairs = range(len(senses)) if pairs is None else pairs
    found = []
    for at, sense in enumerate(senses):
        others = [other for other, pair in enumerate(pairs) if pair != pairs[at]]
        near = nearer(known[at], known[others], [senses[other] for other in others])
        found.append(near[sense] - max(cosine for other, cosine in near.items() if other != sense))
    return found


def worth(right: int, count: int) -> str:
    """What a map is worth, by how many of its known texts it places rightly.

    >>> worth(6, 10)
    'Of the 10 known sentences, 6 lie nearer to their own group. Luck would do as much: this map says nothing.'
    """
    said = f"Of the {count} known sentences, {right} " + (
        "lies nearer to its own group." if right == 1 else "lie nearer to their own group."
    )
    by_luck = right <= count / 2 + count**0.5  # 19 times in 20 a coin has no more
    if right < count / 2:
        return f"{said} Luck has about {count // 2}: this map says nothing."
    beside = "Luck would do as much: this map says nothing." if by_luck else f"Luck alone has about {count // 2}."
    return f"{said} {beside}"


class SenseMap(LiveAnswers):
    """A sentence in, and a point beside those of sentences whose sense, or place, is known.

        SenseMap({"BERT": Asked(model, tokenizer, known)}, "python", "Everybody wants to talk about Python.")

    Args:
        readers: by name.

    Raises:
        ImportError: anywidget is not installed (when it is shown).
        ValueError: nobody knows the word, or it does not stand in the text.
    """

    title, height, draws = "Map of senses", 560, "senseMap"

    def __init__(self, readers: Mapping[str, Asked], word: str, text: str) -> None:
        self.readers = dict(readers)
        self._drawn: dict[tuple[str, str], tuple[Float[np.ndarray, "texts hidden"], list[float]]] = {}
        words = {name: list(dict.fromkeys(each.word for each in asked.known)) for name, asked in readers.items()}
        first = {
            name: {each.word: each.text for each in reversed(asked.known)} for name, asked in readers.items()
        }  # what stands in the field when another word is chosen
        super().__init__([next(iter(readers)), word, text], words=words, first=first)

    def _answered(self, name: str, word: str, text: str) -> dict[str, Any]:
        if name not in self.readers:
            raise ValueError(f"no reader is called {name!r}; there are {', '.join(self.readers)}")
        model, tokenizer, all_known = self.readers[name]
        known = [each for each in all_known if each.word == word]
        if not known:
            raise ValueError(f"{name} has no sentences with “{word}”")
        if len(text) > LONGEST_TEXT:
            raise ValueError(f"Your text has {len(text)} characters; {LONGEST_TEXT} can be read here.")
        if (name, word) not in self._drawn:
            vectors = vectors_of(model, tokenizer, [each.text for each in known], word)
            self._drawn[name, word] = (
                vectors,
                margins(vectors, [each.sense for each in known], [each.pair for each in known]),
            )
        vectors, by = self._drawn[name, word]
        senses = [each.sense for each in known]
        try:
            own = vector_of(model, tokenizer, text, word)
        except ValueError:
            raise ValueError(f"Your sentence needs the word “{word}” in this form (capitals do not matter).") from None
        mine = {each.pair for each in known if each.text == text}  # a known text does not judge itself
        others = [at for at, each in enumerate(known) if each.pair not in mine]
        near = nearer(own, vectors[others], [senses[at] for at in others])
        (first, most), (other, less) = near.items()
        unit = np.vstack([vectors, own]) / np.linalg.norm(np.vstack([vectors, own]), axis=1, keepdims=True)
        alike, (places, _) = unit[:-1] @ unit[-1], principal_plane(unit)
        left, right = (places[:-1][np.array(senses) == each, 0].mean() for each in dict.fromkeys(senses))
        if left > right:  # the first group stays on the left, whatever is typed
            places[:, 0] *= -1
        groups = [*dict.fromkeys(senses), YOURS]
        low, high = places.min(axis=0) - 0.02, places.max(axis=0) + 0.02
        texts = [*(each.text for each in known), text]
        return {
            "groups": groups,
            "points": [
                {"x": round(float(x), 3), "y": round(float(y), 3), "group": groups.index(sense), "words": each}
                for (x, y), sense, each in zip(places, [*senses, YOURS], texts, strict=True)
            ],
            "cosines": [round(float(each), 2) for each in alike],
            "bounds": [round(float(end), 3) for end in (low[0], high[0], low[1], high[1])],
            "said": f"Your {word} lies nearer to {first}: mean cosine {most:.2f}, to {other} {less:.2f}."
            + " Each known sentence is clearer than yours." * (most - less < min(map(abs, by))),
            "worth": worth(sum(each > 0 for each in by), len(known)),
            "unknown": unknown_words(tokenizer, text),
        }

    def _scripts(self) -> tuple[str, ...]:
        return (own_file("runs/scatter.js"), script("sense_map.js"))

    def _style(self) -> str:
        return style() + own_file("runs/run.css") + script("sense_map.css")

    def __str__(self) -> str:
        name, _, text = self._state["question"]
        answer = self._state["answer"]
        return f"Map of senses, {name}. “{text}” {answer['said']} {answer['worth']}"
