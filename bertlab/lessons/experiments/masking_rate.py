"""Does BERT learn faster when more is hidden? Models that differ in the masking rate alone, all asked the same.

The limit moves with the rate at which one asks: the more is hidden, the less can be known. So each model is asked at
every rate, and models are only compared where they were asked the same.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryWorld
from bertlab.training import DocumentBatches, ask_world, beside_the_truth, new_model, train
from bertlab.training.recipe import Stage
from bertlab.training.twins import story_config, story_recipe

RATES = (0.15, 0.3, 0.6)
DOCUMENTS, STEPS, ASKED = 12_000, 1_500, 60
"""Stories to read, steps to read them in, and unread stories to be asked about."""
LOOKS = 10
"""Times a model is asked while it learns."""
STAGES = (Stage(0.0, 20), Stage(0.15, 40), Stage(0.35, 128))


def rows(
    seed: int,
    rates: Sequence[float] = RATES,
    documents: int = DOCUMENTS,
    steps: int = STEPS,
    asked: int = ASKED,
) -> Iterator[dict[str, Any]]:
    """The loss at hidden places while a model learns (nats, under the exact distribution), for each rate asked at."""
    world = StoryWorld.load("pocket")
    text = tokenize_corpus(([story.text] for story in world.documents(documents, seed)), world.tokenizer)
    unread = list(world.documents(asked, seed, part="validation"))
    questions = {rate: ask_world(world, unread, masking=rate, seed=seed, visible=("both",)) for rate in rates}
    config = story_config("pocket", world.tokenizer).replace(intermediate_size=192)
    for masking in rates:
        recipe = story_recipe("pocket", steps=steps, stages=STAGES, learning_rate=3e-3, masking=masking, seed=seed)
        for step in train(new_model(config, recipe), DocumentBatches(text, world.tokenizer, recipe), recipe):
            if step.number % (steps // LOOKS):
                continue
            for rate, of_rate in questions.items():
                found = beside_the_truth(step.model, world.tokenizer, of_rate, text)
                yield {
                    "trained at": masking,
                    "asked at": rate,
                    "step": step.number,
                    "nats": round(found.model.cross_entropy, 4),
                    "limit": round(found.limits["both"].cross_entropy, 4),
                }
