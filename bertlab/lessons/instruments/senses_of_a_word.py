"""Lesson 01's instruments: one word in two senses, the vectors that a model gives it, and how to tell senses apart."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from bertlab.corpora import SensePair
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
    return [each._replace(word=word, second=_put(word, each.word, each.second)) for each in told]


def _put(other: str, word: str, text: str) -> str:
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


def told_apart(vectors: Float[np.ndarray, "pairs 2 hidden"]) -> list[float]:
    """For each pair, whether vectors say which of its two texts has which sense: 1 yes, 0 no, 0.5 a tie.

    Judge is the cosine with the vectors of all other pairs: is the pair as it stands more like them than crossed over?

    >>> told_apart(np.array([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.2], [0.2, 1.0]], [[0.3, 1.0], [1.0, 0.3]]]))
    [1.0, 1.0, 0.0]
    """
    unit = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    found = []
    for pair in range(len(unit)):
        others = np.delete(unit, pair, axis=0).mean(axis=0)
        straight, crossed = (unit[pair] * others).sum(), (unit[pair] * others[::-1]).sum()
        found.append(0.5 if abs(straight - crossed) < 1e-9 else float(straight > crossed))
    return found


def _judged(
    pairs: Sequence[SensePair], vectors: Callable[[Sequence[str], str], Float[np.ndarray, "texts hidden"]]
) -> float:
    found: list[float] = []
    for word in dict.fromkeys(pair.word for pair in pairs):
        mine = [pair for pair in pairs if pair.word == word]
        texts = [text for pair in mine for text in (pair.text_a, pair.text_b)]
        found += told_apart(vectors(texts, word).reshape(len(mine), 2, -1))
    return float(np.mean(found))


def share_told_apart(
    pairs: Sequence[SensePair], model: BertForPreTraining, tokenizer: Tokenizer, put: str | None = None
) -> Float[np.ndarray, " states"]:
    """The share of pairs that a model tells apart, each word judged by its own other pairs. Luck has about a half.

    For the vectors that go into the first layer, then for those that leave each layer.

    Args:
        put: another word, put in the place of each pair's word, and whose vectors are taken. One of a single sense is
            the control: what it tells apart, its own senses did not.
    """

    @cache
    def states(text: str, word: str) -> Float[np.ndarray, "states hidden"]:
        return layers_of(model, tokenizer, *((text, word) if put is None else (_put(put, word, text), put)))

    return np.array(
        [
            _judged(pairs, lambda texts, word: np.stack([states(text, word)[layer] for text in texts]))  # noqa: B023
            for layer in range(model.config.num_hidden_layers + 1)
        ]
    )


def share_by_counts(pairs: Sequence[SensePair]) -> float:
    """The share of pairs told apart by who only counts the words beside the word."""
    return _judged(pairs, counted_neighbours)


@torch.no_grad()
def share_by_table(pairs: Sequence[SensePair], model: BertForPreTraining, tokenizer: Tokenizer) -> float:
    """The share of pairs told apart by who reads nothing, and only takes the mean of rows of the model's table.

    They are those of the pieces beside the word. Neither the word nor the order plays a part.
    """
    table = model.bert.embeddings.token.weight.float().cpu().numpy()

    def means(texts: Sequence[str], word: str) -> Float[np.ndarray, "texts hidden"]:
        found = []
        for text in texts:
            row, mine = tokenizer(text), set(place_of(tokenizer, text, word))
            beside = [at for at, (start, end) in enumerate(row.offsets) if start < end and at not in mine]
            found.append(table[[row.input_ids[at] for at in beside]].mean(axis=0))
        return np.stack(found)

    return _judged(pairs, means)


def share_by_luck(
    pairs: Sequence[SensePair], model: BertForPreTraining, tokenizer: Tokenizer, draws: int = 3000, seed: int = 0
) -> Float[np.ndarray, " draws"]:
    """The shares of pairs told apart when the two senses of each pair are swapped at random.

    The pairs of a word judge each other, so their verdicts hang together, and luck reaches farther than that of as many
    coins. With d the difference of a pair's two directions, a pair is told apart where its product with the sum of the
    others' differences is above 0 (see `told_apart`); a swap turns the sign of d. For vectors of the last layer.
    """
    rng, right = np.random.default_rng(seed), np.zeros(draws)
    for word in dict.fromkeys(pair.word for pair in pairs):
        two = [
            [vector_of(model, tokenizer, text, word) for text in (pair.text_a, pair.text_b)]
            for pair in pairs
            if pair.word == word
        ]
        unit = two / np.linalg.norm(two, axis=-1, keepdims=True)
        apart = unit[:, 0] - unit[:, 1]
        alike = apart @ apart.T
        np.fill_diagonal(alike, 0)
        swaps = rng.choice([-1.0, 1.0], size=(draws, len(apart)))
        right += (swaps * (swaps @ alike) > 0).sum(axis=1)
    return right / len(pairs)


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
