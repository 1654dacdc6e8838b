"""Lesson 08's run with other seeds: where it ends beside the limits, what a card costs it, and which clues it uses.

The stories, the drawer and the places asked are the lesson's own in each run; only the recipe's seed differs, and with
it the first parameters, the order of the stories and the holes in them.
"""

from collections.abc import Iterator
from typing import Any

from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.instruments.covered import how_sure, trust_in, with_card
from bertlab.training import DocumentBatches, ask_world, beside_the_truth, new_model, train
from bertlab.training.recipe import Stage
from bertlab.training.twins import story_config, story_recipe

DOCUMENTS, STEPS, ASKED = 12_000, 2_000, 120
"""Stories to read, steps to read them in, and unread stories to be asked about."""
LOOKS = 20
"""Times the model is asked while it learns."""
STAGES = (Stage(0.0, 20), Stage(0.05, 40), Stage(0.15, 128))
STORY = "Yesterday Anna went to the zoo. Anna fed the monkey. What a bad day!"
CLUES = ("Yesterday", "fed")
"""What tells the tense of "went" in this story: one clue to its left, one to its right."""


def rows(seed: int, documents: int = DOCUMENTS, steps: int = STEPS, asked: int = ASKED) -> Iterator[dict[str, Any]]:
    """The loss while it learns and the limits (under the exact distribution), with a card, and the trust in "went"."""
    world = StoryWorld.load("pocket")
    tokenizer = world.tokenizer
    text = tokenize_corpus(([story.text] for story in world.documents(documents)), tokenizer)
    questions = ask_world(world, world.documents(asked, part="validation"), masking=0.15)
    recipe = story_recipe("pocket", steps=steps, stages=STAGES, learning_rate=3e-3, masking=0.3, seed=seed)
    config = story_config("pocket", tokenizer).replace(intermediate_size=192)
    model, newborn = (new_model(config, recipe) for _ in range(2))
    for step in train(model, DocumentBatches(text, tokenizer, recipe), recipe):
        if step.number % (steps // LOOKS) == 0:
            found = beside_the_truth(model, tokenizer, questions, text)
            yield {"asked": "while it learns", "step": step.number, "nats": round(found.model.cross_entropy, 4)}
    for side, limit in found.limits.items():
        yield {"asked": "limit", "sees": side, "nats": round(limit.cross_entropy, 4), "drawn": round(limit.nats, 4)}
    yield {"asked": "in the end", "nats": round(found.model.cross_entropy, 4), "drawn": round(found.model.nats, 4)}
    for hides in ("right", "left", "anywhere"):
        yield {"asked": "card", "hides": hides, "drawn": round(with_card(model, tokenizer, questions, hides), 4)}
    for hidden in ((), *((clue,) for clue in CLUES), CLUES):
        yield {
            "asked": "went",
            "hidden": " and ".join(hidden) or "nothing else",
            "trust": round(trust_in(model, tokenizer, STORY, "went", hidden), 4),
            "newborn": round(trust_in(newborn, tokenizer, STORY, "went", hidden), 4),
            "exact": how_sure(world, STORY, "went", hidden),
        }
