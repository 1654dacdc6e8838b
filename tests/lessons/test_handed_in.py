"""A class's records in one report: counted right, nobody named, and what is no record left out by name."""

import json
from pathlib import Path
from typing import Any

import pytest

from bertlab.lessons.handed_in import class_report
from bertlab.lessons.questions import course_questions, guesses_of

GUESS = guesses_of("00")["00-untrained"]
WRONG = next(letter for letter in GUESS.beliefs if letter != GUESS.answer)


def record(**kinds: Any) -> dict[str, Any]:
    return {"guesses": {}, "exercises": {}, "quiz": {}, **kinds}


def guessed(answer: str, sure: int) -> dict[str, Any]:
    return record(guesses={GUESS.name: {"answer": answer, "sure": sure, "revealed": True}})


def write(folder: Path, **records: Any) -> None:
    for name, value in records.items():
        file = folder / name / "bertlab-progress.json"
        file.parent.mkdir(parents=True)
        file.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")


def rows(report: str, section: str) -> list[list[str]]:
    below = report.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in below.splitlines() if line[:1] == "|"][2:]


def test_a_misconception_is_counted_with_those_who_are_certain_of_it(tmp_path: Path):
    write(tmp_path, anna=guessed(WRONG, 3), ben=guessed(WRONG, 1), cleo=guessed(GUESS.answer, 3),
          dan=record(guesses={GUESS.name: {"skipped": True}}))  # fmt: skip
    report = class_report(tmp_path)
    assert report.startswith("# What 4 people handed in\n")
    assert rows(report, "Misconceptions held by most") == [["2 of 3", "1", GUESS.beliefs[WRONG], GUESS.name]]
    every = {row[0]: row[1:] for row in rows(report, "Every guess")}
    assert every[f"({GUESS.answer}), right"] == [GUESS.beliefs[GUESS.answer], "1", "1"]
    for name in ("anna", "ben", "cleo", "dan"):
        assert name not in report


def test_a_late_guess_is_told_of_and_not_counted(tmp_path: Path):
    late = guessed(GUESS.answer, 3)
    late["guesses"][GUESS.name] |= {"shown": True, "late": True}
    write(tmp_path, anna=guessed(WRONG, 3), ben=late)
    report = class_report(tmp_path)
    assert rows(report, "Misconceptions held by most") == [["1 of 1", "1", GUESS.beliefs[WRONG], GUESS.name]]
    assert "Made late, after the answer had been shown, and not counted: 1." in report


def test_exercises_are_solved_tried_or_not_begun(tmp_path: Path):
    write(
        tmp_path,
        anna=record(exercises={"00-choices": {"tries": 1, "solved": True}}),
        ben=record(exercises={"00-choices": {"tries": 4, "solved": True}}),
        cleo=record(exercises={"00-choices": {"tries": 2}}),
        dan=record(),
    )
    assert rows(class_report(tmp_path), "Exercises") == [["00-choices", "2", "1", "2.5"]]


def test_a_quiz_question_has_its_most_common_slip(tmp_path: Path):
    answers = {"anna": "b", "ben": "a", "cleo": "a", "dan": "c"}
    write(tmp_path, **{who: record(quiz={"00-1": {"answer": letter}}) for who, letter in answers.items()})
    [[question, right, slip]] = rows(class_report(tmp_path), "Quizzes")
    assert question.startswith("00-1: ")
    assert right == "1 of 4"
    assert slip.endswith("(2)")


def test_the_test_is_compared_for_those_who_took_it_twice(tmp_path: Path):
    questions = course_questions()
    right = {question.name: {"answer": question.answer} for question in questions}
    none = {
        question.name: {"answer": next(o for o in question.options if o != question.answer)} for question in questions
    }
    write(tmp_path, anna=record(test={"before": {"answers": none}, "after": {"answers": right}}),
          ben=record(test={"before": {"answers": right}, "after": {"answers": right}}),
          cleo=record(test={"before": {"answers": none}}))  # fmt: skip
    report = class_report(tmp_path)
    assert "Answered before by 3 people, after by 2 people." in report
    assert f"(2): {len(questions) / 2:.1f} of {len(questions)} right before, {len(questions):.1f} after" in report
    assert "1 have more right than before" in report
    found = rows(report, "The test before the course and after it")
    assert len(found) == len(questions)
    assert found[0][1:] == ["1 of 3", "2 of 2", questions[0].beliefs[questions[0].answer]]


def test_what_is_no_record_is_named_and_left_out(tmp_path: Path):
    write(tmp_path, anna=guessed(WRONG, 2), broken='{"guesses": ', other={"cells": []}, odd={"guesses": [1]},
          torn={"test": {"before": {"answers": {"leak": {}}}}})  # fmt: skip
    report = class_report(tmp_path)
    assert "# What one person handed in" in report
    assert report.count(" was left out: ") == 4
    assert "- other/bertlab-progress.json was left out: it is no record of bertlab" in report
    assert "its test before the course cannot be read" in report
    assert "Nobody has come so far." in report


def test_a_guess_of_another_edition_is_passed_over(tmp_path: Path):
    write(tmp_path, anna=record(guesses={"00-gone": {"answer": "a", "sure": 1}}, quiz={"00-1": {"answer": "z"}}))
    report = class_report(tmp_path)
    assert "00-gone" not in report
    assert rows(report, "Quizzes")[0][1:] == ["0 of 1", "-"]


@pytest.mark.parametrize(("content", "said"), [(None, "is no folder"), ({}, "no .json file"), ({"a": "x"}, "left out")])
def test_a_folder_without_records_is_refused(content: dict[str, str] | None, said: str, tmp_path: Path):
    folder = tmp_path / "handed_in"
    if content is not None:
        folder.mkdir()
        write(folder, **content)
    with pytest.raises(ValueError, match=said):
        class_report(folder)
