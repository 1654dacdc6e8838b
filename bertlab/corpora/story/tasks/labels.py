"""Labels for free: what every story knows about itself, for fine-tuning, with the best that any reader could do.

    labelled      one label for a text: its mood, its topic; limit = p(value | text), exactly
    senses        which sense an ambiguous word has; limit = p(topic | text)
    entities      a tag for each word, IOB2: B-PER for a name; the words of a sentence decide them

Example number i of a task is a function of the seed, the part and i. See also `span_questions.py` and `entailment.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bertlab.corpora.story.held_out import read_held_out
from bertlab.corpora.story.parts import Part, chance_of, check_part
from bertlab.corpora.story.slots import MARKS
from bertlab.corpora.story.world import Story, StoryWorld

KINDS = {"name": "PER", "venue": "LOC", "spot": "LOC", "object": "OBJ", "day": "DATE", "time": "DATE"}
"""Category of a slot -> kind of entity."""

SENSES = ("python", "ruby", "bank", "bat", "bass", "spring", "light", "bark", "seal", "mouse", "bow", "crane", "date")
"""Words of two senses, told apart by the topic; a world may have only some."""

MOST_STORIES = 10_000
"""So many stories are told in search of one that fits an example; then it is given up."""

_TASKS = ("labelled", "senses", "entities", "entailments", "questions")


@dataclass(frozen=True)
class Labelled:
    """A text with one label.

    Args:
        limit: the exact probability of each label given the text.
    """

    text: str
    label: str
    limit: dict[str, float]


@dataclass(frozen=True)
class Sense:
    """An ambiguous word in a text; its sense is the topic.

    Args:
        start, stop: characters of the word in the text.
        limit: the exact probability of each topic given the text.
    """

    text: str
    word: str
    start: int
    stop: int
    label: str
    limit: dict[str, float]


@dataclass(frozen=True)
class Tagged:
    """Words with a tag each.

    Args:
        tags: IOB2: B-PER begins a name, I-PER goes on with it, O is none.
        withheld: for each word whether the training world never says it.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]
    withheld: tuple[bool, ...]

    def __str__(self) -> str:
        return " ".join(
            word if tag == "O" else f"{word}/{tag}" for word, tag in zip(self.words, self.tags, strict=True)
        )


def draws(task: str, count: int, seed: int, part: Part) -> Iterator[np.random.Generator]:
    """A source of chance for each example of a task, of its own."""
    check_part(part)
    for number in range(count):
        yield chance_of(seed, part, number, 16 + _TASKS.index(task))


def require(world: StoryWorld, task: str, *names: str) -> None:
    """See that a world has these variables and categories.

    Raises:
        ValueError: it lacks one.
    """
    lexicon = world.grammar.lexicon
    known = [*lexicon.variables, *lexicon.categories]
    if missing := [name for name in names if name not in known]:
        raise ValueError(
            f"{task} needs {', '.join(missing)}, which {lexicon.file} does not have; it has {', '.join(known)}"
        )


def search(world: StoryWorld, rng: np.random.Generator, wanted: str) -> Iterator[Story]:
    """Stories to choose one from.

    Args:
        wanted: what the story should do, for the error.

    Raises:
        ValueError: very many were looked at and none was chosen.

    >>> world, rng = StoryWorld.load("pocket"), np.random.default_rng(0)
    >>> next(story for story in search(world, rng, "is glad") if story.state["mood"] == "glad").state["mood"]
    'glad'
    """
    for _ in range(MOST_STORIES):
        yield world.sample(rng)
    raise ValueError(
        f"none of {MOST_STORIES:,} stories of {world.folder} {wanted}; let templates in stories.txt say more of it"
    )


def word_spans(story: Story) -> list[tuple[int, int]]:
    """(start, stop) of each word and mark in the characters of the story's text.

    >>> story = Story(("she", "smiled", ".", "what", "a", "day", "!"), ("",) * 7, ((0, 3), (3, 7)), ("", ""), {})
    >>> [story.text[start:stop] for start, stop in word_spans(story)]
    ['She', 'smiled', '.', 'What', 'a', 'day', '!']
    """
    spans: list[tuple[int, int]] = []
    for word in story.words:
        start = spans[-1][1] + (word not in MARKS) if spans else 0
        spans.append((start, start + len(word)))
    return spans


