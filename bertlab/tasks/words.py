"""One tag for each word, while BERT reads pieces: tags become labels of pieces, and what is said of pieces tags again.

    words           Anna   lives  in  New York     U.S.
    pieces   [CLS]  anna   lives  in  new    york  u      .     s     .     [SEP]
    labels   -100   B-PER  O      O   B-LOC  -100  B-LOC  -100  -100  -100  -100

The first piece of a word speaks for it, the others are not asked: so each word counts once, however it is split.

Source: Devlin et al. 2018, arXiv 1810.04805, section 5.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from bertlab.text import Encoding, Tokenizer
from bertlab.text.encoding import Span
from bertlab.text.normalize import is_accent
from bertlab.text.wordpiece import PREFIX

IGNORED = -100
"""The label of a piece that nobody asks about; torch's cross-entropy passes over it."""

OUTSIDE = "O"
"""The tag of a word that is part of nothing."""

Piece = tuple[int, Span]
"""An id, and the characters that it stands for."""


def with_marks(text: str, spans: Sequence[Span]) -> list[Span]:
    r"""Characters of pieces, and with them the accents written as characters of their own that were stripped.

    An uncased tokenizer drops the accent of a decomposed é (e, U+0301) and leaves it out of the offsets; who cuts the
    text there tears the letter apart.

    >>> with_marks("cafe\u0301s", [(0, 4), (5, 6)])
    [(0, 5), (5, 6)]
    """
    whole = []
    for place, (start, stop) in enumerate(spans):
        limit = spans[place + 1][0] if place + 1 < len(spans) else len(text)
        while stop < limit and is_accent(text[stop]):
            stop += 1
        whole.append((start, stop))
    return whole


@dataclass(frozen=True, repr=False)
class TaggedRow:
    """Words as BERT reads them, with the label of each piece.

    Args:
        spans: characters of each word in the text.
        encoding: its offsets count in the text.
        word_of: for each piece the number of its word; None for [CLS] and [SEP].
        labels: for each piece the number of its word's tag, or -100 where nobody asks.
        names: the tag that each label stands for.
        cut: numbers of the words of which `max_length` left no piece.
        empty: numbers of the words that the tokenizer makes into nothing, such as a lone control character.
    """

    text: str
    spans: tuple[Span, ...]
    encoding: Encoding
    word_of: tuple[int | None, ...]
    labels: tuple[int, ...]
    names: tuple[str, ...]
    cut: tuple[int, ...]
    empty: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.encoding)

    @property
    def words(self) -> tuple[str, ...]:
        """The words as they were written."""
        return tuple(self.text[start:stop] for start, stop in self.spans)

    @property
    def first_places(self) -> tuple[int | None, ...]:
        """For each word the place of the piece that speaks for it; None for a word that is not read."""
        places: list[int | None] = [None] * len(self.spans)
        for place, word in enumerate(self.word_of):
            if word is not None and places[word] is None:
                places[word] = place
        return tuple(places)

    def __repr__(self) -> str:
        rows = [("place", "piece", "label", "tag", "word")]
        speaks_for = dict(zip(self.first_places, self.words, strict=True))
        for place, (token, label) in enumerate(zip(self.encoding.tokens, self.labels, strict=True)):
            tag = "" if label == IGNORED else self.names[label]
            rows.append((str(place), token, str(label), tag, speaks_for.get(place, "")))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        for fate, numbers in (("cut off", self.cut), ("nothing to read in", self.empty)):
            if numbers:
                lines.append(f"{fate}: {', '.join(f'{self.words[number]!r} (word {number})' for number in numbers)}")
        return "\n".join(lines)


def tagged_row(
    tokenizer: Tokenizer,
    words: Sequence[str],
    tags: Sequence[str] | None,
    names: Sequence[str],
    max_length: int | None = None,
) -> TaggedRow:
    """[CLS] pieces of the words [SEP], with the label of a word on its first piece and -100 everywhere else.

    A word may hold punctuation (`U.S.`) or a space and be split into several stretches: it still has one label. One
    that no piece spells is read as [UNK], and labelled there. In `text` the words stand with one space between them.

    >>> pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "u", "s", ".", "play", "##ing", "in"]
    >>> tagged_row(Tokenizer(pieces), ["playing", "in", "U.S."], ["O", "O", "B-LOC"], ["O", "B-LOC"], max_length=6)
    place  piece  label  tag    word
    0      [CLS]  -100
    1      play   0      O      playing
    2      ##ing  -100
    3      in     0      O      in
    4      u      1      B-LOC  U.S.
    5      [SEP]  -100

    Args:
        tags: one a word; None where they are to be found out, and then no piece has a label.
        names: all tags there are; the place of a tag is its label.
        max_length: pieces in all, special ones included; what is beyond is cut off, from the end.

    Raises:
        ValueError: there is not one tag a word, a tag is not among the names, or `max_length` has no room for a word.
    """
    if tags is not None and len(tags) != len(words):
        raise ValueError(f"{len(words)} words but {len(tags)} tags; give one tag for each word")
    numbers = {name: number for number, name in enumerate(names)}
    if unknown := sorted({*(tags or ())} - set(numbers)):
        raise ValueError(
            f"no label for the tags {', '.join(unknown)}; the names are {', '.join(names)}: add them there"
        )
    asked = [IGNORED] * len(words) if tags is None else [numbers[tag] for tag in tags]
    spans: list[Span] = []
    pieces: list[list[Piece]] = []
    begin = 0
    for word in words:
        ids, inside = tokenizer.encode_with_offsets(word)
        whole = with_marks(word, inside)
        spans.append((begin, begin + len(word)))
        pieces.append(
            [(number, (begin + start, begin + stop)) for number, (start, stop) in zip(ids, whole, strict=True)]
        )
        begin += len(word) + 1
    return _lay_out(tokenizer, " ".join(words), spans, pieces, asked, names, max_length)


