"""Lesson 01's instruments: one word in two senses, the vectors that a model gives it, and how to tell senses apart."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from bertlab.corpora.story import Story, StoryWorld
from bertlab.corpora.story.parts import chance_of
from bertlab.lessons.instruments.first_wonder import words_of
from bertlab.model import BertForPreTraining
from bertlab.pretrained import as_tensors
from bertlab.text import Tokenizer

TOPIC = "topic"
STAGES = {"theme": ("talk",), "matter": ("matter",), "object": ("put", "find")}
"""Where a word of two senses can stand and the place still not be said: its category, and what a sentence does."""
MOST_STORIES = 20_000


class Told(NamedTuple):
    """A word in one of its senses: the first sentence says the place, the second fits both places."""

    word: str
    place: str
    first: str
    second: str

    @property
    def text(self) -> str:
        """Both sentences."""
        return f"{self.first} {self.second}"


def ambiguous_words(world: StoryWorld) -> dict[str, tuple[str, str]]:
    """The words that stand in two topics in one category, with the two topics.

    >>> ambiguous_words(StoryWorld.load("full"))["python"]
    ('zoo', 'lab')
    """
    homes: dict[str, dict[str, None]] = {}
    for name in STAGES:
        for topic, words in world.grammar.lexicon.categories[name].words.items():
            for word, _ in words:
                homes.setdefault(word.lower(), {})[topic] = None
    return {word: (next(iter(topics)), list(topics)[1]) for word, topics in homes.items() if len(topics) == 2}


def tell(world: StoryWorld, word: str, each: int, seed: int = 0) -> list[Told]:
    """New stories of two sentences with a word of two senses, so many for each of its two places.

    The second sentence never says the place: no word of it belongs to one, but for the word itself.

    Raises:
        ValueError: the word has not two places, or the world tells too few such stories.

    >>> print(tell(StoryWorld.load("full"), "python", each=2)[1].text)
    Yesterday the zoo was full of bears, and Vera whistled. She liked Python best.
    """
    places = ambiguous_words(world).get(word)
    if places is None:
        raise ValueError(f"{word!r} has not two senses here; {', '.join(ambiguous_words(world))} have")
    of_a_place = {name for name, category in world.grammar.lexicon.categories.items() if category.variable == TOPIC}
    found: dict[str, dict[str, Told]] = {place: {} for place in places}
    categories = world.grammar.lexicon.categories
    stages = [
        stage
        for name, those in STAGES.items()
        for stage in those
        if any(word == spelt.lower() for words in categories[name].words.values() for spelt, _ in words)
    ]
    for number in range(MOST_STORIES):
        place = min(places, key=lambda each_place: len(found[each_place]))
        if len(found[place]) == each:
            return [told for place in places for told in found[place].values()]
        rng = chance_of(seed, "test", number)
        story = world.sample(rng, ("introduction", stages[number % len(stages)]), topic=place)
        first, stop = story.sentences[1]
        named = [(story.words[at].lower(), story.slots[at]) for at in range(first, stop)]
        telling = [spelt for spelt, slot in named if slot in of_a_place]
        if telling == [word]:
            told = Told(word, place, story.sentence(0), story.sentence(1))
            found[place].setdefault(told.second, told)
    raise ValueError(f"{word!r}: {MOST_STORIES:,} stories hold too few sentences that fit both places; ask for fewer")


def exchange(told: Sequence[Told], rng: np.random.Generator) -> list[Told]:
    """The same second sentences, each behind the first sentence of another story; `place` is what that one says."""
    order = rng.permutation(len(told))
    return [
        each._replace(first=told[other].first, place=told[other].place) for each, other in zip(told, order, strict=True)
    ]


def instead(told: Sequence[Told], word: str) -> list[Told]:
    """The same stories with another word in this word's place; one of a single sense is the control of every gap.

    >>> instead([Told("python", "zoo", "Anna goes to the zoo.", "Python made Anna sad.")], "rice")[0].second
    'Rice made Anna sad.'
    """
    return [each._replace(word=word, second=put_in(word, each.word, each.second)) for each in told]


def put_in(other: str, word: str, text: str) -> str:
    """The text with another word wherever this word stood."""

    def spelt(found: re.Match[str]) -> str:
        return other.capitalize() if found.start() == 0 else other

    return re.sub(rf"\b{word}\b", spelt, text, flags=re.I)


def place_of(tokenizer: Tokenizer, text: str, word: str) -> list[int]:
    """The places of a word's pieces among the tokens; of a word that occurs twice, the last time.

    Raises:
        ValueError: the word does not stand in the text.
    """
    stretches = [(start, end) for spelt, start, end in words_of(text) if spelt.lower() == word.lower()]
    if not stretches:
        raise ValueError(f"the word “{word}” does not stand in “{text}”")
    first, stop = stretches[-1]
    return [at for at, (start, end) in enumerate(tokenizer(text).offsets) if first <= start < end <= stop]


@torch.no_grad()
def layers_of(
    model: BertForPreTraining, tokenizer: Tokenizer, text: str, word: str, shift: int = 0
) -> Float[np.ndarray, "states hidden"]:
    """The vectors of a word in a text: what goes into the first layer, then what leaves each layer.

    Of a word in pieces, the mean over its pieces.

    Args:
        shift: -1 for the place just before the word, 1 for the place just behind it.

    Raises:
        ValueError: the word does not stand in the text, or the text is too long.
    """
    places = place_of(tokenizer, text, word)
    if shift:
        places = [(places[0] if shift < 0 else places[-1]) + shift]
    was_training = model.training
    given = as_tensors(tokenizer(text), next(model.parameters()).device)
    states = model.eval().bert(**given, output_hidden_states=True).hidden_states
    model.train(was_training)
    return np.stack([state[0, places].mean(dim=0).float().cpu().numpy() for state in states or ()])


def vector_of(
    model: BertForPreTraining, tokenizer: Tokenizer, text: str, word: str, shift: int = 0
) -> Float[np.ndarray, " hidden"]:
    """The vector that leaves the last layer at a word of a text, or beside it."""
    return layers_of(model, tokenizer, text, word, shift)[-1]


def vectors_of(
    model: BertForPreTraining, tokenizer: Tokenizer, texts: Sequence[str], word: str, shift: int = 0
) -> Float[np.ndarray, "texts hidden"]:
    """The vector of one word in each of some texts."""
    return np.stack([vector_of(model, tokenizer, text, word, shift) for text in texts])


def with_card(model: BertForPreTraining) -> BertForPreTraining:
    """The same parameters, and a card over all that stands to the right."""
    card = BertForPreTraining(model.config.replace(causal=True)).eval()
    card.load_state_dict(model.state_dict())
    return card


def untrained(model: BertForPreTraining, seed: int, **changes: Any) -> BertForPreTraining:
    """The same design with random parameters; `changes` are of its configuration, as `num_hidden_layers=12`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return BertForPreTraining(model.config.replace(**changes)).eval()


