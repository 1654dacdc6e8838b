"""Text that nobody sees still tells something: how far into which sentence a place can be."""

from functools import cached_property

from bertlab.corpora.story.exact.machine import Between, Inside, Machine, Place, add
from bertlab.corpora.story.exact.states import Array, State, narrowed


class Unseen:
    """How probable each state is at a place when all pieces before it are hidden, as functions of the latent state."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.known: dict[tuple[int, Place], Array | None] = {}

    @cached_property
    def reach(self) -> dict[State, dict[int, Array]]:
        """How probable a state is so many pieces after its sentence began; its template's share included."""
        reach: dict[State, dict[int, Array]] = {}
        for beginnings in self.machine.beginnings.values():
            layer: dict[State, Array] = {}
            for state, share in beginnings:
                add(layer, state, self.machine.one * share)
            offset = 0
            while layer:
                upper: dict[State, Array] = {}
                for state, message in layer.items():
                    reach.setdefault(state, {})[offset] = message
                    for follower in state.following:
                        add(upper, follower, message * state.mass)
                layer = {state: narrowed(message) for state, message in upper.items()}
                offset += 1
        return reach

    @cached_property
    def starts(self) -> list[Between]:
        """For every number of pieces: how probable it is that a sentence begins there, at each node of the plan."""
        lengths: dict[str, dict[int, Array]] = {}
        for stage, states in self.machine.endings.items():
            of_stage = lengths.setdefault(stage, {})
            for state in states:
                for offset, message in self.reach[state].items():
                    add(of_stage, offset + 1, message * state.mass)
            lengths[stage] = {length: narrowed(message) for length, message in of_stage.items()}
        starts: list[Between] = [{self.machine.root: self.machine.one}]
        number = 0
        while number < len(starts):
            for node, message in starts[number].items():
                for stage, share, after in self.machine.nodes[node].stages:
                    for length, mass in lengths[stage].items():
                        starts += [{} for _ in range(number + length + 1 - len(starts))]
                        add(starts[number + length], after, message * mass * share)
            number += 1
        return starts

    def before(self, number: int, place: Place) -> Array | None:
        """p(the state writes piece number `number` | z) when nothing before it is seen; None where it cannot."""
        if (number, place) not in self.known:
            after, state = place
            total: Inside = {}
            for node, share in self._nodes_to(after, self.machine.stage_of[state]):
                for offset, message in self.reach[state].items():
                    begun = self.starts[number - offset].get(node) if 0 <= number - offset < len(self.starts) else None
                    if begun is not None:
                        add(total, place, begun * message * share)
            self.known[number, place] = total.get(place)
        return self.known[number, place]

    def _nodes_to(self, after: int, stage: str) -> list[tuple[int, float]]:
        """The nodes from which a sentence of this stage leads to a node, and how probable each finds it."""
        return [
            (number, share)
            for number, node in enumerate(self.machine.nodes)
            for name, share, then in node.stages
            if (name, then) == (stage, after)
        ]
