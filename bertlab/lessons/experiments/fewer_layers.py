"""What layers on top of each other are worth in the pocket world: one layer of the width that `without_parts` has, and
one so wide that it has as many parameters as the three there.

The stories, the steps and what is asked are the same as there, so the losses can stand side by side. So is the learning
rate: with seed 0 it was the best of two for either width (5e-3 for the narrow one, 1.5e-3 for the wide one were worse).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from bertlab.lessons.experiments.without_parts import ASKED, DOCUMENTS, STEPS, USUAL_RATE, stories_and_questions
from bertlab.training import DocumentBatches, beside_the_truth, new_model, train
from bertlab.training.twins import story_config, story_recipe

WIDTHS = (96, 168)
"""Numbers in a vector. One layer of 168 has as many parameters as three of 96, and 2% more."""


def rows(
    seed: int,
    widths: Sequence[int] = WIDTHS,
    documents: int = DOCUMENTS,
    steps: int = STEPS,
    asked: int = ASKED,
    rate: float = USUAL_RATE,
) -> Iterator[dict[str, Any]]:
    """One row for each width: the loss of a single layer at hidden places (nats, under the exact distribution)."""
    world, text, questions = stories_and_questions(seed, documents, asked)
    recipe = story_recipe("pocket", steps=steps, learning_rate=rate, seed=seed)
    usual = story_config("pocket", world.tokenizer)
    for hidden in widths:
        config = usual.replace(num_hidden_layers=1, hidden_size=hidden, intermediate_size=4 * hidden)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = new_model(config, recipe)
            for _ in train(model, DocumentBatches(text, world.tokenizer, recipe), recipe):
                pass
        found = beside_the_truth(model.eval(), world.tokenizer, questions, text)
        yield {
            "layers": 1,
            "hidden": hidden,
            "parameters": sum(parameter.numel() for parameter in model.bert.layers.parameters()),
            "nats": found.model.cross_entropy,
            "limit": found.limits["both"].cross_entropy,
        }
