"""The story world's free labels, in the form in which the field's own data come."""

from bertlab.corpora.labelled.examples import Answer, ContextQuestion, LabelledText, TaggedWords
from bertlab.corpora.story.tasks.commands import Command
from bertlab.corpora.story.tasks.entailment import Entailment
from bertlab.corpora.story.tasks.labels import Labelled, Tagged
from bertlab.corpora.story.tasks.span_questions import SpanQuestion


def labelled_text(example: Labelled | Entailment) -> LabelledText:
    """A story with its label, or a story and a claim with what follows.

    >>> print(labelled_text(Entailment("Anna sings.", "Anna has a hat.", "neutral", 0.3)))
    neutral: Anna sings. / Anna has a hat.
    """
    if isinstance(example, Entailment):
        return LabelledText(example.premise, example.hypothesis, example.label)
    return LabelledText(example.text, None, example.label)


def tagged_words(example: Tagged | Command) -> TaggedWords:
    """A story's words with their entities, or a command's with its slots and its intent.

    >>> print(tagged_words(Tagged(("Anna", "sings"), ("B-PER", "O"), (False, False))))
    Anna/B-PER sings
    """
    return TaggedWords(example.words, example.tags, example.intent if isinstance(example, Command) else None)


def context_question(example: SpanQuestion, name: str) -> ContextQuestion:
    """A question about a story.

    >>> context_question(SpanQuestion("Anna sings.", "Who sings?", 0, 4), "story-0").answers
    (Answer(text='Anna', start=0),)

    Args:
        name: an id of its own, for the story world gives none.
    """
    answers = (Answer(example.answer, example.start),) if example.answer else ()
    return ContextQuestion(name, example.question, example.text, answers)
