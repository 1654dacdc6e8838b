"""A grammar as a machine that writes pieces: states, what each may write, and which state follows.

A template becomes a small graph. A state writes one piece and leads to the states of the next slot; a word of several
pieces is a chain. Where one choice bears on a later one, the graph forks: after `an` only words that begin with a
vowel, after `wash` no withheld `lion`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from bertlab.corpora.story.grammar import Grammar, Template
from bertlab.corpora.story.held_out import HeldOut
from bertlab.corpora.story.morphology import article

Array = Float[np.ndarray, "..."]
"""A function of the latent state: one axis for each latent, of length 1 where the latent does not matter."""


@dataclass(eq=False)
class State:
    """Writes one piece.

    Args:
        ids: the pieces that it may write.
        shares: for each of them its probability, as a function of the latent state. They need not sum to 1: what is
            missing is written by a twin of this state on another fork.
        following: the states that may write the next piece of the sentence.
        ends: whether the sentence ends here.
        rest: probability of what `following` write, all together, as a function of the latent state.
    """

    ids: list[int]
    shares: Float[np.ndarray, "pieces ..."]
    following: tuple["State", ...]
    rest: Array
    ends: bool = False
    mass: Array = field(init=False)
    rows: dict[int, Array] = field(init=False)

    def __post_init__(self) -> None:
        self.mass = narrowed(self.shares.sum(axis=0))
        self.rows = {piece: narrowed(row) for piece, row in zip(self.ids, self.shares, strict=True)}


@dataclass(frozen=True)
class Memory:
    """What earlier words of a sentence demand of later ones.

    Args:
        article: the next word must go with a, or with an; "" if it may be any.
        banned: lemmas that must not come.
    """

    article: str = ""
    banned: frozenset[str] = frozenset()


def narrowed(array: Array) -> Array:
    """Axes along which nothing changes are cut to length 1."""
    for axis, size in enumerate(array.shape):
        if size > 1:
            first = array.take([0], axis=axis)
            if (array == first).all():
                array = first
    return array


def template_states(
    template: Template,
    held_out: HeldOut,
    num_latents: int,
    to_ids: Callable[[tuple[str, ...]], list[int]],
    sizes: tuple[int, ...],
) -> tuple[State, ...]:
    """The states that may write the first piece of a template; the others hang on them."""
    made: dict[tuple[int, Memory], tuple[State, ...]] = {}
    one = np.ones((1,) * num_latents)

    def states_of(place: int, memory: Memory) -> tuple[State, ...]:
        key = place, memory
        if key not in made:
            made[key] = tuple(fork(place, memory))
        return made[key]

    def fork(place: int, memory: Memory) -> Iterable[State]:
        table = template.slots[place]
        if table is None:
            for word in ("a", "an"):
                yield from chain(one[None], [to_ids((word,))], place, Memory(word, memory.banned))
            return
        later = frozenset().union(*(other.lemmas for other in template.slots[place + 1 :] if other is not None))
        shares = table.spread(sizes)
        allowed = np.array([entry.lemma not in memory.banned for entry in table.entries])
        if not allowed.all():
            shares = shares * allowed.reshape(-1, *one.shape)
            # Where the memory cannot be, nothing may be left: `grammar._check_room`.
            left = shares.sum(axis=0)
            shares = np.divide(shares, left, out=np.zeros_like(shares), where=left > 0)
        groups: dict[frozenset[str], list[int]] = {}
        for row, entry in enumerate(table.entries):
            if allowed[row] and (not memory.article or article(entry.words[0]) == memory.article):
                banned = (memory.banned | held_out.partners(entry.lemma)) & later
                groups.setdefault(banned, []).append(row)
        for banned, rows in groups.items():
            pieces = [to_ids(table.entries[row].words) for row in rows]
            yield from chain(shares[rows], pieces, place, Memory("", banned))

    def chain(
        shares: Float[np.ndarray, "rows ..."], pieces: list[list[int]], place: int, memory: Memory
    ) -> Iterable[State]:
        """One state for all words of a single piece, and a chain for each longer word."""
        ends = place + 1 == len(template.slots)
        following = () if ends else states_of(place + 1, memory)
        if not ends and not following:
            return  # no word is left that could come after
        rest = one if ends else narrowed(sum_of(state.mass * state.rest for state in following))
        single: dict[int, Array] = {}
        for row, ids in zip(shares, pieces, strict=True):
            if len(ids) == 1:
                single[ids[0]] = single.get(ids[0], 0.0) + row
                continue
            last = State([ids[-1]], one[None], following, rest, ends)
            for piece in reversed(ids[1:-1]):
                last = State([piece], one[None], (last,), rest)
            yield State([ids[0]], row[None], (last,), rest)
        if single:
            yield State(list(single), np.stack(list(single.values())), following, rest, ends)

    return states_of(0, Memory())


def sum_of(arrays: Iterable[Array]) -> Array:
    """The sum of functions of the latent state."""
    total, *others = arrays
    for array in others:
        total = total + array
    return total


@dataclass(frozen=True)
class Node:
    """A place between two sentences of a plan.

    Args:
        stop: probability that the story ends here.
        stages: (stage, its probability, the node after its sentence).
    """

    stop: float
    stages: tuple[tuple[str, float, int], ...]


def plan_nodes(grammar: Grammar) -> list[Node]:
    """All plans as one graph: a node for every set of plans that can still go on in the same ways. The last is the
    beginning."""
    nodes: list[Node] = []
    known: dict[Node, int] = {}

    def node_of(plans: list[tuple[float, tuple[str, ...]]]) -> int:
        total = sum(share for share, _ in plans)
        following: dict[str, list[tuple[float, tuple[str, ...]]]] = {}
        for share, plan in plans:
            if plan:
                following.setdefault(plan[0], []).append((share, plan[1:]))
        node = Node(
            stop=sum(share for share, plan in plans if not plan) / total,
            stages=tuple(
                (stage, sum(share for share, _ in rest) / total, node_of(rest)) for stage, rest in following.items()
            ),
        )
        if node not in known:
            known[node] = len(nodes)
            nodes.append(node)
        return known[node]

    node_of(list(grammar.plans))
    return nodes
