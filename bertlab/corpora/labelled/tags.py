"""Ways to write with one tag a word where names begin and end.

    words     Anna    met  Ben    Lee    Eva    in  York     (Ben Lee is one person, Eva the next)
    IOB1      I-PER   O    I-PER  I-PER  B-PER  O   I-LOC    B only where a name touches one of its own kind
    IOB2      B-PER   O    B-PER  I-PER  B-PER  O   B-LOC    every name begins with B
    BIOES     S-PER   O    B-PER  E-PER  S-PER  O   S-LOC    the last word is E, a single one S
    BILOU     U-PER   O    B-PER  L-PER  U-PER  O   U-LOC    the same with other letters
    BMES      S-PER   O    B-PER  E-PER  S-PER  O   S-LOC    the same, and M for what lies between B and E

All are read by one rule, conlleval's; they differ in what they refuse.

Source: Ramshaw and Marcus 1995; Tjong Kim Sang and Veenstra 1999, section 2; Ratinov and Roth 2009, section 3.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

Scheme = Literal["IOB1", "IOB2", "BIOES", "BILOU", "BMES"]

Span = tuple[str, int, int]
"""Kind, first word, and the word after the last."""

# What is written for begin, inside, end and single; that in IOB1 a B can part two names, `write_tags` knows.
_LETTERS: dict[Scheme, dict[str, str]] = {
    "IOB2": {"B": "B", "I": "I", "E": "I", "S": "B"},
    "IOB1": {"B": "I", "I": "I", "E": "I", "S": "I"},
    "BIOES": {"B": "B", "I": "I", "E": "E", "S": "S"},
    "BILOU": {"B": "B", "I": "I", "E": "L", "S": "U"},
    "BMES": {"B": "B", "I": "M", "E": "E", "S": "S"},
}
_READ = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S"}
_ALLOWED = {scheme: {*letters.values(), "B", "O"} for scheme, letters in _LETTERS.items()}

SCHEMES: tuple[Scheme, ...] = tuple(_LETTERS)


@lru_cache(maxsize=10_000)
def split_tag(tag: str) -> tuple[str, str]:
    """Letter and kind of a tag; a file with one kind of thing only may leave the kind out.

    >>> split_tag("B-creative-work"), split_tag("I"), split_tag("O")
    (('B', 'creative-work'), ('I', ''), ('O', ''))

    Raises:
        ValueError: it is no tag of any scheme.
    """
    letter, line, kind = tag.partition("-")
    if tag != "O" and (letter not in _READ or bool(line) != bool(kind)):
        raise ValueError(_no_tag(tag))
    return letter, kind


def _no_tag(tag: str) -> str:
    return f"{tag!r} is no tag; tags are O, or a letter of {', '.join(_READ)} and a kind: B-PER"


def is_tag(tag: str) -> bool:
    """Whether some scheme could write this.

    >>> is_tag("B-PER"), is_tag("PER")
    (True, False)
    """
    try:
        split_tag(tag)
    except ValueError:
        return False
    return True


def tag_faults(tags: Sequence[str], scheme: Scheme) -> Iterator[tuple[int, str]]:
    """(place, what is wrong) for every tag that a scheme does not allow there.

    >>> list(tag_faults(["O", "I-PER", "I-LOC"], "IOB2"))
    [(1, 'I-PER goes on with nothing: O stands before it'), (2, 'I-LOC goes on with nothing: I-PER stands before it')]

    Raises:
        ValueError: something is no tag of any scheme.
    """
    for place, (before, tag) in enumerate(pairwise(["O", *tags, "O"])):
        if fault := _fault(before, tag, scheme):
            back, why = fault
            yield place - back, why


def _fault(before: str, tag: str, scheme: Scheme) -> tuple[int, str] | None:
    """What is wrong with two tags beside each other, and how many places back from the second."""
    (letter_before, kind_before), (letter, kind) = split_tag(before), split_tag(tag)
    if letter not in _ALLOWED[scheme]:
        return 0, f"{tag} is not written in {scheme}"
    begun = _READ.get(letter_before) in ("B", "I")
    goes_on = begun and kind == kind_before
    role = _READ.get(letter, "O")
    if scheme == "IOB1":
        if role == "B" and not goes_on:
            return 0, f"{tag} parts nothing of its kind: {before} stands before it"
    elif role in ("I", "E") and not goes_on:
        return 0, f"{tag} goes on with nothing: {before} stands before it"
    elif scheme != "IOB2" and begun and role not in ("I", "E"):
        inside, end = _LETTERS[scheme]["I"], _LETTERS[scheme]["E"]
        return 1, f"{before} is not ended: no {inside} and no {end} of its kind follows"
    return None


def _by_number(sentence: int, place: int) -> str:
    return f"sentence {sentence + 1}, word {place + 1}"


def recognise_scheme(
    sentences: Iterable[Sequence[str]],
    among: Sequence[Scheme] = SCHEMES,
    lenient: bool = False,
    where: Callable[[int, int], str] = _by_number,
) -> Scheme:
    """The scheme in which all these sentences' tags are valid. Where nothing is tagged, it is the first.

    >>> recognise_scheme([["O", "I-PER", "B-PER"], ["I-LOC", "O"]])
    'IOB1'

    Args:
        among: the schemes it may be.
        lenient: take the one with the fewest faults.
        where: (sentence, word), from 0 on, as an error should name the place.

    Raises:
        ValueError: in none of them; the place is the first fault in the scheme that fits best.
    """
    counts: Counter[tuple[str, str]] = Counter()  # whether a tag is valid, it and the one before decide
    first: dict[tuple[str, str], tuple[int, int]] = {}
    for number, tags in enumerate(sentences):
        for place, pair in enumerate(pairwise(["O", *tags, "O"])):
            if pair not in first:
                first[pair] = number, place
                if not is_tag(pair[1]):
                    raise ValueError(f"{where(number, place)}: {_no_tag(pair[1])}")
            counts[pair] += 1
    faults = {scheme: {pair: fault for pair in first if (fault := _fault(*pair, scheme))} for scheme in among}

    def badness(scheme: Scheme) -> tuple[int, int]:
        """Where two schemes have as many faults, the one whose letters these are fits better."""
        strange = [pair for pair in faults[scheme] if split_tag(pair[1])[0] not in _ALLOWED[scheme]]
        return sum(counts[pair] for pair in faults[scheme]), sum(counts[pair] for pair in strange)

    best = min(among, key=badness)
    if faults[best] and not lenient:
        pair = next(iter(faults[best]))  # they are in the order in which they were met
        (number, place), (back, why) = first[pair], faults[best][pair]
        more = f" ({badness(best)[0] - 1:,} more like it)" if badness(best)[0] > 1 else ""
        raise ValueError(
            f"{where(number, place - back)}: {why}; this is not valid {best}{more}. "
            "Mend it, or read it with lenient=True, as conlleval does: what goes on with nothing begins there"
        )
    return best


def _kept(tags: Sequence[str], scheme: Scheme | None, lenient: bool) -> None:
    if not lenient:
        recognise_scheme([tags], (scheme,) if scheme else SCHEMES, where=lambda _, place: f"word {place + 1}")


def spans_of(tags: Sequence[str], scheme: Scheme | None = None, lenient: bool = False) -> list[Span]:
    """(kind, first word, word after the last) of everything that is tagged.

    >>> spans_of(["B-PER", "I-PER", "O", "B-LOC"])
    [('PER', 0, 2), ('LOC', 3, 4)]

    Args:
        scheme: None: any in which these tags are valid.
        lenient: read what is valid in no scheme, too, as conlleval reads it.

    Raises:
        ValueError: a tag is not valid where it stands.
    """
    _kept(tags, scheme, lenient)
    spans: list[Span] = []
    begun, letter_before, kind_before = None, "O", ""
    for place, tag in enumerate([*tags, "O"]):
        letter, kind = split_tag(tag)
        # Whatever else is tagged begins something.
        goes_on = kind == kind_before and letter_before in "BIM" and letter in "IMEL"
        if begun is not None and not goes_on:
            spans.append((kind_before, begun, place))
            begun = None
        if letter != "O" and begun is None:
            begun = place
        letter_before, kind_before = letter, kind
    return spans


def write_tags(spans: Iterable[Span], words: int, scheme: Scheme = "IOB2") -> tuple[str, ...]:
    """The tags of so many words; the way back from `spans_of`.

    >>> write_tags([("PER", 0, 2), ("LOC", 3, 4)], 4, "BIOES")
    ('B-PER', 'E-PER', 'O', 'S-LOC')

    Raises:
        ValueError: spans overlap, or reach beyond the words.
    """
    tags = ["O"] * words
    kind_before, end = "", 0
    for number, (kind, first, stop) in enumerate(sorted(spans, key=lambda span: span[1:])):
        if not end <= first < stop <= words:
            raise ValueError(
                f"({kind}, {first}, {stop}) is no span here: the last one ends at {end}, and there are {words} words"
            )
        roles = ["S"] if stop - first == 1 else ["B", *"I" * (stop - first - 2), "E"]
        letters = [_LETTERS[scheme][role] for role in roles]
        if scheme == "IOB1" and number and first == end and kind == kind_before:
            letters[0] = "B"
        tags[first:stop] = [f"{letter}-{kind}" if kind else letter for letter in letters]
        kind_before, end = kind, stop
    return tuple(tags)


def convert_tags(
    tags: Sequence[str], to: Scheme = "IOB2", scheme: Scheme | None = None, lenient: bool = False
) -> tuple[str, ...]:
    """The same spans, written in another scheme.

    >>> convert_tags(["I-PER", "I-PER", "B-PER", "O"], "BIOES")
    ('B-PER', 'E-PER', 'S-PER', 'O')

    Args:
        scheme: in which they are written; None: any in which they are valid.
        lenient: see `spans_of`.

    Raises:
        ValueError: a tag is not valid where it stands.
    """
    return write_tags(spans_of(tags, scheme, lenient), len(tags), to)
