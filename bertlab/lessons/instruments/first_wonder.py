"""Lesson 00's instruments: hide a word, see what a model says and where it looks, and how sure one can be at all."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from bertlab.lessons.picture import picture
from bertlab.model import BertForPreTraining
from bertlab.text import Tokenizer
from bertlab.training import Guess, fill_mask
from bertlab.training.truth import World
from bertlab.views.plots import percent

WORD = re.compile(r"\w+(?:['’]\w+)*")
MASK = "[MASK]"


def words_of(sentence: str) -> list[tuple[str, int, int]]:
    """Each word with where it begins and ends.

    >>> words_of("The dog's bone.")
    [('The', 0, 3), ("dog's", 4, 9), ('bone', 10, 14)]
    """
    return [(found[0], found.start(), found.end()) for found in WORD.finditer(sentence)]


def hide(sentence: str, word: str, which: int = 1) -> str:
    """The sentence with one word replaced by [MASK].

    >>> hide("The man saw the dog.", "the", which=2)
    'The man saw [MASK] dog.'

    Args:
        which: 1 for the first time the word occurs, 2 for the second.

    Raises:
        ValueError: the word does not occur so often; the message lists the words there are.
    """
    places = [place for place in words_of(sentence) if place[0].lower() == word.strip().lower()]
    if not 1 <= which <= len(places):
        there_are = ", ".join(place[0] for place in words_of(sentence)) or "none"
        raise ValueError(f"{word!r} occurs {len(places)} times in {sentence!r}; the words are: {there_are}")
    _, start, end = places[which - 1]
    return sentence[:start] + MASK + sentence[end:]


def trust(model: BertForPreTraining, tokenizer: Tokenizer, asked: str, which: int = 1) -> dict[str, float]:
    """The probability that a model gives to each piece at a hole of a text.

    Args:
        which: 1 for the first hole, 2 for the second.

    Raises:
        ValueError: the text has no [MASK], or not so many, or it is too long for the model.
    """
    holes = fill_mask(model, tokenizer, asked, top=len(tokenizer))
    if not 1 <= which <= len(holes):
        raise ValueError(f"there is no hole {which} in {asked!r}; it has {len(holes)}")
    return {guess.piece: guess.probability for guess in holes[which - 1]}


def bars(
    guesses: Sequence[Guess],
    asked: str,
    right: str | None = None,
    who: str = "BERT",
    beside: Sequence[Guess] | None = None,
) -> None:
    """Show a model's best guesses for one hole as bars, with a table; as text where nothing can be drawn.

    Args:
        right: the word that stood there, drawn in full colour.
        beside: the guesses this one is the control of: drawn in grey and to their scale, or a tenth of a percent
            would look as sure as a half.
    """

    def draw() -> Any:
        from bertlab.views.plots import guess_bars

        pieces, shares = [guess.piece for guess in guesses], [guess.probability for guess in guesses]
        title = f"{who} says “{pieces[0]}” ({percent(shares[0])})"
        longest = None if beside is None else max(guess.probability for guess in beside)
        return guess_bars(pieces, shares, right, title, who=who if beside is None else "control", longest=longest)

    said = ", ".join(f"{guess.piece} {percent(guess.probability)}" for guess in guesses)
    table = [{"guess": guess.piece, "probability": percent(guess.probability)} for guess in guesses]
    picture(draw, f"{who} fills the hole in “{asked}”: {said}.", table)


class Chance(NamedTuple):
    """How sure one can be of a piece, given all the rest of a story, and how sure a model is (probabilities)."""

    piece: str
    exact: float
    guessed: float


def chances(
    model: BertForPreTraining, world: World, story: str, word: str, which: int = 1, top: int = 5
) -> list[Chance]:
    """Hide a word of a story: its exact distribution beside a model's guess, the likeliest pieces first.

    A word of several pieces is hidden whole, and its first piece asked for. Of equally likely ones the true one leads.

    Args:
        model: reads in the pieces of the world.
        which: 1 for the first time the word occurs, 2 for the second.
        top: so many of the exact distribution's pieces; where the model's own favourite is none of them, it too.

    Raises:
        ValueError: the word is not in the story, or the world cannot have told it; the message says where it stops.
    """
    before = hide(story, word, which).index(MASK)
    tokenizer = world.tokenizer
    ids = tokenizer(story).input_ids
    pieces = tokenizer.tokenize_with_offsets(story)
    places = [at for at, (_, start, end) in enumerate(pieces) if before <= start and end <= before + len(word.strip())]
    exact = world.limit(story, places)[0]
    hidden = [tokenizer.mask_id if at - 1 in places else piece for at, piece in enumerate(ids)]
    model.eval()
    device = next(model.parameters()).device
    with torch.inference_mode():
        logits = model(torch.tensor([hidden], device=device)).prediction_logits[0, places[0] + 1]
    guessed = logits.float().softmax(dim=-1).cpu().numpy()
    true = ids[places[0] + 1]
    order = sorted(range(len(exact)), key=lambda piece: (-exact[piece].round(6), piece != true))
    best = [piece for piece in order[:top] if exact[piece] > 0]
    shown = dict.fromkeys([*best, int(guessed.argmax())])
    return [Chance(tokenizer.pieces[piece], float(exact[piece]), float(guessed[piece])) for piece in shown]


def two_columns(found: Sequence[Chance], asked: str, who: str = "BERT") -> None:
    """Show how sure one can be beside how sure a model is, with a table; as text where nothing can be drawn."""

    def draw() -> Any:
        from bertlab.views.plots import truth_bars

        pieces, exact, guessed = zip(*found, strict=True)
        return truth_bars(pieces, exact, guessed, who=who)

    said = ", ".join(f"{each.piece} {percent(each.exact)}, {who} {percent(each.guessed)}" for each in found)
    table = [
        {"piece": each.piece, "one can be sure": percent(each.exact), f"{who} is sure": percent(each.guessed)}
        for each in found
    ]
    picture(draw, f"How sure one can be of the hole in “{asked}”, and how sure {who} is: {said}.", table)
