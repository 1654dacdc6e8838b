"""What each part of a layer is worth in the pocket world: taken out of a trained BERT, and trained without it.

`leave_out` says how a part is left out. Beside the parts: one head with as many parameters, and a higher learning rate.
"""

from collections.abc import Iterator
from typing import Any

import torch

from bertlab.corpora import TokenizedCorpus, tokenize_corpus
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.instruments.taken_apart import PARTS, leave_out
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.training import DocumentBatches, Questions, ask_world, beside_the_truth, new_model, train
from bertlab.training.twins import story_config, story_recipe

DOCUMENTS, STEPS, ASKED = 12_000, 1_500, 100
"""Stories to read, steps to read them in, and unread stories to be asked about."""

MASKING = 0.3
"""The share of an unread story's pieces that is hidden and asked about."""

HEADS = (1,)
"""Other numbers of heads than the usual four."""

RATES = {"residual": 3e-4}
USUAL_RATE = 3e-3
"""The highest learning rate: for each variant the best of several between 3e-4 and 5e-3, tried with seed 0. Without
residual connections that was the lowest of them: a lower one may do better."""

HURRIED = 5e-3
"""A rate at which a whole model still learns: what becomes of one without LayerNorm?"""


def stories_and_questions(seed: int, documents: int, asked: int) -> tuple[StoryWorld, TokenizedCorpus, Questions]:
    """The pocket world, stories of it to read, and what is asked about unread ones: the same for all of lesson 05."""
    world = StoryWorld.load("pocket")
    text = tokenize_corpus(([story.text] for story in world.documents(documents, seed)), world.tokenizer)
    unread = world.documents(asked, seed, part="validation")
    return world, text, ask_world(world, unread, masking=MASKING, visible=("both",))


def rows(
    seed: int, documents: int = DOCUMENTS, steps: int = STEPS, asked: int = ASKED, variants: tuple[str, ...] = PARTS
) -> Iterator[dict[str, Any]]:
    """One row for each model: what it lacks, since when, and its loss at hidden places (nats)."""
    world, text, questions = stories_and_questions(seed, documents, asked)
    config = story_config("pocket", world.tokenizer)

    def trained(config: BertConfig, part: str | None = None, rate: float | None = None) -> BertForPreTraining:
        """All begin with the parameters of one seed, and read the same stories in the same order."""
        rate = rate or RATES.get(part or "", USUAL_RATE)
        recipe = story_recipe("pocket", steps=steps, learning_rate=rate, seed=seed)
        model = new_model(config, recipe)
        model = leave_out(model, part) if part else model
        for _ in train(model, DocumentBatches(text, world.tokenizer, recipe), recipe):
            pass
        return model.eval()

    def row(model: BertForPreTraining, **what: Any) -> dict[str, Any]:
        found = beside_the_truth(model, world.tokenizer, questions, text)
        limit, unigram = found.limits["both"].cross_entropy, found.unigram.cross_entropy
        return {**what, "nats": found.model.cross_entropy, "limit": limit, "unigram": unigram}

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        whole = trained(config)
        yield row(whole, without="nothing", how="whole", heads=config.num_attention_heads)
        for part in variants:
            yield row(leave_out(whole, part), without=part, how="removed", heads=config.num_attention_heads)
            yield row(trained(config, part), without=part, how="retrained", heads=config.num_attention_heads)
        if variants != PARTS:
            return
        for heads in HEADS:
            other = trained(config.replace(num_attention_heads=heads))
            yield row(other, without="nothing", how="whole", heads=heads)
        for lacking in (None, "layer norm"):
            hurried = trained(config, lacking, HURRIED)
            yield row(hurried, without=lacking or "nothing", how="hurried", heads=config.num_attention_heads)
