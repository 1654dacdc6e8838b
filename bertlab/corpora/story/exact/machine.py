"""A grammar that has become a machine, and the two sweeps over a story: what the pieces before a place tell, and those
after it.

A message is not a number but a function of the latent state z (who, topic, tense ...), which stays the same for the
whole story:

    forward[i][s](z)  = p(visible pieces before i, state s writes piece i | z)
    backward[i][s](z) = p(visible pieces after i, and the end | state s writes piece i, z)

Source: Rabiner 1989, A tutorial on hidden Markov models.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from bertlab.corpora.story.exact.states import Array, State, plan_nodes, template_states
from bertlab.corpora.story.exact.support import Support
from bertlab.corpora.story.grammar import Grammar
from bertlab.text import Tokenizer

Place = tuple[int, State]
"""(the plan's node after this sentence, the state that writes the next piece)"""
Inside = dict[Place, Array]
"""The message for each place within a sentence."""
Between = dict[int, Array]
"""The message for each node of the plan, between two sentences."""


def add(messages: dict, key: object, message: Array) -> None:
    """Add to the message under a key."""
    before = messages.get(key)
    messages[key] = message if before is None else before + message


def without_dust(messages: Inside) -> Inside:
    """Messages that together cannot matter in the first dozen digits are dropped."""
    largest = {place: float(message.max()) for place, message in messages.items()}
    floor = 1e-15 * max(largest.values(), default=0.0)
    return {place: message for place, message in messages.items() if largest[place] > floor}


@dataclass(frozen=True)
class Noise:
    """BERT's 80/10/10, where each piece is chosen by itself: what is read is [MASK], or perhaps not what was written.

    Args:
        chosen: probability that a piece is chosen.
        replaced, kept: shares of the chosen that become a random piece, that stay; the rest is hidden.
        num_pieces: ordinary pieces, from which the random one is drawn.
    """

    num_pieces: int
    chosen: float = 0.15
    replaced: float = 0.1
    kept: float = 0.1

    def reading(self, state: State, piece: int) -> Array:
        """p(this piece is read | the state wrote one, z)."""
        stays = 1 - self.chosen * (1 - self.kept)
        return stays * state.rows.get(piece, 0.0) + self.chosen * self.replaced / self.num_pieces * state.mass


class Machine:
    """The states of all templates in all places of all plans, and messages passed among them."""

    def __init__(self, grammar: Grammar, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.sizes = tuple(grammar.latents.values())
        self.one = np.ones((1,) * len(self.sizes))
        self.nodes = plan_nodes(grammar)
        self.root = len(self.nodes) - 1
        to_ids = cache(lambda words: tokenizer(" ".join(words)).input_ids[1:-1])
        self.beginnings = {
            stage: [
                (state, template.share)
                for template in templates
                for state in template_states(template, grammar.held_out, len(self.sizes), to_ids, self.sizes)
            ]
            for stage, templates in grammar.stages.items()
        }
        self._index()

    def _index(self) -> None:
        """Who stands before whom, and who can write a piece."""
        self.before: dict[State, list[State]] = {}
        self.endings: dict[str, list[State]] = {stage: [] for stage in self.beginnings}
        self.stage_of: dict[State, str] = {}
        for stage, beginnings in self.beginnings.items():
            waiting = [state for state, _ in beginnings]
            while waiting:
                state = waiting.pop()
                if state in self.stage_of:
                    continue
                self.stage_of[state] = stage
                if state.ends:
                    self.endings[stage].append(state)
                for follower in state.following:
                    self.before.setdefault(follower, []).append(state)
                    waiting.append(follower)
        # (node, piece) -> the places at which a sentence that begins with this piece can be; None: with any piece.
        self.entries: dict[tuple[int, int | None], list[tuple[Place, float]]] = {}
        self.nodes_before: dict[Place, list[tuple[int, float]]] = {}
        self.arrivals: dict[tuple[int, int | None], list[Place]] = {}
        for number, node in enumerate(self.nodes):
            for stage, share, after in node.stages:
                for state, template_share in self.beginnings[stage]:
                    place, weight = (after, state), share * template_share
                    self.nodes_before.setdefault(place, []).append((number, weight))
                    for piece in (None, *state.ids):
                        self.entries.setdefault((number, piece), []).append((place, weight))
        for after, stage in {(after, stage) for node in self.nodes for stage, _, after in node.stages}:
            for state in self.endings[stage]:
                for piece in (None, *state.ids):
                    self.arrivals.setdefault((after, piece), []).append((after, state))
        self.possible = self._possible()

    def _possible(self) -> dict[int, dict[int, np.ndarray]]:
        """For each piece, on each latent that it tells something about, the values under which it can occur."""
        found: dict[int, dict[int, np.ndarray]] = {}
        for state in self.stage_of:
            for piece, row in state.rows.items():
                shown = {
                    axis: (row != 0).any(axis=tuple(other for other in range(row.ndim) if other != axis))
                    for axis, size in enumerate(row.shape)
                    if size > 1
                }
                if piece in found:
                    known = found[piece]
                    found[piece] = {axis: known[axis] | values for axis, values in shown.items() if axis in known}
                else:
                    found[piece] = shown
        return {
            piece: {axis: values.nonzero()[0] for axis, values in axes.items() if not values.all()}
            for piece, axes in found.items()
        }

    def forward(
        self,
        pieces: Sequence[int | None],
        support: Support,
        begin: Between,
        learning: bool = False,
        noise: Noise | None = None,
    ) -> Iterator[tuple[Support, Inside, Between]]:
        """For every piece, and once more at the end: the messages before it is looked at.

        Args:
            pieces: None where a piece is hidden.
            learning: let the support shrink with every piece that is read, instead of keeping the given one; then the
                messages do not look ahead.
            noise: what is read may not be what was written.
        """
        inside: Inside = {}
        between = begin
        for number, piece in enumerate(pieces):
            ahead = None if learning or noise else piece
            for node, message in between.items():
                for place, weight in self.entries.get((node, ahead), ()):
                    add(inside, place, message * weight)
            if noise:
                inside = without_dust(inside)
            yield support, inside, between
            if learning and piece is not None:
                inside, support = self.learn(inside, piece, support)
            ahead = None if learning or noise or number + 1 == len(pieces) else pieces[number + 1]
            written = self.read(inside, piece, support, noise)
            inside, between = {}, {}
            for (after, state), message in written.items():
                for follower in state.following:
                    if ahead is None or ahead in follower.rows:
                        add(inside, (after, follower), message)
                if state.ends:
                    add(between, after, message)
        yield support, inside, between

    def backward(
        self,
        pieces: Sequence[int | None],
        support: Support,
        end: Between,
        alive: Sequence[Inside] | None = None,
        learning: bool = False,
        noise: Noise | None = None,
    ) -> Iterator[tuple[Support, Inside, Between]]:
        """For every piece from the last to the first: what is behind it, given the state that writes it; and once more.

        Args:
            end: the message after the last piece.
            alive: places that the forward sweep has reached, for each piece; others are not followed.
        """
        following: Inside = {}
        between = end
        for number, piece in reversed(list(enumerate(pieces))):
            behind: Inside = {}
            for (after, follower), message in following.items():
                for state in self.before.get(follower, ()):
                    if alive is None or (after, state) in alive[number]:
                        add(behind, (after, state), message)
            ahead = None if learning or noise else piece
            for after, message in between.items():
                for place in self.arrivals.get((after, ahead), ()):
                    if alive is None or place in alive[number]:
                        add(behind, place, message)
            yield support, behind, between
            if learning and piece is not None:
                behind, support = self.learn(behind, piece, support)
            following, between = self.read(behind, piece, support, noise), {}
            for place, message in following.items():
                for node, weight in self.nodes_before.get(place, ()):
                    add(between, node, message * weight)
        yield support, following, between

    def read(self, messages: Inside, piece: int | None, support: Support, noise: Noise | None) -> Inside:
        """Messages times what their states say of a piece; those that cannot write it fall away."""
        told: Inside = {}
        for place, message in messages.items():
            state = place[1]
            if piece is None:
                told[place] = message * support.cut(state.mass)
            elif noise:
                told[place] = message * noise.reading(state, piece)
            elif piece in state.rows:
                product = message * support.cut(state.rows[piece])
                if product.any():
                    told[place] = product
        return told

    def learn(self, messages: Inside, piece: int, support: Support) -> tuple[Inside, Support]:
        """The messages under the support that is left when a piece is seen."""
        smaller = support.within(self.possible.get(piece, {}))
        if smaller is support:
            return messages, support
        return {place: smaller.cut_from(support, message) for place, message in messages.items()}, smaller

    def sentence(self, pieces: Sequence[int], support: Support) -> dict[str, Array]:
        """p(these pieces are a whole sentence | its stage, z), for every stage that can say it."""
        told: dict[str, Array] = {}
        for stage, beginnings in self.beginnings.items():
            layer: dict[State, Array] = {}
            for state, share in beginnings:
                add(layer, state, self.one * share)
            for number, piece in enumerate(pieces):
                upper: dict[State, Array] = {}
                for state, message in layer.items():
                    if piece not in state.rows:
                        continue
                    message = message * support.cut(state.rows[piece])
                    if state.ends and number + 1 == len(pieces) and message.any():
                        add(told, stage, message)
                    for follower in state.following:
                        add(upper, follower, message)
                layer = upper
        return told

    def beginning(self) -> Between:
        """The message before the first sentence."""
        return {self.root: self.one}

    def end(self) -> Between:
        """The message after the last sentence: may the story end at this node?"""
        return {number: self.one * node.stop for number, node in enumerate(self.nodes) if node.stop}

    def support_of(self, pieces: Sequence[int | None]) -> Support:
        """The latent values that can have written all pieces that are not hidden."""
        support = Support({})
        for piece in {piece for piece in pieces if piece is not None}:
            support = support.within(self.possible.get(piece, {}))
        return support
