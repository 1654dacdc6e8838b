"""Lesson 00's instrument: type a sentence, hide a word, see what a model says and where it looks."""

import re
from collections.abc import Sequence
from typing import Any

from bertlab.lessons.picture import picture
from bertlab.lessons.record import in_notebook
from bertlab.model import BertForPreTraining
from bertlab.pretrained import encoder
from bertlab.text import Tokenizer
from bertlab.training import Guess, fill_mask
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
        from bertlab.views import palette
        from bertlab.views.plots import guess_bars

        pieces, shares = [guess.piece for guess in guesses], [guess.probability for guess in guesses]
        figure = guess_bars(pieces, shares, right=right, title=f"{who} says “{pieces[0]}” ({percent(shares[0])})")
        if beside is not None:
            axes = figure.axes[0]
            axes.set_xlim(0, 1.15 * max(guess.probability for guess in [*guesses, *beside]))
            for bar in axes.patches:
                bar.set_color(palette.CONTROL)
        return figure

    said = ", ".join(f"{guess.piece} {percent(guess.probability)}" for guess in guesses)
    table = [{"guess": guess.piece, "probability": percent(guess.probability)} for guess in guesses]
    picture(draw, f"{who} fills the hole in “{asked}”: {said}.", table)


def wonder(model: BertForPreTraining, tokenizer: Tokenizer, sentence: str, word: str) -> None:
    """A line to type in, a word to hide, and below, side by side, what the model says and where it looks.

    Without widgets it says once what the model makes of the given sentence.
    """
    form = _form(model, tokenizer, sentence, word) if in_notebook() else None
    if form is None:
        asked = hide(sentence, word)
        bars(fill_mask(model, tokenizer, asked)[0], asked, right=word.lower())
    else:
        from IPython.display import display

        display(form)


def _form(model: BertForPreTraining, tokenizer: Tokenizer, sentence: str, word: str) -> Any:
    """The controls, the bars and the view; None where there are no widgets."""
    try:
        import ipywidgets as widgets

        from bertlab.views import LiveView, head_view

        look = LiveView(head_view, encoder(model, tokenizer), hide(sentence, word))
    except ImportError:
        return None
    wide = {"layout": widgets.Layout(width="95%"), "style": {"description_width": "7em"}}
    line = widgets.Text(value=sentence, description="My sentence", continuous_update=False, **wide)
    hidden = widgets.Dropdown(description="Hide", style={"description_width": "7em"})
    said = widgets.Output()

    def answer(_: Any = None) -> None:
        said.clear_output(wait=True)
        with said:
            if hidden.value is None:
                print("Type a sentence of at least one word, and press Enter.")
                return
            right, start, end = hidden.value
            asked = line.value[:start] + MASK + line.value[end:]
            try:
                bars(fill_mask(model, tokenizer, asked)[0], asked, right=right.lower())
                look.show(asked)
            except ValueError as error:
                print(f"That did not work: {error}")

    def offer_words(_: Any = None) -> None:
        places = words_of(line.value)
        wanted = hidden.value[0] if hidden.value else word
        hidden.unobserve(answer, "value")  # filling the menu picks words that nobody asked for
        hidden.options = [(f"{at}. {place[0]}", place) for at, place in enumerate(places, start=1)]
        if places:
            hidden.value = next((place for place in places if place[0] == wanted), places[-1])
        hidden.observe(answer, "value")
        answer()

    hidden.observe(answer, "value")
    offer_words()
    line.observe(offer_words, "value")
    side_by_side = widgets.HBox([said, look.widget], layout=widgets.Layout(flex_flow="row wrap"))
    return widgets.VBox([line, hidden, side_by_side])
