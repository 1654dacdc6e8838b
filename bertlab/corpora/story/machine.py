"""A grammar that has become a machine, and the two sweeps over a story: what the pieces before a place tell, and those
after it.

A message is not a number but a function of the latent state z (who, topic, tense ...), which stays the same for the
whole story:

    forward[i][s](z)  = p(visible pieces before i, state s writes piece i | z)
    backward[i][s](z) = p(visible pieces after i, and the end | state s writes piece i, z)

Source: Rabiner 1989, A tutorial on hidden Markov models.
"""

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from bertlab.corpora.story.grammar import Grammar
from bertlab.corpora.story.states import Array, State, plan_nodes, template_states
from bertlab.corpora.story.support import Support
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
        self, ids: Sequence[int], seen: Sequence[bool], support: Support, begin: Between, learning: bool = False
    ) -> Iterator[tuple[Support, Inside, Between]]:
        """For every piece, and once more at the end: the messages before it is looked at.

        Args:
            learning: let the support shrink with every piece that is seen, instead of keeping the given one.
        """
        inside: Inside = {}
        between = begin
        for place_in_text, piece in enumerate(ids):
            wanted = piece if seen[place_in_text] else None
            for node, message in between.items():
                for place, weight in self.entries.get((node, wanted if not learning else None), ()):
                    add(inside, place, message * weight)
            yield support, inside, between
            if learning and wanted is not None:
                smaller = support.within(self.possible.get(piece, {}))
                if smaller is not support:
                    inside = {place: smaller.cut_from(support, message) for place, message in inside.items()}
                    support = smaller
            after_this: Inside = {}
            between = {}
            upcoming = ids[place_in_text + 1] if place_in_text + 1 < len(ids) and seen[place_in_text + 1] else None
            for (after, state), message in inside.items():
                written = state.mass if wanted is None else state.rows.get(wanted)
                if written is None:
                    continue
                message = message * support.cut(written)
                if not message.any():
                    continue
                for follower in state.following:
                    if learning or upcoming is None or upcoming in follower.rows:
                        add(after_this, (after, follower), message)
                if state.ends:
                    add(between, after, message)
            inside = after_this
        yield support, inside, between

    def backward(
        self,
        ids: Sequence[int],
        seen: Sequence[bool],
        support: Support,
        end: Between,
        alive: Sequence[Inside] | None = None,
        learning: bool = False,
    ) -> Iterator[tuple[Support, Inside, Between]]:
        """For every piece from the last to the first, and once more: p(visible pieces after it | state), and between.

        Args:
            end: the message at the end of the pieces.
            alive: places that the forward sweep has reached; others are not followed.
            learning: let the support shrink with every piece that is seen.
        """
        following: Inside = {}
        between = end
        for number in reversed(range(len(ids))):
            wanted = ids[number] if seen[number] else None
            behind: Inside = {}
            for (after, follower), message in following.items():
                for state in self.before.get(follower, ()):
                    if alive is None or (after, state) in alive[number]:
                        add(behind, (after, state), message)
            for after, message in between.items():
                for place in self.arrivals.get((after, wanted if not learning else None), ()):
                    if alive is None or place in alive[number]:
                        add(behind, place, message)
            yield support, behind, between
            if learning and wanted is not None:
                smaller = support.within(self.possible.get(wanted, {}))
                if smaller is not support:
                    behind = {place: smaller.cut_from(support, message) for place, message in behind.items()}
                    support = smaller
            following, between = {}, {}
            for (after, state), message in behind.items():
                written = state.mass if wanted is None else state.rows.get(wanted)
                if written is None:
                    continue
                message = message * support.cut(written)
                if not message.any():
                    continue
                following[after, state] = message
                for node, weight in self.nodes_before.get((after, state), ()):
                    add(between, node, message * weight)
        yield support, following, between

    def beginning(self) -> Between:
        """The message before the first sentence."""
        return {self.root: self.one}

    def end(self) -> Between:
        """The message after the last sentence: may the story end at this node?"""
        return {number: self.one * node.stop for number, node in enumerate(self.nodes) if node.stop}

    def support_of(self, ids: Sequence[int]) -> Support:
        """The latent values that can have written all these pieces."""
        support = Support({})
        for piece in set(ids):
            support = support.within(self.possible.get(piece, {}))
        return support
