"""What lesson 09's exercises are checked by."""

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from bertlab.lessons.checks.verdict import Check, Mine, MistakeError, one_number

VOCAB = 11
MASK = 4
LENGTHS = (7, 4, 5)


def _rows() -> tuple[Tensor, Tensor, Tensor]:
    """Scores, ids and what is real, of three rows of different lengths; padding has the id 0."""
    generator = torch.Generator().manual_seed(9)
    logits = 2 * torch.randn(len(LENGTHS), max(LENGTHS), VOCAB, generator=generator)
    real = (torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS)[:, None]).long()
    ids = torch.randint(5, VOCAB, real.shape, generator=generator) * real
    return logits, ids, real


def _losses(said: Tensor, ids: Tensor, shift: int, last: Sequence[int]) -> list[list[float]]:
    """For each row the losses at its places, when what is said at t is held against the piece at t + shift."""
    return [
        [
            -said[row, place].log_softmax(dim=-1)[ids[row, place + shift]].item()
            for place in range(max(0, -shift), end)
            if 0 <= place + shift < ids.shape[1]
        ]
        for row, end in enumerate(last)
    ]


def _mean(rows: Sequence[Sequence[float]]) -> float:
    return sum(map(sum, rows)) / sum(map(len, rows))


def _mistake_in_next_word_loss(mine: Mine) -> str | None:
    """Write the loss of a model that is asked for the next piece."""
    logits, ids, real = _rows()
    given = one_number(mine(logits.clone(), ids.clone(), real.clone()))
    seq = ids.shape[1]
    next_ones = _losses(logits, ids, 1, [length - 1 for length in LENGTHS])
    right = _mean(next_ones)

    def is_(value: float) -> bool:
        return math.isclose(given, value, rel_tol=1e-4)

    if is_(right):
        return None
    rolled = ids.roll(-1, dims=1)
    known: list[tuple[float, str]] = [
        (
            _mean(_losses(logits, ids, 0, LENGTHS)),
            "You held what is said at each place against the piece of that very place. GPT has just read it there: "
            "it would learn to copy.",
        ),
        (
            _mean(_losses(logits, ids, 0, [seq] * len(LENGTHS))),
            "You held what is said at each place against the piece of that very place, and padding is in it as well.",
        ),
        (
            _mean(_losses(logits, ids, -1, LENGTHS)),
            "You shifted the other way: at each place you ask for the piece before it, which GPT has already read.",
        ),
        (
            _mean(_losses(logits, ids, 1, [seq - 1] * len(LENGTHS))),
            "Padding is in your loss: behind the end of the short rows you ask for it, piece after piece.",
        ),
        (
            _mean(_losses(logits, ids, 1, LENGTHS)),
            "Once in each short row you ask for padding: its last piece has no next one. Is the next one real?",
        ),
        (
            sum(map(sum, next_ones)),
            f"All {sum(map(len, next_ones))} next pieces are in it, but as a sum. Take the mean.",
        ),
        (
            sum(map(sum, next_ones)) / (len(LENGTHS) * (seq - 1)),
            "Padding loses nothing in your sum, and yet you divide by it: divide by what is asked.",
        ),
        (
            sum(sum(row) / len(row) for row in next_ones) / len(next_ones),
            "You took a mean for each row, and then the mean of those. So a piece in a short row counts for more.",
        ),
        (
            _mean(_losses(logits, rolled, 0, LENGTHS)),
            "The last piece of your longest row is held against its first one: a roll goes round in a circle.",
        ),
        (right / math.log(2), "This is the loss in bits. A nat uses the natural logarithm."),
        (-right, "The sign is wrong: a loss is minus the log of a probability, and so at least 0."),
        (
            _mean(_losses(logits.softmax(dim=-1), ids, 1, [length - 1 for length in LENGTHS])),
            "You made a softmax of the logits, and cross_entropy makes another. Give it the logits.",
        ),
    ]
    for value, says in known:
        if is_(value):
            return says
    return f"Your loss is {given:.4f} nats. The mean over all next pieces is {right:.4f}."


next_word_loss = Check(
    "09-next-word-loss",
    _mistake_in_next_word_loss,
    "One place on, for every piece but the first: a row of n pieces asks n - 1 questions. BERT asks 15 of 100.",
)

LIMITS = {"left": 0.5, "right": 1.0, "both": 1.0, "nowhere": 0.5}
"""How often the best reader is correct who sees the right side alone, by where the clue stands."""


