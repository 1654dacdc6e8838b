"""Each damage does what its name says, and nothing else; who asks with it reads the answers where it puts them."""

import pytest
import torch

from bertlab.lessons.instruments.damaged_inputs import (
    FILLED_UP_TO,
    Misread,
    NeverInEval,
    as_it_is,
    cls_forgotten,
    first_pieces,
    one_segment,
    padding_counted,
    without_sep,
    word_by_word,
)
from bertlab.model import Bert, BertConfig
from bertlab.model.task_heads import SpanFinder, TextClassifier, WordTagger
from bertlab.text import Tokenizer
from bertlab.training.rows import Row, padded_rows

TOKENIZER = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "ice", "##berg", "melts", "."])


@pytest.fixture
def pair():
    first = Row([2, 6, 3, 5, 6, 9, 3], [0, 0, 0, 1, 1, 1, 1], {"start": 4, "end": 5})
    return padded_rows([first, Row([2, 6, 3, 5, 3], [0, 0, 0, 1, 1], {"start": 0, "end": 0})], 0)


@pytest.fixture
def tagged():
    row = Row([2, 6, 7, 8, 9, 3], [0] * 6, {"tags": [-100, 1, -100, 2, 0, -100]})
    return padded_rows([row, Row([2, 8, 3], [0] * 3, {"tags": [-100, 3, -100]})], 0)


def encoder(**how):
    torch.manual_seed(0)
    return Bert(BertConfig.preset("tiny", vocab_size=len(TOKENIZER.pieces), **how))


def test_without_sep_what_follows_moves_up_and_the_answer_with_it(pair):
    damaged = without_sep(pair, TOKENIZER)
    assert damaged.input_ids.tolist() == [[2, 6, 5, 6, 9, 0, 0], [2, 6, 5, 0, 0, 0, 0]]
    assert damaged.token_type_ids.tolist() == [[0, 0, 1, 1, 1, 0, 0], [0, 0, 1, 0, 0, 0, 0]]
    assert damaged.attention_mask.sum(dim=1).tolist() == [5, 3]
    assert damaged.labels["start"].tolist() == [3, 0]
    assert damaged.labels["end"].tolist() == [4, 0]


def test_the_scores_without_sep_are_read_at_the_pieces_they_belong_to(pair):
    model = SpanFinder(encoder()).eval()
    read = Misread(model, without_sep, TOKENIZER).eval()
    damaged = without_sep(pair, TOKENIZER)
    inside = model(damaged.input_ids, damaged.token_type_ids, damaged.attention_mask)["start"]
    given = read(pair.input_ids, pair.token_type_ids, pair.attention_mask)["start"]
    assert torch.equal(given[0, [0, 1, 3, 4, 5]], inside[0, :5])
    assert torch.equal(given[1, [0, 1, 3]], inside[1, :3])


def test_one_segment_and_padding_counted_change_that_alone(pair):
    flat = one_segment(pair, TOKENIZER)
    assert flat.token_type_ids.sum() == 0
    assert torch.equal(flat.input_ids, pair.input_ids)
    filled = padding_counted(pair, TOKENIZER)
    assert filled.input_ids.shape == filled.attention_mask.shape == (2, FILLED_UP_TO)
    assert filled.attention_mask.all()
    assert torch.equal(filled.input_ids[:, :7], pair.input_ids)
    assert filled.input_ids[:, 7:].sum() == 0
    assert as_it_is(pair, TOKENIZER) is pair


def test_labels_one_too_early_and_by_words(tagged):
    assert cls_forgotten(tagged, TOKENIZER).labels["tags"].tolist() == [
        [1, -100, 2, 0, -100, -100],
        [3, -100, -100, -100, -100, -100],
    ]
    assert word_by_word(tagged, TOKENIZER).labels["tags"].tolist() == [
        [-100, 1, 2, 0, -100, -100],
        [-100, 3, -100, -100, -100, -100],
    ]
    assert first_pieces(tagged, TOKENIZER).long().tolist() == [[0, 1, 0, 1, 1, 0], [0, 1, 0, 0, 0, 0]]


def test_who_labels_wrongly_reads_the_answers_wrongly(tagged):
    model = WordTagger(encoder(), 4).eval()
    batch = tagged.input_ids, tagged.token_type_ids, tagged.attention_mask
    said = model(*batch)["tags"]
    early = Misread(model, cls_forgotten, TOKENIZER)(*batch)["tags"]
    assert torch.equal(early[:, 1:], said[:, :-1])
    by_words = Misread(model, word_by_word, TOKENIZER)(*batch)["tags"]
    assert torch.equal(by_words[0, [1, 3, 4]], said[0, [1, 2, 3]])
    assert torch.equal(by_words[1, 1], said[1, 1])


def test_never_in_eval_gives_two_answers_to_one_text(pair):
    model = TextClassifier(encoder(), 3)
    batch = pair.input_ids, pair.token_type_ids, pair.attention_mask
    dropping = NeverInEval(model).eval()
    assert dropping.training
    assert not torch.equal(dropping(*batch)["label"], dropping(*batch)["label"])
    assert torch.equal(model.eval()(*batch)["label"], model(*batch)["label"])
