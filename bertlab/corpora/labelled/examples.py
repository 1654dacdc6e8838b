"""What one fine-tunes on: a text with a label, words with tags, a question whose answers stand in a text."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class LabelledText:
    """A text, or two, with one label.

    >>> print(LabelledText("Anna sings.", "Somebody sings.", "entailment"))
    entailment: Anna sings. / Somebody sings.

    Args:
        label: the name of a class, or a number to be met by regression.
    """

    text_a: str
    text_b: str | None
    label: str | float

    def __str__(self) -> str:
        return f"{self.label}: {self.text_a}" + (f" / {self.text_b}" if self.text_b is not None else "")


@dataclass(frozen=True)
class TaggedWords:
    """Words with a tag each, and what the whole of them is meant to do, where that is known.

    >>> print(TaggedWords(("wake", "me", "at", "seven"), ("O", "O", "O", "B-time"), "set_alarm"))
    set_alarm: wake me at seven/B-time

    Args:
        tags: IOB2: B-PER begins a name, I-PER goes on with it, O is none.

    Raises:
        ValueError: there are not as many tags as words.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]
    intent: str | None = None

    def __post_init__(self) -> None:
        if len(self.words) != len(self.tags):
            raise ValueError(
                f"{len(self.words)} words but {len(self.tags)} tags: {' '.join(self.words)} | {' '.join(self.tags)}"
            )

    def __str__(self) -> str:
        tagged = (word if tag == "O" else f"{word}/{tag}" for word, tag in zip(self.words, self.tags, strict=True))
        return (f"{self.intent}: " if self.intent is not None else "") + " ".join(tagged)


class Answer(NamedTuple):
    """Words of a context, and the character at which they begin."""

    text: str
    start: int

    @property
    def stop(self) -> int:
        """The character after the last."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class ContextQuestion:
    """A question, and a context that holds its answer or does not.

    >>> print(ContextQuestion("q1", "Who sings?", "Anna sings.", (Answer("Anna", 0),)))
    Anna sings.
    Who sings?  Anna

    Args:
        name: its id, by which predictions are told apart.
        answers: as several people gave them, so one may stand here more than once; none if the context does not say.

    Raises:
        ValueError: an answer does not stand where it is said to.
    """

    name: str
    question: str
    context: str
    answers: tuple[Answer, ...]

    def __post_init__(self) -> None:
        for text, start in self.answers:
            if start < 0 or not text or not self.context.startswith(text, start):
                there = self.context[start : start + len(text)] if start >= 0 else ""
                raise ValueError(f"{self.name}: the answer is {text!r}, but at character {start} stands {there!r}")

    @property
    def impossible(self) -> bool:
        """Whether the context does not say."""
        return not self.answers

    def __str__(self) -> str:
        said = dict.fromkeys(answer.text for answer in self.answers)
        return f"{self.context}\n{self.question}  {' | '.join(said) or '(the text does not say)'}"
