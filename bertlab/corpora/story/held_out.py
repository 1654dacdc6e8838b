"""What the training world never says, read from `held_out.txt`, so that one can ask whether a model makes do without.

forms: playing replay          these spellings are never drawn, names among them
pair: wash lion                this verb and this noun never stand in one sentence
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from bertlab.corpora.story.lexicon import at, read_lines


@dataclass(frozen=True)
class HeldOut:
    """What never occurs in the training world: forms, and pairs of lemmas within one sentence."""

    forms: frozenset[str] = frozenset()
    pairs: tuple[tuple[str, str], ...] = ()

    def partners(self, lemma: str) -> frozenset[str]:
        """The lemmas that must not stand in a sentence with this one.

        >>> sorted(HeldOut(pairs=(("wash", "lion"), ("feed", "lion"))).partners("lion"))
        ['feed', 'wash']
        """
        return self._partners.get(lemma, frozenset())

    @cached_property
    def _partners(self) -> dict[str, frozenset[str]]:
        return {
            lemma: frozenset(one if lemma == other else other for one, other in self.pairs if lemma in (one, other))
            for lemma in chain.from_iterable(self.pairs)
        }


def read_held_out(file: Path) -> HeldOut:
    """Read what the training world withholds.

    Raises:
        ValueError: a line is written otherwise.
    """
    forms: set[str] = set()
    pairs = []
    for number, line in read_lines(file):
        label, _, text = line.partition(":")
        words = text.split()
        if label == "forms":
            forms |= {word.lower() for word in words}
        elif label == "pair" and len(words) == 2 and words[0] != words[1]:
            pairs.append((words[0], words[1]))
        else:
            raise ValueError(f"{at(file, number)}: write `forms: playing replay` or `pair: wash lion`, not {line!r}")
    return HeldOut(frozenset(forms), tuple(pairs))
