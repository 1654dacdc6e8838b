"""Questions about stories, answered by words of the text or not at all: where was her net, who found it?

The sentences are read by a few rules, from the slots of their words; what the rules cannot decide is not asked. The
answer follows from text and question, so a perfect reader is always right.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bertlab.corpora.story.morphology import conjugate, inflect
from bertlab.corpora.story.parts import Part
from bertlab.corpora.story.tasks.labels import draws, require, search, word_spans
from bertlab.corpora.story.world import Story, StoryWorld

Span = tuple[int, int]
"""First word and the word after the last."""

NEAR = ("near", "beside", "behind")
WHO = ("find", "lose", "hide", "drop")
"""What is asked of whoever did it to the object."""
WHAT = ("put", "leave", "lose", "find", "drop")
"""What is asked of the hero's deeds."""
BLURRED = {
    "find": ("find", "see"),
    "lose": ("lose", "leave", "drop"),
    "put": ("put", "leave", "hide", "drop"),
    "leave": ("leave", "put", "hide", "drop", "lose"),
    "drop": ("drop", "put", "leave", "lose"),
}
"""A question with the first verb is not called unanswerable where one of these stands: who sees a thing found it."""


@dataclass(frozen=True)
class SpanQuestion:
    """A question about a text.

    Args:
        start, stop: characters of the answer in the text; both 0 if the text does not say.
    """

    text: str
    question: str
    start: int
    stop: int

    @property
    def answer(self) -> str:
        """The words of the text that answer it; "" if none do."""
        return self.text[self.start : self.stop]

    def __str__(self) -> str:
        return f"{self.text}\n{self.question}  {self.answer or '(the text does not say)'}"


def span_questions(
    world: StoryWorld, count: int, seed: int = 0, part: Part = "training", unanswerable: float = 0.25
) -> Iterator[SpanQuestion]:
    """Questions about stories.

    Args:
        unanswerable: the share of questions that the text does not answer.

    >>> question = next(span_questions(StoryWorld.load("pocket"), 1, seed=1))
    >>> question.text[question.start : question.stop] == question.answer
    True

    Raises:
        ValueError: this world lacks a category that is asked about.
    """
    require(world, "asking questions", "name", "she", "her", "object", "spot", "tense")
    if not 0 <= unanswerable <= 1:
        raise ValueError(f"the share of unanswerable questions is from 0 to 1, not {unanswerable}")
    verbs = _verbs(world)
    objects = world.grammar.lexicon.categories["object"]
    for rng in draws("questions", count, seed, part):
        open_ended = rng.random() < unanswerable
        sought = "without" if open_ended else "with"
        for story in search(world, rng, f"leaves a question {sought} an answer"):
            others = [word for word, _ in objects.words[story.state[objects.variable]] if word not in story.words]
            other = others[rng.integers(len(others))] if others else None
            asked = _askable(world, story, verbs, other)
            fitting = [(question, span) for question, span in asked if (span is None) == open_ended]
            if fitting:
                break
        question, span = fitting[rng.integers(len(fitting))]
        characters = word_spans(story)
        start, stop = (characters[span[0]][0], characters[span[1] - 1][1]) if span else (0, 0)
        yield SpanQuestion(story.text, question, start, stop)


def _verbs(world: StoryWorld) -> frozenset[str]:
    """The verbs that templates of this world name: others would give away that there is no answer."""
    tables = [
        table for templates in world.grammar.stages.values() for template in templates for table in template.slots
    ]
    return frozenset(table.entries[0].lemma for table in tables if table and not table.category)


