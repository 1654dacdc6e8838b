"""What lesson 03's exercises are checked by."""

from collections.abc import Sequence
from typing import Any

import torch

from bertlab.lessons.checks.verdict import Check, Mine
from bertlab.lessons.compare import ROUNDING, largest_difference
from bertlab.model import Bert, BertConfig, BertOutput
from bertlab.text import Tokenizer

# ---- A pair, padded

WORDS = ["anna", "saw", "ben", "smiled", "at", "the", "dog", "and", "went", "home"]
TOKENIZER = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])
SPECIAL = (TOKENIZER.cls_id, TOKENIZER.sep_id, TOKENIZER.pad_id)
PAIRS = (("anna saw ben", "ben smiled", 12), ("ben", "anna went home and smiled", 9), ("anna saw", "the dog", 7))
LONG = ("anna saw the dog", "ben smiled at anna and went home", 10)
Lists = tuple[list[int], list[int], list[int]]


def reference_pair(text_a: str, text_b: str, length: int) -> Lists:
    """What the tokenizer makes of the pair: ids, segments, attention mask."""
    room = length - 3 - len(text_a.split())
    batch = TOKENIZER.batch([text_a], [" ".join(text_b.split()[:room])], pad_to=length)
    return batch.input_ids[0], batch.token_type_ids[0], batch.attention_mask[0]


def _asked(mine: Mine, text_a: str, text_b: str, length: int) -> Lists | str:
    """The three lists, or what stands in the way of reading them."""
    answer = mine(TOKENIZER.encode_ids(text_a), TOKENIZER.encode_ids(text_b), length, *SPECIAL)
    if not isinstance(answer, tuple | list) or len(answer) != 3:
        return "Three lists are asked for: return ids, segments, mask."
    if any(each is None for each in answer):
        return "One of the three lists is still None."
    ids, segments, real = ([int(number) for number in each] for each in answer)
    return ids, segments, real


def _mistake_in_pair(mine: Mine) -> str | None:
    """Make ids, segments and attention mask of [CLS] A [SEP] B [SEP], padded to a length."""
    for text_a, text_b, length in PAIRS:
        found = _asked(mine, text_a, text_b, length)
        mistake = found if isinstance(found, str) else _in_lists(*found, reference_pair(text_a, text_b, length))
        if mistake:
            return mistake
    found = _asked(mine, *LONG)
    return found if isinstance(found, str) else _in_long_pair(*found)


def _in_lists(ids: list[int], segments: list[int], real: list[int], right: Lists) -> str | None:
    true_ids, true_segments, true_mask = right
    length, used = len(true_ids), sum(true_mask)
    if sorted(map(tuple, (ids, segments, real))) == sorted(map(tuple, right)) and ids != true_ids:
        return "The three lists are right, but not in the order that was asked for: ids, segments, mask."
    if ids == true_ids and segments == true_mask and real == true_segments:
        return "Segments and attention mask have changed places: you return ids, mask, segments."
    mistake = _in_ids(ids, true_ids[:used], length)
    if mistake:
        return mistake
    for name, numbers in (("segments", segments), ("attention mask", real)):
        if len(numbers) != length:
            return f"The ids are right. The {name} has {len(numbers)} numbers where the row has {length} places."
    if any(number not in (0, 1) for number in segments + real):
        return "Segments and mask hold only zeros and ones: A is segment 0, B is segment 1."
    return _in_segments(segments, true_segments, ids, used) or _in_mask(real, true_mask)


def _in_ids(ids: list[int], row: list[int], length: int) -> str | None:
    cls, sep, pad = SPECIAL
    right = row + [pad] * (length - len(row))
    if ids == right:
        return None
    first = row.index(sep)
    a, b = row[1:first], row[first + 1 : -1]
    bare = [number for number in ids if number != pad]
    if ids == row:
        return f"The row ends after {len(row)} pieces; {length} places were asked for. Fill the rest with [PAD]."
    if bare == row and ids[: length - len(row)] == [pad] * (length - len(row)) and len(ids) == length:
        return (
            "You padded on the left. Then [CLS] no longer stands at place 0, and every piece gets another position row."
        )
    if bare == row and len(ids) == length:
        return "[PAD] stands between the pieces. The row is [CLS] A [SEP] B [SEP] first, and [PAD] behind all of it."
    if bare == row:
        return f"The row has {len(ids)} places; {length} were asked for. Mind what the special pieces take up."
    if bare == row[1:]:
        return "The row begins with A itself: [CLS] is missing, so there is no vector for the text as a whole."
    if bare == [cls, *a, *b, sep]:
        return "No [SEP] stands between A and B: the two texts run into one another."
    if bare == row[:-1]:
        return "B is not ended: the last [SEP] is missing."
    if bare == [cls, *a, sep, cls, *b, sep]:
        return "You set [CLS] twice. It stands once, before everything; B follows the [SEP] of A at once."
    if bare == [cls, *b, sep, *a, sep]:
        return "B stands before A."
    return f"For A = {a} and B = {b} your row is {ids}. Write [CLS] A [SEP] B [SEP] with ids first, then fill it up."


