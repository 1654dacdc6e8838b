"""Commands with an intent and slots, from a small grammar: wake me at seven, play some jazz in the kitchen.

    p(intent | words) ~ sum over templates of the intent of  share * product over slots of  p(value)

Some commands are ambiguous: `turn it up` may be the music, the light or the heating. The sum over all ways to read
them is the exact limit for whoever must tell the intent, and for whoever must tag the words.

Source of the task: Coucke et al. 2018, Snips voice platform; the commands are our own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bertlab.corpora.story.lexicon import at, read_sections
from bertlab.corpora.story.parts import Part, chance_of, check_part
from bertlab.corpora.story.tasks.best import LabelLimits, label_limits
from bertlab.corpora.story.world import draw
from bertlab.paths import data_path

SLOT = re.compile(r"\{([a-z]+)\}")
WITHHELD = "withheld:"

Words = tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """What somebody says to the house.

    Args:
        tags: IOB2: B-time begins a time, I-time goes on with it, O is no slot.
        withheld: for each word whether it is part of a value that training never has in this slot.
    """

    words: Words
    intent: str
    tags: Words
    withheld: tuple[bool, ...]

    @property
    def text(self) -> str:
        """The words with spaces."""
        return " ".join(self.words)

    def __str__(self) -> str:
        tagged = (word if tag == "O" else f"{word}/{tag}" for word, tag in zip(self.words, self.tags, strict=True))
        return f"{self.intent}: {' '.join(tagged)}"


@dataclass(frozen=True)
class Slot:
    """The values of a slot.

    Args:
        withheld: those that training never says.
    """

    values: tuple[Words, ...]
    withheld: tuple[Words, ...]

    def said_in(self, part: Part) -> tuple[Words, ...]:
        """The values that a part draws from, all equally likely."""
        return self.values + self.withheld if part == "test" else self.values


@dataclass(frozen=True)
class CommandGrammar:
    """Slots and intents, read from a file that a teacher can edit.

    >>> grammar = CommandGrammar.load()
    >>> shares = grammar.limit("turn it up".split())
    >>> sorted(shares)
    ['set_heating', 'set_light', 'set_volume']

    Args:
        intents: for each its templates: (share, words), a slot being written {room}.
    """

    slots: dict[str, Slot]
    intents: dict[str, tuple[tuple[float, Words], ...]]

    @classmethod
    def load(cls, file: Path | None = None) -> "CommandGrammar":
        """Read and check a file like `data/story/commands.txt`, which is the default.

        Raises:
            ValueError: what is wrong, in which line, and what would be right.
        """
        return _read(file or data_path("story", "commands.txt"))

    def commands(self, count: int, seed: int = 0, part: Part = "training") -> Iterator[Command]:
        """Commands; each is a function of the seed, the part and its number. Only `test` has withheld values.

        Raises:
            ValueError: there is no such part, or the seed is negative.
        """
        check_part(part)
        intents = list(self.intents)
        for number in range(count):
            rng = chance_of(seed, part, number)
            intent = intents[rng.integers(len(intents))]
            shares, templates = zip(*self.intents[intent], strict=True)
            filling = []
            template = templates[draw(rng, shares)]
            for slot in SLOT.findall(" ".join(template)):
                values = self.slots[slot].said_in(part)
                filling.append(values[rng.integers(len(values))])
            yield self._fill(intent, template, filling)

    def _fill(self, intent: str, template: Words, filling: Sequence[Words]) -> Command:
        words: list[str] = []
        tags: list[str] = []
        withheld: list[bool] = []
        values = iter(filling)
        for word in template:
            slot = SLOT.fullmatch(word)
            said = next(values) if slot else (word,)
            words += said
            tags += [f"{'I' if place else 'B'}-{slot[1]}" if slot else "O" for place in range(len(said))]
            withheld += [bool(slot) and said in self.slots[slot[1]].withheld if slot else False] * len(said)
        return Command(tuple(words), intent, tuple(tags), tuple(withheld))

    def readings(self, words: Sequence[str], part: Part = "training") -> dict[tuple[str, Words], float]:
        """Every way to read a command: (intent, tags) -> exact probability given the words.

        >>> readings = CommandGrammar.load().readings("book a table for seven".split())
        >>> sorted(tags[-1] for _, tags in readings)
        ['B-guests', 'B-time']

        Raises:
            ValueError: no template says these words.
        """
        check_part(part)
        found: dict[tuple[str, Words], float] = {}
        for intent, templates in self.intents.items():
            for share, template in templates:
                for chance, tags in self._match(template, tuple(words), part):
                    found[intent, tags] = found.get((intent, tags), 0.0) + share * chance
        if not found:
            raise ValueError(f"no template says {' '.join(words)!r} in the {part} part")
        total = sum(found.values())
        return {reading: chance / total for reading, chance in found.items()}

    def _match(self, template: Words, words: Words, part: Part) -> Iterator[tuple[float, Words]]:
        """(probability, tags) for each way in which a template can say exactly these words."""
        if not template:
            if not words:
                yield 1.0, ()
            return
        slot = SLOT.fullmatch(template[0])
        values = self.slots[slot[1]].said_in(part) if slot else ((template[0],),)
        for value in values:
            if words[: len(value)] == value:
                here = tuple(f"{'I' if place else 'B'}-{slot[1]}" if slot else "O" for place in range(len(value)))
                for chance, tags in self._match(template[1:], words[len(value) :], part):
                    yield chance / len(values), (*here, *tags)

    def limit(self, words: Sequence[str], part: Part = "training") -> dict[str, float]:
        """p(intent | words), exactly.

        Args:
            part: whose values are in use.
        """
        shares: dict[str, float] = {}
        for (intent, _), chance in self.readings(words, part).items():
            shares[intent] = shares.get(intent, 0.0) + chance
        return shares

    @cached_property
    def words(self) -> frozenset[str]:
        """All words that can be said."""
        values = (value for slot in self.slots.values() for value in slot.said_in("test"))
        templates = (words for templates in self.intents.values() for _, words in templates)
        return frozenset(word for words in (*values, *templates) for word in words if not SLOT.fullmatch(word))


def command_limits(grammar: CommandGrammar, count: int = 1000, seed: int = 0, part: Part = "test") -> LabelLimits:
    """How well intents can be told at best.

    >>> command_limits(CommandGrammar.load(), 50).accuracy > 0.8
    True
    """
    commands = grammar.commands(count, seed, part)
    return label_limits([list(grammar.limit(command.words, part).values()) for command in commands])


def _read(file: Path) -> CommandGrammar:
    values: dict[str, list[Words]] = {}
    withheld: dict[str, list[Words]] = {}
    templates: dict[str, list[tuple[float, Words]]] = {}
    opened: dict[tuple[str, str], int] = {}
    used: list[tuple[int, str]] = []
    for number, header, line in read_sections(file):
        where = at(file, number)
        kind, _, name = header.partition(" ")
        if kind not in ("slot", "intent") or not re.fullmatch("[a-z]+" if kind == "slot" else "[a-z_]+", name):
            raise ValueError(f"{where}: a header is written [slot room] or [intent set_light], not [{header}]")
        if not line:
            if (kind, name) in opened:
                raise ValueError(f"{where}: [{header}] stands twice; first in line {opened[kind, name]}")
            opened[kind, name] = number
        elif kind == "slot":
            chosen = withheld if line.startswith(WITHHELD) else values
            known = [*values.get(name, ()), *withheld.get(name, ())]
            for value in line.removeprefix(WITHHELD).split():
                if not re.fullmatch("[a-z]+(_[a-z]+)*", value):
                    raise ValueError(f"{where}: {value!r} is no value; write kitchen or living_room, in lower case")
                said = tuple(value.split("_"))
                if said in known:
                    raise ValueError(f"{where}: {value} stands twice in [slot {name}]")
                known.append(said)
                chosen.setdefault(name, []).append(said)
        else:
            weight, words = _read_template(where, line)
            templates.setdefault(name, []).append((weight, words))
            used += [(number, slot) for slot in SLOT.findall(line)]
    for (kind, name), number in opened.items():
        if name not in (values if kind == "slot" else templates):
            raise ValueError(f"{at(file, number)}: [{kind} {name}] is empty; write something below it, or take it away")
    for number, slot in used:
        if slot not in values:
            raise ValueError(f"{at(file, number)}: there is no slot {slot!r}; there are {', '.join(values)}")
    if not templates:
        raise ValueError(f"{file}: there is no [intent ...]; open one and write templates such as `1 play some music`")
    intents = {}
    for name, weighted in templates.items():
        total = sum(weight for weight, _ in weighted)
        intents[name] = tuple((weight / total, words) for weight, words in weighted)
    slots = {name: Slot(tuple(known), tuple(withheld.get(name, ()))) for name, known in values.items()}
    return CommandGrammar(slots, intents)


def _read_template(where: str, line: str) -> tuple[float, Words]:
    weight, *words = line.split()
    number = float(weight) if re.fullmatch(r"\d+(\.\d+)?", weight) else 0.0
    if number <= 0 or not words:
        raise ValueError(f"{where}: a template is written `2 play some {{genre}}`, weight first, not {line!r}")
    for word in words:
        if not (re.fullmatch("[a-z]+", word) or SLOT.fullmatch(word)):
            raise ValueError(f"{where}: {word!r} is neither a word in lower case nor a slot such as {{room}}")
    return number, tuple(words)
