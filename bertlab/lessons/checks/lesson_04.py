"""What lesson 04's exercises are checked by."""

import math
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import torch
from torch import Tensor

from bertlab.lessons.checks.verdict import Check, Mine
from bertlab.lessons.checks.ways_of_attention import NAMED, Way
from bertlab.model import BertConfig, build_mask
from bertlab.model import attention as the_packages
from bertlab.model.encoder import Layer, initialize

TOO_FAR = 1e-5
REAL = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
"""Two texts in one batch, the second with two places of padding."""


# ---- write it: attention

Question = tuple[Tensor, Tensor, Tensor, Tensor]
"""Query, key, value, mask."""


def _questions() -> list[Question]:
    """Random vectors under no mask, padding, the card, and both. head_dim differs from the number of places."""
    draw = torch.Generator().manual_seed(4)
    parts = [torch.randn(2, 3, 5, 4, generator=draw) for _ in range(3)]
    masks = [build_mask(real, causal) for real in (torch.ones_like(REAL), REAL) for causal in (False, True)]
    return [(parts[0], parts[1], parts[2], mask) for mask in masks]


def _apart(some: Tensor, other: Tensor) -> float:
    return (some - other).abs().nan_to_num(math.inf).max().item() if some.shape == other.shape else math.inf


def _not_two_tensors(answer: Any) -> str | None:
    if isinstance(answer, Tensor):
        return "You gave back one tensor. Give two: the context, then the shares."
    if not (isinstance(answer, tuple | list) and len(answer) == 2 and all(isinstance(each, Tensor) for each in answer)):
        return "Give back two tensors, the context and then the shares: `return context, probs`."
    return None


def _mistake_in_attention(mine: Mine) -> str | None:
    """Write attention: scores, mask, softmax, context."""
    questions = _questions()
    try:
        answers = [mine(*(part.clone() for part in question)) for question in questions]
    except RuntimeError as error:
        if str(error) == _error_of_turning_all_axes(*questions[0]):
            return "`.T` turns all four axes round. `key.transpose(-1, -2)` swaps the last two."
        raise
    for answer in answers:
        if mistake := _not_two_tensors(answer):
            return mistake
    right = [the_packages(*question) for question in questions]
    if all(_apart(context, true) < TOO_FAR for (context, _), (true, _) in zip(answers, right, strict=True)):
        if all(_apart(probs, true) < TOO_FAR for (_, probs), (_, true) in zip(answers, right, strict=True)):
            return None
        return "The context is right. What comes back beside it are not the shares, each row of which sums to 1."
    if all(_apart(probs, true) < TOO_FAR for (probs, _), (_, true) in zip(answers, right, strict=True)):
        return "You gave the shares first. The context comes first, then the shares."

    def gives(way: Way) -> bool:
        return all(
            _same_where_numbers(context, expected[0]) and _same_where_numbers(probs, expected[1])
            for (context, probs), expected in zip(answers, (way(*question) for question in questions), strict=True)
        )

    query, sums = questions[0][0], answers[-1][1].sum(dim=-1)
    for way, says in NAMED:
        if gives(way):
            return says.format(d=query.shape[-1], root=math.sqrt(query.shape[-1]), row=sums.min().item())
    return _by_its_signs(answers, questions)


def _error_of_turning_all_axes(query: Tensor, key: Tensor, *_: Tensor) -> str:
    """What torch says to `query @ key.T`, where that is no swap of the last two axes."""
    try:
        query @ key.permute(3, 2, 1, 0)
    except RuntimeError as error:
        return str(error)
    return ""


def _same_where_numbers(some: Tensor, other: Tensor) -> bool:
    """The same, but for rows that may look at nobody: there the other is no number, and anything goes."""
    if some.shape != other.shape:
        return False
    numbers = ~other.isnan().any(dim=-1, keepdim=True).expand_as(other)
    return not numbers.any() or _apart(some[numbers], other[numbers]) < TOO_FAR


def _by_its_signs(answers: list[Any], questions: list[Question]) -> str:
    """A mistake of no known kind, or several at once: the first sign of it, in the order of the four steps."""
    _, probs = answers[0]
    wanted = (2, 3, 5, 5)
    if tuple(probs.shape) != wanted:
        return f"Your shares have the shape {tuple(probs.shape)}; of these queries and keys they have {wanted}."
    for (_, shares), (*_, mask) in zip(answers, questions, strict=True):
        if shares.isnan().any():
            return "Some of your shares are no numbers (nan): a row was left without anyone to look at."
        if ((shares > TOO_FAR) & ~mask).any():
            return "Your mask lets something in: a place that may not be looked at has a share above 0."
        if (shares.sum(dim=-1) - 1).abs().max() > TOO_FAR:
            return f"A row of your shares sums to {shares.sum(dim=-1).flatten()[0]:.2f}. Each row must sum to 1."
    if _apart(probs, the_packages(*questions[0])[1]) < TOO_FAR:
        return "The shares are right, the context is not: it is the shares times the values."
    return "Each row sums to 1 and obeys the mask, but the scores are not query times key, divided by the root of d."


attention = Check(
    "04-attention",
    _mistake_in_attention,
    "Scores, mask, softmax, context. The same four lines run in BERT and in GPT; only the mask that comes differs.",
)


# ---- predict: which rows move

PLACES, CHANGED = 6, 3


def _masks() -> dict[str, Tensor]:
    place = torch.arange(PLACES)
    return {
        "no mask": torch.ones(PLACES, PLACES, dtype=torch.bool),
        "causal": place[None] <= place[:, None],
        "neighbours": (place[None] - place[:, None]).abs() <= 1,
    }