def _askable(
    world: StoryWorld, story: Story, verbs: frozenset[str], other: str | None
) -> list[tuple[str, Span | None]]:
    """All questions about a story, with the words that answer them; None where the text does not say.

    Args:
        other: an object that the text does not name, to ask about in vain.
    """
    if "name" not in story.slots:
        return []
    tense, name, thing = story.state["tense"], story.state["name"], story.state["object"].replace("_", " ")
    category = world.grammar.lexicon.categories["her"]
    her = category.words[story.state[category.variable]][0][0]
    be, do = conjugate("be", "he", tense), {"past": "did", "present": "does"}[tense]
    asked: list[tuple[str, Span | None]] = []
    if "home" not in story.words and (venue := _venue(story)):
        asked.append((f"Where {be} {name}?", venue))
    if "home" not in story.words and "venue" not in story.slots:
        asked.append((f"Where {be} {name}?", None))
    if "object" not in story.slots:
        return asked
    if other is not None:
        asked.append((f"Where {be} {her} {other.replace('_', ' ')}?", None))
    places = [_place(story, sentence) for sentence in story.sentences]
    if any(places):
        asked.append((f"Where {be} {her} {thing}?", next(place for place in places if place)))
    elif not _place_is_hinted(story):
        asked.append((f"Where {be} {her} {thing}?", None))
    for verb in sorted({*WHO, *WHAT} & verbs):
        deed = next((deed for sentence in story.sentences if (deed := _deed(story, sentence, verb, tense))), None)
        silent = not any(_mentions(story, other) for other in BLURRED.get(verb, (verb,)))
        if verb in WHO and (deed or silent):
            asked.append((f"Who {conjugate(verb, 'he', tense)} the {thing}?", deed[0] if deed else None))
        if deed and verb in WHO and other is not None:
            asked.append((f"Who {conjugate(verb, 'he', tense)} the {other.replace('_', ' ')}?", None))
        if verb in WHAT and ((deed and _is_hero(story, deed[0])) or silent):
            asked.append((f"What {do} {name} {verb}?", deed[1] if deed else None))
    return asked


def _place(story: Story, sentence: Span) -> Span | None:
    """The spot of a sentence that says that the object is near it."""
    first, stop = sentence
    words, slots = story.words[first:stop], story.slots[first:stop]
    # `asks her to put it near the tree` is not yet near the tree.
    if words[-1] == "?" or "to" in words or not {"object", "spot"} <= set(slots):
        return None
    spot = slots.index("spot")
    if words[max(spot - 1, 0)] != "the" or words[max(spot - 2, 0)] not in NEAR:
        return None
    return first + spot, first + spot + slots.count("spot")


def _venue(story: Story) -> Span | None:
    """The venue, where a sentence says that the hero is there or goes there."""
    for first, stop in story.sentences:
        if {"name", "venue"} <= set(story.slots[first:stop]):
            place = story.slots.index("venue", first, stop)
            if story.words[place - 2 : place] in (("at", "the"), ("to", "the")):
                return place, place + story.slots[first:stop].count("venue")
    return None


def _place_is_hinted(story: Story) -> bool:
    """Whether some sentence speaks of the object and of a place, or of a bag."""
    return any(
        "object" in story.slots[first:stop] and ("spot" in story.slots[first:stop] or "in" in story.words[first:stop])
        for first, stop in story.sentences
    )


def _deed(story: Story, sentence: Span, verb: str, tense: str) -> tuple[Span, Span] | None:
    """(who, the object) if a sentence says that somebody does this to the object."""
    first, stop = sentence
    written = conjugate(verb, "he", tense)
    for place in range(first + 1, stop):
        if story.words[place] == written and not story.slots[place] and story.words[stop - 1] != "?":
            later = [other for other in range(place + 1, stop) if story.slots[other] == "object"]
            who = _subject(story, first, place)
            # Between verb and object stand only `her`, `the` and how the object is.
            if who and later and later[0] - place <= 3:
                return who, (later[0], later[-1] + 1)
    return None


def _subject(story: Story, first: int, verb: int) -> Span | None:
    """Who does what the verb at this place says: a name, or an article and its noun."""
    words, slots = story.words, story.slots
    if slots[verb - 1] in ("name", "she"):
        return _hero(story, verb - 1)
    if words[verb - 1] == "and" and slots[first] in ("name", "she"):  # she looks around and loses it
        return _hero(story, first)
    begins = first + (words[first] == "then")
    if verb - begins == 2 and (words[begins] in ("a", "an", "the") or slots[begins] == "her"):
        return begins, verb
    return None


def _hero(story: Story, place: int) -> Span | None:
    """The name itself, or the last one said before a pronoun."""
    names = [other for other in range(place + 1) if story.slots[other] == "name"]
    return (names[-1], names[-1] + 1) if names else None


def _is_hero(story: Story, span: Span) -> bool:
    return story.slots[span[0]] == "name"


def _mentions(story: Story, verb: str) -> bool:
    forms = {inflect(verb, form) for form in ("do", "s", "did", "done", "doing")}
    return any(word.lower() in forms for word in story.words)
