"""What lesson 11's exercises are checked by."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from bertlab.lessons.checks.verdict import Check, Mine, MistakeError, one_number

LENGTHS, LONGEST = (4, 7, 2), 7


def _places(given: Any) -> list[int]:
    """The places as whole numbers, one for each row."""
    try:
        found = torch.as_tensor(given)
    except (TypeError, ValueError, RuntimeError):
        raise MistakeError(f"A place for each row is asked for; you returned a {type(given).__name__}.") from None
    if found.shape != (len(LENGTHS),):
        shape = tuple(found.shape)
        raise MistakeError(f"One place for each of {len(LENGTHS)} rows is asked for; yours has the shape {shape}.")
    if found.is_floating_point() or found.dtype == torch.bool:
        raise MistakeError(f"A place is a whole number, to count with; yours are {found.dtype}.")
    return [int(place) for place in found]


def _mistake_in_place_to_ask(mine: Mine) -> str | None:
    """Say at which place a text is judged."""
    mask = (torch.arange(LONGEST) < torch.tensor(LENGTHS)[:, None]).long()
    causal, both = _places(mine(mask.clone(), True)), _places(mine(mask.clone(), False))
    first, last = [0] * len(LENGTHS), [length - 1 for length in LENGTHS]
    if causal == last and both == first:
        return None
    if causal == first and both == last:
        return "You have exchanged the two: it is the causal model that must be asked at the end."
    if causal == first:
        return "You ask the causal model at [CLS]. There a causal model has read nothing but [CLS] itself."
    if causal in ([LONGEST - 1] * len(LENGTHS), [-1] * len(LENGTHS)):
        return "You ask at the last place of the row. In a short row padding stands there: where does the text end?"
    if causal[LENGTHS.index(LONGEST)] == -1:
        return f"The row of {LONGEST} pieces has no padding, so no 0 is found in it. Count the ones instead."
    if causal == list(LENGTHS):
        return "You ask one place behind the end: a text of four pieces has the places 0 to 3."
    if causal == [length - 2 for length in LENGTHS]:
        return "You ask one place before the end: [SEP], the last real piece, has read one piece more."
    if both == last:
        return "You ask BERT at the last real place. It would work, but BERT was made to be asked at [CLS], place 0."
    if both != first:
        return f"BERT is asked at [CLS]. It stands at place 0 in each row; you say {both}."
    return f"The rows have {list(LENGTHS)} real pieces. You ask the causal model at {causal}."


place_to_ask = Check(
    "11-place-to-ask",
    _mistake_in_place_to_ask,
    "BERT's [CLS] sees everything from the first place. In a causal model only the last real place has read all.",
)

ANSWERS = {"topic": 12, "mood": 2}
"""How many labels there are."""


def _mistake_in_first_loss(mine: Mine) -> str | None:
    """Predict the loss of a model whose matrix has learned nothing."""
    given = mine()
    if not isinstance(given, Mapping) or set(given) != set(ANSWERS):
        raise MistakeError(f"A dictionary with {', '.join(map(repr, ANSWERS))} is asked for; you returned {given!r}.")
    said = {task: one_number(loss) for task, loss in given.items()}
    known: list[tuple[Callable[[int], float], str]] = [
        (lambda count: math.log2(count), "These are bits: the logarithm to base 2. A nat uses the natural one."),
        (lambda count: math.log10(count), "This is the logarithm to base 10. A nat uses the natural one, `math.log`."),
        (lambda count: 1 / count, "This is the share that each label gets. The loss is minus its logarithm."),
        (lambda count: -math.log(count), "The sign is wrong: a loss is minus the log of a share, and so at least 0."),
        (lambda count: 1 - 1 / count, "This is how often a guess is wrong. The loss is minus the log of the share."),
        (lambda count: float(count), "This is in how many labels the trust is divided. The loss is its logarithm."),
        (lambda count: 0.0, "A loss of 0 says: sure, and right. This model has learned nothing yet."),
    ]
    right = {task: math.log(count) for task, count in ANSWERS.items()}
    for value, says in known:
        if all(abs(said[task] - value(count)) < 0.02 for task, count in ANSWERS.items()):
            return says
    for task, loss in said.items():
        if abs(loss - right[task]) > 0.05:
            if abs(loss - right["topic" if task == "mood" else "mood"]) < 0.05:
                return f"For {task} you give the loss of the other question: count its labels."
            return f"For {task} there are {ANSWERS[task]} labels, each equally likely at first; you say {loss:g} nats."
    return None


first_loss = Check(
    "11-first-loss",
    _mistake_in_first_loss,
    "The new matrix is small, so all labels get about the same share: ln 12 and ln 2. A first loss far above that is a "
    "sign that something is wrong.",
)

TAUGHT = ("port", "zoo", "farm", "zoo", "lab", "port", "farm")
ASKED = ("zoo", "port", "zoo", "farm")


def _numbers(given: Any) -> tuple[list[Any], list[Any]]:
    """The two lists of a pair."""
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != 2:
        raise MistakeError(f"Two lists of numbers are asked for; you returned {given!r}.")
    first, second = (list(each) for each in given)
    return first, second


def _mistake_in_as_numbers(mine: Mine) -> str | None:
    """Mend the numbering of labels."""
    try:
        taught, asked = _numbers(mine(list(TAUGHT), list(ASKED)))
    except KeyError as error:
        return f"{error} was taught, and your numbers lack it: make them from what was taught, not from what is asked."
    except ValueError:
        return "It is no error that a label was taught and is not asked about. Only one that was never taught is."
    if any(isinstance(each, torch.Tensor) for each in (*taught, *asked)):
        return "Lists of numbers are asked for; yours hold tensors."
    if any(isinstance(each, str) for each in (*taught, *asked)):
        return "Your lists still hold words: a loss wants the number of a label."
    if len(taught) != len(TAUGHT) or len(asked) != len(ASKED):
        return f"{len(TAUGHT)} and {len(ASKED)} labels went in, {len(taught)} and {len(asked)} numbers came out."
    by_taught, by_asked = ({name: set() for name in {*TAUGHT, *ASKED}} for _ in range(2))  # type: ignore[var-annotated]
    for names, numbers, known in ((TAUGHT, taught, by_taught), (ASKED, asked, by_asked)):
        for name, number in zip(names, numbers, strict=True):
            known[name].add(number)
    if any(len(found) > 1 for known in (by_taught, by_asked) for found in known.values()):
        return "One label has two numbers in the same list: give each label one number, whatever its place."
    moved = sorted(name for name in set(ASKED) if by_taught[name] != by_asked[name])
    if moved:
        name = moved[0]
        (was,), (now,) = by_taught[name], by_asked[name]
        return f"As before: {name} has number {was} when it is taught, and {now} when it is asked."
    given = {name: next(iter(by_taught[name])) for name in set(TAUGHT)}
    if len(set(given.values())) < len(given):
        return "Two labels have the same number: nobody could tell them apart."
    if sorted(given.values()) != list(range(len(given))):
        return f"{len(given)} labels need the numbers 0 to {len(given) - 1}; yours are {sorted(given.values())}."
    try:
        strange = mine(["zoo", "farm"], ["castle"])
    except (KeyError, ValueError):
        return None
    return (
        f"Asked about castle, which nobody taught, it answers {list(strange[1])}. Such a label has no number: "
        "let it be an error."
    )


as_numbers = Check(
    "11-as-numbers",
    _mistake_in_as_numbers,
    "One numbering, made from what is taught, for everything that is asked. Save it with the model.",
)