def counted_neighbours(texts: Sequence[str], word: str) -> Float[np.ndarray, "texts words"]:
    """For each text a row of counts: which other words stand in it. Whoever cannot beat it has learned little."""
    counts = [Counter(spelt.lower() for spelt, _, _ in words_of(text) if spelt.lower() != word) for text in texts]
    words = sorted(set().union(*counts))
    return np.array([[count[each] for each in words] for count in counts], dtype=float)


def found_by_sum(vectors: Float[np.ndarray, "texts hidden"], places: Sequence[str]) -> float:
    """The share of texts whose place (of two) a weighted sum finds: learned from nine tenths, asked about the others.

    It finds what a gap is blind to, numbers that weigh little. Shuffle the places to see how far luck reaches.
    """
    wanted = np.where(np.array(places) == places[0], 1.0, -1.0)
    part, said = np.arange(len(wanted)) % 10, np.zeros(len(wanted))
    for asked in range(10):
        known = vectors[part != asked]
        one, other = (
            (each - known.mean(axis=0)) / (known.std(axis=0) + 1e-6) for each in (known, vectors[part == asked])
        )
        weigh = np.linalg.solve(one.T @ one + 10 * np.eye(one.shape[1]), one.T @ wanted[part != asked])  # held small
        said[part == asked] = other @ weigh
    return float(np.mean((said > 0) == (wanted > 0)))


def homes_of(world: StoryWorld, stories: Sequence[Story]) -> dict[str, set[str]]:
    """For each word of some stories the places whose own word it is; of a word told anywhere, none."""
    of_a_place = {name for name, category in world.grammar.lexicon.categories.items() if category.variable == TOPIC}
    homes: dict[str, set[str]] = {}
    for story in stories:
        for word, slot in zip(story.words, story.slots, strict=True):
            home = homes.setdefault(word.lower(), set())
            if slot in of_a_place:
                home.add(story.state[TOPIC])
    return homes


def unknown_words(tokenizer: Tokenizer, text: str) -> list[str]:
    """The words of a text that a reader has no piece for as a whole, each once: it reads [UNK], or parts of them."""
    once: dict[str, str] = {}
    for spelt, _, _ in words_of(re.sub(r"\[\w+\]", " ", text)):
        once.setdefault(spelt.lower(), spelt)
    return [spelt for lower, spelt in once.items() if tokenizer.tokenize(spelt) != [lower]]
