"""What a model found in a text, as characters to be marked there.

text   In New  York!          tags   O B-LOC I-LOC O          found   LOC, characters 3-12
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bertlab.tasks.metrics.entities import entities_of
from bertlab.tasks.words import TaggedRow


@dataclass(frozen=True)
class Highlight:
    """A stretch of a text that is an entity.

    Args:
        start, stop: characters in the text.
    """

    kind: str
    start: int
    stop: int
    text: str

    def __str__(self) -> str:
        return f"{self.kind} {self.start}-{self.stop} {self.text}"


def find_highlights(row: TaggedRow, tags: Sequence[str], strict: bool = False) -> list[Highlight]:
    """The entities that the tags of a row's words spell (IOB2), as characters of the row's text.

    From the first character of the first word to the last of the last: what stands between is marked too.

    >>> from bertlab.tasks.words import text_row
    >>> from bertlab.text import Tokenizer
    >>> pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "in", "new", "york", "!"]
    >>> row = text_row(Tokenizer(pieces), "In New  York!", ["O", "B-LOC", "I-LOC"])
    >>> print(*find_highlights(row, ["O", "B-LOC", "I-LOC", "O"]))
    LOC 3-12 New  York

    Args:
        strict: whether an I- that goes on with nothing is no entity; see `entities_of`.

    Raises:
        ValueError: there is not one tag a word, or one is no IOB2 tag.
    """
    if len(tags) != len(row.spans):
        raise ValueError(f"{len(row.spans)} words but {len(tags)} tags; give one tag for each word")
    found = []
    for kind, first, after in entities_of(tags, strict):
        start, stop = row.spans[first][0], row.spans[after - 1][1]
        found.append(Highlight(kind, start, stop, row.text[start:stop]))
    return found