def _mistake_in_my_limits(mine: Mine) -> str | None:
    """Predict the limit of a reader of the right side."""
    given = mine()
    if not isinstance(given, Mapping) or set(given) != set(LIMITS):
        raise MistakeError(f"A dictionary with {', '.join(map(repr, LIMITS))} is asked for; you returned {given!r}.")
    said = {clue: one_number(share) for clue, share in given.items()}
    if max(said.values()) > 1:
        return "Give shares between 0 and 1, not percentages."
    if min(said.values()) < 0:
        return "A share of correct answers cannot be below 0."
    for clue, share in said.items():
        if abs(share - LIMITS[clue]) > 0.01:
            return _about_limit(clue, share, said)
    return None


def _about_limit(clue: str, share: float, said: Mapping[str, float]) -> str:
    if said["left"] > 0.99 and abs(said["right"] - 0.5) < 0.01:
        return "These are the limits of a reader of the left side: GPT's. Yours comes from the right."
    if share < 0.01:
        return (
            f"You say she is never correct where the clue stands {clue}. Without a clue one guesses: one of two groups."
        )
    if clue == "nowhere":
        return "Where the clue stands nowhere, nobody has it, whatever she sees. What is left is a coin."
    if clue == "both":
        return f"Clue on both sides, and you say {share:g}. She sees one of the two clues, and each suffices by itself."
    if clue == "left":
        return (
            f"The clue stands left, where she cannot look, and you say {share:g}. She has to guess one of two groups."
        )
    return f"The clue stands right, in her sight, and the best reader uses all she sees. You say {share:g}."


my_limits = Check(
    "09-my-limits",
    _mistake_in_my_limits,
    "A limit depends on where the clue stands and on what is seen. What the reader is made of does not enter.",
)

Say = Callable[[list[int], int], Tensor]


def _say(row: Sequence[int], place: int) -> Tensor:
    """Log shares at a place, others for every row: whoever hides other pieces gets other numbers."""
    seed = hash((tuple(row), place)) % 2**31
    return torch.randn(VOCAB, generator=torch.Generator().manual_seed(seed)).log_softmax(dim=-1)


def _score(ids: list[int], places: list[int], hide: Callable[[int], list[int]]) -> float:
    """Sum of log p of the pieces of a word, where `hide` says what is hidden when one of them is asked for."""
    total = 0.0
    for place in places:
        row = [MASK if at in hide(place) else piece for at, piece in enumerate(ids)]
        total += _say(row, place)[ids[place]].item()
    return total


def _mistake_in_word_score(mine: Mine) -> str | None:
    """Mend the score of a word of several pieces."""
    ids, places = [2, 6, 9, 7, 5, 8, 3], [2, 3, 4]
    row = list(ids)
    given = one_number(mine(_say, row, list(places), MASK))
    if row != ids:
        return "Your function changes the row it is given: the [MASK]s stay in it. Work on a copy, list(ids)."

    def is_(value: float) -> bool:
        return math.isclose(given, value, rel_tol=1e-4, abs_tol=1e-6)

    right = _score(ids, places, lambda at: [place for place in places if place >= at])
    if is_(right):
        single = one_number(mine(_say, list(ids), [5], MASK))
        if not math.isclose(single, _score(ids, [5], lambda at: [at]), rel_tol=1e-4):
            return "For a word of one piece your score is wrong: there, only that piece is hidden."
        return None
    known = [
        (_score(ids, places, lambda at: [at]), "As before: each piece is asked for with the later pieces in sight."),
        (
            _score(ids, places, lambda at: places),
            "You hide the whole word each time. Then the second piece does not know the first, which is said already.",
        ),
        (
            _score(ids, places, lambda at: [place for place in places if place <= at]),
            "You hide the earlier pieces, and leave the later ones in sight. It is the later ones that give it away.",
        ),
        (
            _score(ids, places, lambda at: list(range(at, len(ids)))),
            "You hide everything to the right, also the words after this one. Then BERT has become a GPT.",
        ),
        (
            _score(ids, places, lambda at: [place for place in places if place > at]),
            "You hide the later pieces, but leave the piece in sight that is asked for.",
        ),
        (right / len(places), "You took the mean. A longer word has more to say: the probabilities are multiplied."),
        (-right, "This is the loss. The score asked for is the sum of log p, so it is below 0."),
        (_say([2, 6, MASK, MASK, MASK, 8, 3], 2)[9].item(), "Only the first piece is in your score."),
    ]
    for value, says in known:
        if is_(value):
            return says
    return (
        f"Your score is {given:.4f}; with each piece asked for from the left, the later ones hidden, it is {right:.4f}."
    )


word_score = Check(
    "09-word-score",
    _mistake_in_word_score,
    "Piece after piece, and what is not yet said stays hidden: within a word, as GPT does it. In `compare(word_score)` "
    "the telegram comes last.",
)
