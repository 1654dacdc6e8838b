"""Where a story can be asked, and which answers are of interest: the places that probes are made of.

polysemy     a word that tells the topic, beside a word of two topics: "Python was her favorite [snake / language]"
tense        a verb: went or goes?
hero         a name, she or her: which of the two sexes is the hero's?
companion    the same for whoever comes along
agreement    is or are, where nouns of both numbers stand before
article      a or an
pair         one word of a verb-noun pair that training text never has in one sentence
form         one piece of a form that training text never has
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from bertlab.corpora.story.held_out import read_held_out
from bertlab.corpora.story.lexicon import TENSE, TENSES
from bertlab.corpora.story.morphology import conjugate, inflect
from bertlab.corpora.story.tasks.labels import SENSES
from bertlab.corpora.story.world import Story, StoryWorld

TOPIC, HERO, COMPANION = "topic", "hero", "companion"
FAR = 6
"""So many pieces at least lie between a verb and the word of time that tells its tense, in "time"."""
POLYSEMES = frozenset(SENSES)
"""Words of two senses. That two topics share a tree, too, makes no polyseme of it."""
SINGULAR, PLURAL = "singular", "plural"


@dataclass(frozen=True)
class Question:
    """A place in a story, and the answers of interest.

    Args:
        position: of the piece, in the story.
        groups: answer (a piece) -> its group: the sense, tense, sex or number that it speaks for.
        prior: how probable each group is where nothing tells.
        clue: what stands there, for phenomena that are not told apart by the side of the clue.
    """

    position: int
    groups: Mapping[str, str]
    prior: Mapping[str, float]
    clue: str = ""


class Questioner:
    """Finds the places of one world."""

    def __init__(self, world: StoryWorld) -> None:
        self.world = world
        self.lexicon = world.grammar.lexicon
        self.held_out = read_held_out(world.folder / "held_out.txt")
        self._pieces: dict[str, tuple[str, ...]] = {}

    def pieces(self, word: str) -> tuple[str, ...]:
        """The pieces of a word."""
        if word not in self._pieces:
            self._pieces[word] = tuple(self.world.tokenizer.tokenize(word))
        return self._pieces[word]

    def positions(self, story: Story) -> list[int]:
        """For each word of a story the position of its first piece."""
        positions = [0]
        for word in story.words:
            positions.append(positions[-1] + len(self.pieces(word)))
        return positions

    def values_of(self, piece: str, variable: str) -> frozenset[str]:
        """Under which values of a variable a piece can occur."""
        return self._values[variable].get(piece, frozenset(self.lexicon.variables[variable]))

    @cached_property
    def _values(self) -> dict[str, dict[str, frozenset[str]]]:
        machine, vocab = self.world.truth.machine, self.world.tokenizer.pieces
        found: dict[str, dict[str, frozenset[str]]] = {}
        for axis, variable in enumerate(self.world.grammar.latents):
            values = self.lexicon.variables.get(variable, ())
            found[variable] = {
                vocab[piece]: frozenset(values[place] for place in axes[axis].tolist())
                for piece, axes in machine.possible.items()
                if values and axis in axes
            }
        return found

    @cached_property
    def lemmas(self) -> dict[tuple[str, str], frozenset[str]]:
        """(category, word) -> the lemmas that it can be a form of."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for templates in self.world.grammar.stages.values():
            for table in (table for template in templates for table in template.slots if table):
                for entry in table.entries:
                    if len(entry.words) == 1:
                        found[table.category, entry.words[0]].add(entry.lemma)
        return {key: frozenset(lemmas) for key, lemmas in found.items()}

    @cached_property
    def numbers(self) -> dict[str, str]:
        """Verb -> the number it agrees with, where its form tells."""
        axis = list(self.world.grammar.latents).index(TENSE)
        verbs = {
            entry.lemma
            for templates in self.world.grammar.stages.values()
            for template in templates
            for table in template.slots
            if table and axis in table.axes and table.category not in self._of(TENSE)
            for entry in table.entries
        }
        he = {conjugate(verb, "he", tense) for verb in verbs for tense in TENSES}
        they = {conjugate(verb, "they", tense) for verb in verbs for tense in TENSES}
        return dict.fromkeys(sorted(he - they), SINGULAR) | dict.fromkeys(sorted(they - he), PLURAL)

    def _of(self, variable: str) -> list[str]:
        return [name for name, category in self.lexicon.categories.items() if category.variable == variable]

    def _groups(self, category: str, values: tuple[str, ...]) -> tuple[dict[str, str], dict[str, float]]:
        """The words of a category in their dictionary form by value, those of one value only, and their shares."""
        words = self.lexicon.categories[category].words
        groups, prior = {}, dict.fromkeys(values, 0.0)
        for value in values:
            others = {word for other in values if other != value for word, _ in words[other]}
            for word, share in words[value]:
                if word not in others and len(self.pieces(word)) == 1:
                    groups[self.pieces(word)[0]] = value
                    prior[value] += share
        total = sum(prior.values()) or 1.0
        return groups, {value: share / total for value, share in prior.items()}

    def polysemy(self, story: Story) -> Iterator[Question]:
        """A word of the topic in its dictionary form, in one sentence with a polyseme of two topics."""
        positions, told = self.positions(story), self._of(TOPIC)
        for first, stop in story.sentences:
            beside = [place for place in range(first, stop) if story.words[place].lower() in POLYSEMES]
            for place in range(first, stop):
                if story.slots[place] not in told or place in beside or len(beside) != 1:
                    continue
                topics = self.values_of(story.words[beside[0]].lower(), TOPIC)
                groups, prior = self._groups(story.slots[place], tuple(sorted(topics)))
                if len(topics) == 2 and groups.get(story.words[place].lower()) == story.state[TOPIC]:
                    yield Question(positions[place], groups, prior)

    def tense(self, story: Story) -> Iterator[Question]:
        """A verb whose form occurs in one tense only."""
        positions = self.positions(story)
        for place, word in enumerate(story.words):
            if self._verbs.get(word.lower()) == story.state[TENSE] and story.slots[place] not in self._of(TENSE):
                yield Question(positions[place], self._verbs, dict.fromkeys(TENSES, 0.5))

    def time(self, story: Story) -> Iterator[Question]:
        """A verb, the only one that tells the tense, and far from it a word of time."""
        told = [piece for word in story.words for piece in self.pieces(word)]
        telling = [place for place, piece in enumerate(told) if len(self.values_of(piece, TENSE)) == 1]
        for question in self.tense(story):
            others = [place for place in telling if place != question.position]
            if others and not any(told[place] in self._verbs for place in others):
                if others[-1] < question.position - FAR:
                    yield replace(question, clue="before")
                elif others[0] > question.position + FAR:
                    yield replace(question, clue="after")

    @cached_property
    def _verbs(self) -> dict[str, str]:
        """All forms of one tense only, but for the words that name a time."""
        times = {
            piece
            for name in self._of(TENSE)
            for words in self.lexicon.categories[name].words.values()
            for word, _ in words
            for piece in self.pieces(word.replace("_", " "))
        }
        return {
            piece: next(iter(values))
            for piece, values in sorted(self._values[TENSE].items())
            if len(values) == 1 and piece not in times and not piece.startswith("##")
        }

    def hero(self, story: Story) -> Iterator[Question]:
        """A name or a pronoun of the hero."""
        return self._person(story, HERO)

    def companion(self, story: Story) -> Iterator[Question]:
        """A noun or a pronoun of whoever comes along."""
        return self._person(story, COMPANION)

    def _person(self, story: Story, variable: str) -> Iterator[Question]:
        positions = self.positions(story)
        if variable not in self.lexicon.variables:
            return
        for place, (word, slot) in enumerate(zip(story.words, story.slots, strict=True)):
            if slot in self._of(variable):
                groups, prior = self._groups(slot, self.lexicon.variables[variable])
                if groups.get(word.lower()) == story.state[variable]:
                    yield Question(positions[place], groups, prior)

    def agreement(self, story: Story) -> Iterator[Question]:
        """The verb after "the fence" (beside) or "the fence near the players" (across)."""
        positions = self.positions(story)
        half = {SINGULAR: 0.5, PLURAL: 0.5}
        for first, stop in story.sentences:
            words, slots = story.words[first:stop], story.slots[first:stop]
            for place, clue in ((2, "beside"), (5, "across")):
                if place >= len(words) or words[place] not in self.numbers or slots[1] not in self._of(TOPIC):
                    continue
                subject, near = self._number(words[1], slots[1]), self._number(words[place - 1], slots[place - 1])
                if self.numbers[words[place]] == subject and (clue == "beside" or near not in ("", subject)):
                    yield Question(positions[first + place], self.numbers, half, clue)

    def _number(self, word: str, category: str) -> str:
        for lemma in self.lemmas.get((category, word), ()):
            if word in (lemma, inflect(lemma, "plural")):
                return SINGULAR if word == lemma else PLURAL
        return ""

    def article(self, story: Story) -> Iterator[Question]:
        """Each a and an that the next word decides."""
        positions = self.positions(story)
        for place, word in enumerate(story.words):
            if word in ("a", "an") and not story.slots[place]:
                yield Question(positions[place], {"a": "a", "an": "an"}, {"a": 0.5, "an": 0.5})

    def pair(self, story: Story) -> Iterator[Question]:
        """The verb, and the noun, of a withheld pair."""
        positions = self.positions(story)
        for first, stop in story.sentences:
            said = {
                lemma: place
                for place in range(first, stop)
                for lemma in self.lemmas.get((story.slots[place], story.words[place]), ())
            }
            for verb, noun in self.held_out.pairs:
                if {verb, noun} <= said.keys() and said[verb] != said[noun]:
                    for lemma, clue in ((verb, "verb"), (noun, "noun")):
                        place = said[lemma]
                        answers = {word: word for (slot, word) in self.lemmas if slot == story.slots[place]}
                        if len(self.pieces(story.words[place])) == 1:
                            yield Question(positions[place], answers, {}, clue)

    def form(self, story: Story) -> Iterator[Question]:
        """The first piece, and the last, of a withheld form."""
        positions = self.positions(story)
        every = {piece: piece for piece in self.world.tokenizer.pieces}
        for place, word in enumerate(story.words):
            if word.lower() in self.held_out.forms and len(self.pieces(word)) > 1:
                yield Question(positions[place], every, {}, "beginning")
                yield Question(positions[place + 1] - 1, every, {}, "ending")
