"""How many labels is pretraining worth? The topic of a story, learned from a few examples and from many, by

    fine-tuned        BERT, its causal twin, and a BERT that has read nothing: all parameters learn, in so many steps
    frozen            the encoder stays as it is: one matrix learns to read its [CLS], or the mean of its vectors
    words alone       which words stand there, and no more: one matrix on their counts

The model that has read nothing is also given four times as many steps: is it labels that reading saves, or steps?
`frozen` is also asked with an untrained encoder, whose mean is a shuffled bag of words.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from bertlab.corpora.story import StoryWorld, labelled
from bertlab.corpora.story.parts import Part
from bertlab.lessons.experiments.fine_tuned import encoders
from bertlab.model import Bert
from bertlab.model.task_heads import TextClassifier, mean_pooled
from bertlab.tasks.rows_of import label_numbers, text_rows
from bertlab.tasks.task import learned
from bertlab.tasks.words_alone import bag_of_words, one_matrix
from bertlab.training.finetuning import answers_to
from bertlab.training.rows import Row, RowBatches, by_length

COUNTS = (30, 60, 125, 250, 500)
ASKED = 400
STEPS = 128
"""Of fine-tuning, however few the labels are: 8 passes over the most of them."""
LONGER = 4
"""So many times the steps, for a model that has read nothing."""
RATES = {"BERT": 5e-4, "causal twin": 1e-3, "from scratch": 1e-3, "from scratch, longer": 1e-3}


@torch.inference_mode()
def read(encoder: Bert, rows: list[Row], pad_id: int) -> dict[str, Float[Tensor, "texts hidden"]]:
    """What a frozen encoder makes of each text: the vector at [CLS], and the mean of all vectors.

    Not what its pooler makes of [CLS]: the twins learned without next sentences, so nobody has trained theirs.
    """
    encoder.eval()
    found = {name: torch.empty(len(rows), encoder.config.hidden_size) for name in ("[CLS]", "mean")}
    for which, batch in by_length(rows, pad_id):
        hidden = encoder(batch.input_ids, batch.token_type_ids, batch.attention_mask).last_hidden_state
        found["[CLS]"][which] = hidden[:, 0]
        found["mean"][which] = mean_pooled(hidden, batch.attention_mask)
    return found


def rows(
    seed: int, counts: tuple[int, ...] = COUNTS, asked: int = ASKED, steps: int = STEPS
) -> Iterator[dict[str, Any]]:
    """The share of correct topics for each way and number of labels; first the best that anybody could have."""
    world = StoryWorld.load("full")
    models, tokenizer = encoders(seed)
    sizes: dict[Part, int] = {"training": max(counts), "test": asked}
    stories = {part: list(labelled(world, "topic", count, seed, part)) for part, count in sizes.items()}
    yield {
        "way": "limit",
        "labels": 0,
        "correct": float(np.mean([max(each.limit.values()) for each in stories["test"]])),
    }
    numbers = label_numbers(world.variables["topic"])
    known, test = (
        text_rows(tokenizer, [each.text for each in told], [numbers[each.label] for each in told])
        for told in stories.values()
    )
    labels, true = (torch.tensor([row.labels["label"] for row in told]) for told in (known, test))

    vectors = {"words alone": tuple(bag_of_words(told, len(tokenizer)) for told in (known, test))}
    for who in ("BERT", "from scratch"):
        of_known, of_test = (read(models[who], told, tokenizer.pad_id) for told in (known, test))
        of = "untrained " if who == "from scratch" else ""
        vectors |= {f"frozen {of}{name}": (of_known[name], of_test[name]) for name in of_known}

    for count in counts:
        for way, (seen, asked_about) in vectors.items():
            said = one_matrix(seen[:count], labels[:count], asked_about, len(numbers))
            yield {"way": way, "labels": count, "correct": float((said == true).float().mean())}
        longer = {"from scratch, longer": (models["from scratch"], LONGER * steps)}
        for who, (encoder, often) in ({who: (each, steps) for who, each in models.items()} | longer).items():
            batches = RowBatches(known[:count], tokenizer.pad_id, seed=seed)
            model = learned(partial(TextClassifier, encoder, len(numbers)), batches, often, RATES[who], seed)
            answers = answers_to(model, test, tokenizer.pad_id)
            said = torch.tensor([int(each["label"].argmax()) for each in answers])
            yield {"way": f"fine-tuned {who}", "labels": count, "correct": float((said == true).float().mean())}
