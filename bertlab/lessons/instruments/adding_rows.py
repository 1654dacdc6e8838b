"""Lesson 03's instrument: type one or two texts, choose a piece, and see its three rows of numbers added up."""

from typing import Any

import torch
from torch import Tensor

from bertlab.lessons.instruments.scripts import script
from bertlab.model import BertForPreTraining
from bertlab.pretrained import as_tensors
from bertlab.text import Tokenizer
from bertlab.views.live_answers import LiveAnswers
from bertlab.views.page import own_file

MOST_PIECES = 40
LONGEST_TEXT = 500
"""Characters of a text: more than can be seen at once, less than what would keep the kernel busy."""


class AddingRows(LiveAnswers):
    """Texts in, pieces, ids, segments and positions out, and for each piece its three rows and their sum.

        AddingRows(model, tokenizer, "Anna saw Ben.", "Ben smiled.")

    Args:
        place: the piece that is chosen at first.
        shown: so many of the hidden numbers are shown, the first ones.

    Raises:
        ImportError: anywidget is not installed (when it is shown).
        ValueError: a text is too long to be seen at once.
    """

    title, height, draws = "Adding three rows", 470, "addingRows"

    def __init__(
        self,
        model: BertForPreTraining,
        tokenizer: Tokenizer,
        text_a: str,
        text_b: str = "",
        *,
        place: int = 1,
        shown: int = 8,
    ) -> None:
        self.model, self.tokenizer, self.shown = model, tokenizer, shown
        super().__init__([text_a, text_b], place=place)

    @torch.no_grad()
    def _answered(self, text_a: str, text_b: str) -> dict[str, Any]:
        if max(len(text_a), len(text_b)) > LONGEST_TEXT:
            raise ValueError(f"A text of more than {LONGEST_TEXT} characters cannot be seen at once: shorten it.")
        reading = self.tokenizer(text_a, text_b if text_b.strip() else None)
        most = min(MOST_PIECES, self.model.config.max_position_embeddings)
        if len(reading) > most:
            raise ValueError(f"{len(reading)} pieces are too many to be seen at once; {most} can be: shorten the text.")
        tensors = as_tensors(reading, next(self.model.parameters()).device)
        embeddings = self.model.bert.embeddings
        rows = {
            "token": embeddings.token(tensors["input_ids"])[0],
            "segment": embeddings.segment(tensors["token_type_ids"])[0],
            "position": embeddings.position.weight[: len(reading)],
        }
        rows["sum"] = rows["token"] + rows["segment"] + rows["position"]
        rows["after LayerNorm"] = embeddings.norm(rows["sum"])
        was_training = embeddings.training
        given = embeddings.eval()(tensors["input_ids"], tensors["token_type_ids"])[0]
        embeddings.train(was_training)
        return {
            "hidden": given.shape[1],
            "pieces": [
                {
                    "piece": piece,
                    "id": number,
                    "segment": "AB"[segment],
                    "rows": {
                        name: {
                            "numbers": [round(value, 4) for value in row[place, : self.shown].tolist()],
                            "length": round(row[place].norm().item(), 4),
                            "apart": (row[place] - given[place]).abs().max().item(),
                        }
                        for name, row in rows.items()
                    },
                    "twins": _twins(reading.input_ids, reading.token_type_ids, given, place),
                }
                for place, (piece, number, segment) in enumerate(
                    zip(reading.tokens, reading.input_ids, reading.token_type_ids, strict=True)
                )
            ],
        }

    def _scripts(self) -> tuple[str, ...]:
        return (own_file("scripts/roving.js"), script("adding_rows.js"))

    def _style(self) -> str:
        return own_file("scripts/look.css") + script("adding_rows.css")

    def __str__(self) -> str:
        pieces = self._state["answer"]["pieces"]
        chosen = pieces[min(self._state["place"], len(pieces) - 1)]
        lengths = ", ".join(f"{name} {row['length']:.2f}" for name, row in chosen["rows"].items())
        return (
            f"Adding three rows: {' '.join(each['piece'] for each in pieces)}; {chosen['piece']} has lengths {lengths}"
        )


def _twins(ids: list[int], segments: list[int], vectors: Tensor, place: int) -> list[dict[str, Any]]:
    """The other places where the same piece stands, and how far its vector is from there."""
    return [
        {
            "place": other,
            "segment": "AB"[segments[other]],
            "distance": round((vectors[place] - vectors[other]).norm().item(), 4),
            "cosine": round(torch.cosine_similarity(vectors[place], vectors[other], dim=0).item(), 4),
        }
        for other, number in enumerate(ids)
        if number == ids[place] and other != place
    ]
