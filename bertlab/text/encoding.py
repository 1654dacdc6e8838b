"""What the tokenizer hands out: encodings, batches of them, and the rules by which they are cut and padded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

Span = tuple[int, int]
T = TypeVar("T")


def kept_lengths(lengths: Sequence[int], room: int) -> list[int]:
    """How much of each text stays when they share `room` pieces: the longer is cut down to the shorter first.

    When both are cut to the same length and one piece of room is left, the longer text has it, and among equals
    the second, as in the library `tokenizers`.

    >>> kept_lengths([10, 3], room=8), kept_lengths([10, 9], room=7)
    ([5, 3], [4, 3])
    """
    if sum(lengths) <= room:
        return list(lengths)
    if len(lengths) == 1:
        return [room]
    shorter = min(*lengths, room // 2)
    longer = room - shorter
    return [longer, shorter] if lengths[0] > lengths[1] else [shorter, longer]


def padded(items: list[T], filling: T, length: int) -> list[T]:
    """The items, followed by the filling up to a length."""
    return items + [filling] * (length - len(items))


@dataclass(frozen=True, repr=False)
class Encoding:
    """A text, or a pair of texts, as BERT reads it.

    `attention_mask` is 1 where a piece is real and 0 where it is padding. `offsets` say which characters of its own
    text each piece stands for, and (0, 0) for the special pieces.
    """

    tokens: list[str]
    input_ids: list[int]
    token_type_ids: list[int]
    attention_mask: list[int]
    offsets: list[Span]

    def __len__(self) -> int:
        return len(self.input_ids)

    def __repr__(self) -> str:
        rows = [("place", "piece", "id", "segment", "real", "characters")]
        columns = zip(self.tokens, self.input_ids, self.token_type_ids, self.attention_mask, self.offsets, strict=True)
        for place, (token, number, segment, real, (start, end)) in enumerate(columns):
            characters = f"{start}-{end}" if end > start else ""
            rows.append((str(place), token, str(number), str(segment), str(real), characters))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )


@dataclass(frozen=True, repr=False)
class Batch:
    """Several encodings, padded to one length: every field is a list with one list a text."""

    tokens: list[list[str]]
    input_ids: list[list[int]]
    token_type_ids: list[list[int]]
    attention_mask: list[list[int]]
    offsets: list[list[Span]]

    def __len__(self) -> int:
        return len(self.input_ids)

    def __repr__(self) -> str:
        length = len(self.input_ids[0]) if self.input_ids else 0
        rows = [f"  {number}: {' '.join(tokens)}" for number, tokens in enumerate(self.tokens)]
        return "\n".join([f"Batch of {len(self)} texts, each {length} pieces long", *rows])


class Stretch(NamedTuple):
    """The pieces of a stretch of text; `spans` count from the beginning of the stretch."""

    ids: list[int]
    spans: list[Span]
