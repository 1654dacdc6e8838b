"""The recurrent readers: their memory by the papers' equations, who can know of whom, and rows of different lengths."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from bertlab.model import Recurrent, RecurrentConfig

WAYS = [("lstm", False), ("gru", False), ("lstm", True), ("gru", True)]


def reader_of(cell="lstm", both_ways=False, layers=2, seed=0):
    torch.manual_seed(seed)
    return Recurrent(RecurrentConfig(40, 12, layers, cell, both_ways, initializer_range=0.5)).eval()


def some_ids(rows=3, length=9, seed=1):
    return torch.randint(5, 40, (rows, length), generator=torch.Generator().manual_seed(seed))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def remembered(network, vectors):
    """The memories of a one-layer LSTM or GRU after each vector, from the equations of the papers."""
    numbers = {name: parameter.detach().double().numpy() for name, parameter in network.named_parameters()}
    memory = cell = np.zeros(network.hidden_size)
    found = []
    for vector in vectors:
        new = numbers["weight_ih_l0"] @ vector + numbers["bias_ih_l0"]
        old = numbers["weight_hh_l0"] @ memory + numbers["bias_hh_l0"]
        if isinstance(network, torch.nn.LSTM):
            take, keep, what, tell = np.split(new + old, 4)
            cell = sigmoid(keep) * cell + sigmoid(take) * np.tanh(what)
            memory = sigmoid(tell) * np.tanh(cell)
        else:
            (reset, keep, what), (reset_old, keep_old, what_old) = np.split(new, 3), np.split(old, 3)
            share = sigmoid(keep + keep_old)
            memory = (1 - share) * np.tanh(what + sigmoid(reset + reset_old) * what_old) + share * memory
        found.append(memory)
    return np.array(found)


def said(reader, memory):
    """What the head says of a memory, written out."""
    head = reader.head
    with torch.no_grad():
        bent = functional.gelu(head.transform(torch.tensor(memory, dtype=torch.float32)))
        return (head.norm(bent) @ reader.token.weight.T + head.bias).numpy()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_one_way_is_the_equations_of_the_paper(cell):
    reader, ids = reader_of(cell, layers=1), some_ids(rows=1)
    with torch.no_grad():
        found = reader(ids).prediction_logits[0].numpy()
    vectors = reader.token.weight.detach()[ids[0]].double().numpy()
    np.testing.assert_allclose(found, said(reader, remembered(reader.to_the_right, vectors)), atol=1e-5)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_both_ways_are_two_readers_joined_at_the_end(cell):
    reader, ids = reader_of(cell, both_ways=True, layers=1), some_ids(rows=1)
    with torch.no_grad():
        found = reader(ids).prediction_logits[0].numpy()
    vectors = reader.token.weight.detach()[ids[0]].double().numpy()
    none = np.zeros((1, 12))
    before = np.concatenate([none, remembered(reader.to_the_right, vectors)[:-1]])
    after = np.concatenate([remembered(reader.to_the_left, vectors[::-1])[::-1][1:], none])
    weight, bias = (each.detach().numpy() for each in (reader.join.weight, reader.join.bias))
    joined = np.concatenate([before, after], axis=1) @ weight.T + bias
    np.testing.assert_allclose(found, said(reader, joined), atol=1e-5)


@pytest.mark.parametrize("changed", range(9))
@pytest.mark.parametrize(("cell", "both_ways"), WAYS)
def test_who_can_know_of_a_piece(cell, both_ways, changed):
    reader, ids = reader_of(cell, both_ways), some_ids(rows=1)
    others = ids.clone()
    others[0, changed] = 5 + (ids[0, changed] - 4) % 35
    with torch.no_grad():
        moved = (reader(ids).prediction_logits - reader(others).prediction_logits).abs().amax(dim=-1)[0]
    knows = [place != changed if both_ways else place >= changed for place in range(9)]
    assert [bool(each) for each in moved > 0] == knows


@pytest.mark.parametrize(("cell", "both_ways"), WAYS)
def test_padding_changes_nothing(cell, both_ways):
    reader, ids = reader_of(cell, both_ways), some_ids()
    lengths = torch.tensor([9, 4, 6])
    real = (torch.arange(12) < lengths[:, None]).long()
    padded = functional.pad(ids, (0, 3)) * real
    with torch.no_grad():
        found = reader(padded, attention_mask=real).prediction_logits
        for row, length in enumerate(lengths):
            alone = reader(ids[row : row + 1, :length]).prediction_logits[0]
            torch.testing.assert_close(found[row, :length], alone, atol=1e-6, rtol=1e-5)


def test_positions_are_those_of_the_flattened_rows():
    reader, ids = reader_of(both_ways=True), some_ids()
    positions = torch.tensor([0, 8, 9, 25])
    with torch.no_grad():
        everywhere = reader(ids).prediction_logits.flatten(0, 1)
        torch.testing.assert_close(reader(ids, positions=positions).prediction_logits, everywhere[positions])


def test_bad_sizes_are_refused_by_name():
    with pytest.raises(ValueError, match="a cell is lstm or gru, not 'rnn'"):
        RecurrentConfig(vocab_size=40, cell="rnn")


def test_a_configuration_says_what_it_is():
    config = RecurrentConfig(40)
    assert str(config) == "RecurrentConfig(lstm, 2 layers x 128, 40 pieces, reads left to right)"
    assert str(config.replace(both_ways=True, cell="gru")).startswith("RecurrentConfig(gru")
    assert config.causal
    assert not config.replace(both_ways=True).causal


@pytest.mark.parametrize(("cell", "both_ways"), WAYS)
def test_each_way_has_as_many_layers_as_are_asked_for(cell, both_ways):
    """A layer has for each gate two matrices, for the piece and for the memory, and two rows of biases."""
    for layers in (1, 3):
        reader = reader_of(cell, both_ways, layers)
        for way in [reader.to_the_right, *([reader.to_the_left] if both_ways else [])]:
            numbers = sum(each.numel() for each in way.parameters())
            assert numbers == layers * {"lstm": 4, "gru": 3}[cell] * (2 * 12 * 12 + 2 * 12)


def test_weights_begin_as_wide_as_the_configuration_says():
    torch.manual_seed(0)
    reader = Recurrent(RecurrentConfig(300, 64, both_ways=True, initializer_range=0.3))
    for weight in (reader.token.weight[1:], reader.join.weight, reader.head.transform.weight):
        assert weight.std().item() == pytest.approx(0.3, rel=0.05)
    assert not reader.token.weight[0].any(), "padding is nothing"
    assert not reader.join.bias.any()
