"""What pretraining is worth, task by task: the same fine-tuning of BERT, of its causal twin, and of a model that has
read nothing, each beside the best that anybody could do.

Tasks, all of the full story world, and what is scored on unseen examples:

    topic        one of twelve subjects for a story             correct
    mood         glad or gloomy: which words are more           correct
    entailment   does the story say so?                         correct
    entities     names, places, things and times                F1 of whole entities
    commands     the slots of a command, and its intent         F1 of slots; correct intents; commands wholly right
    questions    an answer in the words of the story, or none   exact answers; F1 of their words

Beside them stands who knows which words there are, and no more. Each model is trained at two learning rates; the one
that does best on validation examples is asked the test. The model that has read nothing is also given three times as
many passes: is reading first a head start, or more than that? At the mood, where BERT gains nothing, so is BERT.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import bertlab
from bertlab.corpora.labelled import context_question, labelled_text, tagged_words
from bertlab.corpora.story import CommandGrammar, StoryWorld, entailments, entities, labelled, span_questions
from bertlab.corpora.story.parts import Part
from bertlab.model import Bert
from bertlab.tasks.task import Scores, Task, classification, question_answering, tagging
from bertlab.text import Tokenizer
from bertlab.training import Recipe, new_model

RATES = (5e-4, 1e-3)
LONGER = 3
"""So many times the passes."""
ASKED = 300
"""Unseen examples of each part."""


class Size(NamedTuple):
    """How many examples a task is learned from, and how often each is read."""

    examples: int
    passes: int


SIZES = {
    "topic": Size(500, 8),
    "mood": Size(4000, 3),
    "entailment": Size(4000, 3),
    "entities": Size(300, 6),
    "commands": Size(1000, 12),
    "questions": Size(4000, 3),
}

Sizes = dict[Part, int]
Examples = dict[Part, list[Any]]
"""For each part what is to be learned from, or asked about."""


def mean(shares: Sequence[float]) -> float:
    """Of the best probabilities: how often the best reader is right."""
    return sum(shares) / len(shares)


def story_label(variable: str) -> Callable[[StoryWorld, Sizes, int], tuple[Examples, Scores]]:
    """A variable of the story, such as its topic; of some stories nobody can be sure."""

    def make(world: StoryWorld, sizes: Sizes, seed: int) -> tuple[Examples, Scores]:
        told = {part: list(labelled(world, variable, count, seed, part)) for part, count in sizes.items()}
        limit = {"correct": mean([max(each.limit.values()) for each in told["test"]])}
        return {part: [labelled_text(each) for each in stories] for part, stories in told.items()}, limit

    return make


def entailment(world: StoryWorld, sizes: Sizes, seed: int) -> tuple[Examples, Scores]:
    """Does the story say so, does it say otherwise, or does it leave it open? Whoever knows the world can be right."""
    told = {part: entailments(world, count, seed, part) for part, count in sizes.items()}
    return {part: [labelled_text(each) for each in claims] for part, claims in told.items()}, {"correct": 1.0}


def named_entities(world: StoryWorld, sizes: Sizes, seed: int) -> tuple[Examples, Scores]:
    """Names, places, things and times. The words of a story decide them."""
    told = {part: entities(world, count, seed, part) for part, count in sizes.items()}
    return {part: [tagged_words(each) for each in stories] for part, stories in told.items()}, {"F1": 1.0}


def commands(world: StoryWorld, sizes: Sizes, seed: int) -> tuple[Examples, Scores]:
    """What one wants of the house, and the words that say when and how. Some commands can be read in two ways."""
    grammar = CommandGrammar.load()
    told = {part: list(grammar.commands(count, seed, part)) for part, count in sizes.items()}
    limit = {
        "intent": mean([max(grammar.limit(each.words, "test").values()) for each in told["test"]]),
        "whole": mean([max(grammar.readings(each.words, "test").values()) for each in told["test"]]),
    }
    return {part: [tagged_words(each) for each in said] for part, said in told.items()}, limit


def questions(world: StoryWorld, sizes: Sizes, seed: int) -> tuple[Examples, Scores]:
    """An answer in the words of the story; for some questions it has none."""
    told = {part: enumerate(span_questions(world, count, seed, part)) for part, count in sizes.items()}
    asked: Examples = {
        part: [context_question(each, f"{part}-{number}") for number, each in numbered]
        for part, numbered in told.items()
    }
    return asked, {"exact": 1.0, "F1": 1.0}


TASKS: dict[str, tuple[Callable[[StoryWorld, Sizes, int], tuple[Examples, Scores]], Callable[..., Task]]] = {
    "topic": (story_label("topic"), classification),
    "mood": (story_label("mood"), classification),
    "entailment": (entailment, classification),
    "entities": (named_entities, tagging),
    "commands": (commands, tagging),
    "questions": (questions, question_answering),
}


def task_of(name: str, world: StoryWorld, tokenizer: Tokenizer, sizes: Sizes, seed: int) -> tuple[Task, Scores]:
    """A task of the story world, and the best scores that anybody could have on its test."""
    tell, kind = TASKS[name]
    examples, limit = tell(world, sizes, seed)
    held_out = {part: told for part, told in examples.items() if part != "training"}
    return kind(tokenizer, examples["training"], held_out), limit


def encoders(seed: int) -> tuple[dict[str, Bert], Tokenizer]:
    """What is fine-tuned: BERT, its causal twin, and a BERT that has read nothing."""
    bert, tokenizer = bertlab.load("story-bert")
    gpt, _ = bertlab.load("story-gpt")
    scratch = new_model(bert.config, Recipe(steps=1, seed=seed))
    return {"BERT": bert.bert, "causal twin": gpt.bert, "from scratch": scratch.bert}, tokenizer


def rows(seed: int, share: float = 1.0) -> Iterator[dict[str, Any]]:
    """For each task the limits, and for each model its scores: at each rate on validation, at the best one on the test.

    Args:
        share: of the examples, for a shorter run.
    """
    world = StoryWorld.load("full")
    models, tokenizer = encoders(seed)
    for name, (examples, passes) in SIZES.items():
        asked = int(share * ASKED)
        sizes: Sizes = {"training": int(share * examples), "validation": asked, "test": asked}
        task, limit = task_of(name, world, tokenizer, sizes, seed)
        for who, known in (("limit", limit), ("words alone", task.words_alone)):
            for score, value in known.items():
                yield {"task": name, "model": who, "score": score, "part": "test", "value": value}
        patient = ("from scratch", "BERT") if name == "mood" else ("from scratch",)
        longer = {f"{who}, longer": (models[who], LONGER * passes) for who in patient}
        for who, (encoder, often) in ({who: (each, passes) for who, each in models.items()} | longer).items():
            tried = {rate: task.learned(encoder, often, rate, pad_id=tokenizer.pad_id, seed=seed) for rate in RATES}
            found = {rate: next(iter(task.score(model, "validation").items())) for rate, model in tried.items()}
            for rate, (score, value) in found.items():
                yield {"task": name, "model": who, "score": score, "part": "validation", "rate": rate, "value": value}
            best = max(RATES, key=lambda rate: found[rate][1])
            for score, value in task.score(tried[best], "test").items():
                yield {"task": name, "model": who, "score": score, "part": "test", "rate": best, "value": value}
