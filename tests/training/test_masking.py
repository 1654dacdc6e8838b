"""The masks are what the paper says: counted where they are exact, weighed where they are drawn."""

from collections import Counter

import pytest
import torch

from bertlab.training import Recipe, mask_tokens

SPECIAL_IDS = [0, 1, 2, 3, 7]  # not in a row, with [MASK] = 7 among ordinary ids
MASK = 7
VOCABULARY = 50


def mask(ids, seed=0, **changes):
    settings = {"special_ids": SPECIAL_IDS, "mask_id": MASK, "vocab_size": VOCABULARY, **changes}
    return mask_tokens(ids, generator=torch.Generator().manual_seed(seed), **settings)


def rows(seed, shape=(6, 40)):
    """Random rows with special tokens among them, and one that has nothing else."""
    ids = torch.randint(0, VOCABULARY, shape, generator=torch.Generator().manual_seed(seed))
    ids[-1] = torch.tensor(SPECIAL_IDS).repeat(shape[1])[: shape[1]]
    return ids


def nearest(number):
    """The whole numbers that are nearest: two, when it lies half-way."""
    return {whole for whole in (int(number), int(number) + 1) if abs(whole - number) <= 0.5 + 1e-9}


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("seed", range(30))
def test_special_tokens_are_left_alone_and_labels_are_true(seed, exact):
    ids = rows(seed)
    before = ids.clone()
    masked, labels = mask(ids, seed, probability=0.4, exact=exact)
    assert torch.equal(ids, before), "what was given is not written on"
    chosen = labels != -100
    assert torch.equal(masked[~chosen], ids[~chosen])
    assert torch.equal(labels[chosen], ids[chosen])
    assert not torch.isin(ids[chosen], torch.tensor(SPECIAL_IDS)).any()
    drawn = masked[chosen & (masked != MASK)]
    assert not torch.isin(drawn, torch.tensor(SPECIAL_IDS)).any()
    assert ((drawn >= 0) & (drawn < VOCABULARY)).all()


@pytest.mark.parametrize("probability", [0.01, 0.15, 0.3, 0.5, 0.99])
@pytest.mark.parametrize("seed", range(5))
def test_exactly_the_share_of_each_row_at_least_one(seed, probability):
    ids = rows(seed)
    _, labels = mask(ids, seed, probability=probability)
    for row, of_row in zip(ids.tolist(), labels.tolist(), strict=True):
        ordinary = sum(piece not in SPECIAL_IDS for piece in row)
        asked = sum(label != -100 for label in of_row)
        assert asked == 1 if 0 < ordinary * probability < 0.5 else asked in nearest(ordinary * probability)


@pytest.mark.parametrize("tokens", [*range(1, 25), 999, 1000])
def test_exactly_80_10_10_of_the_batch(tokens):
    # With ids from 1000 on and random pieces below, a random piece can never be the true one.
    ids = torch.arange(1000, 1000 + tokens)[None]
    masked, labels = mask(ids, tokens, probability=0.9999, vocab_size=1000)
    assert (labels == ids).all()
    counts = Counter("mask" if new == MASK else "kept" if new >= 1000 else "drawn" for new in masked[0].tolist())
    assert counts["mask"] in nearest(0.8 * tokens)
    assert counts["mask"] + counts["drawn"] in nearest(0.9 * tokens)


def test_nothing_is_chosen_where_nothing_can_be():
    ids = torch.tensor([[2, 3, 0, 0], [2, 9, 3, 0]])
    for exact in (True, False):
        masked, labels = mask(ids[:1], exact=exact)
        assert torch.equal(masked, ids[:1])
        assert (labels == -100).all()
    assert mask(ids)[1].tolist() == [[-100] * 4, [-100, 9, -100, -100]]


