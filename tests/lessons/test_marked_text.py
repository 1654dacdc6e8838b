"""Lesson 12's instrument: what readers find stands marked in the text, and what cannot be read is said."""

import json

import pytest

from bertlab.lessons.instruments.marked_text import MarkedText
from bertlab.tasks.highlights import Highlight


def capitals(text):
    """Words that begin with a capital, as a tagger would give them."""
    found, begin = [], 0
    for word in text.split(" "):
        if word[:1].isupper():
            found.append(Highlight("NAME", begin, begin + len(word), word))
        begin += len(word) + 1
    return "", found


def asked_word(text, question):
    begin = text.find(question)
    return f"at {begin}", [Highlight("answer", begin, begin + len(question), question)] if begin >= 0 else []


@pytest.fixture
def names():
    return MarkedText({"names": capitals}, "today Anna saw Ben")


def test_the_text_comes_back_whole_with_what_was_found_in_it(names):
    answer = names.answer(["today Anna  saw Ben"])
    (reader,) = answer["readers"]
    assert "".join(part["text"] for part in reader["parts"]) == "today Anna  saw Ben"
    assert [part["text"] for part in reader["parts"] if part.get("kind") == "NAME"] == ["Anna", "Ben"]
    assert json.loads(json.dumps(answer)) == answer
    assert [part.get("kind") for part in names.answer(["Anna"])["readers"][0]["parts"]] == ["NAME"]


def test_a_question_goes_to_every_reader_and_what_is_said_of_the_whole_stands_beside_it():
    view = MarkedText({"answer": asked_word, "again": asked_word}, "Anna saw Ben", "Ben")
    told = view.answer(["Anna saw Ben", "saw"])["readers"]
    assert [reader["note"] for reader in told] == ["at 5", "at 5"]
    assert told[0]["parts"][1] == {"text": "saw", "kind": "answer"}
    assert view.answer(["Anna saw Ben", "Eva"])["readers"][0]["parts"] == [{"text": "Anna saw Ben"}]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ([" "], "nothing to read yet"),
        (["a" * 601], "more than 600 characters"),
        (None, "NoneType"),
        (["Anna", "Who?"], "takes 1 positional argument but 2 were given"),
    ],
)
def test_what_cannot_be_read_is_said(names, question, said):
    assert said in names.answer(question)["error"]


@pytest.mark.parametrize("marks", [[(0, 4), (2, 6)], [(3, 3)], [(0, 99)]])
def test_marks_that_are_no_stretches_of_one_text_are_refused(marks):
    def reader(text):
        return "", [Highlight("X", start, stop, "") for start, stop in marks]

    with pytest.raises(ValueError, match="is no stretch of the text"):
        MarkedText({"odd": reader}, "Anna saw Ben")


def test_in_words_and_without_a_kernel(names):
    assert str(names) == "Marked in the text: today Anna saw Ben — names: Anna (NAME), Ben (NAME)"
    still = names.still()
    assert still.startswith('<iframe title="Marked in the text: today Anna saw Ben')
    assert "data-still" in still
    assert "http" not in still.replace("http://www.w3.org/2000/svg", "")
    nothing = MarkedText({"answer": asked_word}, "Anna saw Ben", "Eva")
    assert str(nothing).endswith("Anna saw Ben / Eva — answer [at -1]: nothing")


def test_the_kernel_answers_and_remembers_the_last_text(names):
    sent = []
    names.widget.send = sent.append
    names._asked(names.widget, {"number": 3, "question": ["Eva slept"]}, [])
    assert sent[0]["answer"]["readers"][0]["parts"][0] == {"text": "Eva", "kind": "NAME"}
    names._asked(names.widget, {"number": 4, "question": [""]}, [])
    assert "nothing to read" in sent[1]["answer"]["error"]
    assert "Eva slept" in str(names), "an error leaves the last text"
