"""Guesses, quiz and record: what is stored, what is told, and what is not told too early."""

import json
from pathlib import Path

import pytest

from bertlab.lessons import guess, guesses, prerequisites, progress, quiz, quizzes, record, reveal
from bertlab.lessons.questions import find_guess, guesses_of, prerequisites_of, quiz_of, wording_of
from bertlab.paths import notebooks_path

EXPLAINED = "spreads its trust"
MEASURED = {"best": "0.02%", "even": "0.01%", "times": "1.6"}


def stored(file: Path) -> dict:
    return json.loads(file.read_text())


def test_without_widgets_the_way_to_answer_is_printed(capsys: pytest.CaptureFixture[str], progress_file: Path):
    guess("00-untrained")
    assert 'guess("00-untrained", "a", sure=2)' in capsys.readouterr().out
    assert not progress_file.exists()


def test_nothing_is_revealed_before_a_guess(capsys: pytest.CaptureFixture[str]):
    reveal("00-untrained", **MEASURED)
    said = capsys.readouterr().out
    assert "First a guess" in said
    assert EXPLAINED not in said


def test_a_guess_is_stored_and_stands_beside_the_explanation(capsys: pytest.CaptureFixture[str], progress_file: Path):
    guess("00-untrained", "(C)", sure=3)
    reveal("00-untrained", **MEASURED)
    said = " ".join(capsys.readouterr().out.split())
    assert "You said (c), certain. No. It is (b). It spreads its trust" in said
    assert "1.6" in said
    entry = stored(progress_file)["guesses"]["00-untrained"]
    assert (entry["answer"], entry["sure"], entry["right"], entry["revealed"]) == ("c", 3, False, True)


def test_a_guess_may_change_until_it_is_explained(capsys: pytest.CaptureFixture[str], progress_file: Path):
    guess("00-untrained", "a")
    guess("00-untrained", "b", sure=1)
    reveal("00-untrained", **MEASURED)
    assert "You said (b), guessing. Yes." in capsys.readouterr().out
    guess("00-untrained", "a")
    assert "stays as it was: (b)" in capsys.readouterr().out
    assert stored(progress_file)["guesses"]["00-untrained"]["answer"] == "b"


def test_a_guess_after_the_cell_that_tells_was_run_is_marked_late(
    capsys: pytest.CaptureFixture[str], progress_file: Path
):
    reveal("00-untrained", **MEASURED)
    assert stored(progress_file)["guesses"]["00-untrained"]["shown"] is True
    assert "It will be marked as late." in capsys.readouterr().out
    guess("00-untrained", "b", sure=3)
    assert "Noted: (b), certain. Marked as late" in capsys.readouterr().out
    reveal("00-untrained", **MEASURED)
    assert "You said (b), certain, late. Yes." in " ".join(capsys.readouterr().out.split())
    progress()
    assert "guesses made: 1, 1 of them late" in capsys.readouterr().out


def test_a_guess_in_time_stays_so_however_often_the_cell_is_run(progress_file: Path):
    guess("00-untrained", "c")
    for _ in range(2):
        reveal("00-untrained", **MEASURED)
    assert not {"shown", "late"} & set(stored(progress_file)["guesses"]["00-untrained"])


def test_a_cell_run_without_a_guess_is_no_guess(capsys: pytest.CaptureFixture[str]):
    reveal("00-untrained", **MEASURED)
    progress()
    assert "guesses made: 0" in capsys.readouterr().out


def test_without_what_was_measured_the_cell_that_measures_is_named(
    capsys: pytest.CaptureFixture[str], progress_file: Path
):
    reveal("00-untrained", skip=True)
    said = capsys.readouterr().out
    assert "Write `skip=True` into the line of that cell" in said
    assert 'reveal("00-untrained"' in said
    assert not progress_file.exists(), "nothing was told"


