"""The test that is asked twice: stored without a word on what is right, and both results side by side at the end."""

import json
from pathlib import Path

import pytest

from bertlab.lessons import before_after, course_test
from bertlab.lessons.questions import course_questions

QUESTIONS = course_questions()


def answers(file: Path, when: str) -> dict:
    return json.loads(file.read_text())["test"][when]["answers"]


def wrong(question) -> str:
    return next(letter for letter in question.options if letter != question.answer)


def answer_all(when: str, choose) -> None:
    for number, question in enumerate(QUESTIONS, start=1):
        course_test(when, number, choose(question), sure=3)


def test_there_are_twelve_questions_and_every_option_is_a_belief():
    assert len(QUESTIONS) == 12
    for question in QUESTIONS:
        assert len(question.options) >= 4
        assert len(set(question.beliefs.values())) == len(question.options)
        assert not any("!" in text for text in (question.question, question.explanation))


def test_the_right_answer_is_given_away_neither_by_its_letter_nor_by_its_length():
    letters = [question.answer for question in QUESTIONS]
    assert all(letters.count(letter) == 3 for letter in "abcd")
    longest = [max(q.options, key=lambda letter: len(q.options[letter])) == q.answer for q in QUESTIONS]
    assert sum(longest) <= 5


def test_no_reply_says_what_is_right(capsys: pytest.CaptureFixture[str], progress_file: Path):
    question = QUESTIONS[2]
    course_test("before", 3, question.answer, sure=2)
    right = capsys.readouterr().out
    course_test("before", 3, wrong(question), sure=2)
    assert capsys.readouterr().out.replace(wrong(question), question.answer) == right
    assert answers(progress_file, "before") == {question.name: {"answer": wrong(question), "sure": 2}}


def test_without_sureness_it_is_asked_for_and_the_answer_is_kept(capsys, progress_file: Path):
    course_test("before", 1, "(A)")
    assert "how sure" in capsys.readouterr().out
    assert answers(progress_file, "before") == {QUESTIONS[0].name: {"answer": "a"}}


@pytest.mark.parametrize("when", ["before", "after"])
def test_without_widgets_all_is_printed_and_nothing_explained(when, capsys, progress_file: Path):
    course_test(when)
    said = " ".join(capsys.readouterr().out.split())
    for question in QUESTIONS:
        assert question.question in said
        assert all(option in said for option in question.options.values())
        assert question.explanation not in said
    assert f'course_test("{when}", 1, "a", sure=2)' in said
    assert not progress_file.exists()


def test_both_results_stand_side_by_side(capsys: pytest.CaptureFixture[str]):
    answer_all("before", wrong)
    course_test("results")
    assert "0 of 12 are answered again" in capsys.readouterr().out
    answer_all("after", lambda question: question.answer)
    capsys.readouterr()
    course_test("results")
    said = " ".join(capsys.readouterr().out.split())
    assert "Before the course: 0 of 12 right. After it: 12 of 12 right. Certain and wrong: 12 before, 0 after." in said
    for question in QUESTIONS:
        before = f"before ({wrong(question)}), certain: not so | after ({question.answer}), certain: right"
        assert before in said
        assert question.beliefs[wrong(question)] in said
        assert question.explanation in said


def test_no_answer_changes_afterwards(capsys: pytest.CaptureFixture[str], progress_file: Path):
    course_test("before", 1, "a")
    course_test("after", 1, "b")
    course_test("before", 1, "c")
    assert "stays as it was" in capsys.readouterr().out
    course_test("results", skip=True)
    course_test("after", 1, "c")
    assert "stay as they were" in capsys.readouterr().out
    first = QUESTIONS[0].name
    assert answers(progress_file, "before")[first]["answer"] == "a"
    assert answers(progress_file, "after")[first]["answer"] == "b"


def test_who_was_never_asked_before_is_told_so(capsys: pytest.CaptureFixture[str]):
    answer_all("after", wrong)
    course_test("results")
    assert "Before the course: not asked." in capsys.readouterr().out


def test_the_form_stores_what_words_store_and_comes_back_as_it_was_left(progress_file: Path):
    _, *rows, count = before_after._form("before").children
    _, options, sure, said = rows[4].children
    sure.value = 1
    assert "And your answer?" in said.value
    options.value = "b"
    assert "Noted: 5 (b), guessing." in said.value
    assert "1 of 12 answered." in count.value
    assert answers(progress_file, "before") == {QUESTIONS[4].name: {"answer": "b", "sure": 1}}
    _, *rows, count = before_after._form("before").children
    assert (rows[4].children[1].value, rows[4].children[2].value) == ("b", 1)
    assert rows[3].children[1].value is None
    course_test("after", 1, "a")
    options, sure, said = rows[4].children[1:]
    options.value = "a"
    assert (options.value, sure.value) == ("b", 1), "it is too late, and the button says so"
    assert "stays as it was" in said.value


def test_the_results_page_names_the_belief_and_escapes_what_it_shows():
    from bertlab.lessons.results import results_html

    question = QUESTIONS[0]
    page = results_html([question], {question.name: {"answer": wrong(question)}}, {})
    assert f"Behind ({wrong(question)}): " in page
    assert "no answer" in page
    assert page.count("<details>") == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: course_test("during"), "before.*after.*results"),
        (lambda: course_test("before", 13, "a"), "questions 1 to 12, not 13"),
        (lambda: course_test("before", 1, "x"), "offers a, b, c, d, not 'x'"),
        (lambda: course_test("before", 1, "a", sure=5), "sure is 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(call, said: str):
    with pytest.raises(ValueError, match=said):
        call()