@torch.no_grad()
def _truth() -> dict[str, tuple[list[int], list[int]]]:
    """The places that move, found by changing one in two layers of the package."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = BertConfig(vocab_size=8, hidden_size=8, num_attention_heads=2, intermediate_size=16)
        layers = [Layer(config).eval() for _ in range(2)]
        for layer in layers:
            initialize(layer, config.replace(initializer_range=0.5))
        before, other = torch.randn(1, PLACES, 8), torch.randn(8)
    after = before.clone()
    after[0, CHANGED] = other
    found = {}
    for name, mask in _masks().items():
        hidden, moved = (before, after), []
        for layer in layers:
            hidden = tuple(layer(each, mask[None, None], False)[0] for each in hidden)
            moved.append(((hidden[0] - hidden[1])[0].abs().amax(dim=-1) > 0).nonzero().flatten().tolist())
        found[name] = (moved[0], moved[1])
    return found


def _mistake_in_prediction(mine: Mine) -> str | None:
    """Say which places move when place 3 changes, for three masks, after one layer and after two."""
    answer, truth = mine(), _truth()
    if not isinstance(answer, Mapping) or set(answer) != set(truth):
        return f"Give a dict with the three masks {', '.join(map(repr, truth))}, and for each two lists of places."
    said = {}
    for name, lists in answer.items():
        if not (isinstance(lists, tuple | list) and len(lists) == 2 and all(_is_places(each) for each in lists)):
            return f"For {name!r} give two lists of places from 0 to {PLACES - 1}: after one layer, and after two."
        said[name] = tuple(sorted({int(place) for place in each}) for each in lists)
    for name, at in product(truth, range(2)):
        if said[name][at] != truth[name][at]:
            when = ("one layer", "two layers")[at]
            return f"{name}, after {when}: {_why_not(name, at, said[name][at], said[name][0])}"
    return None


def _is_places(given: Any) -> bool:
    return isinstance(given, Iterable) and all(isinstance(p, int) and 0 <= p < PLACES for p in given)


def _why_not(name: str, at: int, said: list[int], said_before: list[int]) -> str:
    if CHANGED not in said:
        return f"you left place {CHANGED} out. It changed, it looks at itself, and what was there is kept and added."
    if name == "no mask":
        return "you left some at rest. Everyone has a share above 0 in everyone, place 0 and place 5 too."
    if name == "causal":
        if said == list(range(CHANGED + 1)):
            return "you turned the card round. It hides what stands to the right, so it is the later places that see 3."
        if any(place < CHANGED for place in said):
            if at == 1 and not any(place < CHANGED for place in said_before):
                return (
                    "you let a second layer carry the news to the left. Who could? All who have it stand to the right."
                )
            return "you let places before 3 move. With the card none of them may look at place 3."
        return "you moved too few: each place to the right of 3 may look at it, not the nearest alone."
    if at == 1 and said == said_before:
        return "you stopped after the first layer. In the second, 1 and 5 look at places that have moved."
    if len(said) == PLACES:
        return "you moved all. News goes one place in each layer, and place 0 is three places away."
    return "you lost count: each layer carries the news one place to the left and one to the right."


rows_that_move = Check(
    "04-rows-that-move",
    _mistake_in_prediction,
    "A mask that forbids the right forbids it at any depth; a narrow one widens by one place a layer.",
)


# ---- find the bug: the mask of padding


def _mistake_in_padding_mask(mine: Mine) -> str | None:
    """Mend the mask that hides the rows of padding instead of its keys."""
    real = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]])
    given = mine(real.clone())
    if not isinstance(given, Tensor):
        return f"Give back a tensor; yours is a {type(given).__name__}."
    if given.dtype != torch.bool:
        return f"Your mask holds numbers ({given.dtype}). It should say True or False: .bool() makes that of them."
    rows, length = real.shape
    if given.ndim < 4:
        return (
            f"Your mask has {given.ndim} axes, {tuple(given.shape)}. Scores have four, and axes are matched from the "
            "right: give the missing ones the length 1."
        )
    try:
        found = given.expand(rows, 2, length, length)[:, 0]
    except RuntimeError:
        return f"Your mask {tuple(given.shape)} does not spread over scores of {(rows, 2, length, length)}."
    key, query = real.bool()[:, None, :], real.bool()[:, :, None]
    wrong = (
        (
            query,
            "This is the published one again: it forbids rows. Padding may look at nobody, and all look at padding.",
        ),
        (~key, "It is turned round: what is real is hidden, and padding is seen. 1 means real, True means may look."),
        (
            key & query,
            "You hid the rows of padding too. They have nobody to look at now, and their shares are no numbers.",
        ),
        (build_mask(real, causal=True)[:, 0], "This is GPT's mask: padding is hidden, and the right side with it."),
        (torch.ones_like(key), "It hides nothing: padding is looked at like any word."),
        (key | query, "It lets padding in wherever the query is real: `|` asks for one of the two, not for both."),
    )
    if torch.equal(found, key.expand_as(found)):
        return None
    for mask, says in wrong:
        if torch.equal(found, mask.expand_as(found)):
            return says
    seen = int((found & ~key).sum())
    missed = int((~found & key).sum())
    return f"{seen} times somebody may look at padding, and {missed} times somebody may not look at a word."


padding_mask = Check(
    "04-padding-mask", _mistake_in_padding_mask, "Keys of padding go, for all who look. A column is hidden, not a row."
)