def test_who_skips_is_told_and_it_is_noted(capsys: pytest.CaptureFixture[str], progress_file: Path):
    reveal("00-untrained", skip=True, **MEASURED)
    assert EXPLAINED in capsys.readouterr().out
    assert stored(progress_file)["guesses"]["00-untrained"]["skipped"] is True
    guess("00-untrained", "b")
    assert "is not counted" in capsys.readouterr().out
    assert "answer" not in stored(progress_file)["guesses"]["00-untrained"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: guess("00-nothing"), "lesson 00 has 00-untrained"),
        (lambda: guess("77-x"), "no 77_"),
        (lambda: guess("00-untrained", "d"), "offers a, b, c, not 'd'"),
        (lambda: guess("00-untrained", "a", sure=4), "sure is 1"),
        (lambda: quiz("00", 4, "a"), "questions 1 to 3, not 4"),
        (lambda: quiz("00", 1, "x"), "offers a, b, c, not 'x'"),
        (lambda: prerequisites(7, "a"), "questions 1 to 6, not 7"),
        (lambda: record.note("grades", "x"), "guesses, exercises, quiz, prerequisites, test"),
    ],
)
def test_what_cannot_be_is_refused_by_name(call, said: str):
    with pytest.raises(ValueError, match=said):
        call()


def test_the_quiz_replies_to_each_answer_and_keeps_the_first(capsys: pytest.CaptureFixture[str], progress_file: Path):
    quiz("00")
    assert capsys.readouterr().out.count("(a)") == 3
    quiz("00", 1, "c")
    quiz("00", 1, "b")
    said = capsys.readouterr().out
    assert "Not so." in said
    assert "Yes." in said
    entry = stored(progress_file)["quiz"]["00-1"]
    assert (entry["answer"], entry["right"]) == ("c", False)


def test_buttons_store_what_words_store(progress_file: Path):
    rows = guesses._buttons(find_guess("00-untrained")).children
    assert guesses.FIRST in rows[2].value
    rows[0].value = "b"
    assert not progress_file.exists()
    assert "And how sure are you?" in rows[2].value
    rows[1].value = 3
    assert rows[2].value == "<p role='status'>Noted: (b), certain.</p>", "a screen reader speaks it"
    assert stored(progress_file)["guesses"]["00-untrained"]["sure"] == 3
    again = guesses._buttons(find_guess("00-untrained")).children
    assert again[0].value == "b"
    assert "Noted before: (b)." in again[2].value


def test_buttons_show_the_guess_that_counts(capsys: pytest.CaptureFixture[str], progress_file: Path):
    rows = guesses._buttons(find_guess("00-untrained")).children
    rows[0].value, rows[1].value = "b", 3
    reveal("00-untrained", **MEASURED)
    for row, value in ((0, "a"), (1, 1)):
        rows[row].value = value
        assert (rows[0].value, rows[1].value) == ("b", 3)
        assert "stays as it was: (b)" in rows[2].value


def test_buttons_after_a_skipped_guess_stay_open(capsys: pytest.CaptureFixture[str], progress_file: Path):
    rows = guesses._buttons(find_guess("00-untrained")).children
    reveal("00-untrained", skip=True, **MEASURED)
    rows[0].value, rows[1].value = "b", 3
    assert (rows[0].value, rows[1].value) == (None, None)
    assert "is not counted" in rows[2].value


def test_the_quiz_form_answers_on_the_spot(progress_file: Path):
    form = quizzes._form("quiz", quiz_of("00"))
    _, options, said = form.children[0].children
    options.value = "a"
    assert "Not so." in said.value
    assert stored(progress_file)["quiz"]["00-1"]["answer"] == "a"


def test_a_guess_stands_beside_the_answer_in_the_lessons_own_words(progress_file: Path):
    asked = find_guess("00-untrained")
    assert wording_of(asked.name)["c"] == "The commonest words, such as *the* and *and*."
    page = guesses._beside(asked, {"answer": "c", "sure": 3}, "It is <even>.")
    assert "<strong>Your guess: (c)</strong>, certain: not so<br>The commonest words, such as <em>the</em>" in page
    assert "<strong>The answer: (b)</strong><br>Every piece it knows" in page
    assert f"Behind (c): {asked.beliefs['c']}." in page
    assert "It is &lt;even&gt;." in page
    right = guesses._beside(asked, {"answer": "b", "sure": 1}, "So.")
    assert "guessing: yes" in right
    assert "The answer" not in right


def test_a_long_explanation_keeps_its_paragraphs():
    asked = find_guess("05-parts")
    assert asked.explanation.count("\n\n") == 3
    page = guesses._beside(asked, {"answer": "c", "sure": 3}, "One.\n\nTwo.")
    assert "<p>One.</p><p>Two.</p>" in page
    assert guesses._told(asked, {"answer": "c", "sure": 3}, "One.\n\nTwo.").endswith("One.\n\nTwo.")


