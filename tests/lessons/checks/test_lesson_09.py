"""Lesson 09's checks name what went wrong."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from bertlab.lessons import check


def held(logits, ids, weights=None, reduction="mean"):
    """The losses of what is said against ids, where the weights are not 0."""
    losses = cross_entropy(logits.transpose(1, 2), ids, reduction="none")
    losses = losses[torch.ones_like(losses).bool() if weights is None else weights == 1]
    return losses.mean() if reduction == "mean" else losses.sum()


def on(logits, ids, real, **how):
    return held(logits[:, :-1], ids[:, 1:], real[:, 1:], **how)


def row_by_row(logits, ids, real):
    rows = [on(logits[row : row + 1], ids[row : row + 1], real[row : row + 1]) for row in range(len(ids))]
    return sum(rows) / len(rows)


@pytest.mark.parametrize(
    ("mine", "says"),
    [
        (lambda logits, ids, real: held(logits, ids, real), "of that very place. GPT has just read"),
        (lambda logits, ids, real: held(logits, ids), "padding is in it as well"),
        (lambda logits, ids, real: held(logits[:, 1:], ids[:, :-1], real[:, 1:]), "shifted the other way"),
        (lambda logits, ids, real: held(logits[:, :-1], ids[:, 1:]), "Padding is in your loss"),
        (lambda logits, ids, real: held(logits[:, :-1], ids[:, 1:], real[:, :-1]), "Once in each short row"),
        (lambda logits, ids, real: on(logits, ids, real, reduction="sum"), "as a sum"),
        (row_by_row, "a mean for each row"),
        (
            lambda logits, ids, real: on(logits, ids, real, reduction="sum") / real[:, 1:].numel(),
            "yet you divide by it",
        ),
        (lambda logits, ids, real: held(logits, ids.roll(-1, dims=1), real), "round in a circle"),
        (lambda logits, ids, real: on(logits, ids, real) / math.log(2), "in bits"),
        (lambda logits, ids, real: -on(logits, ids, real), "sign is wrong"),
        (lambda logits, ids, real: on(logits.softmax(dim=-1), ids, real), "makes another"),
        (lambda logits, ids, real: on(logits, ids, real) + 1, "The mean over all next pieces is"),
        (lambda logits, ids, real: logits, "One number is asked for"),
    ],
)
def test_next_word_loss(mine, says):
    verdict = check.next_word_loss.judge(mine)
    assert verdict.kind == "mistake"
    assert says in verdict.says


def test_the_loss_that_is_used_in_training_is_right():
    def as_trained(logits, ids, real):
        from bertlab.training.batches import ask_for_next

        labels = ask_for_next(ids, real)[1]
        return cross_entropy(logits.transpose(1, 2), labels, ignore_index=-100)

    assert check.next_word_loss.judge(as_trained).kind == "right"


@pytest.mark.parametrize(
    ("mine", "says"),
    [
        ({"left": 1.0, "right": 0.5, "both": 1.0, "nowhere": 0.5}, "GPT's"),
        ({"left": 0.0, "right": 1.0, "both": 1.0, "nowhere": 0.5}, "never correct where the clue stands left"),
        ({"left": 0.5, "right": 1.0, "both": 1.0, "nowhere": 0.0}, "never correct where the clue stands nowhere"),
        ({"left": 0.5, "right": 1.0, "both": 1.0, "nowhere": 1.0}, "nobody has it"),
        ({"left": 0.5, "right": 1.0, "both": 0.5, "nowhere": 0.5}, "She sees one of the two clues"),
        ({"left": 0.75, "right": 1.0, "both": 1.0, "nowhere": 0.5}, "where she cannot look"),
        ({"left": 0.5, "right": 0.9, "both": 1.0, "nowhere": 0.5}, "uses all she sees"),
        ({"left": 50, "right": 100, "both": 100, "nowhere": 50}, "not percentages"),
        ({"left": -1, "right": 1, "both": 1, "nowhere": 0}, "below 0"),
        ({"left": 0.5}, "'left', 'right', 'both', 'nowhere' is asked for"),
        ([0.5, 1, 1, 0.5], "A dictionary"),
    ],
)
def test_my_limits(mine, says):
    verdict = check.my_limits.judge(lambda: mine)
    assert verdict.kind == "mistake"
    assert says in verdict.says


def scored(hide, each=lambda total, places: total):
    """A score that hides other pieces; `hide(place, places, row)` says which."""

    def mine(say, ids, places, mask_id):
        total = 0.0
        for place in places:
            hidden = hide(place, places, ids)
            row = [mask_id if at in hidden else piece for at, piece in enumerate(ids)]
            total += say(row, place)[ids[place]]
        return each(total, places)

    return mine


def from_the_left(place, places, ids):
    return [each for each in places if each >= place]


def spoils_its_row(say, ids, places, mask_id):
    true, total = list(ids), 0.0
    for place in places:
        for later in places:
            if later >= place:
                ids[later] = mask_id
        total += say(ids, place)[true[place]]
        ids[place] = true[place]
    ids[places[-1]] = mask_id
    return total


@pytest.mark.parametrize(
    ("mine", "says"),
    [
        (scored(lambda place, places, ids: [place]), "later pieces in sight"),
        (scored(lambda place, places, ids: places), "You hide the whole word each time"),
        (scored(lambda place, places, ids: [each for each in places if each <= place]), "You hide the earlier pieces"),
        (scored(lambda place, places, ids: range(place, len(ids))), "BERT has become a GPT"),
        (scored(lambda place, places, ids: [each for each in places if each > place]), "that is asked for"),
        (scored(from_the_left, lambda total, places: total / len(places)), "You took the mean"),
        (scored(from_the_left, lambda total, places: -total), "This is the loss"),
        (lambda say, ids, places, mask_id: scored(lambda *_: places)(say, ids, places[:1], mask_id), "first piece"),
        (scored(from_the_left, lambda total, places: total + 1), "the later ones hidden, it is"),
        (scored(from_the_left, lambda total, places: total * (len(places) > 1)), "For a word of one piece"),
        (spoils_its_row, "changes the row it is given"),
    ],
)
def test_word_score(mine, says):
    verdict = check.word_score.judge(mine)
    assert verdict.kind == "mistake"
    assert says in verdict.says
