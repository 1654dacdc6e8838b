"""The exact truth about a story: how probable is each piece at a place, given what is visible?

    p(piece i = w | visible) ~ sum over s, mean over z of  forward[i][s](z) * p(w | s, z) * backward[i][s](z)

with the messages of `machine.py`. Two things keep it fast and change nothing: an axis of z on which a message does not
depend has length 1, and values of z that cannot have written some visible piece are left out.
"""

from collections.abc import Iterable, Sequence, Set
from typing import Literal, NoReturn

import numpy as np
from jaxtyping import Float

from bertlab.corpora.story.exact.machine import Machine, Noise
from bertlab.corpora.story.exact.states import Array, State
from bertlab.corpora.story.exact.support import Support
from bertlab.corpora.story.exact.unseen import Unseen
from bertlab.corpora.story.grammar import Grammar
from bertlab.text import Tokenizer

Visible = Literal["both", "left", "right"]


class Truth:
    """Exact distributions for the stories of one grammar, in the pieces of one vocabulary.

    >>> from bertlab.corpora.story import StoryWorld
    >>> world = StoryWorld.load("pocket")
    >>> story = next(world.documents(1))
    >>> bool(abs(world.truth.limit(world.pieces(story), [3]).sum() - 1) < 1e-9)
    True
    """

    def __init__(self, grammar: Grammar, tokenizer: Tokenizer) -> None:
        self.grammar, self.tokenizer = grammar, tokenizer
        self.machine = Machine(grammar, tokenizer)
        self.unseen = Unseen(self.machine)

    def limit(
        self, ids: Sequence[int], positions: Sequence[int], visible: Visible = "both"
    ) -> Float[np.ndarray, "positions vocab"]:
        """The exact distribution over the vocabulary at each position of one whole story.

        No predictor that sees the same can have a lower expected loss than the entropy of this distribution.

        Args:
            ids: the pieces of the story, without [CLS] and [SEP].
            positions: the asked ones. For `both` they are all hidden at once (plain masking), everything else is
                visible, and the length is known. For `left`, each is asked with the clean pieces before it and nothing
                else, the length unknown. For `right`, with the clean pieces after it and the length known.

        Raises:
            ValueError: a position is not in the story, or the story cannot come from this world.
        """
        check_positions(positions, ids)
        if visible not in ("both", "left", "right"):
            raise ValueError(f"visible is both, left or right, not {visible!r}")
        told = {"both": self._both, "left": self._left, "right": self._right}[visible](ids, set(positions))
        if failed := [position for position in positions if not told[position].any()]:
            first = failed[0]
            seen: Sequence[int | None] = {
                "both": hide(ids, set(positions)),
                "left": ids[:first],
                "right": hide(ids, set(range(first + 1))),
            }[visible]
            self._explain(seen)
        return self._stack(told[position] / told[position].sum() for position in positions)

    def _stack(self, rows: Iterable[np.ndarray]) -> Float[np.ndarray, "positions vocab"]:
        """Distributions as the rows of an array, also if there are none."""
        return np.array(list(rows)).reshape(-1, len(self.tokenizer))

    def limit_under_noise(
        self, shown: Sequence[int], positions: Sequence[int], noise: Noise
    ) -> Float[np.ndarray, "positions vocab"]:
        """The exact distribution at chosen positions when a visible piece may be a replaced one (BERT's 80/10/10).

        It exists only where each piece is chosen by itself (`mask_tokens(..., exact=False)`): were their number fixed,
        one choice would tell of the others. A predictor of the chosen pieces knows that the asked one was chosen, and
        of the others nothing. Much slower than plain masking, since no reading of the text is ever ruled out: up to
        half a minute for a story of `full`.

        Args:
            shown: what the model reads, [MASK] included, without [CLS] and [SEP].

        Raises:
            ValueError: a position is not in the story, or this noise never makes what is shown.

        >>> from bertlab.corpora.story import StoryWorld
        >>> world = StoryWorld.load("pocket")
        >>> noise = Noise(num_pieces=len(world.tokenizer) - len(world.tokenizer.special_ids))
        >>> shown = world.pieces("Yesterday Anna [MASK] to the zoo. Anna fed the monkey. What a bad day!")
        >>> exact = world.truth.limit_under_noise(shown, [2], noise)[0]
        >>> world.tokenizer.pieces[exact.argmax()], float(exact.max().round(3))
        ('went', 1.0)
        """
        check_positions(positions, shown)
        mask = self.tokenizer.mask_id
        pieces = [None if piece == mask else piece for piece in shown]
        told = self._two_sided(pieces, set(positions), Support({}), noise)
        chosen = []
        for position in positions:
            shares = told[position]
            if pieces[position] is not None:
                staying = np.full(len(shares), noise.replaced / noise.num_pieces)
                staying[shown[position]] += noise.kept
                shares = shares * staying
            if not shares.any():
                raise ValueError(
                    f"under {noise} no story shows {self.tokenizer.pieces[shown[position]]!r} at the chosen position "
                    f"{position} of this text; give what such noise makes of a whole story of this world"
                )
            chosen.append(shares / shares.sum())
        return self._stack(chosen)

    def _both(self, ids: Sequence[int], asked: set[int]) -> dict[int, np.ndarray]:
        pieces = hide(ids, asked)
        return self._two_sided(pieces, asked, self.machine.support_of(pieces))

    def _two_sided(
        self, pieces: Sequence[int | None], asked: set[int], support: Support, noise: Noise | None = None
    ) -> dict[int, np.ndarray]:
        machine = self.machine
        alive = [inside for _, inside, _ in machine.forward(pieces, support, machine.beginning(), noise=noise)]
        told = {number: np.zeros(len(self.tokenizer)) for number in asked}
        sweep = machine.backward(pieces, support, machine.end(), alive, noise=noise)
        for number, (_, behind, _) in zip(reversed(range(len(pieces))), sweep, strict=False):
            if number in asked:
                for place, message in behind.items():
                    tell(told[number], place[1], alive[number][place] * message, support)
        return told

    def _left(self, ids: Sequence[int], asked: set[int]) -> dict[int, np.ndarray]:
        told = {number: np.zeros(len(self.tokenizer)) for number in asked}
        last = max(asked, default=-1)
        sweep = self.machine.forward(ids[: last + 1], Support({}), self.machine.beginning(), learning=True)
        for number, (support, inside, _) in enumerate(sweep):
            if number in asked:
                for (_, state), message in inside.items():
                    tell(told[number], state, message * support.cut(state.rest), support)
        return told

    def _right(self, ids: Sequence[int], asked: set[int]) -> dict[int, np.ndarray]:
        told = {number: np.zeros(len(self.tokenizer)) for number in asked}
        sweep = self.machine.backward(ids, Support({}), self.machine.end(), learning=True)
        for number, (support, behind, _) in zip(reversed(range(len(ids))), sweep, strict=False):
            if number in asked:
                for place, message in behind.items():
                    unseen = self.unseen.before(number, place)
                    if unseen is not None:
                        tell(told[number], place[1], support.cut(unseen) * message, support)
        return told

    def posterior(self, ids: Sequence[int], hidden: Sequence[int] = ()) -> dict[str, dict[str, float]]:
        """For every variable and starred category, the exact probability of each value given the visible pieces.

        Raises:
            ValueError: a hidden position is not in the story, or the story cannot come from this world.
        """
        check_positions(hidden, ids)
        pieces = hide(ids, set(hidden))
        support = self.machine.support_of(pieces)
        *_, (_, _, between) = self.machine.forward(pieces, support, self.machine.beginning())
        joint = np.zeros_like(self.machine.one)
        for node, message in between.items():
            joint = joint + message * self.machine.nodes[node].stop
        if not joint.any():
            self._explain(pieces)
        joint = support.unfold(joint, self.machine.sizes)
        return self.in_words(joint)

    def in_words(self, joint: Array) -> dict[str, dict[str, float]]:
        """A function of the latent state as a distribution for each variable."""
        lexicon = self.grammar.lexicon
        names = list(self.grammar.latents)

        def share(*latents: str) -> Array:
            axes = [names.index(latent) for latent in latents]
            other = tuple(axis for axis in range(joint.ndim) if axis not in axes)
            shares = np.broadcast_to(joint.mean(axis=other), [self.machine.sizes[axis] for axis in axes])
            return shares / shares.sum()

        told = {
            variable: dict(zip(values, share(variable).tolist(), strict=True))
            for variable, values in lexicon.variables.items()
        }
        for category in lexicon.categories.values():
            if category.starred:
                shares = share(category.variable, category.name)
                words: dict[str, float] = {}
                for row, value in zip(shares, lexicon.variables[category.variable], strict=True):
                    for (word, _), probability in zip(category.words[value], row.tolist(), strict=True):
                        words[word] = words.get(word, 0.0) + probability
                told[category.name] = words
        return told

    def _explain(self, pieces: Sequence[int | None]) -> NoReturn:
        """Say where a document, None for its hidden pieces, stops being a story of this world."""
        mask = self.tokenizer.mask_id
        if mask in pieces:
            raise ValueError(
                f"[MASK] stands at position {pieces.index(mask)}, and no story says it: name every [MASK] among the "
                "masked positions, of which `both` hides all, and `left` and `right` none but the one asked"
            )
        if not pieces:
            raise ValueError("an empty document is no story")

        def readable(some: Sequence[int | None]) -> str:
            return self.tokenizer.decode([mask if piece is None else piece for piece in some], False)

        sweep = self.machine.forward(pieces, Support({}), self.machine.beginning())
        for piece, (number, (_, inside, _)) in zip(pieces, enumerate(sweep), strict=False):
            if not inside and piece is not None:
                raise ValueError(
                    f"no story of this world goes on with {self.tokenizer.pieces[piece]!r} after "
                    f"{readable(pieces[:number])!r}"
                )
        raise ValueError(f"no story of this world is {readable(pieces)!r}: it must end where a plan ends")


def check_positions(positions: Sequence[int], pieces: Sequence[int]) -> None:
    """See that all positions are in a story.

    Raises:
        ValueError: one is not.
    """
    if outside := [position for position in positions if not 0 <= position < len(pieces)]:
        raise ValueError(
            f"position {outside[0]} is not in the story, which has {len(pieces)} pieces; the first one is position 0"
        )


def hide(pieces: Sequence[int], positions: Set[int]) -> list[int | None]:
    """The pieces, None at these positions.

    >>> hide([7, 8, 9], {1})
    [7, None, 9]
    """
    return [None if number in positions else piece for number, piece in enumerate(pieces)]


def tell(result: np.ndarray, state: State, joint: Array, support: Support) -> None:
    """Add what a state says about its piece, weighted by p(state, z, everything visible)."""
    shares = support.cut(state.shares, offset=1)
    untouched = tuple(axis for axis, size in enumerate(joint.shape) if size > 1 and shares.shape[axis + 1] == 1)
    told = shares * joint.mean(axis=untouched, keepdims=True)
    result[state.ids] += told.reshape(len(state.ids), -1).mean(axis=1)