def test_in_a_notebook_the_request_to_guess_is_marked(monkeypatch: pytest.MonkeyPatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(guesses, "in_notebook", lambda: True)
    monkeypatch.setattr(IPython.display, "display", lambda data, **more: shown.append((data, more)))
    reveal("00-untrained", **MEASURED)
    guess("00-untrained", "c")
    reveal("00-untrained", **MEASURED)
    (waiting, marked), (told, _) = shown
    assert "First a guess" in waiting["text/plain"]
    assert marked["metadata"] == {"bertlab": {"waits_for_a_guess": True}}
    assert "Your guess: (c)" in told["text/html"]
    assert "You said (c)" in told["text/plain"]


def test_every_option_of_every_guess_is_found_in_its_lesson():
    for file in notebooks_path("src").glob("[0-9][0-9]_*.toml"):
        for name, asked in guesses_of(file.stem[:2]).items():
            assert list(wording_of(name)) == list(asked.beliefs), name
            assert all(text.endswith((".", "?")) for text in wording_of(name).values()), name


TOPICS = ["shapes", "broadcasting", "softmax", "cosine", "cross-entropy", "gradient"]


def test_six_questions_ask_what_one_brings_and_each_names_a_practice_that_is_there():
    lesson = next(notebooks_path("src").glob("00_*.py")).read_text(encoding="utf-8")
    assert [question.name for question in prerequisites_of()] == TOPICS
    for question in prerequisites_of():
        assert len(question.options) >= 4
        assert f"# ### {question.practice}\n" in lesson
        assert f"# %%\n# {question.practice}\n" in lesson


def test_a_miss_is_named_and_sent_to_its_practice(capsys: pytest.CaptureFixture[str], progress_file: Path):
    prerequisites(6, "a")
    said = " ".join(capsys.readouterr().out.split())
    assert "Not so. That is a step uphill." in said
    assert "Five minutes for it, further down: Practice 6: the gradient." in said
    prerequisites(6, "c")
    assert "Practice" not in capsys.readouterr().out
    entry = stored(progress_file)["prerequisites"]["gradient"]
    assert (entry["answer"], entry["right"]) == ("a", False)


def test_when_all_six_are_answered_one_is_told_what_to_do(capsys: pytest.CaptureFixture[str]):
    prerequisites()
    assert 'prerequisites(1, "a")' in capsys.readouterr().out
    for number, question in enumerate(prerequisites_of(), start=1):
        prerequisites(number, "a" if number == 4 else question.answer)
    said = " ".join(capsys.readouterr().out.split())
    assert said.endswith("5 of 6 at the first try. Before lesson 02, do Practice 4: the cosine.")


def test_the_form_of_the_six_ends_with_the_same_sentence(progress_file: Path):
    *rows, end = quizzes._form("prerequisites", prerequisites_of()).children
    for row, question in zip(rows, prerequisites_of(), strict=True):
        assert end.value == ""
        row.children[1].value = question.answer
    assert "6 of 6 at the first try. You have what the lessons need." in end.value


def test_a_damaged_record_is_set_aside_not_lost(capsys: pytest.CaptureFixture[str], progress_file: Path):
    progress_file.write_text("{ half")
    guess("00-untrained", "a")
    assert "could not be read" in capsys.readouterr().out
    [old] = [file for file in progress_file.parent.iterdir() if file != progress_file and file.suffix == ".json"]
    assert old.read_text() == "{ half"
    assert stored(progress_file)["guesses"]["00-untrained"]["answer"] == "a"


def test_a_plain_script_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("BERTLAB_PROGRESS")
    monkeypatch.chdir(tmp_path)
    record.note("exercises", "00-choices", solved=True)
    assert record.recall()["exercises"]["00-choices"]["solved"] is True
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(record, "_in_memory", {})


def test_progress_counts(capsys: pytest.CaptureFixture[str]):
    guess("00-untrained", "a")
    record.note("exercises", "00-choices", tries=2, solved=True)
    quiz("00", 1, "b")
    capsys.readouterr()
    progress()
    said = capsys.readouterr().out
    assert "guesses made: 1" in said
    assert "exercises solved: 00-choices" in said
    assert "1 of 1 answered" in said


@pytest.mark.parametrize("lesson", ["00", "08"])
def test_every_lesson_asks_three_questions_and_explains_without_measured_numbers(lesson: str):
    assert len(quiz_of(lesson)) == 3
    for asked in guesses_of(lesson).values():
        assert len(asked.beliefs) >= 3
        assert "!" not in asked.explanation
