"""A fine-tuned model as a Hugging Face folder, and back: transformers' pipelines read it, and theirs is read here.

What a task adds to the encoder is one matrix. Which one, and what it is called there, is one table.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from bertlab.atomic import finish_replacing, replacing
from bertlab.model import Bert
from bertlab.model.checkpoint import config_to_json, hugging_face_name, read_model, read_stored, write_folder
from bertlab.model.task_heads import SpanFinder, TaskModel, TextClassifier, WordTagger
from bertlab.model.weight_files import read_json
from bertlab.text import Tokenizer
from bertlab.text.vocabulary import OBSOLETE


class Form(NamedTuple):
    """Our class, how it is built, and the name of its matrix; theirs and the name there; whether the pooler is used."""

    ours: type[TaskModel]
    build: Callable[[Bert, int], TaskModel]
    matrix: str
    theirs: str
    their_matrix: str
    pools: bool


FORMS = (
    Form(TextClassifier, TextClassifier, "classifier", "BertForSequenceClassification", "classifier", True),
    Form(WordTagger, WordTagger, "tagger", "BertForTokenClassification", "classifier", False),
    Form(SpanFinder, lambda encoder, _: SpanFinder(encoder), "finder", "BertForQuestionAnswering", "qa_outputs", False),
)


class FineTuned(NamedTuple):
    """A model of a task with what it needs: the names of its answers are in their order, none for stretches of text."""

    model: TaskModel
    tokenizer: Tokenizer
    labels: list[str]


def save_task(model: TaskModel, tokenizer: Tokenizer, folder: str | Path, labels: Sequence[str] = ()) -> None:
    """Write a fine-tuned model so that `load_task` and transformers read it, all of it or nothing.

    Args:
        labels: the names of the answers, in their order; none for a SpanFinder.

    Raises:
        ValueError: transformers has no such model, or there are not as many names as answers.
    """
    form = next((each for each in FORMS if type(model) is each.ours), None)
    if form is None or (isinstance(model, WordTagger) and model.classifier is not None):
        also = ", tags and intents together" if form else ""
        raise ValueError(f"transformers has no class for what a {type(model).__name__} answers{also}")
    if form.pools and model.config.causal:
        raise ValueError("transformers classifies by the first place, and in a causal model that has read nothing else")
    matrix = model.get_submodule(form.matrix).state_dict()
    answers = 0 if form.ours is SpanFinder else len(matrix["bias"])
    if len(labels) != answers:
        raise ValueError(f"{len(labels)} labels for {answers} answers; give each answer its name, in their order")
    weights = {hugging_face_name(f"bert.{name}"): weight for name, weight in model.encoder.state_dict().items()}
    weights |= {f"{form.their_matrix}.{name}": weight for name, weight in matrix.items()}
    kept = {name: weight for name, weight in weights.items() if form.pools or not name.startswith("bert.pooler.")}
    config = config_to_json(model.config) | {"architectures": [form.theirs]}
    if labels:
        config["id2label"] = dict(enumerate(labels))
        config["label2id"] = {label: number for number, label in enumerate(labels)}
    with replacing(Path(folder), OBSOLETE) as staging:
        write_folder({name: weight.detach().cpu().contiguous() for name, weight in kept.items()}, config, staging)
        tokenizer.save(staging)


def load_task(folder: str | Path) -> FineTuned:
    """A fine-tuned model of ours or of transformers, in eval mode, from its folder.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: it is none of the three kinds, or its files do not fit one another.
    """
    folder = Path(folder)
    finish_replacing(folder, OBSOLETE)
    config = read_json(folder / "config.json")
    kinds = config.get("architectures") or []
    form = next((each for each in FORMS if each.theirs in kinds), None)
    if form is None:
        known = ", ".join(each.theirs for each in FORMS)
        raise ValueError(f"{folder / 'config.json'}: architectures is {kinds}; of a task are {known}")
    encoder = read_model(folder, new_heads=True).bert
    stored, listed = read_stored(folder)
    matrix = {}
    for name in ("weight", "bias"):
        key = f"{form.their_matrix}.{name}"
        if key not in stored:
            raise ValueError(f"{listed}: {key} is missing, which a {form.theirs} answers with")
        matrix[name] = stored[key].tensor.to(torch.float32, copy=True)
    model = form.build(encoder, len(matrix["bias"]))
    model.get_submodule(form.matrix).load_state_dict(matrix)
    names = {int(number): label for number, label in (config.get("id2label") or {}).items()}
    labels = [names.get(number, f"LABEL_{number}") for number in range(len(matrix["bias"]))]
    return FineTuned(model.eval(), Tokenizer.from_folder(folder), [] if form.ours is SpanFinder else labels)
