"""Lesson 06's checks name what went wrong, and refuse no right answer."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn import functional

from bertlab.lessons import check
from bertlab.lessons.checks.lesson_06 import rows_to_mask, rows_under_masks
from bertlab.training import mask_tokens

IGNORED = -100


def by_hand(
    ids: Any, special: Any, mask: int, vocab: int, draw: Any, *, rate: float = 0.15, masked: float = 0.8,
    replaced: float = 0.1, allowed: Any = None, chooses: Any = None,
) -> tuple[Any, Any]:  # fmt: skip
    """The exercise, and the ways in which it goes wrong."""
    ordinary = ~torch.isin(ids, torch.tensor(special)) if chooses is None else chooses
    chosen = ordinary & (torch.rand(ids.shape, generator=draw) < rate)
    fate = torch.rand(ids.shape, generator=draw)
    pieces = torch.tensor([piece for piece in range(vocab) if piece not in special] if allowed is None else allowed)
    drawn = pieces[torch.randint(len(pieces), ids.shape, generator=draw)]
    shown = ids.where(~chosen | (fate >= masked + replaced), drawn).where(~chosen | (fate >= masked), mask)
    return shown, ids.where(chosen, IGNORED)


def package(exact: bool) -> Callable[..., Any]:
    return lambda ids, special, mask, vocab, draw: mask_tokens(
        ids, special_ids=special, mask_id=mask, vocab_size=vocab, generator=draw, exact=exact
    )


def row_by_row(ids: Any, special: Any, mask: int, vocab: int, draw: Any) -> tuple[Any, Any]:
    """Exact shares of each row, as in google-research/bert, token by token."""
    shown, labels = ids.clone(), torch.full_like(ids, IGNORED)
    pieces = [piece for piece in range(vocab) if piece not in special]
    for row in range(len(ids)):
        places = [at for at, piece in enumerate(ids[row].tolist()) if piece not in special]
        order = torch.randperm(len(places), generator=draw).tolist()
        for at in [places[place] for place in order[: round(0.15 * len(places))]]:
            labels[row, at] = ids[row, at]
            luck = torch.rand(1, generator=draw).item()
            if luck < 0.8:
                shown[row, at] = mask
            elif luck < 0.9:
                shown[row, at] = pieces[int(torch.randint(len(pieces), (1,), generator=draw))]
    return shown, labels


@pytest.mark.slow
@pytest.mark.parametrize("right", [by_hand, package(exact=True), package(exact=False), row_by_row])
def test_right_maskings_pass_whatever_they_draw(right: Callable[..., Any]):
    for shift in range(8 if right is not row_by_row else 1):

        def shifted(ids: Any, special: Any, mask: int, vocab: int, draw: Any, shift: int = shift) -> Any:
            torch.rand(shift, generator=draw)
            return right(ids, special, mask, vocab, draw)

        assert check.mask_by_hand.judge(shifted).kind == "right"


def with_labels(change: Callable[..., Any]) -> Callable[..., Any]:
    """`change(ids, shown, labels)` gives other labels."""

    def mine(ids: Any, *rest: Any) -> Any:
        shown, labels = by_hand(ids, *rest)
        return shown, change(ids, shown, labels)

    return mine


def overlapping(ids: Any, special: Any, mask: int, vocab: int, draw: Any) -> Any:
    shown, labels = by_hand(ids, special, mask, vocab, draw, masked=0.0, replaced=0.1)
    rest = (labels != IGNORED) & (shown == ids)
    return shown.where(~(rest & (torch.rand(ids.shape, generator=draw) < 0.9)), mask), labels


def replaced_again(ids: Any, special: Any, mask: int, vocab: int, draw: Any) -> Any:
    shown, labels = by_hand(ids, special, mask, vocab, draw, replaced=0.0)
    drawn = by_hand(ids, special, mask, vocab, draw, rate=2.0, masked=0.0, replaced=1.0)[0]
    again = (labels != IGNORED) & (torch.rand(ids.shape, generator=draw) < 0.1)
    shown = shown.where(~again, drawn)
    return shown, labels


def tenth_of_the_rest(*given: Any) -> Any:
    return by_hand(*given, masked=0.8, replaced=0.02)


def in_place(ids: Any, *rest: Any) -> Any:
    shown, labels = by_hand(ids, *rest)
    ids.copy_(shown)
    return ids, labels


def same_each_call(ids: Any, special: Any, mask: int, vocab: int, draw: Any) -> Any:
    return by_hand(ids, special, mask, vocab, torch.Generator().manual_seed(0))


def own_draws(ids: Any, special: Any, mask: int, vocab: int, draw: Any) -> Any:
    return by_hand(ids, special, mask, vocab, None)


def one_row_for_all(ids: Any, special: Any, mask: int, vocab: int, draw: Any) -> Any:
    chooses = (torch.rand(ids.shape[1], generator=draw) < 0.15).expand_as(ids)
    chooses = chooses & ~torch.isin(ids, torch.tensor(special))
    return by_hand(ids, special, mask, vocab, draw, rate=2.0, chooses=chooses)


def one_piece_for_all(ids: Any, special: Any, mask: int, vocab: int, draw: Any) -> Any:
    piece = 5 + int(torch.randint(90, (1,), generator=draw))
    return by_hand(ids, special, mask, vocab, draw, allowed=[piece])


def of_the_whole_row(ids: Any, special: Any, mask: int, vocab: int, draw: Any) -> Any:
    return by_hand(ids, special, mask, vocab, draw, rate=0.15 * ids.shape[1] / 200)


def two_choices(ids: Any, *rest: Any) -> Any:
    return by_hand(ids, *rest)[0], by_hand(ids, *rest)[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (overlapping, "81/10/9"),
        (replaced_again, "72/10/18"),
        (tenth_of_the_rest, "80/2/18"),
        (lambda *given: by_hand(*given, masked=1.0, replaced=0.0), "100/0/0"),
        (lambda *given: by_hand(*given, replaced=0.2), "No chosen token stays"),
        (lambda *given: by_hand(*given, replaced=0.0), "No chosen token was replaced"),
        (lambda *given: by_hand(*given, masked=0.1, replaced=0.8), "the other way round"),
        (lambda *given: by_hand(*given, masked=0.5, replaced=0.25), "Of these you have 50/25/25"),
        (lambda *given: by_hand(*given, rate=0.3), "You chose 30.\\d% of the ordinary"),
        (of_the_whole_row, "15% of the row's length"),
        (lambda ids, *rest: by_hand(ids, *rest, chooses=torch.ones_like(ids).bool()), r"\[CLS\], \[PAD\], \[SEP\]"),
        (lambda ids, *rest: by_hand(ids, *rest, chooses=ids != 0), r"special tokens: \[CLS\], \[SEP\]\."),
        (lambda *given: by_hand(*given, allowed=range(400)), "in mid-sentence"),
        (lambda *given: by_hand(*given, allowed=range(5, 400)), "need not be the first"),
        (lambda *given: by_hand(*given, allowed=range(1, 401)), "there are 400 pieces|in mid-sentence"),
        (one_piece_for_all, "one for the whole batch"),
        (with_labels(lambda ids, shown, labels: ids.clone()), "You ask everywhere"),
        (with_labels(lambda ids, shown, labels: shown.clone()), "what the model reads, everywhere"),
        (with_labels(lambda ids, shown, labels: torch.full_like(ids, IGNORED)), "Nobody is asked"),
        (with_labels(lambda ids, shown, labels: labels.where(labels != IGNORED, 0)), r"id of \[PAD\]"),
        (with_labels(lambda ids, shown, labels: labels.where(shown != ids, IGNORED)), "tenth that stays is not asked"),
        (with_labels(lambda ids, shown, labels: labels.where(shown == 103, IGNORED)), "changed and are not asked"),
        (with_labels(lambda ids, shown, labels: ids.where(labels == IGNORED, IGNORED)), "wrong way round"),
        (with_labels(lambda ids, shown, labels: shown.where(labels != IGNORED, IGNORED)), r"labels say \[MASK\]"),
        (lambda *given: by_hand(*given)[::-1], "has -100 in it"),
        (in_place, "wrote into the batch"),
        (same_each_call, "same places twice"),
        (own_draws, "do not use `generator`"),
        (one_row_for_all, "In each row the same places"),
        (two_choices, "One draw chooses"),
        (lambda *given: by_hand(*given)[0], "two tensors"),
        (lambda ids, *rest: [part[:, :3] for part in by_hand(ids, *rest)], "Keep the shape"),
    ],
)
def test_masking_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.mask_by_hand.judge(wrong)
    assert verdict.kind == "mistake"
    assert re.search(named, verdict.says), verdict.says


def test_shares_of_the_sample_come_out_whole():
    ordinary = (~torch.isin(rows_to_mask(3), torch.tensor([0, 100, 101, 102, 103]))).sum(dim=1)
    assert ordinary.tolist() == [200] * 3


TRUE = {"[MASK]": 0, "attention mask": 1, "causal mask": 6, "padding": 0}


def test_the_four_masks_are_predicted_right():
    assert rows_under_masks.judge(lambda: TRUE).kind == "right"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"[MASK]": 1}, "not even row 4"),
        ({"[MASK]": 10}, "neither word is in the input"),
        ({"attention mask": 0}, "one row moves"),
        ({"attention mask": 9}, "the wrong way round"),
        ({"causal mask": 4}, "rows before the word"),
        ({"causal mask": 5}, "the word's own row as well"),
        ({"causal mask": 10}, "cannot hear"),
        ({"padding": 1}, "the piece itself is gone"),
        ({"causal mask": 7}, "Ask for each row"),
        ({"padding": None}, "missing still"),
        ({"else": 1}, "Give a dict"),
    ],
)
def test_a_wrong_prediction_is_answered(change: dict[str, Any], named: str):
    verdict = rows_under_masks.judge(lambda: TRUE | change)
    assert verdict.kind == "mistake"
    assert named in verdict.says


def per_slot(logits: Any, labels: Any) -> Any:
    return functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").view(labels.shape)


def right_loss(logits: Any, labels: Any, weights: Any) -> Any:
    return (per_slot(logits, labels) * weights).sum() / (weights.sum() + 1e-5)


def ignoring(logits: Any, labels: Any, weights: Any) -> Any:
    labels = labels.where(weights > 0, IGNORED)
    return functional.cross_entropy(logits.flatten(0, 1), labels.flatten())


@pytest.mark.parametrize("right", [right_loss, ignoring])
def test_the_mended_loss_is_right(right: Callable[..., Any]):
    assert check.mlm_loss.judge(right).kind == "right"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda x, y, w: (functional.cross_entropy(x.flatten(0, 1), y.flatten()) * w).sum() / w.sum(), "still there"),
        (lambda x, y, w: (per_slot(x, y) * w).mean(), "divided by all slots"),
        (lambda x, y, w: (per_slot(x, y) * w).sum(), "That is the sum"),
        (lambda x, y, w: ((per_slot(x, y) * w).sum(1) / w.sum(1)).mean(), "each row's mean"),
        (lambda x, y, w: per_slot(x, y) * w, "A loss is one"),
        (lambda *given: right_loss(*given).item(), "no gradient"),
        (lambda *given: -right_loss(*given), "sign"),
        (lambda *given: right_loss(*given) * 1.2, "over the 7 questions"),
    ],
)
def test_loss_names_the_mistake(wrong: Callable[..., Any], named: str):
    verdict = check.mlm_loss.judge(wrong)
    assert verdict.kind == "mistake"
    assert named in verdict.says
