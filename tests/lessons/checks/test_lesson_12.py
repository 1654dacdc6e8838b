"""Lesson 12's checks name what went wrong."""

import pytest
import torch

from bertlab.lessons import check
from bertlab.tasks.answers import best_spans
from bertlab.tasks.spans import question_windows
from bertlab.tasks.words import tagged_row
from bertlab.text import Tokenizer


def firsts(word_of, labels, rest=-100, special=-100):
    found, before = [], None
    for word in word_of:
        found.append(special if word is None else labels[word] if word != before else rest)
        before = word
    return found


def lasts(word_of, labels):
    return firsts(word_of[::-1], labels)[::-1]


def in_a_row(word_of, labels):
    return [-100, *labels, *[-100] * (len(word_of) - len(labels) - 1)]


def same_label_once(word_of, labels):
    found, before = [], None
    for word in word_of:
        label = None if word is None else labels[word]
        found.append(-100 if label in (None, before) else label)
        before = label
    return found


def without_word_0(word_of, labels):
    return [label if word else -100 for label, word in zip(firsts(word_of, labels), word_of, strict=True)]


@pytest.mark.parametrize(
    ("mine", "says"),
    [
        (lambda word_of, labels: firsts(word_of, labels, 0, 0), "Where nobody asks you wrote 0"),
        (lambda word_of, labels: firsts(word_of, labels, special=0), "[CLS] and [SEP] have a label"),
        (lambda word_of, labels: [-100 if w is None else labels[w] for w in word_of], "You labelled every piece"),
        (in_a_row, "one after another. Behind"),
        (lambda word_of, labels: [*labels, *[-100] * (len(word_of) - len(labels))], "[CLS] first: shifted"),
        (lasts, "the last piece speaks"),
        (without_word_0, "Word 0 is ignored"),
        (lambda word_of, labels: labels, "you return 4 labels"),
        (lambda word_of, labels: [-100] * len(word_of), "a piece of word 0, you return -100; 5 is right"),
        (lambda word_of, labels: 3, "A list with one label for each piece"),
        (same_label_once, "Two words with the same label are two"),
    ],
)  # fmt: skip
def test_piece_labels(mine, says):
    verdict = check.piece_labels.judge(mine)
    assert verdict.kind == "mistake"
    assert says in verdict.says


def test_the_package_puts_labels_on_pieces_in_the_same_way():
    tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "play", "##ing", "in", "is"])

    def as_trained(word_of, labels):
        words = ["playing" if word_of.count(word) > 1 else "in" for word in range(len(labels))]
        row = tagged_row(tokenizer, words, [f"B-{label}" for label in labels], [f"B-{n}" for n in range(9)])
        at = [row.first_places.index(place) if place in row.first_places else None for place in range(len(row))]
        said = {word: row.labels[place] for place, word in enumerate(at) if word is not None}
        return firsts(word_of, [said[word] for word in range(len(labels))])

    assert check.piece_labels.judge(as_trained).kind == "right"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"windows": 5}, "5 windows side by side"),
        ({"windows": 25}, "`doc_stride`"),
        ({"windows": 7}, "One too many"),
        ({"windows": 9}, "Write down where each window begins"),
        ({"with piece 90": 1}, "Where does the second one begin"),
        ({"with piece 90": 3}, "The third window begins at 160"),
        ({"longest": 20}, "and of one piece more, too"),
        ({"longest": 100}, "only if it begins where one begins"),
        ({"longest": 80}, "neither in window 1 nor in window 2"),
        ({"longest": "20"}, "a whole number"),
        ({"other": 1}, "A dictionary with 'windows', 'with piece 90', 'longest'"),
    ],
)
def test_my_windows(changed, says):
    verdict = check.my_windows.judge(lambda: {"windows": 6, "with piece 90": 2, "longest": 21} | changed)
    assert verdict.kind == "mistake"
    assert says in verdict.says


def spans(places, longer=0):
    return [(first, last) for first in places for last in places if last >= first + longer]


def best(start, end, of, no_answer=True):
    found = max(of, key=lambda span: start[span[0]] + end[span[1]])
    return (0, 0) if no_answer and start[0] + end[0] > start[found[0]] + end[found[1]] else found


def published(start, end, places):
    text = slice(places.start, places.stop)
    return places.start + start[text].argmax().item(), places.start + end[text].argmax().item()


def start_first(start, end, places):
    first = published(start, end, places)[0]
    return first, max(range(first, places.stop), key=lambda place: end[place])


def end_first(start, end, places):
    last = published(start, end, places)[1]
    return max(range(places.start, last + 1), key=lambda place: start[place]), last


def from_zero(start, end, places):
    found = best(start, end, spans(places))
    return found if start[found[0]] + end[found[1]] > 0 else (0, 0)


@pytest.mark.parametrize(
    ("mine", "says"),
    [
        (published, "each for itself"),
        (lambda start, end, places: published(start, end, places)[::-1], "You exchanged start and end"),
        (lambda start, end, places: best(start, end, spans(range(len(start)))), "in the question"),
        (start_first, "A weaker start may have a better sum"),
        (end_first, "A weaker end may have a better sum"),
        (lambda start, end, places: (0, 0), "You say there is no answer"),
        (lambda start, end, places: best(start, end, spans(places, longer=1)), "An answer of one piece is lost"),
        (lambda start, end, places: best(start, end, spans(places), no_answer=False), "you still give a span"),
        (lambda start, end, places: (5, 7), "one too far"),
        (lambda start, end, places: (6, 6), "is at (5, 6)"),
        (from_zero, "below 0"),
        (lambda start, end, places: best(start, end, [(a, b) for a in places for b in range(a, len(end))]), "behind"),
        (lambda start, end, places: best(start, end, spans(range(places.start, places.stop - 1))), "one beyond it"),
        (lambda start, end, places: start.max(), "Two places are asked for"),
    ],
)
def test_best_answer(mine, says):
    verdict = check.best_answer.judge(mine)
    assert verdict.kind == "mistake"
    assert says in verdict.says


def test_the_package_finds_the_same_answers():
    tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b"])

    def package(start, end, places):
        (window,) = question_windows(tokenizer, "a " * (places.start - 2), "b " * len(places))
        assert window.places == places
        found = best_spans([window], [start.numpy()], [end.numpy()], count=1)
        if not found.answer():
            return 0, 0
        return tuple(places.start + at // 2 for at in (found.spans[0].start, found.spans[0].stop - 1))

    verdict = check.best_answer.judge(package)
    assert verdict.kind == "right", verdict.says


def test_ties_with_no_answer_may_go_either_way():
    for ahead in (torch.gt, torch.ge):

        def mine(start, end, places, ahead=ahead):
            top, found = start[0] + end[0], (0, 0)
            for first, last in spans(places):
                if ahead(start[first] + end[last], top):
                    top, found = start[first] + end[last], (first, last)
            return found

        assert check.best_answer.judge(mine).kind == "right"
