"""Lesson 03's instrument: the rows it shows are the model's, they add up, and what cannot be shown is said."""

import json

import pytest
import torch

from bertlab.lessons.instruments.adding_rows import MOST_PIECES, AddingRows
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.text import Tokenizer

WORDS = ["anna", "saw", "ben", "smiled", "."]


@pytest.fixture(scope="module")
def reader() -> tuple[BertForPreTraining, Tokenizer]:
    tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])
    torch.manual_seed(0)
    config = BertConfig.preset("tiny", vocab_size=len(tokenizer), max_position_embeddings=48, hidden_dropout_prob=0.5)
    return BertForPreTraining(config), tokenizer


@pytest.fixture
def rows(reader) -> AddingRows:
    return AddingRows(*reader, "Anna saw Ben.", "Ben smiled.")


def test_the_three_rows_of_each_piece_are_the_models_and_add_up(rows, reader):
    model, tokenizer = reader
    answer = rows.answer(["Anna saw Ben.", "Ben smiled."])
    reading = tokenizer("Anna saw Ben.", "Ben smiled.")
    assert [each["piece"] for each in answer["pieces"]] == reading.tokens
    assert [each["id"] for each in answer["pieces"]] == reading.input_ids
    assert "".join(each["segment"] for each in answer["pieces"]) == "AAAAAABBBB"
    table = model.bert.embeddings
    for place, each in enumerate(answer["pieces"]):
        shown = {name: torch.tensor(row["numbers"]) for name, row in each["rows"].items()}
        assert torch.allclose(shown["token"], table.token.weight[each["id"], :8], atol=1e-4)
        assert torch.allclose(shown["position"], table.position.weight[place, :8], atol=1e-4)
        assert torch.allclose(shown["token"] + shown["segment"] + shown["position"], shown["sum"], atol=3e-4)
        assert each["rows"]["after LayerNorm"]["apart"] < 1e-5
        assert each["rows"]["sum"]["apart"] > 0.1
    assert json.loads(json.dumps(answer)) == answer


def test_dropout_of_a_model_in_training_is_not_in_the_numbers(reader):
    model, tokenizer = reader
    model.train()
    answer = AddingRows(model, tokenizer, "Anna saw.").answer(["Anna saw.", ""])
    assert model.bert.embeddings.training, "it goes on training as before"
    assert all(each["rows"]["after LayerNorm"]["apart"] < 1e-5 for each in answer["pieces"])


def test_a_piece_that_stands_twice_is_compared(rows):
    pieces = rows.answer(["Anna saw Ben.", "Ben smiled."])["pieces"]
    assert pieces[1]["twins"] == []
    (twin,) = pieces[3]["twins"]
    assert (twin["place"], twin["segment"]) == (6, "B")
    assert twin["distance"] > 0.1
    assert pieces[6]["twins"][0] | {"place": 6, "segment": "B"} == twin


def test_an_empty_second_text_is_none(rows):
    assert len(rows.answer(["Anna saw.", "  "])["pieces"]) == 5
    assert [each["piece"] for each in rows.answer(["", ""])["pieces"]] == ["[CLS]", "[SEP]"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (["anna " * 50, ""], f"52 pieces are too many to be seen at once; {MOST_PIECES} can be"),
        (["a" * 501, ""], "more than 500 characters"),
        (None, "NoneType"),
        (["only one"], "missing a required argument: 'text_b'"),
    ],
)
def test_what_cannot_be_shown_is_said(rows, question, said):
    assert said in rows.answer(question)["error"]


def test_it_stays_when_there_is_no_kernel(rows):
    still = rows.still()
    assert still.startswith('<iframe title="Adding three rows: [CLS] anna saw ben .')
    assert "data-still" in still
    assert "http" not in still.replace("http://www.w3.org/2000/svg", "")


def test_the_kernel_answers_and_remembers_the_last_question(rows):
    sent = []
    rows.widget.send = sent.append
    rows._asked(rows.widget, {"number": 7, "question": ["Ben saw.", ""]}, [])
    assert sent[0]["number"] == 7
    assert [each["piece"] for each in sent[0]["answer"]["pieces"]] == ["[CLS]", "ben", "saw", ".", "[SEP]"]
    rows._asked(rows.widget, {"number": 8, "question": ["anna " * 99, ""]}, [])
    assert "too many" in sent[1]["answer"]["error"]
    assert "[CLS] ben saw . [SEP]" in str(rows), "an error leaves the last picture"
    assert "Ben saw." in rows.still(), "and the question that it answers"
