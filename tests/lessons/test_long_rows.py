"""Rows longer than a model's positions: how they are made, and what is asked in them."""

import torch

from bertlab.lessons.instruments.long_rows import long_rows, loss_by_place, with_more_positions
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.text import Tokenizer

CONFIG = BertConfig(vocab_size=40, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
                    max_position_embeddings=6)  # fmt: skip


def a_model() -> BertForPreTraining:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return BertForPreTraining(CONFIG).eval()


def test_rows_begin_and_end_as_bert_wants_them_and_go_on_where_the_last_ended():
    tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "."])
    rows = long_rows(tokenizer, 30)
    assert rows.shape[1] == 30
    assert len(rows) > 50
    assert set(rows[:, 0].tolist()) == {tokenizer.cls_id}
    assert set(rows[:, -1].tolist()) == {tokenizer.sep_id}
    assert not torch.isin(rows[:, 1:-1], torch.tensor([tokenizer.cls_id, tokenizer.sep_id])).any()


def test_new_positions_change_nothing_before_them():
    model, row = a_model(), torch.tensor([[2, 7, 9, 3]])
    longer = with_more_positions(model, lambda old: 100 + 0 * old)
    assert longer.config.max_position_embeddings == 12
    assert torch.equal(longer(row).prediction_logits, model(row).prediction_logits)
    assert longer(torch.ones(1, 12, dtype=torch.long)).prediction_logits.shape == (1, 12, 40)
    assert model.config.max_position_embeddings == 6, "the old one is as it was"


def test_the_loss_is_that_of_hidden_places():
    model, rows, holes = a_model(), torch.tensor([[2, 7, 9, 11, 3], [2, 8, 8, 12, 3]]), torch.tensor([1, 3])
    hidden = rows.clone()
    hidden[:, holes] = 4
    logits = model(hidden).prediction_logits.log_softmax(dim=-1)
    by_hand = [-(logits[0, at, rows[0, at]] + logits[1, at, rows[1, at]]).item() / 2 for at in (1, 3)]
    assert torch.allclose(loss_by_place(model, rows, holes, 4), torch.tensor(by_hand), atol=1e-5)
    assert rows[0, 1] == 7, "the rows are as they were"


def test_who_reads_nothing_says_the_same_in_each_row():
    model, holes = a_model(), torch.tensor([2])
    one, other = torch.tensor([[2, 7, 9, 11, 3]]), torch.tensor([[2, 30, 9, 31, 3]])
    blind = [loss_by_place(model, row, holes, 4, all_hidden=True) for row in (one, other)]
    assert torch.equal(*blind)
    assert not torch.equal(*(loss_by_place(model, row, holes, 4) for row in (one, other)))
