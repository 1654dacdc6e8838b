"""Lesson 07's instrument: type two texts, and see how sure each reader is that the second follows the first."""

from collections.abc import Mapping
from typing import Any

import torch

from bertlab.lessons.instruments.scripts import script, style
from bertlab.model import BertForPreTraining
from bertlab.pretrained import as_tensors
from bertlab.text import Tokenizer
from bertlab.views.live_answers import LiveAnswers

Readers = Mapping[str, tuple[BertForPreTraining, Tokenizer]]
LONGEST_TEXT = 400
"""Characters of a text: more than can be seen at once, less than what would keep the kernel busy."""


class NextOrRandom(LiveAnswers):
    """Two texts in, and for each reader p(next) as a bar, beside the pieces it read.

        NextOrRandom({"mini": bertlab.load("mini")}, "He opened the door.", "He went in.")

    Args:
        readers: by name, each with its own tokenizer.

    Raises:
        ImportError: anywidget is not installed (when it is shown).
        ValueError: there is no reader, one is causal, or a text is empty or too long.
    """

    title, height, draws = "Next or random", 300, "nextOrRandom"

    def __init__(self, readers: Readers, text_a: str, text_b: str) -> None:
        if not readers:
            raise ValueError("nobody is there to ask: give {'mini': bertlab.load('mini')}")
        for name, (model, _) in readers.items():
            if model.config.causal:
                raise ValueError(f"{name!r} is causal: its [CLS] sees nothing but itself and cannot tell")
        self.readers = dict(readers)
        super().__init__([text_a, text_b])

    def _answered(self, text_a: str, text_b: str) -> dict[str, Any]:
        for name, text in (("A", text_a), ("B", text_b)):
            if not text.strip():
                raise ValueError(f"Text {name} is empty: type a sentence.")
            if len(text) > LONGEST_TEXT:
                raise ValueError(f"Text {name} has {len(text)} characters; {LONGEST_TEXT} can be read here.")
        return {"readers": [self._asked_one(name, text_a, text_b) for name in self.readers]}

    @torch.inference_mode()
    def _asked_one(self, name: str, text_a: str, text_b: str) -> dict[str, Any]:
        model, tokenizer = self.readers[name]
        reading = tokenizer(text_a, text_b)
        training = model.training
        logits = model.eval()(**as_tensors(reading, next(model.parameters()).device)).seq_relationship_logits
        model.train(training)
        assert logits is not None  # no reader is causal
        return {
            "name": name,
            "next": round(logits[0].softmax(dim=-1)[0].item(), 4),
            "pieces": [[piece, segment] for piece, segment in zip(reading.tokens, reading.token_type_ids, strict=True)],
        }

    def _scripts(self) -> tuple[str, ...]:
        return (script("next_or_random.js"),)

    def _style(self) -> str:
        return style("next_or_random.css")

    def __str__(self) -> str:
        text_a, text_b = self._state["question"]
        said = ", ".join(f"{each['name']} {each['next']:.0%} sure" for each in self._state["answer"]["readers"])
        return f"Next or random. A: {text_a} B: {text_b} That B is next: {said}"
