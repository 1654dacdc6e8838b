"""A story world: it tells stories, and it knows how well they could be guessed.

latent state: hero, topic, object, tense, mood ...     drawn once
plan:         introduction, put, event, find, end      drawn once
template:     {name} {=go.he} to the {venue} .         drawn for each stage of the plan
word:         Anna went to the zoo .                   drawn for each slot, given the state
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, product
from pathlib import Path

import numpy as np
from jaxtyping import Float

from bertlab.corpora.story.exact.truth import Truth, Visible
from bertlab.corpora.story.grammar import ARTICLE, Grammar, Template, read_grammar
from bertlab.corpora.story.morphology import article
from bertlab.corpora.story.parts import chance_of, check_part
from bertlab.corpora.story.slots import MARKS, Entry, Table
from bertlab.paths import data_path
from bertlab.text import Tokenizer, train_wordpiece

VOCABULARY = "vocab.txt"
FILES = ("lexicon.txt", "stories.txt", "held_out.txt")
MOST_REJECTED = 100_000
"""So many states are drawn until one has the values asked for; what is rarer is chosen among those that have them."""


@dataclass(frozen=True)
class Story:
    """A document with everything that was decided to make it.

    Args:
        words: words and marks, as printed within a sentence.
        slots: for each word the category that it came from; "" where the template fixed it.
        sentences: (first, stop) of each sentence in `words`.
        stages: what each sentence does in the plan.
        state: the value of every variable and of every starred category.
    """

    words: tuple[str, ...]
    slots: tuple[str, ...]
    sentences: tuple[tuple[int, int], ...]
    stages: tuple[str, ...]
    state: dict[str, str]

    @property
    def text(self) -> str:
        """The story as people write it."""
        return " ".join(self.sentence(number) for number in range(len(self.sentences)))

    def sentence(self, number: int) -> str:
        """One sentence as people write it.

        >>> Story(("she", "smiled", "."), ("she", "", ""), ((0, 3),), ("end",), {}).sentence(0)
        'She smiled.'
        """
        first, stop = self.sentences[number]
        return in_print(self.words[first:stop])

    def __str__(self) -> str:
        facts = ", ".join(f"{variable}: {value}" for variable, value in self.state.items())
        return f"{self.text}\n({facts})"


def in_print(words: Sequence[str]) -> str:
    """Words and marks as people write them: a capital first, no space before a mark."""
    text = "".join(word if word in MARKS else f" {word}" for word in words).strip()
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, eq=False)
class StoryWorld:
    """A world of stories, read from a folder that a teacher can edit.

    >>> world = StoryWorld.load("pocket")
    >>> story = next(world.documents(1, seed=7))
    >>> world.limit(story, masked_positions=[1]).shape == (1, len(world.tokenizer))
    True

    Args:
        released: nothing is withheld: forms, names and pairs of `held_out.txt` occur.
    """

    folder: Path
    grammar: Grammar
    released: bool

    @classmethod
    def load(cls, size: str | Path = "pocket", released: bool = False) -> "StoryWorld":
        """The world of that name (`pocket`, `full`), or of a folder with the same three files and a `vocab.txt`.

        Raises:
            ValueError: something is wrong in the files; the message names the line.
            FileNotFoundError: there is no such world.
        """
        folder = next((known for known in (data_path("story") / size, Path(size)) if known.is_dir()), None)
        if folder is None:
            raise FileNotFoundError(f"there is no story world {str(size)!r}; take pocket or full, or name a folder")
        if missing := [name for name in FILES if not (folder / name).exists()]:
            raise FileNotFoundError(f"{folder} is no story world: it has no {' and no '.join(missing)}")
        return cls(folder, read_grammar(folder, released), released)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The pieces of this world: `vocab.txt` in its folder.

        Raises:
            FileNotFoundError: there is none yet; the message says how to make it.
        """
        file = self.folder / VOCABULARY
        if not file.exists():
            raise FileNotFoundError(f"{file} is missing; make it with: bertlab corpus vocab --size {self.folder}")
        return Tokenizer.from_vocab_file(file, lowercase=True)

    def learn_vocabulary(self, documents: int = 20_000, vocab_size: int = 8_000) -> list[str]:
        """A WordPiece vocabulary of the training stories; of a small world it takes every word whole."""
        texts = (story.text for story in self.documents(documents))
        return train_wordpiece(texts, vocab_size).pieces

    @property
    def variables(self) -> dict[str, tuple[str, ...]]:
        """The values of every variable, and of every starred category under any value."""
        lexicon = self.grammar.lexicon
        starred = {
            category.name: tuple(dict.fromkeys(word for words in category.words.values() for word, _ in words))
            for category in lexicon.categories.values()
            if category.starred
        }
        return {**lexicon.variables, **starred}

    def documents(self, count: int, seed: int = 0, part: str = "training") -> Iterator[Story]:
        """Stories; each is a function of the seed, the part and its number.

        The parts are drawn from disjoint seeds: no test story was made by the draws of a training story.

        Raises:
            ValueError: there is no such part, or the seed is negative.
        """
        check_part(part)  # also where no story is asked for
        for number in range(count):
            yield self.sample(chance_of(seed, part, number))

    def sample(self, rng: np.random.Generator, plan: Sequence[str] | None = None, **fixed: str) -> Story:
        """One story.

        Args:
            plan: its stages, instead of a drawn plan.
            fixed: values that are not drawn, such as `topic="zoo"` or `name="Anna"`.

        Raises:
            ValueError: no state has these values, or there is no such stage.
        """
        state = self.draw_state(rng, **fixed)
        if plan is None:
            shares, plans = zip(*self.grammar.plans, strict=True)
            plan = plans[draw(rng, shares)]
        return self.write(rng, state, plan)

    def write(self, rng: np.random.Generator, state: tuple[int, ...], plan: Sequence[str]) -> Story:
        """A story with this latent state and these stages."""
        words: list[str] = []
        slots: list[str] = []
        sentences = []
        for stage in plan:
            if stage not in self.grammar.stages:
                raise ValueError(f"no stage is called {stage!r}; there are {', '.join(self.grammar.stages)}")
            templates = self.grammar.stages[stage]
            template = templates[draw(rng, [template.share for template in templates])]
            first = len(words)
            for word, slot in self.fill(rng, template, state):
                words.append(word)
                slots.append(slot)
            sentences.append((first, len(words)))
        return Story(tuple(words), tuple(slots), tuple(sentences), tuple(plan), self.name_state(state))

    def draw_state(self, rng: np.random.Generator, **fixed: str) -> tuple[int, ...]:
        """The place of each latent's value: uniform, as far as nothing is fixed."""
        known = self.variables
        for name, value in fixed.items():
            if value not in known.get(name, ()):
                raise ValueError(
                    f"{name}={value!r} is not in this world; "
                    + (f"{name} is one of {', '.join(known[name])}" if name in known else f"known: {', '.join(known)}")
                )
        choices = [self._choices(variable, fixed) for variable in self.grammar.lexicon.variables if fixed]
        if not all(choices):
            raise ValueError(f"no story has {', '.join(f'{name}={value!r}' for name, value in fixed.items())} together")
        for _ in range(MOST_REJECTED):
            state = tuple(int(rng.integers(size)) for size in self.grammar.latents.values())
            named = self.name_state(state)
            if all(named[name] == value for name, value in fixed.items()):
                return state
        drawn: dict[str, int] = {}
        for of_variable in choices:
            drawn |= of_variable[int(rng.integers(len(of_variable)))]
        return tuple(drawn[latent] for latent in self.grammar.latents)

    def _choices(self, variable: str, fixed: dict[str, str]) -> list[dict[str, int]]:
        """All places of a variable's value and of the words that are kept under it, as far as nothing else is fixed."""
        starred = [
            category
            for category in self.grammar.lexicon.categories.values()
            if category.starred and category.variable == variable
        ]
        found = []
        for place, value in enumerate(self.grammar.lexicon.variables[variable]):
            if fixed.get(variable, value) == value:
                words = [
                    [at for at, (word, _) in enumerate(each.words[value]) if fixed.get(each.name, word) == word]
                    for each in starred
                ]
                names = [variable, *(each.name for each in starred)]
                found += [dict(zip(names, (place, *at), strict=True)) for at in product(*words)]
        return found

    def name_state(self, state: Sequence[int]) -> dict[str, str]:
        """The latent state in words."""
        lexicon = self.grammar.lexicon
        place = dict(zip(self.grammar.latents, state, strict=True))
        named = {variable: values[place[variable]] for variable, values in lexicon.variables.items()}
        for category in lexicon.categories.values():
            if category.starred:
                named[category.name] = category.words[named[category.variable]][place[category.name]][0]
        return named

    def fill(self, rng: np.random.Generator, template: Template, state: tuple[int, ...]) -> list[tuple[str, str]]:
        """(word, category) for every word of a sentence."""
        chosen: list[tuple[tuple[str, ...], str]] = []
        banned: frozenset[str] = frozenset()
        for table in template.slots:
            if table is None:
                chosen.append(((ARTICLE,), ""))
                continue
            entry = self._draw_entry(rng, table, state, banned)
            banned |= self.grammar.held_out.partners(entry.lemma)
            chosen.append((entry.words, table.category))
        for place, table in enumerate(template.slots):
            if table is None:
                chosen[place] = ((article(chosen[place + 1][0][0]),), "")
        return [(word, category) for words, category in chosen for word in words]

    def _draw_entry(
        self, rng: np.random.Generator, table: Table, state: tuple[int, ...], banned: frozenset[str]
    ) -> Entry:
        if len(table.entries) == 1:
            return table.entries[0]
        if not banned & table.lemmas:
            return table.entries[draw_by_sums(rng, table.sums(state))]
        shares = np.where([entry.lemma in banned for entry in table.entries], 0.0, table.given(state))
        return table.entries[draw(rng, shares)]

    @cached_property
    def truth(self) -> Truth:
        """What can be known about a story from a part of it."""
        return Truth(self.grammar, self.tokenizer)

    def limit(
        self, document: Story | str, masked_positions: Sequence[int], visible: Visible = "both"
    ) -> Float[np.ndarray, "positions vocab"]:
        """The exact distribution of the piece at each asked position, given what is visible: see `Truth.limit`."""
        return self.truth.limit(self.pieces(document), masked_positions, visible)

    def posterior(self, document: Story | str, masked_positions: Sequence[int] = ()) -> dict[str, dict[str, float]]:
        """For every variable the exact probability of each of its values, given the visible pieces."""
        return self.truth.posterior(self.pieces(document), masked_positions)

    def pieces(self, document: Story | str) -> list[int]:
        """The ids of a document, without [CLS] and [SEP]: what positions count."""
        text = document.text if isinstance(document, Story) else document
        return self.tokenizer(text).input_ids[1:-1]


def draw(rng: np.random.Generator, shares: Sequence[float] | Float[np.ndarray, " choices"]) -> int:
    """The place of one choice, drawn by weights that need not sum to 1."""
    return draw_by_sums(rng, list(accumulate(shares)))


def draw_by_sums(rng: np.random.Generator, sums: Sequence[float]) -> int:
    """The same, by the running sums of the weights."""
    return min(bisect(sums, rng.random() * sums[-1]), len(sums) - 1)
