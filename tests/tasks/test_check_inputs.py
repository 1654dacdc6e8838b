"""Each mistake of the inputs is made on purpose and found by its name; in what is right nothing is found."""

from dataclasses import replace

import pytest
import torch

from bertlab.model import Bert, BertConfig
from bertlab.model.task_heads import TextClassifier
from bertlab.paths import data_path
from bertlab.tasks.check_inputs import check_inputs
from bertlab.tasks.rows_of import text_rows
from bertlab.text import Tokenizer
from bertlab.training.rows import Row, padded_rows

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "ice", "##berg", "melts", "."]
TEXTS = [("The iceberg melts.", "The ice melts."), ("Ice.", "The iceberg.")]


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer(VOCABULARY)


@pytest.fixture
def batch(tokenizer):
    return padded_rows(text_rows(tokenizer, TEXTS, [0, 1]), pad_id=0)


@pytest.fixture
def tagged():
    row = Row([2, 5, 6, 7, 8, 3], [0] * 6, {"tags": [-100, 0, 1, -100, 0, -100]})
    return padded_rows([row, Row([2, 6, 3], [0] * 3, {"tags": [-100, 1, -100]})], pad_id=0)


def mistakes(batch, tokenizer, model=None) -> list[str]:
    return [finding.mistake for finding in check_inputs(batch, tokenizer, model)]


def test_in_what_is_right_nothing_is_found(batch, tagged, tokenizer):
    assert str(check_inputs(batch, tokenizer)) == "No mistake found in this batch."
    assert mistakes(tagged, tokenizer) == []


def changed(batch, **tensors):
    return replace(batch, **tensors)


def test_a_forgotten_cls_and_sep(batch, tokenizer):
    without = changed(
        batch,
        input_ids=batch.input_ids[:, 1:],
        token_type_ids=batch.token_type_ids[:, 1:],
        attention_mask=batch.attention_mask[:, 1:],
    )
    assert mistakes(without, tokenizer) == ["no [CLS]"]
    ids = batch.input_ids.masked_fill((batch.input_ids == 3) & (batch.input_ids.cumsum(1) > 0), 9)
    found = check_inputs(changed(batch, input_ids=ids, token_type_ids=torch.zeros_like(ids)), tokenizer)
    assert [each.mistake for each in found] == ["no [SEP]"]
    assert "in 2 of 2 rows the last real piece is not [SEP], first in row 0 (.)" in str(found)


def test_segments_all_0_or_shifted(batch, tokenizer):
    flat = changed(batch, token_type_ids=torch.zeros_like(batch.token_type_ids))
    assert mistakes(flat, tokenizer) == ["segments all 0"]
    shifted = changed(batch, token_type_ids=batch.token_type_ids.roll(1, dims=1))
    assert mistakes(shifted, tokenizer) == ["segments shifted"]


def test_padding_counted_and_text_hidden(batch, tokenizer):
    assert mistakes(changed(batch, attention_mask=torch.ones_like(batch.attention_mask)), tokenizer) == [
        "padding counted"
    ]
    assert "text counted as padding" in mistakes(changed(batch, attention_mask=1 - batch.attention_mask), tokenizer)


def test_labels_at_padding_at_special_pieces_shifted_or_repeated(tagged, tokenizer):
    def with_tags(tags):
        return changed(tagged, labels={"tags": torch.tensor(tags)})

    none, full = [-100] * 6, [-100, 0, 1, -100, 0, -100]
    assert mistakes(with_tags([none, none]), tokenizer) == ["nothing asked"]
    assert mistakes(with_tags([full, [-100, 1, -100, 0, 0, 0]]), tokenizer) == ["padding counted"]
    assert mistakes(with_tags([full, [0, 1, 0, -100, -100, -100]]), tokenizer) == ["special pieces labelled"]
    for at_cls, at_sep in ((0, -100), (-100, 0)):
        either = [[at_cls, 0, 1, -100, 0, at_sep], [-100, 1, *[-100] * 4]]
        assert mistakes(with_tags(either), tokenizer) == ["special pieces labelled"]
    shifted = [[-100, -100, 0, 1, -100, -100], [-100, 1, -100, -100, -100, -100]]
    assert mistakes(with_tags(shifted), tokenizer) == ["labels shifted"]
    repeated = [[-100, 0, 1, 1, 0, -100], [-100, 1, -100, -100, -100, -100]]
    assert mistakes(with_tags(repeated), tokenizer) == ["pieces labelled, not words"]


def test_a_wrong_vocabulary_and_a_wrong_case(batch, tokenizer):
    other = Tokenizer([*VOCABULARY[:5], "zebra"])
    assert mistakes(batch, other) == ["wrong vocabulary"]
    unknown = padded_rows(text_rows(other, ["The iceberg melts."], [0]), pad_id=0)
    assert mistakes(unknown, other) == ["wrong vocabulary"]
    uncased = data_path("vocab", "bert-base-uncased.txt")
    keeps = Tokenizer.from_vocab_file(uncased, lowercase=False)
    capitals = padded_rows(text_rows(keeps, ["Emma went to London with Leo."], [0]), pad_id=0)
    assert mistakes(capitals, keeps) == ["wrong case"]
    right = Tokenizer.from_vocab_file(uncased)
    assert mistakes(padded_rows(text_rows(right, ["Emma went to London."], [0]), pad_id=0), right) == []


