"""What came after BERT, as a difference: what each changed in the configuration, in what is asked, and in the text."""

from dataclasses import dataclass, field
from typing import Any

from bertlab.model.config import BertConfig

ABSENT = "-"
"""In place of a value that one of the two does not have."""


@dataclass(frozen=True)
class Successor:
    """A model that began as BERT, in what differs from BERT-Base.

    Args:
        config: fields of its config.json, by the names there, that BERT-Base has otherwise or not at all.
        objective: what it is asked while it learns.
        next_sentence: what became of next sentence prediction.
        text: what it read.
        source: who wrote of it, and in which sections.
    """

    name: str
    hub_id: str
    year: int
    config: dict[str, Any] = field(hash=False)
    objective: str
    next_sentence: str
    text: str
    source: str

    def changes(self) -> list[tuple[str, Any, Any]]:
        """(field, BERT-Base's value, its own), in the order of the table."""
        return [(name, getattr(BertConfig(), name, ABSENT), value) for name, value in self.config.items()]


SUCCESSORS: tuple[Successor, ...] = ()
