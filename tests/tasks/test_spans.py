"""Windows over long contexts, beside those of transformers; answers to pieces and back: by hand, at random, real."""

import json
import random
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bertlab.paths import data_path
from bertlab.tasks.answers import best_spans
from bertlab.tasks.spans import Window, pieces_of, question_windows, window_starts
from bertlab.text import Tokenizer
from bertlab.text.encoding import Stretch
from bertlab.text.normalize import is_accent

UNCASED = Tokenizer.from_vocab_file(data_path("vocab", "bert-base-uncased.txt"))
CASED = Tokenizer(UNCASED.pieces, lowercase=False)
CONTEXT = "In 1895, Señor Ångström-Müller's friends electrified Tōkyō (東京) for $12.50."


def perfect_scores(windows: list[Window]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Scores of a reader who is sure: 1 at the labels, 0 elsewhere; at [CLS] where a window has no answer."""
    starts, ends = [], []
    for window in windows:
        start, end = np.zeros(len(window)), np.zeros(len(window))
        start[window.start_position] = end[window.end_position] = 1
        starts.append(start)
        ends.append(end)
    return starts, ends


def read_back(windows: list[Window]) -> str:
    longest = max(window.end_position - window.start_position + 1 for window in windows)
    found = best_spans(windows, *perfect_scores(windows), max_answer=longest, count=1)
    return found.answer(threshold=float("inf"))


@pytest.mark.parametrize(
    ("answer", "snapped_to"),
    [
        ("1895", None),
        ("Ångström", None),
        ("Ångström-Müller", None),
        ("Müller's friends", None),
        ("Tōkyō", None),
        ("東", None),
        ("$12.50", None),
        ("In 1895, Señor", None),
        ("electri", "electrified"),
        ("Señ", None),
    ],
)
def test_an_answer_comes_back_as_it_was_written(answer: str, snapped_to: str | None):
    start = CONTEXT.index(answer)
    windows = question_windows(UNCASED, "What?", CONTEXT, (start, start + len(answer)))
    assert [window.has_answer for window in windows] == [True]
    assert windows[0].snapped == (snapped_to is not None)
    assert read_back(windows) == (snapped_to or answer)


def test_a_window_prints_its_answer():
    windows = question_windows(UNCASED, "Where?", "Anna lost it in New York.", (16, 24), max_length=10, stride=2)
    assert [repr(window).split("\n") for window in windows] == [
        [
            "10 pieces, characters 0-19 of 25, no whole answer: places 0 and 0",
            "[CLS] where ? [SEP] anna lost it in new [SEP]",
        ],
        ["9 pieces, characters 13-25 of 25, answer at places 5 to 6", "[CLS] where ? [SEP] in >>new york<< . [SEP]"],
    ]
    assert windows[1].characters(5, 6) == (16, 24)
    snapped = question_windows(UNCASED, "Where?", "Anna lost it in New York.", (17, 19))
    assert repr(snapped[0]).startswith("12 pieces, characters 0-25 of 25, answer at places 8 to 8 (snapped to whole")


def test_spaces_at_the_border_of_an_answer_are_left_out_and_not_called_snapped():
    (window,) = question_windows(UNCASED, "Where?", "in  New York .", (3, 13))
    assert (window.characters(window.start_position, window.end_position), window.snapped) == ((4, 12), False)


def test_an_answer_longer_than_the_overlap_may_be_whole_nowhere():
    context = "one two three four five six seven eight nine ten"
    question, answer = "who did it", (context.index("four"), context.index(" seven"))
    wide = question_windows(UNCASED, question, context, answer, max_length=10, stride=2)
    narrow = question_windows(UNCASED, question, context, answer, max_length=9, stride=1)
    assert [window.has_answer for window in wide] == [False, True, False, False]
    assert [(window.start_position, window.end_position) for window in narrow] == [(0, 0)] * 5
    assert not any(window.has_answer for window in question_windows(UNCASED, question, context, max_length=20))


def test_an_empty_context_is_one_window_without_places():
    (window,) = question_windows(UNCASED, "Who?", " ")
    assert (window.encoding.tokens, len(window.places)) == (["[CLS]", "who", "?", "[SEP]", "[SEP]"], 0)
    assert repr(window).startswith("5 pieces, characters 0-0 of 1, no whole answer")
    assert question_windows(UNCASED, "", "Anna")[0].encoding.tokens == ["[CLS]", "[SEP]", "anna", "[SEP]"]


@given(st.integers(0, 60), st.integers(0, 19), st.integers(1, 20))
@settings(deadline=None)
def test_windows_begin_so_that_all_is_read_and_the_overlap_is_the_stride(length: int, stride: int, beyond: int):
    room = stride + beyond
    starts = list(window_starts(length, room, stride))
    assert starts[0] == 0
    assert starts[-1] + room >= length
    for before, start in pairwise(starts):
        assert start == before + room - stride
        assert before + room < length


def texts(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    words = [
        *CONTEXT.split(),
        "unkindnesses",
        "the",
        "a",
        "[MASK]",
        "각하",
        "don't",
        "力加",
        "x" * 40,
        "İstanbul",
        "...",
    ]
    return [" ".join(rng.choices(words, k=rng.randint(0, 60))) for _ in range(count)]


def assert_as_theirs(ours: list[Window], theirs) -> None:
    assert [window.encoding.input_ids for window in ours] == theirs["input_ids"]
    assert [window.encoding.token_type_ids for window in ours] == theirs["token_type_ids"]
    assert [window.encoding.offsets for window in ours] == theirs["offset_mapping"]
    for number, window in enumerate(ours):
        context = [place for place, segment in enumerate(theirs.sequence_ids(number)) if segment == 1]
        assert list(window.places) == context


@pytest.mark.parametrize(("max_length", "stride"), [(24, 0), (24, 5), (40, 20), (384, 128)])
@pytest.mark.parametrize("lowercase", [True, False])
def test_windows_are_those_of_transformers(lowercase: bool, max_length: int, stride: int):
    transformers = pytest.importorskip("transformers")
    file = data_path("vocab", "bert-base-uncased.txt")
    theirs = transformers.BertTokenizer(vocab=str(file), do_lower_case=lowercase)
    ours = Tokenizer.from_vocab_file(file, lowercase)
    for context in texts(0, 60):
        question = "Who is Señor Müller?"
        expected = theirs(
            question,
            context,
            truncation="only_second",
            max_length=max_length,
            stride=stride,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        windows = question_windows(ours, question, context, max_length=max_length, stride=stride)
        assert_as_theirs(windows, expected)


def windows_of_run_squad(length: int, room: int, doc_stride: int) -> list[int]:
    """Told anew from the rule: move on by doc_stride until the end is reached."""
    starts = [0]
    while starts[-1] + room < length:
        starts.append(starts[-1] + doc_stride)
    return starts


def test_the_stride_of_run_squad_is_how_far_a_window_moves_on():
    for length in range(1, 80):
        assert list(window_starts(length, room=20, stride=20 - 8)) == windows_of_run_squad(length, 20, doc_stride=8)


TEXTS = st.text(
    alphabet=st.sampled_from(list("abcXYZ éÑß.,'$-\u0301\u200b\n力加한각İ０")) | st.characters(codec="utf-8"),
    min_size=1,
    max_size=60,
)


def pieces_of_characters(tokenizer: Tokenizer, context: str) -> list[set[int]]:
    """For each character the pieces that stand for it; a stripped accent belongs to the letter before it."""
    pieces: list[set[int]] = [set() for _ in context]
    for piece, (start, stop) in enumerate(tokenizer.encode_with_offsets(context).spans):
        for char in range(start, stop):
            pieces[char].add(piece)
    for char in range(1, len(context)):
        if not pieces[char] and is_accent(context[char]) and pieces[char - 1]:
            pieces[char] = {max(pieces[char - 1])}
    return pieces


@given(TEXTS, st.integers(0, 59), st.integers(1, 20), st.booleans(), st.sampled_from([(384, 128), (12, 6), (20, 0)]))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_perfect_scores_give_the_characters_back(
    context: str, start: int, length: int, lowercase: bool, shape: tuple[int, int]
):
    tokenizer = UNCASED if lowercase else CASED
    start %= len(context)
    stop = min(start + length, len(context))
    pieces = pieces_of_characters(tokenizer, context)
    meant = set().union(*pieces[start:stop])
    if not meant:
        with pytest.raises(ValueError, match="no piece stands for the answer"):
            question_windows(tokenizer, "Who?", context, (start, stop))
        return
    max_length, stride = shape
    windows = question_windows(tokenizer, "Who?", context, (start, stop), max_length=max_length, stride=stride)
    if not any(window.has_answer for window in windows):
        assert len(meant) > stride
        return
    (found,) = best_spans(windows, *perfect_scores(windows), max_answer=100, count=1).spans
    said = [char for char, own in enumerate(pieces) if own & meant]
    assert (found.start, found.stop) == (said[0], said[-1] + 1)
    assert found.text == context[found.start : found.stop]
    snapped = {window.snapped for window in windows if window.has_answer}
    assert snapped == {found.start < start or found.stop > stop}


def test_pieces_of_characters():
    spans = [(0, 1), (0, 1), (2, 5), (5, 9)]
    assert pieces_of(spans, 0, 1) == (0, 1)
    assert pieces_of(spans, 3, 5) == (2, 2)
    assert pieces_of(spans, 4, 6) == (2, 3)
    assert pieces_of(spans, 1, 2) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"max_length": 7},
            r"the question has 4 pieces, and with 3 special ones leaves no room .* max_length=7;.* give 8",
        ),
        ({"max_length": 10, "stride": 3}, r"windows of 3 pieces of the context cannot share stride=3 .* from 0 to 2"),
        ({"max_length": 10, "stride": -1}, r"stride=-1 .* give a stride from 0 to 2"),
        ({"answer": (5, 3)}, r"the characters 5 to 3 of a context of 20; give 0 <= start < stop"),
        ({"answer": (5, 21)}, r"the characters 5 to 21 of a context of 20"),
        ({"answer": (5, 6)}, r"no piece stands for the answer ' ', characters 5 to 6"),
    ],
)
def test_misuse_is_answered_with_the_values(options: dict, message: str):
    with pytest.raises(ValueError, match=message):
        question_windows(UNCASED, "Who was it?", "Anna, said his aunt.", **options)


def test_a_stride_that_is_not_needed_is_not_questioned():
    assert len(question_windows(UNCASED, "Who was it?", "Anna!", max_length=10, stride=128)) == 1


def test_places_outside_the_context_are_refused():
    (window,) = question_windows(UNCASED, "Who?", "Anna did.")
    with pytest.raises(ValueError, match=r"places 2 to 5 are no stretch of the context, which stands at 4 to 6"):
        window.characters(2, 5)


def questions(file: Path) -> list[tuple[str, str, list[tuple[int, str]]]]:
    """(question, context, answers), read as plainly as can be; of an impossible question no answers."""
    return [
        (asked["question"], paragraph["context"], [(a["answer_start"], a["text"]) for a in asked["answers"]])
        for article in json.loads(file.read_text(encoding="utf-8"))["data"]
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
    ]


def round_trip(tokenizer: Tokenizer, asked: list[tuple[str, str, list[tuple[int, str]]]]) -> Counter[str]:
    """What becomes of the first answer of every answerable question."""
    fates: Counter[str] = Counter()
    for question, context, answers in asked:
        if not answers:
            assert not any(window.has_answer for window in question_windows(tokenizer, question, context))
            fates["impossible"] += 1
            continue
        start, text = answers[0]
        assert context[start : start + len(text)] == text
        windows = question_windows(tokenizer, question, context, (start, start + len(text)))
        fates["windows"] += len(windows)
        if not any(window.has_answer for window in windows):
            fates["in no window"] += 1
            continue
        back = read_back(windows)
        if any(window.snapped for window in windows):
            assert text in back
            fates["snapped"] += 1
        else:
            fates["exact" if back == text else "trimmed"] += 1
            assert back == text or back in text, (text, back)
    return fates


class Remembering(Tokenizer):
    """A tokenizer that cuts a context only once: several questions ask about each."""

    @cache  # noqa: B019
    def encode_with_offsets(self, text: str) -> Stretch:
        return super().encode_with_offsets(text)


@cache
def remembering(file: Path) -> Tokenizer:
    return Remembering.from_vocab_file(file)


REAL = [("tasks/squad/dev-v2.0.minus_xquad.json", "uncased"), ("zh/DRCD_dev.json", "chinese")]


@pytest.mark.slow
@pytest.mark.parametrize(("file", "vocabulary"), REAL)
def test_answers_of_real_questions_come_back(test_data: Path, file: str, vocabulary: str):
    tokenizer = remembering(test_data / "vocab" / f"bert-base-{vocabulary}-vocab.txt")
    fates = round_trip(tokenizer, questions(test_data / file))
    print(file, dict(fates))
    assert fates["exact"] > 0.98 * (fates["exact"] + fates["trimmed"] + fates["snapped"] + fates["in no window"])


@pytest.mark.slow
@pytest.mark.parametrize(("file", "vocabulary"), REAL)
def test_windows_of_real_contexts_are_those_of_transformers(test_data: Path, file: str, vocabulary: str):
    transformers = pytest.importorskip("transformers")
    path = test_data / "vocab" / f"bert-base-{vocabulary}-vocab.txt"
    ours, theirs = remembering(path), transformers.BertTokenizer(vocab=str(path), do_lower_case=True)
    one_each = {context: question for question, context, _ in questions(test_data / file)}
    for context, question in one_each.items():
        expected = theirs(
            question,
            context,
            truncation="only_second",
            max_length=384,
            stride=128,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        assert_as_theirs(question_windows(ours, question, context), expected)