def _in_segments(segments: list[int], right: list[int], ids: list[int], used: int) -> str | None:
    # Nobody looks at a padded place, so what stands there is not held against anyone.
    mine, true = segments[:used], right[:used]
    if mine == true:
        return None
    sep = ids.index(TOKENIZER.sep_id)
    if not any(mine):
        return "Every piece is in segment 0. Then the segment row is always the same, and no one knows where B begins."
    if mine == [1 - number for number in true]:
        return "A has segment 1 and B segment 0. It is the other way round."
    if mine == [*true[:sep], 1, *true[sep + 1 :]]:
        return "You counted the [SEP] behind A to B. It ends A, so it is in segment 0."
    if mine == [*true[:-1], 0]:
        return "The last [SEP] is in segment 0. It ends B, so it is in segment 1."
    if mine[0] == 1:
        return "[CLS] is in segment 1. It stands with the first text, in segment 0."
    return (
        f"The segments of the real pieces are {mine}. Zeros belong to [CLS], A and its [SEP], ones to B and its [SEP]."
    )


def _in_mask(real: list[int], right: list[int]) -> str | None:
    if real == right:
        return None
    if real == [1 - number for number in right]:
        return "Your mask has 1 at the padding and 0 at the pieces: 1 says real, so you hide all that was said."
    if all(real):
        return "Your mask is 1 at the padding too, so the padding is read as if it had been written."
    return f"The mask is {real}. Each real piece has a 1, [CLS] and [SEP] among them, and each [PAD] a 0."


def _in_long_pair(ids: list[int], segments: list[int], real: list[int]) -> str | None:
    right = reference_pair(*LONG)
    length = LONG[2]
    if (ids, segments, real) == right:
        return None
    if len(ids) > length:
        return (
            f"Short pairs are right. A long one has {len(ids)} places where {length} were asked for: cut the end of B."
        )
    if len(ids) < length or TOKENIZER.pad_id in ids:
        return f"Short pairs are right. In a long one fewer than {length} places are used: too much of B is cut."
    if ids[-1] != TOKENIZER.sep_id:
        return "Short pairs are right. In a long one you cut off the last [SEP] as well: cut B first, then end it."
    if ids == right[0]:
        return "Short pairs are right. In a long one the ids are right too, but segments or mask no longer fit them."
    return f"Short pairs are right. The long pair became {ids}: keep all of A, and as much of B as there is room for."


pair = Check(
    "03-pair",
    _mistake_in_pair,
    "Ids say what, segments say which text, the mask says what is real. Of the position nothing needs to be said.",
)

# ---- What is alike without positions

ROW = ["[CLS]", "he", "shut", "the", "[MASK]", "and", "went", "down", "the", "[MASK]", ".", "[SEP]"]


def _tiny(**changes: Any) -> Bert:
    """A very small encoder with parameters of its own; what is asked here is true of any."""
    config = BertConfig.preset("tiny", vocab_size=20, hidden_size=32, intermediate_size=64, initializer_range=0.3)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return Bert(config.replace(max_position_embeddings=16, **changes)).eval()


@torch.no_grad()
def alike_places(pieces: Sequence[str]) -> set[frozenset[int]]:
    """The groups of places whose last vectors are the same in an encoder without positions."""
    bert = _tiny()
    bert.embeddings.position.weight.zero_()
    names = sorted(set(pieces))
    vectors = bert(torch.tensor([[1 + names.index(piece) for piece in pieces]])).last_hidden_state[0]
    near = torch.cdist(vectors, vectors) < 1e-3
    groups = {frozenset(row.nonzero().flatten().tolist()) for row in near}
    return {group for group in groups if len(group) > 1}


