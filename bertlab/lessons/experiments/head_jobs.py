"""Which head does what, in small BERTs that differ only in their seed.

How much of the hole's attention a head gives the clue, and by how much the right answer is less far ahead without it.
Pocket world; the questions of lesson 10, whose answers are known.
"""

from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryWorld
from bertlab.lessons.instruments.clue_questions import KINDS, ClueQuestions, ask_about_clues
from bertlab.model import BertForPreTraining
from bertlab.model.inside import heads_off
from bertlab.training import DocumentBatches, new_model, train
from bertlab.training.twins import story_config, story_recipe

DOCUMENTS, STEPS, ASKED = 20_000, 3_000, 60
"""Stories to read, steps to read them in (as many as the pocket twin), and stories of each kind to ask about."""


@torch.no_grad()
def shares_and_effects(
    model: BertForPreTraining, asked: ClueQuestions
) -> tuple[Float[Tensor, "layers heads"], Float[Tensor, "layers heads"], float]:
    """For each head its share for the clue, seen from the hole, and its effect; and the margin with all heads on.

    Means over the questions. The effect is what is lost of the margin (nats) when the head alone is switched off.
    """

    def ask() -> tuple[float, Tensor]:
        output = model(asked.input_ids, attention_mask=asked.attention_mask, positions=asked.positions,
                       output_attentions=True)  # fmt: skip
        attentions = torch.stack(output.attentions or (), dim=1)  # (probes, layers, heads, query, key)
        from_hole = attentions[torch.arange(len(asked)), :, :, asked.hole]
        share = (from_hole * asked.clues[:, None, None]).sum(dim=-1).mean(dim=0)
        return asked.margin(output.prediction_logits).mean().item(), share

    whole, share = ask()
    effect = torch.zeros_like(share)
    for layer, head in torch.cartesian_prod(*map(torch.arange, share.shape)).tolist():
        with heads_off(model, [(layer, head)]):
            effect[layer, head] = whole - ask()[0]
    return share, effect, whole


def rows(seed: int, documents: int = DOCUMENTS, steps: int = STEPS, asked: int = ASKED) -> Iterator[dict[str, Any]]:
    """One row for each kind of question and each head."""
    world = StoryWorld.load("pocket")
    text = tokenize_corpus(([story.text] for story in world.documents(documents, seed)), world.tokenizer)
    recipe = story_recipe("pocket", steps=steps, seed=seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = new_model(story_config("pocket", world.tokenizer), recipe)
        for _ in train(model, DocumentBatches(text, world.tokenizer, recipe), recipe):
            pass
    model.eval()
    for kind in KINDS:
        questions = ask_about_clues(world, kind, asked)
        even = (questions.clues.sum(dim=1) / questions.attention_mask.sum(dim=1)).mean().item()
        share, effect, whole = shares_and_effects(model, questions)
        for layer, (shares, effects) in enumerate(zip(share.tolist(), effect.tolist(), strict=True)):
            for head, (one, lost) in enumerate(zip(shares, effects, strict=True)):
                found = {"share": round(one, 4), "effect": round(lost, 4), "even": round(even, 4)}
                yield {"kind": kind, "layer": layer, "head": head, **found, "whole": round(whole, 4)}
