"""What becomes of a BERT whose heads are cut wrongly, lesson 05's bug: it learns, and less than one that is right.

Both begin with the same parameters and read the same stories in the same order.
"""

from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from bertlab.lessons.experiments.without_parts import USUAL_RATE, stories_and_questions
from bertlab.model import BertForPreTraining
from bertlab.training import DocumentBatches, beside_the_truth, new_model, train
from bertlab.training.twins import story_config, story_recipe

DOCUMENTS, STEPS, ASKED = 6_000, 400, 60
"""Stories to read, steps to read them in, and unread stories to be asked about."""
LOOKS = 4
"""Times a model is asked while it learns."""


def cut_wrongly(model: BertForPreTraining) -> BertForPreTraining:
    """The model with heads that get whole places in place of a slice of every place."""

    def by_view(vectors: Float[Tensor, "batch seq hidden"]) -> Float[Tensor, "batch heads seq head_dim"]:
        batch, seq, hidden = vectors.shape
        heads = model.config.num_attention_heads
        return vectors.view(batch, heads, seq, hidden // heads)

    for layer in model.bert.layers:
        layer.attention.split_heads = by_view  # type: ignore[union-attr, assignment]
    return model


def rows(seed: int, documents: int = DOCUMENTS, steps: int = STEPS, asked: int = ASKED) -> Iterator[dict[str, Any]]:
    """The loss at hidden places (nats, under the exact distribution) while each learns, beside the unigram guess."""
    world, text, questions = stories_and_questions(seed, documents, asked)
    recipe = story_recipe("pocket", steps=steps, learning_rate=USUAL_RATE, seed=seed)
    with torch.random.fork_rng(devices=[]):
        for cut in ("right", "wrong"):
            torch.manual_seed(seed)
            model = new_model(story_config("pocket", world.tokenizer), recipe)
            model = cut_wrongly(model) if cut == "wrong" else model
            for step in train(model, DocumentBatches(text, world.tokenizer, recipe), recipe):
                if step.number % (steps // LOOKS):
                    continue
                found = beside_the_truth(model, world.tokenizer, questions, text)
                yield {
                    "cut": cut,
                    "step": step.number,
                    "nats": round(found.model.cross_entropy, 4),
                    "unigram": round(found.unigram.cross_entropy, 4),
                }