def text_row(tokenizer: Tokenizer, text: str, names: Sequence[str], max_length: int | None = None) -> TaggedRow:
    """A text as somebody types it, cut into words by the tokenizer itself: at spaces and around punctuation.

    >>> pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "play", "##ing", "in", "!"]
    >>> row = text_row(Tokenizer(pieces), "Playing  in Ürümqi!", ["O", "B-LOC"])
    >>> row.words, row.first_places
    (('Playing', 'in', 'Ürümqi', '!'), (1, 3, 4, 5))

    Args:
        names: the tags that a model tells apart; the place of a tag is its label.
        max_length: pieces in all, special ones included; what is beyond is cut off, from the end.

    Raises:
        ValueError: `max_length` has no room for a word.
    """
    spans: list[Span] = []
    pieces: list[list[Piece]] = []
    ids, inside = tokenizer.encode_with_offsets(text)
    for number, (start, stop) in zip(ids, with_marks(text, inside), strict=True):
        if pieces and tokenizer.pieces[number].startswith(PREFIX):
            spans[-1] = (spans[-1][0], stop)
            pieces[-1].append((number, (start, stop)))
        else:
            spans.append((start, stop))
            pieces.append([(number, (start, stop))])
    return _lay_out(tokenizer, text, spans, pieces, [IGNORED] * len(spans), names, max_length)


def _lay_out(
    tokenizer: Tokenizer,
    text: str,
    spans: Sequence[Span],
    pieces: Sequence[Sequence[Piece]],
    asked: Sequence[int],
    names: Sequence[str],
    max_length: int | None,
) -> TaggedRow:
    """The row of words whose characters, pieces and labels are given."""
    if max_length is not None and max_length < 3:
        raise ValueError(f"max_length={max_length} has no room for a word between 2 special pieces; give 3 or more")
    flat = [
        (word, number, characters, asked[word] if place == 0 else IGNORED)
        for word, own in enumerate(pieces)
        for place, (number, characters) in enumerate(own)
    ]
    kept = flat if max_length is None else flat[: max_length - 2]
    last_read = kept[-1][0] if kept else -1
    ids = [tokenizer.cls_id, *(number for _, number, _, _ in kept), tokenizer.sep_id]
    return TaggedRow(
        text=text,
        spans=tuple(spans),
        encoding=Encoding(
            tokens=[tokenizer.pieces[number] for number in ids],
            input_ids=ids,
            token_type_ids=[0] * len(ids),
            attention_mask=[1] * len(ids),
            offsets=[(0, 0), *(characters for _, _, characters, _ in kept), (0, 0)],
        ),
        word_of=(None, *(word for word, _, _, _ in kept), None),
        labels=(IGNORED, *(label for _, _, _, label in kept), IGNORED),
        names=tuple(names),
        cut=tuple(word for word, own in enumerate(pieces) if own and word > last_read),
        empty=tuple(word for word, own in enumerate(pieces) if not own),
    )


def word_tags(row: TaggedRow, predicted: Int[np.ndarray, " seq"], unread: str = OUTSIDE) -> tuple[str, ...]:
    """The tag of each word: what is said at its first piece.

    A word that was cut off, or that holds nothing to read, is O: who has not read it has found nothing in it. So an
    entity lost to `max_length` counts as missed; left out of the count it would flatter the model. `row.cut` and
    `row.empty` say which words these are.

    >>> pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "play", "##ing", "in"]
    >>> row = tagged_row(Tokenizer(pieces), ["playing", "in", "in"], None, ["O", "B-LOC"], max_length=5)
    >>> word_tags(row, np.array([0, 1, 0, 1, 0])), row.cut
    (('B-LOC', 'B-LOC', 'O'), (2,))

    Args:
        predicted: the label found at each place of the row; padding may follow.
        unread: the tag of words that are not read; give another where the names have no O.

    Raises:
        ValueError: there are fewer labels than places, or a label that no name belongs to.
    """
    if len(predicted) < len(row):
        raise ValueError(f"{len(predicted)} labels for a row of {len(row)} pieces; give one for each place")
    found = [None if place is None else int(predicted[place]) for place in row.first_places]
    for label in found:
        if label is not None and not 0 <= label < len(row.names):
            raise ValueError(f"label {label} has no name; the {len(row.names)} names are {', '.join(row.names)}")
    return tuple(unread if label is None else row.names[label] for label in found)