def test_independent_draws_hold_on_average():
    """Counts within five standard deviations of the binomial they must follow."""
    ids = torch.full((400, 200), 1000)
    ids[:, ::50] = 2
    ordinary = int((ids == 1000).sum())
    masked, labels = mask(ids, 1, probability=0.3, exact=False, vocab_size=1000)
    chosen = labels != -100

    def within(count, total, share):
        return abs(int(count) - total * share) < 5 * (total * share * (1 - share)) ** 0.5

    assert within(chosen.sum(), ordinary, 0.3)
    asked = int(chosen.sum())
    assert within((masked[chosen] == MASK).sum(), asked, 0.8)
    assert within((masked[chosen] == 1000).sum(), asked, 0.1)
    assert within((masked[chosen] < 1000).sum() - (masked[chosen] == MASK).sum(), asked, 0.1)
    # Neighbours, and the same place in two rows, fall independently: both are chosen as often as 0.3 x 0.3.
    sides, above = chosen[:, 1:50], chosen[:200, 1:50]
    assert within((sides[:, :-1] & sides[:, 1:]).sum(), 400 * 48, 0.09)
    assert within((above & chosen[200:, 1:50]).sum(), 200 * 49, 0.09)
    # Counts of a row scatter as a binomial does; exact ones would not scatter at all.
    spread = chosen.sum(dim=1).double().var().item() / (196 * 0.3 * 0.7)
    assert 0.6 < spread < 1.4


@pytest.mark.parametrize("exact", [True, False])
def test_random_pieces_are_drawn_evenly(exact):
    ids = torch.full((2000, 100), 1000)
    masked, _ = mask(ids, 3, probability=0.5, exact=exact)
    drawn = masked[(masked != MASK) & (masked < 1000)]
    counts = torch.bincount(drawn, minlength=VOCABULARY)
    counts = counts[[piece for piece in range(VOCABULARY) if piece not in SPECIAL_IDS]]
    expected = len(drawn) / 45
    chi_square = ((counts - expected) ** 2 / expected).sum().item()
    assert chi_square < 44 + 5 * (2 * 44) ** 0.5


def test_exact_choices_fall_on_every_place_alike():
    ids = torch.full((4000, 20), 1000)
    masked, labels = mask(ids, 4, probability=0.25)
    for what in (labels != -100, masked == MASK):
        counts = what.sum(dim=0).double()
        assert (counts - counts.mean()).abs().max() < 5 * counts.mean().sqrt()


def test_the_generator_decides_and_nothing_else():
    ids = rows(0)
    torch.manual_seed(1)
    first = mask(ids, 5)
    torch.manual_seed(2)
    again, other = mask(ids, 5), mask(ids, 6)
    assert all(map(torch.equal, first, again))
    assert not torch.equal(first[1], other[1])


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.15, 15.0])
def test_a_probability_that_is_none_is_refused(probability):
    with pytest.raises(ValueError, match=f"between 0 and 1, not {probability}"):
        mask(rows(0), probability=probability)


@pytest.mark.parametrize(("replaced", "kept"), [(0.0, 0.0), (0.0, 0.2), (0.2, 0.0), (0.3, 0.7), (0.1, 0.1)])
@pytest.mark.parametrize("exact", [True, False])
def test_what_becomes_of_the_chosen_can_be_said(replaced, kept, exact):
    ids = torch.arange(1000, 2000).repeat(8, 1)
    masked, labels = mask(ids, 1, probability=0.5, exact=exact, replaced=replaced, kept=kept, vocab_size=1000)
    chosen = labels != -100
    now = masked[chosen]
    shares = [
        (now == MASK).double().mean(),
        ((now < 1000) & (now != MASK)).double().mean(),
        (now >= 1000).double().mean(),
    ]
    assert shares == pytest.approx([1 - replaced - kept, replaced, kept], abs=2e-4 if exact else 0.04)


@pytest.mark.parametrize(("replaced", "kept"), [(-0.1, 0.1), (0.1, -0.1), (0.6, 0.5)])
def test_shares_that_are_none_are_refused(replaced, kept):
    said = f"together at most 1, not {replaced} and {kept}"
    with pytest.raises(ValueError, match=said):
        mask(rows(0), replaced=replaced, kept=kept)
    with pytest.raises(ValueError, match=said):
        Recipe(steps=1, replaced=replaced, kept=kept)
