"""What lesson 12's exercises are checked by."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from bertlab.lessons.checks.verdict import Check, Mine, MistakeError
from bertlab.tasks.spans import window_starts

WordOf = Sequence[int | None]
IGNORED = -100
WORD_OF: WordOf = (None, 0, 0, 0, 1, 2, 2, 3, None)
LABELS = (5, 0, 4, 7)


def _labelled(word_of: WordOf, labels: Sequence[int], asked: Callable[[int], bool], other: int = IGNORED) -> list[int]:
    """The label of a piece's word at the places that are asked, and something else elsewhere."""
    return [labels[word] if word is not None and asked(place) else other for place, word in enumerate(word_of)]


def _first(word_of: WordOf) -> Callable[[int], bool]:
    return lambda place: place == 0 or word_of[place - 1] != word_of[place]


def _whole_numbers(answer: Any) -> list[int]:
    try:
        return [int(each) for each in answer]
    except (TypeError, ValueError):
        raise MistakeError(f"A list with one label for each piece is asked for; you returned {answer!r}.") from None


def _mistake_in_piece_labels(mine: Mine) -> str | None:
    """Put the labels of words on pieces."""
    word_of, labels = list(WORD_OF), list(LABELS)
    given = _whole_numbers(mine(list(word_of), list(labels)))
    right = _labelled(word_of, labels, _first(word_of))
    if given == right:
        return _on_other_rows(mine)
    if len(given) != len(word_of):
        return f"The row has {len(word_of)} pieces, special ones too, and you return {len(given)} labels."
    last = len(word_of) - 1
    known: list[tuple[list[int], str]] = [
        (
            _labelled(word_of, labels, lambda place: True),
            "You labelled every piece. So a word of three pieces is asked three times, and counts three times.",
        ),
        (
            _labelled(word_of, labels, _first(word_of), other=0),
            "Where nobody asks you wrote 0. That is the label of a tag: write -100.",
        ),
        (
            [IGNORED, *labels, *[IGNORED] * (last - len(labels))],
            "You gave the labels to the pieces one after another. Behind a word of several pieces all are shifted.",
        ),
        (
            [*labels, *[IGNORED] * (last + 1 - len(labels))],
            "You gave the labels to the places one after another, [CLS] first: shifted by one, and later by more.",
        ),
        (
            _labelled(word_of, labels, lambda place: word_of[place] != word_of[min(place + 1, last)]),
            "In yours the last piece speaks for its word. BERT's authors took the first, and so does our tagger.",
        ),
        (
            _labelled(word_of, labels, lambda place: bool(word_of[place]) and _first(word_of)(place)),
            "Word 0 is ignored. In Python 0 counts as false: ask `is not None`.",
        ),
        (
            [label if word is not None else 0 for label, word in zip(right, word_of, strict=True)],
            "[CLS] and [SEP] have a label in yours. They belong to no word: -100.",
        ),
    ]
    for value, says in known:
        if given == value:
            return says
    place = next(place for place, (one, other) in enumerate(zip(given, right, strict=True)) if one != other)
    return f"At place {place}, a piece of word {word_of[place]}, you return {given[place]}; {right[place]} is right."


def _on_other_rows(mine: Mine) -> str | None:
    """The same label beside itself, and words cut off by the end of the row."""
    for word_of, labels, says in (
        (
            [None, 0, 1, 1, 2, None],
            [3, 3, 3],
            "Two words with the same label are two: each is asked at its first piece.",
        ),
        (
            [None, 0, 1, None],
            [2, 6, 1],
            "Here the row was cut, and word 2 has no piece. Go by `word_of`, not by `labels`.",
        ),
    ):
        if _whole_numbers(mine(list(word_of), list(labels))) != _labelled(word_of, labels, _first(word_of)):
            return says
    return None


piece_labels = Check(
    "12-piece-labels",
    _mistake_in_piece_labels,
    "One question for each word, at its first piece. All else is -100, and the loss passes over it.",
)

LENGTH, ROOM, SHARED, PIECE = 500, 100, 20, 90


MOVED_ON = "You let the window move on by 20: BERT's own `doc_stride`. Here 20 is what two windows share."


def _windows() -> dict[str, int]:
    """How it is, counted over the windows themselves."""
    begins = list(window_starts(LENGTH, ROOM, SHARED))
    held = [range(begin, min(begin + ROOM, LENGTH)) for begin in begins]

    def always_whole(length: int) -> bool:
        return all(
            any(first in window and first + length - 1 in window for window in held)
            for first in range(LENGTH - length + 1)
        )

    longest = max(length for length in range(1, ROOM + 1) if always_whole(length))
    return {"windows": len(begins), "with piece 90": sum(PIECE in window for window in held), "longest": longest}


def _mistake_in_my_windows(mine: Mine) -> str | None:
    """Predict how a text is cut into windows."""
    given, right = mine(), _windows()
    if not isinstance(given, Mapping) or set(given) != set(right):
        raise MistakeError(f"A dictionary with {', '.join(map(repr, right))} is asked for; you returned {given!r}.")
    for name, value in given.items():
        if value == right[name]:
            continue
        return _about_windows(name, value)
    return None


