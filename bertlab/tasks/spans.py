"""Questions answered by a stretch of a text: windows over what is too long, and their labels.

    a window     [CLS] question [SEP] part of the context [SEP]
    its labels   the places of the answer's first and last piece; both 0, at [CLS], where it is not there as a whole

How a model's scores become an answer is in `answers.py`.

Source: Devlin et al. 2018, arXiv 1810.04805, sections 4.2 and 4.3; google-research/bert, run_squad.py,
convert_examples_to_features. There a label is looked for among words between spaces and then improved; here the
offsets of the pieces give it at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bertlab.tasks.words import with_marks
from bertlab.text import Encoding, Tokenizer
from bertlab.text.encoding import Span, Stretch


@dataclass(frozen=True, repr=False)
class Window:
    """A question with a part of its context, and where in it the answer stands.

    Args:
        encoding: the offsets of the context's pieces count in the whole context, wherever the window begins.
        places: of the context's pieces.
        start_position, end_position: places of the answer's first and last piece; both 0 where it is not whole here.
        snapped: the answer begins or ends inside a piece, and the pieces say more than the answer.
    """

    encoding: Encoding
    context: str
    places: range
    start_position: int = 0
    end_position: int = 0
    snapped: bool = False

    def __len__(self) -> int:
        return len(self.encoding)

    @property
    def has_answer(self) -> bool:
        """Whether the whole answer stands in this window."""
        return self.end_position > 0

    def characters(self, first: int, last: int) -> Span:
        """The characters of the context, (start, stop), for which the pieces from a first to a last place stand.

        Raises:
            ValueError: these are no places of the context, or the last is before the first.
        """
        if first not in self.places or last not in self.places or last < first:
            raise ValueError(
                f"places {first} to {last} are no stretch of the context, "
                f"which stands at {self.places.start} to {self.places.stop - 1}"
            )
        return self.encoding.offsets[first][0], self.encoding.offsets[last][1]

    def __repr__(self) -> str:
        tokens = list(self.encoding.tokens)
        seen = self.characters(self.places[0], self.places[-1]) if self.places else (0, 0)
        head = f"{len(self)} pieces, characters {seen[0]}-{seen[1]} of {len(self.context)}"
        if not self.has_answer:
            return f"{head}, no whole answer: places 0 and 0\n{' '.join(tokens)}"
        tokens[self.start_position] = ">>" + tokens[self.start_position]
        tokens[self.end_position] += "<<"
        snapped = " (snapped to whole pieces)" if self.snapped else ""
        return f"{head}, answer at places {self.start_position} to {self.end_position}{snapped}\n{' '.join(tokens)}"


def pieces_of(spans: Sequence[Span], start: int, stop: int) -> tuple[int, int] | None:
    """The first and the last piece that stand for any of the characters from `start` to before `stop`.

    >>> pieces_of([(0, 4), (4, 7), (8, 10)], 5, 10)
    (1, 2)
    >>> pieces_of([(0, 4), (4, 7), (8, 10)], 7, 8) is None
    True
    """
    touched = [piece for piece, (begins, ends) in enumerate(spans) if begins < stop and ends > start]
    return (touched[0], touched[-1]) if touched else None


def window_starts(length: int, room: int, stride: int) -> range:
    """Where windows of `room` pieces begin in a context: each shares `stride` pieces with the one before.

    The last one is the first that reaches the end.

    >>> list(window_starts(10, room=4, stride=2)), list(window_starts(10, room=10, stride=2))
    ([0, 2, 4, 6], [0])

    Raises:
        ValueError: more than one window is needed, and it would not move on.
    """
    if length <= room:
        return range(1)
    if not 0 <= stride < room:
        raise ValueError(
            f"windows of {room} pieces of the context cannot share stride={stride} with the one before and move on; "
            f"give a stride from 0 to {room - 1}, or a larger max_length"
        )
    return range(0, length - stride, room - stride)


def question_windows(
    tokenizer: Tokenizer,
    question: str,
    context: str,
    answer: Span | None = None,
    *,
    max_length: int = 384,
    stride: int = 128,
) -> list[Window]:
    """[CLS] question [SEP] part of the context [SEP], as often as it takes to read the whole context.

    An answer that is longer than a window, or that lies across the border of two and is longer than their overlap, is
    whole in none: then no window `has_answer`, and the question teaches only to say no.

    >>> pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "who", "?", "anna", "found", "the", "net", "##s", "."]
    >>> context, answer = "Anna found the nets.", (0, 4)
    >>> for window in question_windows(Tokenizer(pieces), "Who?", context, answer, max_length=9, stride=2):
    ...     print(window)
    9 pieces, characters 0-18 of 20, answer at places 4 to 4
    [CLS] who ? [SEP] >>anna<< found the net [SEP]
    9 pieces, characters 11-20 of 20, no whole answer: places 0 and 0
    [CLS] who ? [SEP] the net ##s . [SEP]

    Args:
        answer: its characters in the context, (start, stop); None where there is none, or it is to be found.
        max_length: pieces in a row, special ones included.
        stride: pieces that a window shares with the one before, as in the library `transformers`. The `doc_stride` of
            run_squad.py is how far a window moves on: what is left of the row less this stride.

    Raises:
        ValueError: the question leaves no room, a window would never move on, or the answer is no part of the context
            or has no piece.
    """
    asked = tokenizer.encode_with_offsets(question)
    ids, spans = tokenizer.encode_with_offsets(context)
    spans = with_marks(context, spans)
    room = max_length - len(asked.ids) - 3
    if room < 1:
        raise ValueError(
            f"the question has {len(asked.ids)} pieces, and with 3 special ones leaves no room for the context in a "
            f"row of max_length={max_length}; shorten the question, or give {len(asked.ids) + 4} or more"
        )
    first, last, snapped = _answer_pieces(context, spans, answer)
    windows = []
    for begin in window_starts(len(ids), room, stride):
        part = Stretch(ids[begin : begin + room], spans[begin : begin + room])
        encoding = _pair(tokenizer, asked, part)
        places = range(len(asked.ids) + 2, len(encoding) - 1)
        if begin <= first and last < begin + room:
            shift = places.start - begin
            windows.append(Window(encoding, context, places, first + shift, last + shift, snapped))
        else:
            windows.append(Window(encoding, context, places))
    return windows


def _answer_pieces(context: str, spans: Sequence[Span], answer: Span | None) -> tuple[int, int, bool]:
    """(first piece, last piece, whether they say more than the answer); (-1, -1, False) where there is none."""
    if answer is None:
        return -1, -1, False
    start, stop = answer
    if not 0 <= start < stop <= len(context):
        raise ValueError(
            f"the answer has the characters {start} to {stop} of a context of {len(context)}; "
            "give 0 <= start < stop <= its length, or None where there is no answer"
        )
    pieces = pieces_of(spans, start, stop)
    if pieces is None:
        raise ValueError(
            f"no piece stands for the answer {context[start:stop]!r}, characters {start} to {stop}; "
            "give characters that can be read, or None where there is no answer"
        )
    first, last = pieces
    return first, last, spans[first][0] < start or spans[last][1] > stop


def _pair(tokenizer: Tokenizer, asked: Stretch, part: Stretch) -> Encoding:
    ids = [tokenizer.cls_id, *asked.ids, tokenizer.sep_id, *part.ids, tokenizer.sep_id]
    return Encoding(
        tokens=[tokenizer.pieces[number] for number in ids],
        input_ids=ids,
        token_type_ids=[0] * (len(asked.ids) + 2) + [1] * (len(part.ids) + 1),
        attention_mask=[1] * len(ids),
        offsets=[(0, 0), *asked.spans, (0, 0), *part.spans, (0, 0)],
    )
