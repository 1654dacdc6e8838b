"""What lesson 02's exercises are checked by."""

from collections.abc import Iterable
from typing import Any

from bertlab.lessons.checks.verdict import Check, Mine
from bertlab.text import longest_match
from bertlab.text.vocabulary import UNK

PATIENCE = 2000
"""Looks into the vocabulary for one short word, after which a function is taken to go on for ever."""


class EndlessError(Exception):
    """The learner's loop does not end."""


class Watched(set[str]):
    """A vocabulary that notices when it is asked without end."""

    looks = 0

    def __contains__(self, piece: object) -> bool:
        self.looks += 1
        if self.looks > PATIENCE:
            raise EndlessError
        return super().__contains__(piece)

    def get(self, piece: str, otherwise: Any = None) -> Any:
        """As a dictionary of ids would answer."""
        return 0 if piece in self else otherwise


LETTERS = [*"abdegiknpstuy", *("##" + letter for letter in "adegiklnpsty")]
LIST = ["un", "kind", "##kind", "##kin", "##nes", "##ness", "play", "playing", "##ing", "tea", *LETTERS]
SMALL = ["un", "##kind", "##ness", "##kindl"]
BOTH_WAYS = ["pla", "play", "##ying", "##ing"]
STUCK = ("unkindly", ["un", "##kind", "##kindl", "##ly"])
ASKED = [
    ("unkindness", LIST), ("playing", LIST), ("teaspying", LIST), ("kindly", LIST), ("unkindness", SMALL),
    ("unkindly", SMALL), ("q", LIST), ("unq", LIST), ("tea", LIST), ("ness", SMALL), ("playing", BOTH_WAYS), STUCK,
    ("unqkind", LIST),
]  # fmt: skip


def cut_by(
    word: str,
    vocab: Iterable[str],
    *,
    marked: bool = True,
    shown: bool = True,
    longest: bool = True,
    least: int = 1,
    keep_found: str | None = None,
) -> list[str]:
    """Longest match, and the ways in which it is most often got wrong.

    Args:
        marked: continuations are looked up with their mark.
        shown: pieces are given with their mark.
        longest: False takes the shortest piece that fits.
        least: letters in the shortest piece that is looked up.
        keep_found: where nothing fits, "unk" keeps what was found and adds [UNK], "drop" keeps it alone; "each" adds
            [UNK] for this letter and goes on with the next.
    """
    vocab = set(vocab)
    pieces: list[str] = []
    start = 0
    while start < len(word):
        mark = "##" if start else ""
        looked = mark if marked else ""
        ends = [end for end in range(start + least, len(word) + 1) if looked + word[start:end] in vocab]
        if not ends and keep_found == "each":
            pieces.append(UNK)
            start += 1
            continue
        if not ends:
            return {"unk": [*pieces, UNK], "drop": pieces, None: [UNK]}[keep_found]
        end = max(ends) if longest else min(ends)
        pieces.append((mark if shown else "") + word[start:end])
        start = end
    return pieces


def turning_back(word: str, vocab: Iterable[str], start: int = 0) -> list[str]:
    """The longest piece after which the rest can still be cut: a shorter one where the longest leads nowhere."""
    vocab, mark = set(vocab), "##" if start else ""
    for end in range(len(word), start, -1):
        if mark + word[start:end] in vocab:
            rest = turning_back(word, vocab, end) if end < len(word) else []
            if rest != [UNK]:
                return [mark + word[start:end], *rest]
    return [UNK]


def from_the_end(word: str, vocab: Iterable[str]) -> list[str]:
    """The longest piece at the end first, then the one before it."""
    vocab, pieces, end = set(vocab), list[str](), len(word)
    while end > 0:
        starts = [start for start in range(end) if ("##" if start else "") + word[start:end] in vocab]
        if not starts:
            return [UNK]
        pieces.insert(0, ("##" if starts[0] else "") + word[starts[0] : end])
        end = starts[0]
    return pieces


def _answers(mine: Mine, asked: Iterable[tuple[str, list[str]]]) -> list[Any]:
    return [mine(word, Watched(pieces)) for word, pieces in asked]


def _right(asked: Iterable[tuple[str, list[str]]]) -> list[list[str]]:
    return [longest_match(word, set(pieces)) or [UNK] for word, pieces in asked]


def _first_difference(answers: list[Any], asked: list[tuple[str, list[str]]]) -> str | None:
    for answer, right, (word, pieces) in zip(answers, _right(asked), asked, strict=True):
        if answer != right:
            return f"{word!r} gave {answer!r}; by the list of this test ({_listed(pieces)}) it is cut {right!r}."
    return None


def _listed(pieces: list[str]) -> str:
    """A list in words: its longer entries, and that single letters are in it too."""
    longer = [piece for piece in pieces if len(piece.removeprefix("##")) > 1]
    return " ".join(longer) + ("" if len(longer) == len(pieces) else " and single letters")


