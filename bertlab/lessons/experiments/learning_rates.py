"""Which learning rate does fine-tuning need? The topic of a story, from the same labels and in as many steps, at eight
rates: the published ones for BERT (2e-5 to 5e-5), and larger ones, up to 5e-3. Learned by

    all           all parameters learn, of BERT, of its causal twin, and of a BERT that has read nothing
    frozen        the encoder of BERT stays as it is, and one matrix learns

A model reads the first 32 pieces of a story.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from bertlab.corpora.story import StoryWorld, labelled
from bertlab.corpora.story.parts import Part
from bertlab.lessons.experiments.fine_tuned import encoders
from bertlab.model import Bert
from bertlab.model.task_heads import TextClassifier
from bertlab.tasks.rows_of import label_numbers, text_rows
from bertlab.training.finetuning import FineTuning, answers_to, finetune
from bertlab.training.rows import Row, RowBatches

RATES = (2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3)
COUNT, ASKED = 250, 300
PASSES, BATCH_ROWS = 6, 16
LONGEST = 32


def correct(encoder: Bert, known: list[Row], test: list[Row], recipe: FineTuning, pad_id: int) -> float:
    """The share of right labels after fine-tuning by a recipe."""
    answers = 1 + max(int(row.labels["label"]) for row in known)  # type: ignore[arg-type]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        model = TextClassifier(encoder, answers)
        for _ in finetune(model, RowBatches(known, pad_id, BATCH_ROWS, recipe.seed), recipe):
            pass
    said = answers_to(model, test, pad_id)
    return float(np.mean([each["label"].argmax() == row.labels["label"] for each, row in zip(said, test, strict=True)]))


def rows(
    seed: int, rates: tuple[float, ...] = RATES, count: int = COUNT, asked: int = ASKED, passes: int = PASSES
) -> Iterator[dict[str, Any]]:
    """The share of correct topics for each model, way of learning, and rate; first the best that anybody could have."""
    world = StoryWorld.load("full")
    models, tokenizer = encoders(seed)
    sizes: dict[Part, int] = {"training": count, "test": asked}
    told = {part: list(labelled(world, "topic", number, seed, part)) for part, number in sizes.items()}
    limit = float(np.mean([max(each.limit.values()) for each in told["test"]]))
    yield {"model": "limit", "learns": "all", "rate": 0.0, "correct": limit}
    numbers = label_numbers(world.variables["topic"])
    known, test = (
        text_rows(tokenizer, [each.text for each in part], [numbers[each.label] for each in part], max_length=LONGEST)
        for part in told.values()
    )
    steps = RowBatches(known, tokenizer.pad_id, BATCH_ROWS).steps(passes)
    for who, encoder in models.items():
        for learns in ("all", "frozen") if who == "BERT" else ("all",):
            for rate in rates:
                recipe = FineTuning(steps, rate, warmup_steps=steps // 10, seed=seed, frozen=learns == "frozen")
                found = correct(encoder, known, test, recipe, tokenizer.pad_id)
                yield {"model": who, "learns": learns, "rate": rate, "correct": found}
