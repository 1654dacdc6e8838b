"""Lesson 03's instrument: type one or two texts, choose a piece, and see its three rows of numbers added up."""

from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from bertlab.model import BertForPreTraining
from bertlab.pretrained import as_tensors
from bertlab.text import Tokenizer
from bertlab.views.live import Live, widget_class
from bertlab.views.page import as_script, frame, inline, own_file, whole_page

HEIGHT = 470
MOST_PIECES = 40
LONGEST_TEXT = 500
"""Characters of a text: more than can be seen at once, less than what would keep the kernel busy."""


class AddingRows(Live):
    """Texts in, pieces, ids, segments and positions out, and for each piece its three rows and their sum.

        AddingRows(model, tokenizer, "Anna saw Ben.", "Ben smiled.")

    Args:
        place: the piece that is chosen at first.
        shown: so many of the hidden numbers are shown, the first ones.

    Raises:
        ImportError: anywidget is not installed (when it is shown).
        ValueError: a text is too long to be seen at once.
    """

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
        self._state: dict[str, Any] = {
            "question": [text_a, text_b],
            "answer": self._answered(text_a, text_b),
            "place": place,
        }

    def answer(self, question: Any) -> dict[str, Any]:
        """What the page shows for two texts, as plain data; {"error": ...} where there is no answer."""
        try:
            text_a, text_b = question
            return self._answered(str(text_a), str(text_b))
        except (TypeError, ValueError) as error:
            return {"error": str(error)}

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

    @cached_property
    def widget(self) -> Any:
        """The ipywidgets widget; there is none before somebody asks for it.

        Raises:
            ImportError: anywidget is not installed.
        """
        live = "export default { render: ({ model, el }) => liveAnswers(model, el, addingRows) };"
        widget = widget_class("AddingRowsWidget", (*_scripts(), live), _style())(state=self._state)
        widget.on_msg(self._asked)
        return widget

    def _asked(self, widget: Any, message: Any, buffers: Any) -> None:
        question = message.get("question")
        answer = self.answer(question)
        if "error" not in answer:
            self._state = {**self._state, "question": question, "answer": answer}
        widget.send({"number": message.get("number"), "answer": answer})

    def still(self) -> str:
        """The texts that were asked last, without a kernel: pieces can be chosen, but nothing typed."""
        given = f"document.body.append(addingRows({as_script(self._state)}, null));"
        page = whole_page("Adding three rows", "", (*_scripts(), given), _style(), still=True)
        return frame(page, str(self), HEIGHT)

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


def _own(name: str) -> str:
    return inline(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _scripts() -> tuple[str, ...]:
    shared = (own_file(f"scripts/{name}.js") for name in ("own_keys", "roving", "parts", "live_answers"))
    return (*shared, _own("adding_rows.js"))


def _style() -> str:
    return own_file("scripts/look.css") + _own("adding_rows.css")
