"""What a slot of a sentence may become, given the latent state: a table of words and their probabilities."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
from jaxtyping import Float

from bertlab.corpora.story.held_out import HeldOut
from bertlab.corpora.story.lexicon import ANY, TENSE, Lexicon
from bertlab.corpora.story.morphology import FORMS, conjugate, inflect

ENDS = (".", "!", "?")
MARKS = (*ENDS, ",")
SLOT = re.compile(r"\{(=?)([a-z_]+)(?:\.([a-z]+))?\}")

AGREEING = ("he", "they")
"""The forms of a verb that follow the story's tense."""


@dataclass(frozen=True)
class Entry:
    """One word, or several, that a slot may become."""

    lemma: str
    words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Table:
    """What a slot becomes, given the latent state.

    Args:
        category: for people; "" for a fixed word.
        axes: the latent variables that matter, as places in `Grammar.latents`.
        shares: probability of each entry for each combination of their values; sums to 1 over the entries.
    """

    category: str
    axes: tuple[int, ...]
    entries: tuple[Entry, ...]
    shares: Float[np.ndarray, "entries ..."]

    @cached_property
    def lemmas(self) -> frozenset[str]:
        """The lemmas of all entries."""
        return frozenset(entry.lemma for entry in self.entries)

    def spread(self, sizes: tuple[int, ...]) -> Float[np.ndarray, "entries ..."]:
        """The shares with an axis for every latent, of length 1 where it does not matter."""
        shape = [size if axis in self.axes else 1 for axis, size in enumerate(sizes)]
        order = (0, *(1 + np.argsort(self.axes)))
        return self.shares.transpose(order).reshape(len(self.entries), *shape)

    def given(self, state: Sequence[int]) -> Float[np.ndarray, " entries"]:
        """The probability of each entry in one latent state."""
        index: tuple[slice | int, ...] = (slice(None), *(state[axis] for axis in self.axes))
        return self.shares[index]

    def sums(self, state: Sequence[int]) -> list[float]:
        """The running sums of `given`: what a word is drawn by. Most are asked for many times, and so kept."""
        of_axes = tuple(state[axis] for axis in self.axes)
        if of_axes not in self._sums:
            self._sums[of_axes] = list(accumulate(self.given(state).tolist()))
        return self._sums[of_axes]

    @cached_property
    def _sums(self) -> dict[tuple[int, ...], list[float]]:
        return {}


def make_slot(where: str, word: str, lexicon: Lexicon, latents: dict[str, int], held_out: HeldOut) -> Table:
    """The table of one place in a template."""
    slot = SLOT.fullmatch(word)
    if not slot:
        if not (word.isalpha() or word in MARKS):
            raise ValueError(f"{where}: {word!r} is neither a word, one of {' '.join(MARKS)}, nor {{category.form}}")
        if word.lower() in held_out.forms:
            raise ValueError(f"{where}: {word!r} is withheld in held_out.txt, so no template may say it")
        return Table("", (), (Entry(word, (word,)),), np.ones(1))
    fixed, name, form = slot.groups()
    if form and form not in FORMS and form not in AGREEING:
        raise ValueError(f"{where}: there is no form .{form}; there are .{', .'.join([*AGREEING, *FORMS])}")
    if form in AGREEING and TENSE not in lexicon.variables:
        raise ValueError(f"{where}: .{form} follows the tense, but lexicon.txt has no [tense past] and [tense present]")
    if fixed and not form:
        raise ValueError(f"{where}: {word} names no form; write {{={name}.he}}, or plain {name}")
    if not fixed and name not in lexicon.categories:
        raise ValueError(f"{where}: no category is called {name!r}; there are {', '.join(lexicon.categories)}")
    table = make_table(name, form or "", bool(fixed), lexicon, latents, held_out)
    if (table.shares.sum(axis=0) < 0.5).any():
        raise ValueError(f"{where}: {word} has no word left for some state; take one out of held_out.txt")
    return table


def make_table(
    name: str, form: str, fixed: bool, lexicon: Lexicon, latents: dict[str, int], held_out: HeldOut
) -> Table:
    """The distribution of a slot over its words for each value of what it depends on; withheld forms have share 0."""
    category = None if fixed else lexicon.categories[name]
    variables = []
    if category and category.variable != ANY:
        variables.append(category.variable)
        if category.starred:
            variables.append(category.name)
    # A category of the tense itself must not depend on it twice.
    if form in AGREEING and TENSE not in variables:
        variables.append(TENSE)
    sizes = [latents[variable] for variable in variables]

    entries: dict[Entry, int] = {}
    cells: list[tuple[int, tuple[int, ...], float]] = []
    for state in np.ndindex(*sizes):
        at_state = dict(zip(variables, state, strict=True))
        for lemma, share in _choices(name, fixed, lexicon, at_state):
            if form in AGREEING:
                written = conjugate(lemma, form, lexicon.variables[TENSE][at_state[TENSE]])
            else:
                written = inflect(lemma, form) if form else lemma
            words = tuple(written.split("_"))
            if any(part.lower() in held_out.forms for part in words):
                continue
            row = entries.setdefault(Entry(lemma, words), len(entries))
            cells.append((row, state, share))
    shares = np.zeros((len(entries), *sizes))
    for row, state, share in cells:
        shares[(row, *state)] += share
    total = shares.sum(axis=0)
    shares = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    axes = tuple(list(latents).index(variable) for variable in variables)
    return Table("" if fixed else name, axes, tuple(entries), shares)


def _choices(name: str, fixed: bool, lexicon: Lexicon, state: dict[str, int]) -> list[tuple[str, float]]:
    """(lemma, share) of a slot in one state, noise included."""
    if fixed:
        return [(name, 1.0)]
    category = lexicon.categories[name]
    if category.variable == ANY:
        return list(category.words[ANY])
    values = lexicon.variables[category.variable]
    value = values[state[category.variable]]
    if category.starred:
        return [(category.words[value][state[name]][0], 1.0)]
    noise = lexicon.noise[category.variable]
    if not noise:
        return list(category.words[value])
    others = [word for other in values if other != value for word in category.words[other]]
    return [(lemma, (1 - noise) * share) for lemma, share in category.words[value]] + [
        (lemma, noise * share / (len(values) - 1)) for lemma, share in others
    ]
