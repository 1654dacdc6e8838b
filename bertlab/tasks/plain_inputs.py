"""A batch and its tokenizer, ours or those of `transformers`, in plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

Ids = Int[np.ndarray, "batch seq"]


@dataclass(frozen=True)
class Inputs:
    """A batch and its tokenizer, whoever made them, in plain arrays."""

    ids: Ids
    segments: Ids
    real: Bool[np.ndarray, "batch seq"]
    labels: Mapping[str, np.ndarray]
    pieces: list[str]
    lowercase: bool | None
    special: dict[str, int]

    @classmethod
    def of(cls, batch: Any, tokenizer: Any) -> "Inputs":
        """Read by attribute or by key; labels that stand alone are called "labels"."""
        given = batch if isinstance(batch, Mapping) else vars(batch)
        ids = np.asarray(given["input_ids"])
        labels = given.get("labels")
        starts = {"start": given.get("start_positions"), "end": given.get("end_positions")}
        named = labels if isinstance(labels, Mapping) else {"labels": labels, **starts}
        ours = hasattr(tokenizer, "pieces")
        marks = ("pad", "unk", "cls", "sep", "mask")
        return cls(
            ids=ids,
            segments=np.asarray(given.get("token_type_ids", np.zeros_like(ids))),
            real=np.asarray(given.get("attention_mask", np.ones_like(ids))) == 1,
            labels={name: np.asarray(true) for name, true in named.items() if true is not None},
            pieces=tokenizer.pieces if ours else tokenizer.convert_ids_to_tokens(list(range(len(tokenizer)))),
            lowercase=getattr(tokenizer, "lowercase" if ours else "do_lower_case", None),
            special={mark: getattr(tokenizer, f"{mark}_id" if ours else f"{mark}_token_id") for mark in marks},
        )

    def where(self, piece: str) -> Bool[np.ndarray, "batch seq"]:
        """The places of a special piece, by its short name."""
        return self.ids == self.special[piece]

    @property
    def text(self) -> Bool[np.ndarray, "batch seq"]:
        """The places that hold a piece, whatever the mask says."""
        return ~self.where("pad")

    @property
    def known(self) -> bool:
        """Does the vocabulary have all these ids?"""
        return bool(((self.ids >= 0) & (self.ids < len(self.pieces))).all())
