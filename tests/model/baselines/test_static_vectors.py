"""The two losses against numbers by hand and numerical gradients; what a row of a static table is."""

import math

import pytest
import torch

from bertlab.model.baselines.static_vectors import (
    Glove,
    SkipGram,
    glove_loss,
    glove_weighting,
    negative_sampling_loss,
    noise_distribution,
)


def doubles(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()


def sigmoid(score: float) -> float:
    return 1 / (1 + math.exp(-score))


def test_the_loss_of_one_pair_by_hand():
    center, context = torch.tensor([[2.0, 1.0]]), torch.tensor([[1.0, -1.0]])  # 2 - 1 = 1
    noise = torch.tensor([[[0.5, 0.0], [-1.0, 1.0]]])  # 1 and -1
    by_hand = -math.log(sigmoid(1)) - math.log(sigmoid(-1)) - math.log(sigmoid(1))
    assert negative_sampling_loss(center, context, noise).item() == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_loss_is_what_a_plain_loop_says(seed: int):
    center, context, noise = doubles(4, 3, seed=seed), doubles(4, 3, seed=seed + 10), doubles(4, 2, 3, seed=seed + 20)
    for pair, loss in enumerate(negative_sampling_loss(center, context, noise).tolist()):
        v = center[pair].tolist()
        score = sum(a * b for a, b in zip(v, context[pair].tolist(), strict=True))
        told = -math.log(sigmoid(score))
        for drawn in noise[pair].tolist():
            told -= math.log(sigmoid(-sum(a * b for a, b in zip(v, drawn, strict=True))))
        assert loss == pytest.approx(told, rel=1e-12)


def test_the_gradients_are_the_numerical_ones():
    assert torch.autograd.gradcheck(negative_sampling_loss, (doubles(3, 4), doubles(3, 4, seed=1), doubles(3, 2, 4)))
    counts = torch.tensor([1.0, 20.0, 300.0], dtype=torch.float64)
    rows = (doubles(3, 4), doubles(3, 4, seed=1), doubles(3), doubles(3, seed=1))
    assert torch.autograd.gradcheck(lambda *each: glove_loss(*each, counts), rows)


def test_the_gradient_of_a_pair_is_the_papers():
    """(sigmoid(u_o.v) - 1) u_o + sum of sigmoid(u_k.v) u_k, the update that word2vec.c makes."""
    center, context, noise = doubles(1, 3), doubles(1, 3, seed=1), doubles(1, 2, 3, seed=2)
    negative_sampling_loss(center, context, noise).sum().backward()
    expected = (torch.sigmoid(context[0] @ center[0]) - 1) * context[0]
    expected = expected + sum(torch.sigmoid(drawn @ center[0]) * drawn for drawn in noise[0])
    torch.testing.assert_close(center.grad[0], expected.detach())


def test_scores_too_large_for_exp_still_have_a_loss():
    far = torch.tensor([[200.0]])
    assert negative_sampling_loss(far, -far, far[:, None]).item() == pytest.approx(80_000)


def test_noise_is_counts_to_three_quarters():
    shares = noise_distribution(torch.tensor([81.0, 16.0, 1.0, 0.0]))
    assert shares.tolist() == pytest.approx([27 / 36, 8 / 36, 1 / 36, 0.0])


@pytest.mark.parametrize(
    ("count", "weight"), [(0.0, 0.0), (1.0, 0.01**0.75), (50.0, 0.5**0.75), (100.0, 1.0), (1e4, 1.0)]
)
def test_the_weighting_rises_and_stays_at_one(count: float, weight: float):
    assert glove_weighting(torch.tensor([count])).item() == pytest.approx(weight)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_glove_is_what_a_plain_double_loop_says(seed: int):
    """Over all cells of a small table, as the paper writes it (equation 8)."""
    model = Glove(4, 3, x_max=10.0, alpha=0.75, generator=torch.Generator().manual_seed(seed)).double()
    table = torch.randint(0, 30, (4, 4), generator=torch.Generator().manual_seed(seed)).double()
    w, u, b, c = (each.tolist() for each in (model.word, model.context, model.word_bias, model.context_bias))
    told = 0.0
    for i in range(4):
        for j in range(4):
            x = table[i, j].item()
            if x > 0:
                f = (x / 10) ** 0.75 if x < 10 else 1.0
                told += f * (sum(w[i][k] * u[j][k] for k in range(3)) + b[i] + c[j] - math.log(x)) ** 2
    rows, columns = table.nonzero(as_tuple=True)
    assert model(rows, columns, table[rows, columns]).item() * len(rows) == pytest.approx(told, rel=1e-12)


def test_tables_begin_as_their_programs_begin_them_and_by_the_generator_alone():
    models = [SkipGram(200, 8, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(models[0].word, models[1].word)
    assert not torch.equal(models[0].word, models[2].word)
    assert models[0].word.abs().max() <= 1 / 16
    assert models[0].context.abs().max() == 0
    glove = Glove(200, 8, generator=torch.Generator().manual_seed(1))
    assert glove.word.abs().max() <= 1 / 16
    assert not torch.equal(glove.word, glove.context)
    assert not torch.equal(glove.word_bias, glove.context_bias)
    assert 0 < glove.word_bias.abs().max() <= 1 / 16
    torch.testing.assert_close(glove.vectors, (glove.word + glove.context).detach())


def test_a_row_is_one_row_wherever_the_word_stands():
    model = SkipGram(6, 4, torch.Generator().manual_seed(0))
    sentence, other = torch.tensor([0, 5, 2]), torch.tensor([5, 4, 3, 1])
    assert torch.equal(model.vectors[sentence][1], model.vectors[other][0])
