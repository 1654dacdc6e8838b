"""SQuAD's JSON: every answer stands where it is said to, or is mended and counted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertlab.corpora.labelled import Answer, read_squad
from bertlab.corpora.labelled.squad import find_nearest

CONTEXT = "Anna met Ben. Ben 🙂 met Eva."


def answer(text, start, **more):
    return {"text": text, "answer_start": start, **more}


def question(name, *answers, **more):
    return {"id": name, "question": f"Who is {name}?", "answers": list(answers), **more}


@pytest.fixture
def read(tmp_path):
    def read(*asked, whole=None, text=None, **options):
        whole = whole or {"version": "1.1", "data": [{"paragraphs": [{"context": CONTEXT, "qas": list(asked)}]}]}
        text = json.dumps(whole, ensure_ascii=False) if text is None else text
        (tmp_path / "a.json").write_text(text, encoding="utf-8")
        return read_squad(tmp_path / "a.json", **options)

    return read


def test_questions_are_read(read, tmp_path):
    found = read(
        question("q1", answer("Anna", 0), answer("Anna", 0, id="2")),
        question("q2", answer("Eva", 24), is_impossible=False),
        question("q3", is_impossible=True, plausible_answers=[answer("Eva", 3)]),
        question(4, answer("🙂", 18)),
    )
    q1, q2, q3, q4 = found
    assert q1.answers == (("Anna", 0), ("Anna", 0))
    assert (q2.name, q2.question, q2.context, q2.answers) == ("q2", "Who is q2?", CONTEXT, (Answer("Eva", 24),))
    assert [each.impossible for each in found] == [False, False, True, False]
    assert q4.name == "4"
    assert (len(found), found.version, found.moved, found.dropped, found.given_up) == (4, "1.1", 0, 0, 0)
    assert str(found) == (
        f"{tmp_path / 'a.json'}, version 1.1: 4 questions, of which 1 have no answer; 4 answers; "
        "0 moved, 0 dropped, 0 questions given up"
    )
    assert str(q1).endswith("Who is q1?  Anna")
    assert str(q3).endswith("Who is q3?  (the text does not say)")


def test_drcd_and_cmrc_have_more_keys_and_other_versions(read):
    qas = [question("1-1-1", {"id": "1", "text": "安娜", "answer_start": 1})]
    paragraphs = [{"id": "1-1", "context": "是安娜。", "qas": qas}, {"id": "1-2", "context": "無", "qas": []}]
    found = read(whole={"version": 1.3, "data": [{"title": "安", "id": "1", "paragraphs": paragraphs}]})
    assert found.version == "1.3"
    assert [each.answers for each in found] == [(("安娜", 1),)]
    assert read(question("q", answer("Ben", 9)), whole=None).questions[0].answers[0].stop == 12


def test_mending_moves_to_the_nearest_place_and_counts(read):
    found = read(
        question("near the first", answer("Ben", 10)),
        question("near the second", answer("Ben", 12)),
        question("before", answer("Anna", -3)),
        question("beyond", answer("Eva", 999)),
        question("one of two", answer("Zoe", 0), answer("Eva", 24)),
        question("none of two", answer("Zoe", 0), answer("Ann a", 0)),
        mend=True,
    )
    starts = {each.name: [start for _, start in each.answers] for each in found}
    assert starts == {
        "near the first": [9],
        "near the second": [14],
        "before": [0],
        "beyond": [24],
        "one of two": [24],
    }
    assert (found.moved, found.dropped, found.given_up) == (4, 3, 1)
    assert not any(each.impossible for each in found)


@given(st.text("ab", max_size=12), st.text("ab", min_size=1, max_size=3), st.integers(-2, 14))
def test_the_nearest_place_is_the_nearest_of_all(context, text, start):
    places = [place for place in range(len(context)) if context.startswith(text, place)]
    nearest = min(places, key=lambda place: (abs(place - start), place), default=None)
    assert find_nearest(context, text, start) == nearest


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (
            question("q1", answer("Ben", 10)),
            "question q1: the answer 'Ben' is said to stand at character 10, but there stands 'en.'; it stands at 9, "
            "and mend=True moves it",
        ),
        (question("q1", answer("Zoe", 0)), "there stands 'Ann', and the answer is nowhere in the context; mend=True"),
        (question("q1", answer("Anna", -1)), "at character -1, but there stands ''; it stands at 0"),
        (question("q1", answer(".", -1)), "at character -1, but there stands ''; it stands at 12"),
        (question("q1", answer("Eva.", 500)), "there stands ''; it stands at 24"),
        (question("q1", answer(" ", 4)), "question q1: an answer is empty"),
        (question("q1", answer("", 4)), "question q1: an answer is empty"),
        (question("q1"), "question q1: is_impossible is false and there are 0 answers; a question without an answer"),
        (question("q1", answer("Ben", 9), is_impossible=True), "is_impossible is true and there are 1 answers"),
        (question("q1", answer("Ben", "9")), "question q1: 'answer_start' is '9'; it should be a whole number"),
        (question("q1", answer("Ben", True)), "'answer_start' is 'True'; it should be a whole number"),
        (question("q1", answer(3, 9)), "question q1: 'text' is '3'; it should be a text"),
        (question("q1", {"text": "Ben"}), "question q1: there is no 'answer_start', but 'text'"),
        (question("q1", "Ben"), "question q1: 'Ben' stands where {'text': ...} should"),
        (question(True), "'id' is 'True'; it should be a text"),
        ({"id": "q1", "question": "Who?"}, "question q1: there is no 'answers', but 'id', 'question'; it is needed"),
        ({"id": "q1", "answers": []}, r"layout: data\[0\], context 'Anna met Ben.*': there is no 'question'"),
        ({"query_id": "q1"}, r"layout: data\[0\].*there is no 'id', but 'query_id'"),
    ],
    ids=str,
)
def test_what_is_broken_is_refused_by_file_and_id(read, tmp_path, asked, says):
    with pytest.raises(ValueError, match=says) as refusal:
        read(asked)
    assert str(refusal.value).startswith(str(tmp_path / "a.json"))


def test_two_questions_of_one_id_are_refused(read):
    with pytest.raises(ValueError, match="question 1: there are two of this id; give each its own"):
        read(question("1", answer("Ben", 9)), question(1, answer("Ben", 9)))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"text": '{"data":\n [}'}, r"a\.json, line 2: this is no JSON \(.*\); fetch the file again"),
        ({"text": ""}, "line 1: this is no JSON"),
        ({"whole": [{"context_id": "1"}]}, "is not in SQuAD's layout: \"\\[{'context_id.* stands where {'data': ...}"),
        ({"whole": {"version": "1"}}, "is not in SQuAD's layout: there is no 'data', but 'version'"),
        ({"whole": {"data": {}, "a": 1}}, "'data' is '{}'; it should be a list"),
        ({"whole": {"data": [{"paragraph": []}]}}, r"layout: data\[0\]: there is no 'paragraphs', but 'paragraph'"),
        ({"whole": {"data": [{"paragraphs": [{"qas": []}]}]}}, r"data\[0\]: there is no 'context', but 'qas'"),
        ({"whole": {"data": []}}, "holds no question"),
    ],
    ids=str,
)
def test_another_layout_is_refused(read, options, says):
    with pytest.raises(ValueError, match=says):
        read(**options)


def test_a_file_of_which_nothing_is_left_is_refused(read):
    with pytest.raises(ValueError, match="holds no question but 1 without a true answer"):
        read(question("q1", answer("Zoe", 0)), mend=True)
