"""Which values of the latent state are still possible: all that a message need be computed for."""

import numpy as np

from bertlab.corpora.story.exact.states import Array


class Support:
    """The values of each latent that can have written all pieces seen so far."""

    def __init__(self, kept: dict[int, np.ndarray]) -> None:
        self.kept = kept
        self.cut_arrays: dict[int, Array] = {}

    def within(self, possible: dict[int, np.ndarray]) -> "Support":
        """The support when one more piece is seen; itself when that changes nothing."""
        kept = dict(self.kept)
        for axis, values in possible.items():
            kept[axis] = np.intersect1d(kept[axis], values, assume_unique=True) if axis in kept else values
        smaller = any(axis not in self.kept or len(kept[axis]) < len(self.kept[axis]) for axis in kept)
        return Support(kept) if smaller else self

    def cut(self, array: Array, offset: int = 0) -> Array:
        """A lasting array of the grammar, restricted; `offset` is the number of axes before those of the latents."""
        key = id(array)
        if key not in self.cut_arrays:
            restricted = array
            for axis, values in self.kept.items():
                if restricted.shape[axis + offset] > 1:
                    restricted = restricted.take(values, axis=axis + offset)
            self.cut_arrays[key] = restricted
        return self.cut_arrays[key]

    def cut_from(self, wider: "Support", message: Array) -> Array:
        """A message under a wider support, restricted to this one."""
        for axis, values in self.kept.items():
            if message.shape[axis] > 1:
                before = wider.kept.get(axis)
                message = message.take(values if before is None else np.searchsorted(before, values), axis=axis)
        return message

    def unfold(self, message: Array, sizes: tuple[int, ...]) -> Array:
        """A message over all values again: 0 for those left out."""
        for axis, values in self.kept.items():
            if len(values) < sizes[axis]:
                shape = list(message.shape)
                shape[axis] = sizes[axis]
                whole = np.zeros(shape)
                whole[(slice(None),) * axis + (values,)] = message
                message = whole
        return message