def _mistake_in_prediction(mine: Mine) -> str | None:
    """Say which places have the same vector when there are no positions."""
    answer = mine()
    if not isinstance(answer, list | tuple) or not all(isinstance(group, list | tuple) for group in answer):
        return "A list of lists is asked for, such as [[0, 11], [5, 6, 7]]."
    words = [str(place) for group in answer for place in group if not isinstance(place, int)]
    if words:
        return f"You named “{words[0]}”. Say it by the number of its place, such as 3."
    said = {frozenset(group) for group in answer}
    said = {group for group in said if len(group) > 1}
    true = alike_places(ROW)
    if said == true:
        return None
    outside = [place for group in said for place in group if not 0 <= place < len(ROW)]
    if outside:
        return f"The text has the places 0 to {len(ROW) - 1}; you named {outside[0]}."
    if not said:
        return (
            "You say that no two places are alike. "
            "But what could tell two equal pieces apart when no row says where they stand?"
        )
    if any(len(group) == len(ROW) for group in said):
        return "You put all places into one group. The order is gone, but the pieces are still different pieces."
    if frozenset(place for group in true for place in group) in said:
        return "You made one group of the two “the” and the two holes. They are two pairs: the token rows differ."
    for group in said:
        pieces = {ROW[place] for place in group}
        if len(pieces) > 1:
            named = ", ".join(f"“{piece}”" for piece in sorted(pieces))
            return f"You put {named} in one group. Their token rows differ from the start."
    missing = min(true - said, key=min)
    name = ROW[min(missing)]
    if name == "[MASK]":
        return "You left out the two holes. [MASK] is a piece like any other, with one row, whatever was hidden there."
    return f"You left out the two places of “{name}”."


alike_without_positions = Check(
    "03-alike",
    _mistake_in_prediction,
    "Equal pieces in, equal vectors out: the two “the” are one, and so are the two holes, which must get one guess.",
)

# ---- The bug: a pair that cannot hear itself

BATCH = {
    "input_ids": torch.tensor([[2, 5, 6, 3, 7, 3, 0], [2, 8, 3, 9, 10, 11, 3]]),
    "token_type_ids": torch.tensor([[0, 0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 1, 1, 1]]),
    "attention_mask": torch.tensor([[1, 1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1, 1]]),
}
IDS, SEGMENTS, REAL = BATCH["input_ids"], BATCH["token_type_ids"], BATCH["attention_mask"]
SWAPPED = "Segments and attention mask still arrive in each other's place: A is hidden from everybody."
NO_SEGMENTS = "You left out the segments, so every piece is in text A. Nothing says where B begins."
NO_MASK = "You left out the attention mask, so the padding is read as well."
IDS_ALONE = "You give the ids alone: every piece is in text A, and the padding is read."
MASK_AS_SEGMENTS = "The attention mask arrives as segments, and no mask arrives: A is called B, the padding is read."
MASK_TWICE = "The attention mask arrives in both places: as itself, and as segments, so A is called B."
SEGMENTS_TWICE = "The segments arrive in both places: as themselves, and as mask, so A is still hidden."
TURNED = "Your mask is turned round: the pieces are hidden, the padding is read."
VARIANTS = {
    SWAPPED: (REAL, SEGMENTS),
    NO_SEGMENTS: (None, REAL),
    NO_MASK: (SEGMENTS, None),
    IDS_ALONE: (None, None),
    MASK_TWICE: (REAL, REAL),
    MASK_AS_SEGMENTS: (REAL, None),
    SEGMENTS_TWICE: (SEGMENTS, SEGMENTS),
    TURNED: (SEGMENTS, 1 - REAL),
}
"""What is said, by the segments and the mask that the model was given."""


@torch.no_grad()
def _mistake_in_reading(mine: Mine) -> str | None:
    """Read a batch of pairs, each argument in its own place."""
    bert = _tiny()
    answer = mine(bert, dict(BATCH))
    if isinstance(answer, BertOutput):
        return "You give back all that the model says. Its last vectors are in .last_hidden_state."
    if tuple(answer.shape) != (2, 7, 32):
        return f"Your result has the shape {tuple(answer.shape)}; the last vectors of this batch have (2, 7, 32)."
    true = bert(**BATCH).last_hidden_state

    def is_like(vectors: torch.Tensor) -> bool:
        return largest_difference(answer[REAL.bool()], vectors[REAL.bool()])[0] <= ROUNDING

    if is_like(true):
        return None
    for sentence, (segments, mask) in VARIANTS.items():
        if is_like(bert(IDS, segments, mask).last_hidden_state):
            return sentence
    return "The shapes fit, but the vectors are not those of this batch. Is every argument named?"


reading = Check(
    "03-reading",
    _mistake_in_reading,
    "Named arguments cannot change places. Positional ones of one shape and one type can, and nothing complains.",
)
