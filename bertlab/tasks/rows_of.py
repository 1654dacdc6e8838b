"""From texts, words and questions to the rows that training reads: whatever is asked, a row is a row."""

from collections.abc import Iterable, Sequence

from bertlab.tasks.spans import Window
from bertlab.tasks.words import TaggedRow
from bertlab.text import Tokenizer
from bertlab.training.rows import Row


def label_numbers(labels: Iterable[str]) -> dict[str, int]:
    """A number for each label, in alphabetical order.

    >>> label_numbers(["glad", "sad", "glad", "angry"])
    {'angry': 0, 'glad': 1, 'sad': 2}

    Raises:
        ValueError: there are fewer than two, so there is nothing to tell apart.
    """
    numbers = {label: number for number, label in enumerate(sorted(set(labels)))}
    if len(numbers) < 2:
        raise ValueError(f"a classifier needs two labels or more, but there is {list(numbers) or 'none'}")
    return numbers


def text_rows(
    tokenizer: Tokenizer,
    texts: Sequence[str | tuple[str, str]],
    labels: Sequence[int | float] | None = None,
    *,
    name: str = "label",
    max_length: int | None = None,
) -> list[Row]:
    """Texts, or pairs of texts, as rows to train on, or without labels to ask about.

    >>> tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ice", "melts"])
    >>> text_rows(tokenizer, [("Ice", "melts")], [1])
    [Row(input_ids=[2, 5, 3, 6, 3], token_type_ids=[0, 0, 0, 1, 1], labels={'label': 1})]

    Args:
        labels: an int is one of several answers, a float a number.
        max_length: pieces of a row at most; the longer text is cut first.

    Raises:
        ValueError: there are not as many labels as texts.
    """
    if labels is not None and len(labels) != len(texts):
        raise ValueError(f"{len(texts)} texts but {len(labels)} labels; give one for each")
    rows = []
    for number, text in enumerate(texts):
        text_a, text_b = (text, None) if isinstance(text, str) else text
        read = tokenizer(text_a, text_b, max_length=max_length)
        rows.append(Row(read.input_ids, read.token_type_ids, {} if labels is None else {name: labels[number]}))
    return rows


def tag_rows(rows: Sequence[TaggedRow], intents: Sequence[int] | None = None) -> list[Row]:
    """Words with tags, and with an intent where one is asked, as rows to train on.

    Raises:
        ValueError: there are not as many intents as rows.
    """
    if intents is not None and len(intents) != len(rows):
        raise ValueError(f"{len(rows)} rows but {len(intents)} intents; give one for each")
    return [
        Row(
            row.encoding.input_ids,
            row.encoding.token_type_ids,
            {"tags": list(row.labels)} if intents is None else {"tags": list(row.labels), "intent": intents[number]},
        )
        for number, row in enumerate(rows)
    ]


def window_rows(windows: Iterable[Window]) -> list[Row]:
    """Windows of questions as rows to train on; where a window does not hold the answer, it is at [CLS]."""
    return [
        Row(
            window.encoding.input_ids,
            window.encoding.token_type_ids,
            {"start": window.start_position, "end": window.end_position},
        )
        for window in windows
    ]
