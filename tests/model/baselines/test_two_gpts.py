"""Two GPTs joined in the answer: each is a causal `Bert`, neither sees the piece asked for, none minds padding."""

import pytest
import torch
from torch.nn import functional

from bertlab.model import BertConfig, TwoGpts


@pytest.fixture(scope="module")
def reader():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=40,
        hidden_size=12,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=24,
        max_position_embeddings=16,
        initializer_range=0.5,
    )
    return TwoGpts(config).eval()


@pytest.fixture(scope="module")
def ids():
    return torch.randint(5, 40, (3, 9), generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_it_is_two_causal_readers_joined_in_the_answer(reader, ids):
    row, none = ids[:1], torch.zeros(1, 12)
    before = torch.cat([none, reader.to_the_right(row).last_hidden_state[0, :-1]])
    after = torch.cat([reader.to_the_left(row.flip(1)).last_hidden_state[0].flip(0)[1:], none])
    said = reader.head(reader.join(torch.cat([before, after], dim=1)), reader.to_the_right.embeddings.token.weight)
    torch.testing.assert_close(reader(row).prediction_logits[0], said)
    assert reader.to_the_right.config.causal
    assert reader.to_the_left.config.causal
    assert not reader.config.causal, "a place is answered for from both sides"


@pytest.mark.parametrize("changed", range(9))
@torch.no_grad()
def test_a_place_knows_of_all_others_and_not_of_itself(reader, ids, changed):
    others = ids[:1].clone()
    others[0, changed] = 5 + (others[0, changed] - 4) % 35
    moved = (reader(ids[:1]).prediction_logits - reader(others).prediction_logits).abs().amax(dim=-1)[0]
    assert [bool(each) for each in moved > 0] == [place != changed for place in range(9)]


@torch.no_grad()
def test_padding_changes_nothing(reader, ids):
    lengths = torch.tensor([9, 4, 6])
    real = (torch.arange(12) < lengths[:, None]).long()
    found = reader(functional.pad(ids, (0, 3)) * real, attention_mask=real).prediction_logits
    for row, length in enumerate(lengths):
        alone = reader(ids[row : row + 1, :length]).prediction_logits[0]
        torch.testing.assert_close(found[row, :length], alone, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_positions_are_those_of_the_flattened_rows(reader, ids):
    positions = torch.tensor([0, 8, 9, 25])
    everywhere = reader(ids).prediction_logits.flatten(0, 1)
    torch.testing.assert_close(reader(ids, positions=positions).prediction_logits, everywhere[positions])


def test_pieces_and_places_are_looked_up_in_one_table(reader):
    assert reader.to_the_left.embeddings is reader.to_the_right.embeddings


@torch.no_grad()
def test_both_readers_are_told_the_segment(reader, ids):
    row, none = ids[:1], torch.zeros(1, 12)
    second = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1, 1]])  # from the right the second segment comes first
    before = torch.cat([none, reader.to_the_right(row, second).last_hidden_state[0, :-1]])
    after = torch.cat([reader.to_the_left(row.flip(1), second.flip(1)).last_hidden_state[0].flip(0)[1:], none])
    said = reader.head(reader.join(torch.cat([before, after], dim=1)), reader.to_the_right.embeddings.token.weight)
    torch.testing.assert_close(reader(row, second).prediction_logits[0], said)


def test_weights_begin_as_wide_as_the_configuration_says(reader):
    torch.manual_seed(0)
    wide = TwoGpts(reader.config.replace(hidden_size=48, initializer_range=0.3))
    for weight in (wide.to_the_left.layers[1].attention.query.weight, wide.join.weight, wide.head.transform.weight):
        assert weight.std().item() == pytest.approx(0.3, rel=0.1)
    assert not wide.join.bias.any()
