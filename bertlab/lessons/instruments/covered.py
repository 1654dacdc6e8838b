"""What is left when something is covered: one side of a story, as many pieces anywhere, or the clues to one word."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from bertlab.corpora.story import StoryWorld
from bertlab.model import BertForPreTraining
from bertlab.text import Tokenizer
from bertlab.training.truth import Questions, answers


def with_card(model: BertForPreTraining, tokenizer: Tokenizer, questions: Questions, hides: str = "right") -> float:
    """The mean loss at the same places, asked one at a time, while the piece asked for and others are covered (nats).

    It is the loss of the pieces that stood there. Each covered piece becomes [MASK], so the length still shows.

    Args:
        hides: "right" or "left", all on that side; "anywhere" is the control: by chance as many as "right" hides.

    Raises:
        ValueError: it hides something else.
    """
    if hides not in ("right", "left", "anywhere"):
        raise ValueError(f"the card hides 'right', 'left' or 'anywhere', not {hides!r}")
    rng = np.random.default_rng(0)
    rows: list[Int[np.ndarray, " seq"]] = []
    covered: list[Int[np.ndarray, " hidden"]] = []
    asked: list[int] = []  # which of all the answers is the one at the place asked
    count = 0
    for ids, places in zip(questions.documents, questions.positions, strict=True):
        for place in places:
            if hides == "right":
                hidden = np.arange(place, len(ids))
            elif hides == "left":
                hidden = np.arange(place + 1)
            else:
                others = rng.permutation(np.delete(np.arange(len(ids)), place))[: len(ids) - place - 1]
                hidden = np.sort([place, *others])
            rows.append(ids)
            covered.append(hidden)
            asked.append(count + int(np.searchsorted(hidden, place)))
            count += len(hidden)
    said = answers(model, tokenizer, Questions(rows, covered, truth={}), "masked")
    return float(-said[asked, questions.true].mean())


def trust_in(
    model: BertForPreTraining, tokenizer: Tokenizer, story: str, word: str, hidden: Sequence[str] = ()
) -> float:
    """A model's trust in a word at its place, while it and other words are hidden.

    Raises:
        ValueError: a word does not stand in the story.
    """
    ids, places, at = _places(tokenizer, story, word, hidden)
    said = answers(model, tokenizer, Questions([ids], [places], truth={}), "masked")
    return float(np.exp(said[at, ids[places[at]]]))


def how_sure(world: StoryWorld, story: str, word: str, hidden: Sequence[str] = ()) -> float:
    """How sure one can be of a word at its place, while it and other words are hidden: exactly.

    >>> world = StoryWorld.load("pocket")
    >>> how_sure(world, "Yesterday Anna went to the zoo. Anna fed the monkey. What a bad day!", "went", ["fed"])
    1.0

    Raises:
        ValueError: a word does not stand in the story.
    """
    ids, places, at = _places(world.tokenizer, story, word, hidden)
    return round(float(world.limit(story, places.tolist())[at, ids[places[at]]]), 6)


def _places(
    tokenizer: Tokenizer, story: str, word: str, hidden: Sequence[str]
) -> tuple[Int[np.ndarray, " seq"], Int[np.ndarray, " hidden"], int]:
    """The story's ids, the places of all these words in order, and which of them is the word's. The first of a kind."""
    row = tokenizer(story)
    pieces = row.tokens[1:-1]
    for each in (word, *hidden):
        if each.lower() not in pieces:
            raise ValueError(f"{each!r} is no piece of {story!r}; the pieces are {', '.join(pieces)}")
    place, *others = (pieces.index(each.lower()) for each in (word, *hidden))
    places = np.array(sorted([place, *others]))
    return np.array(row.input_ids[1:-1]), places, int(np.searchsorted(places, place))