def _mistake_in_cut(mine: Mine) -> str | None:
    """Cut a word by longest match."""
    try:
        answers = _answers(mine, ASKED)
    except EndlessError:
        return "Your loop never ends: after a piece is found, continue after it; and when no letter fits, give up."
    if answers == _right(ASKED):
        return None
    if any(isinstance(answer, str) for answer in answers):
        return "You gave a string back where a list is asked for: an unknown word too is a list, of one piece."
    answers = [list(answer) for answer in answers]
    if answers == _right(ASKED):
        return None

    def gives(**variant: Any) -> bool:
        return answers == [cut_by(word, pieces, **variant) for word, pieces in ASKED]

    if gives(longest=False) or gives(longest=False, marked=False, shown=False):
        return "You took the shortest piece that fits. Begin with the whole rest of the word, and take letters away."
    if gives(marked=False):
        return "You looked up bare letters and wrote ## afterwards. 'kind' being in the list says nothing of '##kind'."
    if gives(least=2):
        return "You never look up a single letter: let `end` come down to `start + 1`."
    if gives(keep_found="each"):
        return "You wrote [UNK] for a missing letter and continued. The whole word becomes [UNK], one entry."
    if answers == [turning_back(word, pieces) for word, pieces in ASKED]:
        return "You turned back and took a shorter piece, so that the rest fits. BERT never turns back: it gives up."
    if gives(marked=False, shown=False):
        return "Inside a word you looked up the bare letters. A continuation stands in the list with ## before it."
    if gives(shown=False):
        return "You looked up the right pieces, but gave them back without ##: 'kind' and '##kind' have two ids."
    if gives(keep_found="unk"):
        return "You kept what was found and marked only the rest. In BERT the whole word becomes [UNK], not the rest."
    if gives(keep_found="drop"):
        return "Where the rest did not fit, you gave back what was found so far. Then the rest has vanished unseen."
    if answers == [from_the_end(word, pieces) for word, pieces in ASKED]:
        return "You began at the end of the word. Longest match takes the longest piece at the beginning first."
    if any(answer == [] for answer in answers):
        return "An unknown word came back as an empty list: it would vanish from the row. It is one piece, [UNK]."
    return _first_difference(answers, ASKED)


cut = Check("02-cut", _mistake_in_cut, "The longest entry first, then the rest as a continuation: BERT's rule.")


def _mistake_in_prediction(mine: Mine) -> str | None:
    """Say what longest match gives where a shorter piece would have been better."""
    word, pieces = STUCK
    said = mine()
    if isinstance(said, str):
        said = said.split()
    said = list(said)
    if said == (longest_match(word, set(pieces)) or [UNK]):
        return None
    if said == ["un", "##kind", "##ly"]:
        return "That covers the word, and takes a look ahead. Longest match takes ##kindl, and never turns back."
    if said == ["un", "##kindl", UNK]:
        return "You saw that y is left over. But [UNK] does not stand for a rest: the whole word is given up."
    if said in (["un", "##kindl"], ["un", "##kindl", "##y"], ["un", "##kindl", "y"]):
        return "You took ##kindl, as longest match does. But no ##y stands in this list, so the word is not covered."
    if any(piece not in {*pieces, UNK} for piece in said):
        strange = next(piece for piece in said if piece not in {*pieces, UNK})
        return f"{strange!r} is no entry of this list; mind the ## of pieces inside a word."
    return f"You predicted {said!r}. Look up the whole word, then one letter less, as the stepper does."


never_back = Check(
    "02-never-back", _mistake_in_prediction, "It takes ##kindl, is left with y, and gives the whole word up."
)

MARKS = ["#", "###", "great", "##at", "g", "##r", *LIST]
ASKED_MARKS = [
    ("unkindness", MARKS), ("great🙂", MARKS), ("g🙂", MARKS), ("🙂", MARKS), ("#", MARKS), ("playing", MARKS),
    ("un#", MARKS), ("greatat", MARKS), ("p" * 12, MARKS),
]  # fmt: skip


def _mistake_in_mended(mine: Mine) -> str | None:
    """Mend longest match whose mark was taken for letters."""
    try:
        answers = [list(answer) for answer in _answers(mine, ASKED_MARKS)]
    except EndlessError:
        return "With an unknown letter it still goes round for ever: the mark is still cut as if it were letters."
    if answers == _right(ASKED_MARKS):
        return None
    by_word = {word: answer for (word, _), answer in zip(ASKED_MARKS, answers, strict=True)}
    if len(by_word["great🙂"]) >= 8:
        return "It stops, but only because somebody counts to eight. Why does the loop find # where no # was written?"
    if any(piece in ("#", "###") for piece in by_word["great🙂"]):
        return (
            "'great🙂' still gives a piece made of #, and there is no # in it. Look up letters, never the mark alone."
        )
    if by_word["#"] != ["#"]:
        return (
            f"Now '#' by itself gives {by_word['#']!r}. It is a good word of one piece; only the mark must not be cut."
        )
    if by_word["p" * 12] == [UNK]:
        return (
            f"{'p' * 12!r} has twelve good pieces, and you gave it up. Do not count pieces: keep the mark from `rest`."
        )
    if by_word["great🙂"] == ["great", UNK]:
        return "It ends now. But where a rest does not fit, BERT gives up the whole word, not only the rest."
    if by_word["great🙂"] == ["great"]:
        return "It ends now, and the emoji has vanished without a trace. The whole word should be [UNK]."
    if not any(piece.startswith("##") for piece in by_word["unkindness"]):
        return "The mark is gone altogether. Inside a word it belongs to the piece; it is only not to be cut."
    return _first_difference(answers, ASKED_MARKS)


mended_cut = Check("02-mended", _mistake_in_mended, "The mark says where a piece stands. It is no letter of the word.")
