"""The forms of English words, by rule and by a short list of exceptions: feed, feeds, fed, feeding, feeder."""

import re
from functools import cache
from pathlib import Path

from bertlab.paths import data_path

FORMS = ("do", "s", "did", "done", "doing", "doer", "plural", "ly", "ness")
"""What `inflect` can make: five forms of a verb and its agent noun, the plural, an adjective's adverb and noun."""

# a and an go by sound, and these words do not sound as they are spelt.
_AN_ALL_THE_SAME = re.compile(r"(?:hour|honest|honou?r|heir)")
_A_ALL_THE_SAME = re.compile(r"(?:one\b|once|uni(?!n|m)|use|usual|u[kt]|euro|ewe)")


def article(next_word: str) -> str:
    """The indefinite article by the sound that follows it.

    >>> [article(word) for word in ("bat", "owl", "hour", "uniform", "unusual")]
    ['a', 'an', 'an', 'a', 'an']
    """
    word = next_word.lower()
    vowel = word[:1] in "aeiou" and not _A_ALL_THE_SAME.match(word)
    return "an" if vowel or _AN_ALL_THE_SAME.match(word) else "a"


def parse_irregular(text: str, name: str = "irregular.txt") -> dict[str, dict[str, str]]:
    """Word -> form -> spelling, from lines `word: form=spelling ...`.

    Raises:
        ValueError: a line has another shape, an unknown form, or a word that was listed before.

    >>> parse_irregular("go: s=goes did=went done=gone  # and a remark")
    {'go': {'s': 'goes', 'did': 'went', 'done': 'gone'}}
    """
    known = {*FORMS, "are", "were"}
    words: dict[str, dict[str, str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        word, colon, rest = line.partition(":")
        forms = dict(part.partition("=")[::2] for part in rest.split())
        unknown = [form for form, spelling in forms.items() if form not in known or not spelling]
        if not colon or not forms or unknown or word in words:
            why = (
                f"{word} stands here twice" if word in words else f"write `word: form=spelling`, forms {sorted(known)}"
            )
            raise ValueError(f"{name}, line {number}: {line!r}; {why}")
        words[word] = forms
    return words


@cache
def _irregular(file: Path | None = None) -> dict[str, dict[str, str]]:
    file = file or data_path("story", "irregular.txt")
    return parse_irregular(file.read_text(encoding="utf-8"), file.name)


def _hisses(word: str) -> bool:
    return word.endswith(("s", "x", "z", "ch", "sh"))


def _ends_in_consonant_y(word: str) -> bool:
    return re.search(r"[^aeiou]y$", word) is not None


def _add_s(word: str) -> str:
    if _ends_in_consonant_y(word):
        return word[:-1] + "ies"
    return word + ("es" if _hisses(word) else "s")


def _before_vowel(word: str) -> str:
    """The stem that takes -ed, -er, -ing: stop -> stopp, bake -> bak. Only words of one syllable double."""
    if re.fullmatch(r"(?:[^aeiou]|qu)*[aeiou][^aeiouwxy]", word):
        return word + word[-1]
    return word[:-1] if word.endswith("e") and not word.endswith(("ee", "oe", "ye")) else word


def _add_ed(word: str, ending: str) -> str:
    if _ends_in_consonant_y(word):
        return word[:-1] + "i" + ending
    return (word[:-1] if word.endswith("e") else _before_vowel(word)) + ending


def _add_ly(word: str) -> str:
    if re.search(r"[^aeiou]le$", word):
        return word[:-1] + "y"
    if word.endswith("ll"):
        return word + "y"
    if word.endswith("ic"):
        return word + "ally"
    return (word[:-1] + "i" if _is_longer_word_in_y(word) else word) + "ly"


def _is_longer_word_in_y(word: str) -> bool:
    """Happy gives happily and happiness; shy, which is all one syllable, gives shyly and shyness."""
    return _ends_in_consonant_y(word) and re.search(r"[aeiou]", word) is not None


_RULES = {
    "do": lambda word: word,
    "s": _add_s,
    "did": lambda word: _add_ed(word, "ed"),
    "done": lambda word: inflect(word, "did"),
    "doing": lambda word: _before_vowel(word) + "ing",
    "doer": lambda word: _add_ed(word, "er"),
    "plural": _add_s,
    "ly": _add_ly,
    "ness": lambda word: (word[:-1] + "i" if _is_longer_word_in_y(word) else word) + "ness",
}


def inflect(lemma: str, form: str) -> str:
    """A word in a form; of several words (joined by _) the last one changes.

    Raises:
        ValueError: there is no such form.

    >>> inflect("feed", "did"), inflect("carry", "s"), inflect("swim", "doing"), inflect("bake", "doer")
    ('fed', 'carries', 'swimming', 'baker')
    >>> inflect("mouse", "plural"), inflect("ice_cream", "plural"), inflect("gentle", "ly"), inflect("unhappy", "ness")
    ('mice', 'ice_creams', 'gently', 'unhappiness')
    """
    if form not in _RULES:
        raise ValueError(f"no form {form!r} of {lemma!r}; the forms are {', '.join(FORMS)}")
    before, joint, word = lemma.rpartition("_")
    return before + joint + (_irregular().get(word, {}).get(form) or _RULES[form](word))


def conjugate(lemma: str, person: str, tense: str) -> str:
    """The verb that goes with "he" or "they" in the past or the present; only `be` tells the two apart in the past.

    >>> [conjugate("feed", person, tense) for tense in ("present", "past") for person in ("he", "they")]
    ['feeds', 'feed', 'fed', 'fed']
    >>> [conjugate("be", person, tense) for tense in ("present", "past") for person in ("he", "they")]
    ['is', 'are', 'was', 'were']
    """
    if person not in ("he", "they") or tense not in ("past", "present"):
        raise ValueError(f"person {person!r} and tense {tense!r}: give he or they, past or present")
    if person == "he":
        return inflect(lemma, "did" if tense == "past" else "s")
    special = _irregular().get(lemma, {}).get("were" if tense == "past" else "are")
    return special or inflect(lemma, "did" if tense == "past" else "do")
