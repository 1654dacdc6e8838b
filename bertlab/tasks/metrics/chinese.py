"""Answers in Chinese, which writes no spaces: scored by the longest stretch that prediction and answer share.

The measures are those of CMRC 2018's script, which DRCD is scored by too. They go into `score_answers` as
`exact=chinese_exact_match, f1=chinese_f1`.
"""

import re
from collections.abc import Sequence

_MARKS = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
"""What the script drops. Its list has "……" too, which is two characters and so never met: … stays."""

_LETTER = r"[^\s!-/:-@\[-`{-~—\u4e00-\u9fa5]"
_PIECES = re.compile(rf"[\u4e00-\u9fa5]|{_LETTER}(?:{_LETTER}|'(?={_LETTER})|,(?=\d)|\.(?=\s*{_LETTER}))*|\.+|\S")
"""A Chinese character; a word or number of anything else, marks that belong to it included; or another mark."""


def without_marks(text: str) -> str:
    """The text in lower case, without the marks that do not count.

    Source: remove_punctuation in cmrc2018_evaluate.py.

    >>> without_marks(" 《红楼梦》，BERT-base ")
    '红楼梦bertbase'
    """
    return "".join(character for character in text.lower().strip() if character not in _MARKS)


def split_mixed(text: str) -> list[str]:
    """Chinese character by character, everything else word by word, without marks.

    The script leaves what is not Chinese to NLTK's word_tokenize. Here a word ends at a space or a mark, but not at the
    comma of 1,200, nor at a point that more words follow, as in "U.S. Navy". What else NLTK does is left out: it takes
    don't for do and n't, and rewrites quotation marks.

    Source: mixed_segmentation in cmrc2018_evaluate.py, rm_punc=True.

    >>> split_mixed("共1,200人，用 BERT base。")
    ['共', '1,200', '人', '用', 'bert', 'base']
    """
    return _PIECES.findall(without_marks(text))


def longest_common_run(first: Sequence[str], second: Sequence[str]) -> int:
    """How many pieces the longest stretch has that stands, unbroken, in both.

    A run that ends at a piece of both is one longer than the run that ends at the pieces before:
    run(i, j) = run(i - 1, j - 1) + 1 where first[i] = second[j], else 0.

    >>> longest_common_run("北京大学", "在北京上大学")
    2
    """
    longest = 0
    before = [0] * (len(second) + 1)
    for piece in first:
        runs = [0] * (len(second) + 1)
        for at, other in enumerate(second, start=1):
            if piece == other:
                runs[at] = before[at - 1] + 1
        longest, before = max(longest, *runs), runs
    return longest


def chinese_exact_match(predicted: str, answers: Sequence[str]) -> float:
    """1 if the prediction is one of the answers, case and marks aside.

    Raises:
        ValueError: there is no answer, or one text stands for a list.

    Source: calc_em_score in cmrc2018_evaluate.py.

    >>> chinese_exact_match("《红楼梦》", ["红楼梦", "石头记"])
    1.0
    """
    return float(without_marks(predicted) in map(without_marks, _some(answers)))


def chinese_f1(predicted: str, answers: Sequence[str]) -> float:
    """How much of prediction and answer is one stretch that both share; the best over the answers.

    precision = run / pieces predicted, recall = run / pieces of the answer, F1 = 2 P R / (P + R). SQuAD's F1 takes the
    words in any order; single characters in any order would say little, so here they must stand together.

    Raises:
        ValueError: there is no answer, or one text stands for a list.

    Source: calc_f1_score in cmrc2018_evaluate.py; Cui et al. 2019, section 4.1.

    >>> chinese_f1("在北京大学", ["北京大学"])
    0.888888888888889
    >>> chinese_f1("大学北京", ["北京大学"])
    0.5
    """
    said = split_mixed(predicted)
    return max(_shared_run(said, split_mixed(answer)) for answer in _some(answers))


def _shared_run(said: list[str], answer: list[str]) -> float:
    run = longest_common_run(said, answer)
    if not run:
        return 0.0
    precision, recall = run / len(said), run / len(answer)
    return 2 * precision * recall / (precision + recall)


def _some(answers: Sequence[str]) -> Sequence[str]:
    """The answers, if they are a list and not an empty one."""
    if isinstance(answers, str):
        raise ValueError(f"answers are a list, even of one: write [{answers!r}]")
    if not answers:
        raise ValueError("CMRC 2018 has an answer to every question, but here is none; give at least one")
    return answers