@pytest.mark.parametrize(("known", "found"), [(7, ["wrong vocabulary"]), (9, [])])
def test_the_share_of_unknown_pieces_is_one_of_words_not_of_places(tokenizer, known, found):
    """1 of 8 is more than a tenth, 1 of 10 is not; [CLS], [SEP] and padding are no words."""
    ids = [2, 1, *[6] * known, 3]
    row, empty = Row(ids, [0] * len(ids), {"label": 0}), Row([2, 3], [0] * 2, {"label": 0})
    assert mistakes(padded_rows([row], pad_id=0), tokenizer) == found
    assert mistakes(padded_rows([row, *[empty] * 9], pad_id=0), tokenizer) == found


def test_a_word_labelled_at_its_first_two_pieces_of_three_is_not_shifted(tokenizer):
    row = Row([2, 6, 7, 7, 5, 3], [0] * 6, {"tags": [-100, 0, 0, -100, 1, -100]})
    assert mistakes(padded_rows([row], pad_id=0), tokenizer) == ["pieces labelled, not words"]


def test_a_few_capitals_do_not_make_a_vocabulary_a_cased_one():
    """1 of 206 pieces is no hundredth; 4 of 209 are more."""
    small = [*VOCABULARY[:5], *(f"word{number}" for number in range(200))]
    for capitals, found in ((1, []), (4, ["wrong case"])):
        reads_small = Tokenizer([*small, *(f"Word{number}" for number in range(capitals))])
        assert mistakes(padded_rows([Row([2, 7, 3], [0] * 3, {"label": 0})], pad_id=0), reads_small) == found


def test_a_cased_vocabulary_read_small():
    cased = [*VOCABULARY, *(f"Word{number}" for number in range(40))]
    small = Tokenizer(cased)
    assert mistakes(padded_rows(text_rows(small, ["the ice ."], [0]), pad_id=0), small) == ["wrong case"]


def test_answers_cut_by_truncation(tokenizer):
    def asked(start, end, count=1):
        row = Row([2, 6, 3, 5, 6, 3], [0, 0, 0, 1, 1, 1], {"start": start, "end": end})
        return padded_rows([row] * count, pad_id=0)

    assert mistakes(asked(3, 4), tokenizer) == []
    assert mistakes(asked(3, 5), tokenizer) == [], "the last place of the row is still in it"
    for outside in ((9, 11), (3, 6), (6, 6)):
        assert mistakes(asked(*outside), tokenizer) == ["answers cut by truncation"]
    assert mistakes(asked(4, 3), tokenizer) == ["answers turned round"]
    assert mistakes(asked(0, 0), tokenizer) == ["answers cut by truncation"]


def test_rows_of_one_length_that_stop_within_a_sentence_were_cut(tokenizer):
    """Of 3 rows 2 are as long as the longest and end with a word; one of them has no answer."""

    def asked(ends, starts):
        rows = [
            Row([2, 6, 3, 5, 6, end, 3], [0, 0, 0, 1, 1, 1, 1], {"start": start, "end": start})
            for end, start in zip(ends, starts, strict=True)
        ]
        return padded_rows(rows, pad_id=0)

    found = check_inputs(asked([6, 8, 9], [0, 3, 4]), tokenizer)
    assert [each.mistake for each in found] == ["answers cut by truncation"]
    assert "2 of 3 rows have 7 pieces and stop within a sentence, and 1 of these have no answer" in str(found)
    assert mistakes(asked([6, 9, 9], [0, 3, 4]), tokenizer) == [], "one is no more than chance"
    assert mistakes(asked([9, 9, 9], [0, 3, 4]), tokenizer) == [], "they end as sentences do"
    assert mistakes(asked([6, 8, 9], [3, 3, 0]), tokenizer) == [], "no answer was lost"
    shorter = Row([2, 6, 3, 5, 3], [0, 0, 0, 1, 1], {"start": 0, "end": 0})
    longer = Row([2, 6, 3, 5, 6, 9, 3], [0, 0, 0, 1, 1, 1, 1], {"start": 4, "end": 4})
    assert mistakes(padded_rows([shorter, shorter, longer, longer], pad_id=0), tokenizer) == [], "short ones are whole"


def test_a_forgotten_eval_and_another_models_vocabulary(batch, tokenizer):
    torch.manual_seed(0)
    model = TextClassifier(Bert(BertConfig.preset("tiny", vocab_size=len(VOCABULARY))), 2)
    found = check_inputs(batch, tokenizer, model.train())
    assert [each.mistake for each in found] == ["eval() forgotten"]
    assert "drops 10% of its numbers by chance" in str(found)
    assert mistakes(batch, tokenizer, model.eval()) == []
    other = TextClassifier(Bert(BertConfig.preset("tiny", vocab_size=99)), 2).eval()
    assert mistakes(batch, tokenizer, other) == ["wrong vocabulary"]


@pytest.mark.slow
def test_it_reads_what_transformers_makes(tmp_path):
    transformers = pytest.importorskip("transformers")
    Tokenizer(VOCABULARY).save(tmp_path)
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    read = theirs([a for a, _ in TEXTS], [b for _, b in TEXTS], padding=True, return_tensors="pt")
    assert mistakes(dict(read), theirs) == []
    read["token_type_ids"] = torch.zeros_like(read["token_type_ids"])
    assert mistakes(dict(read), theirs) == ["segments all 0"]
