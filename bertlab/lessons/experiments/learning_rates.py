"""Which learning rate does fine-tuning need? The topic of a story, from the same labels and in as many steps, at eight
rates: the published ones for BERT (2e-5 to 5e-5), and larger ones, up to 5e-3. Learned by

    all           all parameters learn, of BERT, of its causal twin, and of a BERT that has read nothing
    frozen        the encoder of BERT stays as it is, and one matrix learns

A model reads the first 32 pieces of a story.
"""

from collections.abc import Iterator
from functools import partial
from statistics import mean
from typing import Any

from bertlab.corpora.story import StoryWorld, labelled
from bertlab.corpora.story.parts import Part
from bertlab.lessons.experiments.fine_tuned import encoders
from bertlab.model.task_heads import TextClassifier
from bertlab.tasks.metrics import accuracy
from bertlab.tasks.rows_of import label_numbers, text_rows
from bertlab.tasks.task import learned
from bertlab.training.finetuning import answers_to
from bertlab.training.rows import RowBatches

RATES = (2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3)
COUNT, ASKED = 250, 300
PASSES, BATCH_ROWS = 6, 16
LONGEST = 32


def rows(
    seed: int, rates: tuple[float, ...] = RATES, count: int = COUNT, asked: int = ASKED, passes: int = PASSES
) -> Iterator[dict[str, Any]]:
    """The share of correct topics for each model, way of learning, and rate; first the best that anybody could have."""
    world = StoryWorld.load("full")
    models, tokenizer = encoders(seed)
    sizes: dict[Part, int] = {"training": count, "test": asked}
    told = {part: list(labelled(world, "topic", number, seed, part)) for part, number in sizes.items()}
    limit = mean(max(each.limit.values()) for each in told["test"])
    yield {"model": "limit", "learns": "all", "rate": 0.0, "correct": limit}
    numbers = label_numbers(world.variables["topic"])
    known, test = (
        text_rows(tokenizer, [each.text for each in part], [numbers[each.label] for each in part], max_length=LONGEST)
        for part in told.values()
    )
    true = [row.labels["label"] for row in test]
    batches = RowBatches(known, tokenizer.pad_id, BATCH_ROWS, seed)
    steps = batches.steps(passes)
    for who, encoder in models.items():
        for learns in ("all", "frozen") if who == "BERT" else ("all",):
            for rate in rates:
                build = partial(TextClassifier, encoder, len(numbers))
                model = learned(build, batches, steps, rate, seed, frozen=learns == "frozen")
                said = [int(each["label"].argmax()) for each in answers_to(model, test, tokenizer.pad_id)]
                yield {"model": who, "learns": learns, "rate": rate, "correct": accuracy(true, said)}
