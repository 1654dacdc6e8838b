"""One label for a text, or for a pair of texts: classification, intent, entailment, paraphrase, a number."""

from collections.abc import Iterable, Sequence

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