def labelled(
    world: StoryWorld, variable: str, count: int, seed: int = 0, part: Part = "training"
) -> Iterator[Labelled]:
    """Stories labelled with the value of a variable: `mood` is sentiment, `topic` is subject.

    Words of another mood slip into a story now and then, and some stories say nothing of their topic: no reader is
    always right, and `limit` says how sure one may be.

    >>> example = next(labelled(StoryWorld.load("pocket"), "mood", 1))
    >>> example.label in example.limit
    True

    Raises:
        ValueError: nothing of that name is drawn once a story.
    """
    if variable not in world.variables:
        raise ValueError(
            f"{variable!r} is not decided once a story, so it is no label; what is: {', '.join(world.variables)}"
        )
    for rng in draws("labelled", count, seed, part):
        story = world.sample(rng)
        yield Labelled(story.text, story.state[variable], world.posterior(story)[variable])


def ambiguous_words(world: StoryWorld, words: tuple[str, ...] = SENSES) -> dict[str, tuple[str, ...]]:
    """Which of these words can be said under several topics, and under which.

    >>> ambiguous_words(StoryWorld.load("pocket"))["ruby"]
    ('zoo', 'office')
    """
    require(world, "word sense", "topic")
    topics: dict[str, list[str]] = {}
    for category in world.grammar.lexicon.categories.values():
        if category.variable == "topic":
            for topic, choices in category.words.items():
                for word, _ in choices:
                    if topic not in topics.setdefault(word.lower(), []):
                        topics[word.lower()].append(topic)
    return {word: tuple(topics[word]) for word in words if len(topics.get(word, ())) > 1}


def senses(
    world: StoryWorld,
    count: int,
    seed: int = 0,
    part: Part = "training",
    words: tuple[str, ...] = SENSES,
) -> Iterator[Sense]:
    """Stories that say a word of two senses, and which it is.

    Stories are drawn as ever, and those without such a word are passed over: that a text was kept tells nothing but
    what it says itself, so the posterior of its topic is the limit.

    Raises:
        ValueError: this world says none of the words under two topics.
    """
    ambiguous = ambiguous_words(world, words)
    if not ambiguous:
        raise ValueError(f"none of {', '.join(words)} stands under two topics in {world.grammar.lexicon.file}")
    for rng in draws("senses", count, seed, part):
        for story in search(world, rng, f"says {' or '.join(ambiguous)}"):
            found = [place for place, word in enumerate(story.words) if word.lower() in ambiguous]
            if found:
                break
        place = found[rng.integers(len(found))]
        start, stop = word_spans(story)[place]
        topics = world.posterior(story)["topic"]
        yield Sense(story.text, story.words[place].lower(), start, stop, story.state["topic"], topics)


def tags_of(story: Story, kinds: Mapping[str, str]) -> tuple[str, ...]:
    """The tag of each word by the category of its slot, IOB2.

    >>> story = Story(("Anna", "saw", "ice", "cream"), ("name", "", "object", "object"), ((0, 4),), ("put",), {})
    >>> tags_of(story, {"name": "PER", "object": "OBJ"})
    ('B-PER', 'O', 'B-OBJ', 'I-OBJ')
    """
    tags = []
    for before, slot in zip(("", *story.slots), story.slots, strict=False):
        tags.append(f"{'I' if slot == before else 'B'}-{kinds[slot]}" if slot in kinds else "O")
    return tuple(tags)


def entities(
    world: StoryWorld,
    count: int,
    seed: int = 0,
    part: Part = "training",
    kinds: Mapping[str, str] = KINDS,
) -> Iterator[Tagged]:
    """Stories whose words are tagged as names, places, things and times.

    To ask for names that training never had, take the test part of a world that is `released`: `withheld` marks them.

    Raises:
        ValueError: this world has none of the categories.
    """
    if not any(category in world.grammar.lexicon.categories for category in kinds):
        require(world, "named entities", *kinds)
    withheld = read_held_out(world.folder / "held_out.txt").forms
    for rng in draws("entities", count, seed, part):
        story = world.sample(rng)
        yield Tagged(story.words, tags_of(story, kinds), tuple(word.lower() in withheld for word in story.words))
