"""The words of a story world, read from `lexicon.txt`: what may stand in a slot, and on what that depends.

[topic zoo]                     a value of a variable; each variable is drawn once a story
creature: monkey lion bear      a category: any of these words, drawn at each slot
object*: python seal bat        a starred category: one of these words, drawn once a story and kept
[mood glad 0.1]                 0.1 is noise: so often a word of the other moods slips in
[any]
article: the*7 this*3           weights; else all words of a line are equally likely
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

Weighted = tuple[tuple[str, float], ...]

ANY = "any"
TENSE = "tense"
TENSES = ("past", "present")


def at(file: Path, line: int) -> str:
    """How an error begins, so that an editor can jump there."""
    return f"{file}:{line}"


def read_lines(file: Path) -> Iterator[tuple[int, str]]:
    """(number, line) for every line that says something, without its remark.

    Raises:
        ValueError: the file is not UTF-8.
        FileNotFoundError: there is no such file.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()  # some editors begin a file with a mark
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not UTF-8 text: {error}") from None
    for number, raw in enumerate(lines, start=1):
        if line := raw.partition("#")[0].strip():
            yield number, line


def read_sections(file: Path) -> Iterator[tuple[int, str, str]]:
    """(number of the line, words of the header above it, the line) for every line that says something.

    A header itself is given as well, with an empty line, so that a section without lines is seen.

    Raises:
        ValueError: the file does not begin with a header, or is not UTF-8.
        FileNotFoundError: there is no such file.
    """
    header = ""
    for number, line in read_lines(file):
        if line.startswith("["):
            if not line.endswith("]") or not line[1:-1].strip():
                raise ValueError(f"{at(file, number)}: a header is written [topic zoo], not {line!r}")
            header = " ".join(line[1:-1].split())
            yield number, header, ""
        elif not header:
            raise ValueError(f"{at(file, number)}: {line!r} stands before the first [header]")
        else:
            yield number, header, line


@dataclass(frozen=True)
class Category:
    """Words that may stand in one kind of slot.

    Args:
        variable: what the choice depends on; `any` for nothing.
        starred: chosen once a story.
        words: (lemma, share) for each value of the variable; the shares of a value sum to 1.
    """

    name: str
    variable: str
    starred: bool
    words: dict[str, Weighted]


@dataclass
class Lexicon:
    """All variables with their values, and all categories."""

    file: Path
    variables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    noise: dict[str, float] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)


def read_lexicon(file: Path, withheld: frozenset[str] = frozenset()) -> Lexicon:
    """Read and check a lexicon.

    Args:
        withheld: words that are left out of starred categories, as if they did not stand in the file.

    Raises:
        ValueError: what is wrong, in which line, and what would be right.
    """
    lexicon = Lexicon(file)
    lines: dict[tuple[str, str], int] = {}
    for number, header, line in read_sections(file):
        where = at(file, number)
        variable, value, noise = _read_header(where, header)
        if not line:
            _add_value(lexicon, where, variable, value, noise)
            continue
        label, colon, text = line.partition(":")
        name = label.strip()
        starred = name.endswith("*")
        name = name.removesuffix("*")
        if not colon or not name.isidentifier() or not name.islower():
            raise ValueError(f"{where}: a line is written `creature: lion bear`, not {line!r}")
        if starred and variable == ANY:
            raise ValueError(f"{where}: {name}* is kept for a story, so it must depend on a variable, not on [any]")
        category = lexicon.categories.setdefault(name, Category(name, variable, starred, {}))
        if (category.variable, category.starred) != (variable, starred):
            raise ValueError(
                f"{where}: {label.strip()} under [{variable}] was {name}{'*' * category.starred} under "
                f"[{category.variable}] before; a category has one variable, and a star everywhere or nowhere"
            )
        if value in category.words:
            raise ValueError(f"{where}: {name} stands twice under [{header}]; first in line {lines[name, value]}")
        words = _read_words(where, text)
        if starred:  # of the others only a form may be withheld: see `make_table`
            words = [(word, weight) for word, weight in words if word.lower() not in withheld]
        if not words:
            raise ValueError(f"{where}: {name} has no words left; give it one, or take one out of held_out.txt")
        total = sum(weight for _, weight in words)
        category.words[value] = tuple((word, weight / total) for word, weight in words)
        lines[name, value] = number
    _check_complete(lexicon, lines)
    return lexicon


def _read_header(where: str, header: str) -> tuple[str, str, float]:
    words = header.split()
    if words == [ANY]:
        return ANY, ANY, 0.0
    if len(words) not in (2, 3) or words[0] == ANY:
        raise ValueError(f"{where}: a header is written [topic zoo], [mood glad 0.1] or [any], not [{header}]")
    try:
        noise = float(words[2]) if len(words) == 3 else 0.0
    except ValueError:
        noise = -1.0
    if not 0 <= noise < 1:
        raise ValueError(f"{where}: the noise is a number from 0 to below 1, not {words[2]}")
    return words[0], words[1], noise


def _add_value(lexicon: Lexicon, where: str, variable: str, value: str, noise: float) -> None:
    values = lexicon.variables.get(variable, ())
    if value in values:
        raise ValueError(f"{where}: [{variable} {value}] stands twice; put its lines together")
    if variable == TENSE and value not in TENSES:
        raise ValueError(f"{where}: a tense is {' or '.join(TENSES)}, not {value}")
    if noise != lexicon.noise.setdefault(variable, noise):
        raise ValueError(f"{where}: the noise is {noise}, but {lexicon.noise[variable]} under the other {variable}s")
    if variable != ANY:
        lexicon.variables[variable] = (*values, value)


def _read_words(where: str, text: str) -> list[tuple[str, float]]:
    found: dict[str, float] = {}
    for item in text.split():
        word, star, weight = item.partition("*")
        try:
            share = float(weight) if star else 1.0
        except ValueError:
            share = 0.0
        if not all(part.isalpha() for part in word.split("_")) or not 0 < share < inf:
            raise ValueError(f"{where}: {item!r} is not a word or word*weight (letters only; ice_cream for two words)")
        if word in found:
            raise ValueError(f"{where}: {word} stands twice; write {word}*2 if it shall come twice as often")
        found[word] = share
    return list(found.items())


def _check_complete(lexicon: Lexicon, lines: dict[tuple[str, str], int]) -> None:
    """Every category has a line under every value of its variable, and stars have equally many words everywhere."""
    for category in lexicon.categories.values():
        values = lexicon.variables.get(category.variable, (ANY,))
        first = next(iter(category.words))
        where = at(lexicon.file, lines[category.name, first])
        if category.starred and category.name in lexicon.variables:
            raise ValueError(
                f"{where}: {category.name}* is drawn once a story, as the variable {category.name} is; "
                "give one of the two another name"
            )
        if missing := [value for value in values if value not in category.words]:
            raise ValueError(f"{where}: {category.name} has no line under [{category.variable} {missing[0]}]; add one")
        lengths = {value: len(words) for value, words in category.words.items()}
        if category.starred and len(set(lengths.values())) > 1:
            raise ValueError(
                f"{where}: {category.name}* needs equally many words everywhere, but has "
                + ", ".join(f"{length} under {value}" for value, length in lengths.items())
            )
        if category.starred and any(share != words[0][1] for words in category.words.values() for _, share in words):
            raise ValueError(f"{where}: the words of {category.name}* are equally likely; take the weights away")
    if TENSE in lexicon.variables and set(lexicon.variables[TENSE]) != set(TENSES):
        raise ValueError(f"{lexicon.file}: [tense past] and [tense present] are both needed")
