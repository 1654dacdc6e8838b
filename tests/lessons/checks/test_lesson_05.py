"""Lesson 05's checks name what went wrong."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch

from bertlab.lessons import check
from bertlab.lessons.checks.ways_of_a_layer import CLOSE, SAID, Case, a_case, layer_with_a_mistake
from bertlab.lessons.compare import largest_difference
from bertlab.model import attention


def test_the_reference_without_a_mistake_is_the_packages_layer():
    case = a_case()
    with torch.no_grad():
        assert torch.allclose(layer_with_a_mistake(case), case.layer(case.hidden, case.mask, False)[0], atol=1e-6)
        outcomes = [layer_with_a_mistake(case, mistake) for mistake in ("", *SAID)]
    for at, one in enumerate(outcomes):
        for other in outcomes[at + 1 :]:
            assert largest_difference(one, other)[0] > 2 * CLOSE, "two mistakes that look the same cannot be named"


@pytest.mark.parametrize("mistake", SAID)
def test_encoder_layer_names_the_mistake(mistake: str):
    verdict = check.encoder_layer.judge(lambda *case: layer_with_a_mistake(Case(*case), mistake))
    assert verdict.kind == "mistake"
    assert verdict.says == SAID[mistake]


def parts_of(layer: Any, hidden: torch.Tensor) -> list[torch.Tensor]:
    looks = layer.attention
    return [looks.split_heads(part(hidden)) for part in (looks.query, looks.key, looks.value)]


def second_half(layer: Any, hidden: torch.Tensor) -> torch.Tensor:
    return layer.feed_forward_norm(hidden + layer.feed_forward(hidden))


def never_turned(layer: Any, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    context, _ = attention(*parts_of(layer, hidden), mask)
    return second_half(layer, layer.attention_norm(hidden + layer.attention.output(context.flatten(2))))


def never_merged(layer: Any, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    context, _ = attention(*parts_of(layer, hidden), mask)
    return second_half(layer, layer.attention_norm(hidden + layer.attention.output(context)))


def cut_before_the_matrix(layer: Any, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return layer.attention.query(layer.attention.split_heads(hidden))


def both_things(layer: Any, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    context: Any = attention(*parts_of(layer, hidden), mask)
    return layer.attention.output(context.transpose(1, 2).flatten(2))


def both_things_at_once(layer: Any, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return layer.attention.output(attention(*parts_of(layer, hidden), mask))


def right_until_half(layer: Any, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    hidden = layer.attention_norm(hidden + layer.attention(hidden, mask, False).context)
    return layer.feed_forward_norm(hidden + 2 * layer.feed_forward(hidden))


def wrong_from_the_start(layer: Any, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return second_half(layer, layer.attention_norm(hidden + 2 * layer.attention(hidden, mask, False).context))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (never_turned, r"You gave output the shape \(2, 3, 20\)\. context is \(batch, heads, seq, head_dim\)"),
        (never_merged, r"You gave output the shape \(2, 3, 5, 4\)"),
        (cut_before_the_matrix, r"You cut before query.* First the matrix, then the cut"),
        (both_things, "attention returns two things"),
        (both_things_at_once, "attention returns two things"),
        (right_until_half, "What you gave to expand is right, so the first half is"),
        (wrong_from_the_start, r"What goes into expand should be layer\.attention_norm\("),
        (lambda layer, hidden, mask: layer(hidden, mask, False)[0], "called the layer itself"),
        (lambda layer, hidden, mask: (hidden, hidden), "gives tuple"),
        (lambda layer, hidden, mask: hidden[:, 0], r"out came \(2, 12\)"),
        (lambda layer, hidden, mask: hidden, "differ most in row"),
        (lambda layer, hidden: hidden, "TypeError"),
    ],
)
def test_encoder_layer_says_what_else_is_wrong(wrong: Callable[..., Any], named: str):
    verdict = check.encoder_layer.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)


HIDDEN, INNER = 768, 3072
MATRIX = HIDDEN * HIDDEN
WIDE = HIDDEN * INNER
BIASES = 4 * HIDDEN + INNER + HIDDEN
NORMS = 2 * 2 * HIDDEN


@pytest.mark.parametrize(
    ("predicted", "named"),
    [
        (4 * MATRIX + 2 * WIDE + NORMS, "six matrices also has a bias"),
        (4 * MATRIX + 2 * WIDE + NORMS // 2, "counted no biases"),
        (4 * MATRIX + 2 * WIDE, "six matrices and nothing else"),
        (4 * MATRIX + 2 * WIDE + BIASES, "3,072 too few.* the two LayerNorms"),
        (7_087_872 - INNER, "3,072 too few.* or the bias of the widening"),
        (4 * MATRIX + 2 * WIDE + BIASES + NORMS // 2, "One LayerNorm is missing"),
        (3 * MATRIX + 2 * WIDE + BIASES - HIDDEN + NORMS, "fourth, output"),
        (4 * MATRIX + WIDE + BIASES - HIDDEN + NORMS, "way back is missing"),
        (4 * MATRIX + 4 * HIDDEN, "attention alone"),
        (2 * WIDE + INNER + HIDDEN + NORMS, "Attention is missing"),
        (48 * MATRIX + 48 * HIDDEN + 2 * WIDE + INNER + HIDDEN + NORMS, "once for each head"),
        (12 * 7_087_872, "all twelve layers"),
        (7_087_872 // 12, "twelfth of it"),
        (110_000_000, "You predicted 110,000,000"),
        ("many", "ValueError"),
    ],
)
def test_the_prediction_names_what_was_left_out(predicted: Any, named: str):
    verdict = check.parameters_of_a_layer.judge(lambda: predicted)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)


def test_a_layer_of_base_has_as_many_parameters_as_are_counted_by_hand():
    assert 4 * MATRIX + 2 * WIDE + BIASES + NORMS == 7_087_872
    assert check.parameters_of_a_layer.judge(lambda: 7_087_872).kind == "right"


def dealt_like_cards(vectors: torch.Tensor, heads: int) -> torch.Tensor:
    return vectors.unflatten(-1, (-1, heads)).permute(0, 3, 1, 2)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda v, h: v.view(len(v), h, v.shape[1], -1), "bug is still there"),
        (lambda v, h: v.unflatten(-1, (h, -1)), "One transpose is missing"),
        (dealt_like_cards, "like cards"),
        (lambda v, h: v.transpose(1, 2).reshape(len(v), h, v.shape[1], -1), "before the cut"),
        (lambda v, h: v.unflatten(-1, (h, -1)).transpose(1, 2).flatten(0, 1), "become one axis"),
        (lambda v, h: v, r"The shape is \(2, 5, 12\)"),
        (lambda v, h: v.unflatten(-1, (h, -1)).transpose(1, 2).flip(1), "the first slice is"),
        (lambda v, h: [v], "gives list"),
    ],
)
def test_split_heads_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.split_heads.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says)