def _about_windows(name: str, value: Any) -> str:
    known = {
        ("windows", 5): "500 / 100 is 5 windows side by side. But each shares 20 with the one before, moving by 80.",
        ("windows", 25): MOVED_ON,
        ("windows", 21): MOVED_ON,
        ("windows", 7): "One too many: the window that begins at 400 reaches the end. None is needed after it.",
        ("with piece 90", 1): "Piece 90 stands near the end of the first window. Where does the second one begin?",
        ("with piece 90", 3): "The third window begins at 160. Piece 90 lies before it.",
        ("longest", 20): "An answer of 20 is safe, and of one piece more, too: begin it at 79, and see where it ends.",
        ("longest", 100): "An answer of 100 pieces fits a window only if it begins where one begins.",
        ("longest", 80): "An answer of 80 that begins at piece 50 is whole neither in window 1 nor in window 2.",
    }  # fmt: skip
    if not isinstance(value, int):
        return f"For {name!r} a whole number is asked for; you say {value!r}."
    return known.get((name, value), f"For {name!r} you say {value}. Write down where each window begins: 0, 80, ...")


my_windows = Check(
    "12-my-windows",
    _mistake_in_my_windows,
    "The overlap decides: what is at most one piece longer than it stands whole somewhere. What is longer may be cut.",
)

Span = tuple[int, int]


def _best(start: Tensor, end: Tensor) -> Span:
    """The best span of the text, where one has more than no answer."""
    spans = [(first, last) for first in PLACES for last in PLACES if last >= first]
    return max(spans, key=lambda span: (start[span[0]] + end[span[1]]).item())


def _greedy(from_end: bool) -> Span:
    """The best start, and then the best end that still fits; or the other way round."""
    if from_end:
        last = max(PLACES, key=lambda place: END[place].item())
        return max((first for first in PLACES if first <= last), key=lambda place: START[place].item()), last
    first = max(PLACES, key=lambda place: START[place].item())
    return first, max((last for last in PLACES if last >= first), key=lambda place: END[place].item())


def _scores(values: Sequence[int]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


PLACES = range(4, 9)
"""Of the text; before them stands a question, which has good scores of its own."""
START = _scores([1, 7, 0, 0, 0, 4, 2, 0, 5, 0])
END = _scores([1, 0, 8, 0, 6, 0, 5, 3, 0, 0])


def _mistake_in_best_answer(mine: Mine) -> str | None:
    """Mend the search for the best span."""

    def asked(start: Tensor, end: Tensor, places: range = PLACES) -> Span:
        answer = mine(start.clone(), end.clone(), places)
        try:
            first, last = (int(each) for each in answer)
        except (TypeError, ValueError):
            raise MistakeError(f"Two places are asked for, (first, last); you returned {answer!r}.") from None
        return first, last

    given = asked(START, END)
    first_then = "A weaker {} may have a better sum: choose both together."
    known = [
        ((8, 4), "As before: the best start and the best end, each for itself. Yours ends before it begins."),
        ((4, 8), "You exchanged start and end. A place that is good as an end need not be good as a start."),
        ((1, 2), "Your answer lies outside the text, in the question. Look within `places`, and count from place 0."),
        (_greedy(False), f"You chose the best start, then the best end behind it. {first_then.format('start')}"),
        (_greedy(True), f"You chose the best end, then the best start before it. {first_then.format('end')}"),
        ((0, 0), "You say there is no answer. At [CLS] the sum is 2, and a span of the text has 9."),
    ]
    right = _best(START, END)
    if given != right:
        for value, says in known:
            if given == value:
                return says
        if given == (right[0], right[1] + 1):
            return "Your last place is one too far: the last place is part of the answer."
        return f"You return {given}. The largest sum within the text, with the end not before the start, is at {right}."
    single = asked(_scores([0, 0, 0, 0, 0, 0, 9, 0, 0, 0]), _scores([0, 0, 0, 0, 0, 0, 9, 1, 0, 0]))
    if single != (6, 6):
        return "An answer of one piece is lost: its first place is its last place, too. Allow `last == first`."
    if asked(_scores([9, 9, 0, 0, 1, 2, 0, 0, 0, 9]), _scores([9, 9, 0, 0, 0, 1, 2, 0, 0, 9])) != (0, 0):
        return "Where no answer has more, 18 against 4, you still give a span. Compare with start[0] + end[0]."
    low = asked(_scores([-9, 1, 1, 1, -5, -6, -7, -8, -9, 1]), _scores([-9, 1, 1, 1, -8, -7, -6, -5, -4, 1]))
    if low[1] not in (0, *PLACES):
        return "Your answer ends behind the text. Both of its ends lie in `places`."
    if low == (4, 7):
        return "The last place of the text may end an answer, too: `places.stop` is one beyond it."
    return None if low == (4, 8) else "Scores may all be below 0. Begin with the score of no answer, not with 0."


best_answer = Check(
    "12-best-answer",
    _mistake_in_best_answer,
    "A span is chosen as a whole, and no answer is one of the candidates.",
)
