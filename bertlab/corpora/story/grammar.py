"""The sentences of a story world, read from `stories.txt`: templates with slots, and the plans that order them.

[introduction]                                    a stage: its templates, each with a weight
3  {time} {name} {=go.he} to the {venue} .        {category}, {category.form}, {=lemma.form}
1  {name} {=see.he} {a} {plain} {creature} .      {a} becomes a or an by the next word
[plans]                                           weighted orders of stages
4  introduction event event end
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import inf
from pathlib import Path

from bertlab.corpora.story.held_out import HeldOut, read_held_out
from bertlab.corpora.story.lexicon import Lexicon, at, read_lexicon, read_sections
from bertlab.corpora.story.slots import ENDS, MARKS, Table, make_slot

PLANS = "plans"
ARTICLE = "a"


@dataclass(frozen=True, eq=False)
class Template:
    """A sentence with slots: a table for each place, or None where a or an is decided by the next word.

    Args:
        share: how often it is taken in its stage.
    """

    text: str
    share: float
    slots: tuple[Table | None, ...]


@dataclass(frozen=True, eq=False)
class Grammar:
    """Everything that makes a world: the latent variables and their sizes, the templates of each stage, the plans.

    Args:
        latents: the size of each latent: first every variable, then every starred category.
        plans: (probability, stages).
    """

    lexicon: Lexicon
    latents: dict[str, int]
    stages: dict[str, tuple[Template, ...]]
    plans: tuple[tuple[float, tuple[str, ...]], ...]
    held_out: HeldOut


def read_grammar(folder: Path, released: bool = False) -> Grammar:
    """Read and check the three files of a world.

    Args:
        released: withhold nothing.

    Raises:
        ValueError: what is wrong, in which line, and what would be right.
    """
    held_out = HeldOut() if released else read_held_out(folder / "held_out.txt")
    lexicon = read_lexicon(folder / "lexicon.txt", held_out.forms)
    latents = {variable: len(values) for variable, values in lexicon.variables.items()}
    for category in lexicon.categories.values():
        if category.starred:
            latents[category.name] = len(next(iter(category.words.values())))

    file = folder / "stories.txt"
    tables: dict[str, Table] = {}
    weighted: dict[str, list[tuple[float, str, tuple[Table | None, ...]]]] = {}
    plans: dict[tuple[str, ...], float] = {}
    planned_in: dict[str, int] = {}
    for number, stage, line in read_sections(file):
        where = at(file, number)
        if not line:
            continue
        weight, text = _read_weight(where, line)
        if stage == PLANS:
            plan = tuple(text.split())
            plans[plan] = plans.get(plan, 0.0) + weight
            planned_in |= {name: number for name in plan if name not in planned_in}
        else:
            slots = _read_template(where, text, lexicon, latents, held_out, tables)
            _check_room(where, text, slots, held_out, latents)
            weighted.setdefault(stage, []).append((weight, text, slots))
    _check_pairs(folder / "held_out.txt", held_out, tables)
    if not plans:
        raise ValueError(f"{file}: there are no [plans]; write, say, `1 {' '.join(weighted)}` under them")
    for name, number in planned_in.items():
        if name not in weighted:
            raise ValueError(f"{at(file, number)}: no stage is called {name!r}; there are {', '.join(weighted)}")
    stages = {}
    for stage, templates in weighted.items():
        total = sum(weight for weight, _, _ in templates)
        stages[stage] = tuple(Template(text, weight / total, slots) for weight, text, slots in templates)
    total = sum(plans.values())
    return Grammar(
        lexicon=lexicon,
        latents=latents,
        stages=stages,
        plans=tuple((weight / total, plan) for plan, weight in plans.items()),
        held_out=held_out,
    )


def _read_weight(where: str, line: str) -> tuple[float, str]:
    weight, _, text = line.partition(" ")
    try:
        number = float(weight)
    except ValueError:
        number = 0.0
    if not 0 < number < inf or not text.strip():
        raise ValueError(f"{where}: a line is written `2 {{name}} smiled .`, with a weight above 0 first, not {line!r}")
    return number, text.strip()


def _read_template(
    where: str, text: str, lexicon: Lexicon, latents: dict[str, int], held_out: HeldOut, tables: dict[str, Table]
) -> tuple[Table | None, ...]:
    words = text.split()
    if words[-1] not in ENDS or any(word in ENDS for word in words[:-1]):
        raise ValueError(f"{where}: a template is one sentence and ends in . or ! or ?, which {text!r} does not")
    slots: list[Table | None] = []
    for word in words:
        if word == "{a}":
            slots.append(None)
            continue
        if word not in tables:
            tables[word] = make_slot(where, word, lexicon, latents, held_out)
        slots.append(tables[word])
    if any(one == "{a}" and other in ("{a}", *MARKS) for one, other in pairwise(words)):
        raise ValueError(f"{where}: after {{a}} a word must follow, by which a or an is decided, in {text!r}")
    return tuple(slots)


def _check_pairs(file: Path, held_out: HeldOut, tables: dict[str, Table]) -> None:
    """A pair with a word that no slot has withholds nothing: a slip of the pen."""
    said = {lemma for table in tables.values() for lemma in table.lemmas}
    for pair in held_out.pairs:
        if unknown := [lemma for lemma in pair if lemma not in said]:
            raise ValueError(f"{file}: no template can say {unknown[0]!r} of `pair: {' '.join(pair)}`; write its lemma")


def _check_room(
    where: str, text: str, slots: Sequence[Table | None], held_out: HeldOut, latents: dict[str, int]
) -> None:
    """No choice of words may ban all the words of a later slot."""
    sizes = tuple(latents.values())
    for place, table in enumerate(slots):
        if table is None or not any(held_out.partners(lemma) for lemma in table.lemmas):
            continue
        choices = [
            [None, *((earlier, row) for row, entry in enumerate(earlier.entries) if held_out.partners(entry.lemma))]
            for earlier in slots[:place]
            if earlier is not None
        ]
        for chosen in product(*choices):
            rows = [(earlier, row) for earlier, row in filter(None, chosen)]
            lemmas = [earlier.entries[row].lemma for earlier, row in rows]
            banned = frozenset().union(*(held_out.partners(lemma) for lemma in lemmas)) & table.lemmas
            left = [entry.lemma not in banned for entry in table.entries]
            stuck = table.spread(sizes)[left].sum(axis=0) == 0
            for earlier, row in rows:
                stuck = stuck & (earlier.spread(sizes)[row] > 0)
            if stuck.any():
                raise ValueError(
                    f"{where}: after {' and '.join(lemmas)}, {text.split()[place]} has no word left: held_out.txt "
                    f"withholds {' and '.join(sorted(banned))}; take a pair out, or add a word"
                )
