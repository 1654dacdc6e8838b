"""Rows of the Hub, from folders like its repositories: names for numbers, and every bad row by its number."""

import sys
from pathlib import Path

import pytest

from bertlab.corpora.labelled import HubTable, LabelledText, TaggedWords, open_hub_table

TAGS = ["O", "B-PER", "I-PER", "B-LOC"]


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    """`datasets` keeps what it has read here, not at home."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


@pytest.fixture
def table(tmp_path):
    """A folder with one Parquet file, opened; columns of ClassLabel are given with their names."""
    import datasets

    def table(columns: dict, classes: dict | None = None, lists: dict | None = None):
        features = datasets.Dataset.from_dict(columns).features
        for name, names in (classes or {}).items():
            features[name] = datasets.ClassLabel(names=names)
        for name, names in (lists or {}).items():
            features[name] = datasets.List(datasets.ClassLabel(names=names))
        folder = tmp_path / "copy"
        folder.mkdir()
        datasets.Dataset.from_dict(columns, features=features).to_parquet(folder / "train.parquet")
        return open_hub_table("someone/something", folder=folder)

    return table


def test_texts_get_the_names_of_their_classes(table):
    found = table({"text": ["Anna sings.", "Ben weeps."], "label": [1, 0]}, {"label": ["sad", "glad"]})
    assert list(found.texts()) == [LabelledText("Anna sings.", None, "glad"), LabelledText("Ben weeps.", None, "sad")]
    assert next(found.texts(numbers=True)).label == 1.0
    assert str(found).endswith("copy, train: 2 rows of text, label")


def test_pairs_and_numbers(table):
    found = table({"a": ["Anna sings."], "b": ["She sings."], "score": [4.5]})
    assert list(found.texts("a", "b", "score", numbers=True)) == [LabelledText("Anna sings.", "She sings.", 4.5)]
    with pytest.raises(ValueError, match=r"row 0: 'score' is 4\.5; numbers=True reads numbers"):
        next(found.texts("a", "b", "score"))


def test_labels_without_names_stay_as_they_are(table):
    assert [each.label for each in table({"text": ["A", "B"], "label": [3, 4]}).texts()] == ["3", "4"]


def test_words_get_the_names_of_their_tags(table):
    columns = {"tokens": [["Anna", "Lee"], ["York"]], "ner_tags": [[1, 2], [3]], "intent": [0, 1]}
    found = table(columns, {"intent": ["greet", "leave"]}, {"ner_tags": TAGS})
    read = [TaggedWords(("Anna", "Lee"), ("B-PER", "I-PER")), TaggedWords(("York",), ("B-LOC",))]
    assert list(found.tagged()) == read
    assert [each.intent for each in found.tagged(intent="intent")] == ["greet", "leave"]


@pytest.mark.parametrize("written", [[["I-PER", "I-PER"], ["I-LOC"]], [["B-PER", "E-PER"], ["S-LOC"]]])
def test_tags_may_be_written_out_and_in_any_scheme(table, written):
    found = table({"words": [["Anna", "Lee"], ["York"]], "tags": written}).tagged("words", "tags")
    assert [each.tags for each in found] == [("B-PER", "I-PER"), ("B-LOC",)]


def test_names_of_tags_can_be_given(table):
    found = table({"tokens": [["Anna"]], "ner_tags": [[1]]})
    assert next(found.tagged(names=TAGS)).tags == ("B-PER",)
    with pytest.raises(ValueError, match="row 0: 'ner_tags' is 1, and its names are O; -1 or nothing is for texts"):
        next(found.tagged(names=["O"]))
    with pytest.raises(ValueError, match=r"row 0: 'ner_tags' holds the number 1, whose name is not known; give names"):
        next(found.tagged())


def test_tags_that_are_not_valid_are_refused_by_row_or_read_leniently(table):
    found = table({"tokens": [["A"], ["Anna", "Lee"]], "ner_tags": [[1], [0, 2]]}, lists={"ner_tags": TAGS})
    with pytest.raises(ValueError, match="copy, train, row 1, word 2: I-PER goes on with nothing"):
        next(found.tagged())
    assert list(found.tagged(lenient=True))[1].tags == ("O", "B-PER")


def test_questions_as_the_hub_has_squad(table):
    answers = [{"text": ["Anna", "Anna"], "answer_start": [0, 1]}, {"text": [], "answer_start": []}]
    columns = {"id": ["q1", "q2"], "question": ["Who?", "Why?"], "context": ["Anna sings."] * 2, "answers": answers}
    found = table({"title": ["", ""]} | columns)
    with pytest.raises(ValueError, match="copy, train, question q1: the answer 'Anna' is said to stand at character 1"):
        found.questions()
    mended = found.questions(mend=True)
    assert [each.answers for each in mended] == [(("Anna", 0), ("Anna", 0)), ()]
    assert (len(mended), mended.moved, mended.questions[1].impossible) == (2, 1, True)


@pytest.mark.parametrize(
    ("columns", "read", "says"),
    [
        ({"text": ["A"], "label": [-1]}, "texts", "row 0: 'label' is -1, and its names are .*secret: take another"),
        ({"text": ["A", "B"], "label": [0, None]}, "texts", "row 1: 'label' is None, and its names"),
        ({"text": ["A", " "], "label": [0, 0]}, "texts", "row 1: 'text' is empty"),
        ({"text": ["A", None], "label": [0, 0]}, "texts", "row 1: 'text' is empty"),
        ({"sentence": ["A"], "label": [0]}, "texts", "row 0: there is no column 'text', but 'sentence', 'label'"),
        ({"text": ["A"], "label": [0]}, "tagged", "has no column 'tokens', 'ner_tags', but 'text', 'label'"),
        ({"text": ["A"], "label": [0]}, "questions", "has no column 'id', 'context', 'question', 'answers', but"),
        (
            {"tokens": [["A"], ["B", "C"]], "ner_tags": [[0], [0]], "label": [0, 0]},
            "tagged",
            "row 1: 2 words but 1 tag",
        ),
        ({"tokens": [["A", ""]], "ner_tags": [[0, 0]], "label": [0]}, "tagged", r"row 0: 'tokens' is \['A', ''\]"),
    ],
    ids=str,
)
def test_what_is_broken_is_refused_by_row(table, columns, read, says):
    found = table(columns, {"label": ["sad", "glad"]}, {"ner_tags": TAGS} if "ner_tags" in columns else {})
    with pytest.raises(ValueError, match=says) as refusal:
        list(getattr(found, read)())
    assert str(refusal.value).startswith(found.where)


def test_a_split_without_rows_is_refused():
    import datasets

    empty = HubTable(datasets.Dataset.from_dict({"text": [], "label": []}), "copy, train")
    with pytest.raises(ValueError, match="copy, train holds no row; take another split"):
        list(empty.texts())


def test_what_cannot_be_opened_is_said(table, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="nowhere is no folder; give a copy of the repository someone/moods"):
        open_hub_table("someone/moods", folder=tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"empty does not hold someone/moods: .*Error"):
        open_hub_table("someone/moods", folder=tmp_path / "empty")
    table({"text": ["A"], "label": ["x"]})
    with pytest.raises(ValueError, match=r'copy, test: ValueError: Unknown split "test"'):
        open_hub_table("someone/moods", split="test", folder=str(tmp_path / "copy"))
    with pytest.raises(ValueError, match=r"copy, english, train: .*english"):
        open_hub_table("someone/moods", "english", folder=Path(tmp_path / "copy"))


def test_without_the_library_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(
        ImportError, match=r"^datasets is missing; data of the Hub need it: pip install 'bertlab\[hub\]'"
    ):
        open_hub_table("someone/moods")


def test_without_a_network_it_says_what_there_is(monkeypatch):
    import datasets

    def unreachable(*_, **__):
        raise ConnectionError("Name or service not known\nand more")

    monkeypatch.setattr(datasets, "load_dataset", unreachable)
    with pytest.raises(ConnectionError) as error:
        open_hub_table("someone/moods", "english")
    said = str(error.value)
    assert said.startswith(
        "someone/moods on the Hugging Face Hub, english, train cannot be reached (ConnectionError: Name"
    )
    for way_out in ("bertlab.corpora.story", "folder="):
        assert way_out in said
    assert "and more" not in said
