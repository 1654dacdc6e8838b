"""What a BERT of the pocket world learns that never had positions, beside one that had them and lost them."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import torch

from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryWorld
from bertlab.model import BertForPreTraining
from bertlab.training import DocumentBatches, Recipe, ask_world, beside_the_truth, new_model, train
from bertlab.training.twins import story_config, story_recipe

DOCUMENTS, STEPS, ASKED = 12_000, 2_000, 100
"""Stories to read, steps to read them in, and unread stories to be asked about."""


def take_positions_away(model: BertForPreTraining) -> BertForPreTraining:
    """The model with a position table of zeros, which no training changes."""
    table = model.bert.embeddings.position.weight
    table.requires_grad_(False)
    table.zero_()
    return model


def rows(seed: int, documents: int = DOCUMENTS, steps: int = STEPS, asked: int = ASKED) -> Iterator[dict[str, Any]]:
    """The loss at hidden places (nats, under the exact distribution) with positions, without, and never with."""
    world = StoryWorld.load("pocket")
    text = tokenize_corpus(([story.text] for story in world.documents(documents, seed)), world.tokenizer)
    recipe: Recipe = story_recipe("pocket", steps=steps, learning_rate=3e-3, seed=seed)
    batches = DocumentBatches(text, world.tokenizer, recipe)
    unread = world.documents(asked, seed, part="validation")
    questions = ask_world(world, unread, masking=recipe.masking, visible=("both",))

    def trained(model: BertForPreTraining) -> BertForPreTraining:
        for _ in train(model, batches, recipe):
            pass
        return model.eval()

    config = story_config("pocket", world.tokenizer)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        had_them = trained(new_model(config, recipe))
        never = trained(take_positions_away(new_model(config, recipe)))
    models = {
        "with positions": had_them,
        "positions taken away": take_positions_away(deepcopy(had_them)),
        "never had positions": never,
    }
    for name, model in models.items():
        found = beside_the_truth(model, world.tokenizer, questions, text)
        yield {"who": name, "nats": found.model.cross_entropy, "right": found.model.expected_accuracy}
    yield {"who": "unigram guess", "nats": found.unigram.cross_entropy, "right": found.unigram.expected_accuracy}
    yield {
        "who": "limit",
        "nats": found.limits["both"].cross_entropy,
        "right": found.limits["both"].expected_accuracy,
    }
