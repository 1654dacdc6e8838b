"""What pretraining is worth, task by task: the same fine-tuning of BERT, of its causal twin, and of a model that has
read nothing, each beside the best that anybody could do.

Tasks, all of the full story world, and what is scored on unseen examples:

    topic        one of twelve subjects for a story             correct
    mood         glad or gloomy: which words are more           correct
    entailment   does the story say so?                         correct
    entities     names, places, things and times                F1 of whole entities
    commands     the slots of a command, and its intent         F1 of slots; correct intents; commands wholly right
    questions    an answer in the words of the story, or none   exact answers

Beside them stands who knows which words there are, and no more. Each model is trained at three learning rates; the one
that does best on validation examples is asked the test.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

import bertlab
from bertlab.corpora.story import CommandGrammar, StoryWorld, entailments, entities, labelled, span_questions
from bertlab.corpora.story.parts import Part
from bertlab.model import Bert
from bertlab.model.task_heads import SpanFinder, TaskModel, TextClassifier, WordTagger
from bertlab.tasks.answers import best_spans
from bertlab.tasks.metrics import accuracy, exact_match, score_entities
from bertlab.tasks.rows_of import label_numbers, tag_rows, text_rows, window_rows
from bertlab.tasks.spans import question_windows
from bertlab.tasks.words import tagged_row, word_tags
from bertlab.tasks.words_alone import TagOfAWord, bag_of_words, one_matrix
from bertlab.text import Tokenizer
from bertlab.training import Recipe, new_model
from bertlab.training.finetuning import FineTuning, answers_to, finetune
from bertlab.training.rows import Row, RowBatches

Text = str | tuple[str, str]
Tagged = tuple[Sequence[str], Sequence[str], str | None]
Scores = dict[str, float]

RATES = (5e-4, 1e-3, 2e-3)
HELD_OUT: tuple[Part, ...] = ("validation", "test")
ASKED = 300
"""Unseen examples of each part."""


class Size(NamedTuple):
    """How many examples a task is learned from, and how often each is read."""

    examples: int
    passes: int


SIZES = {
    "topic": Size(500, 4),
    "mood": Size(4000, 3),
    "entailment": Size(4000, 3),
    "entities": Size(300, 6),
    "commands": Size(1000, 12),
    "questions": Size(4000, 3),
}


class Task(NamedTuple):
    """Rows to learn from, what to put on an encoder, and how a model is scored.

    Args:
        score: a model and a part of the world -> shares from 0 to 1, by name; the first is the one to choose by.
        words_alone: the same shares on the test, of who knows which words stand there and no more.
        limit: the best that anybody could have on the test, as far as it is known.
    """

    rows: list[Row]
    build: Callable[[Bert], TaskModel]
    score: Callable[[TaskModel, Part], Scores]
    words_alone: Scores
    limit: Scores


def classify(tokenizer: Tokenizer, examples: dict[Part, list[tuple[Text, str]]], limit: float) -> Task:
    """One label for a text or a pair of texts."""
    numbers = label_numbers(label for _, label in examples["training"])
    texts = {part: [text for text, _ in told] for part, told in examples.items()}
    labels = {part: [label for _, label in told] for part, told in examples.items()}

    def score(model: TaskModel, part: Part) -> Scores:
        answers = answers_to(model, text_rows(tokenizer, texts[part]), tokenizer.pad_id)
        return {"correct": accuracy(labels[part], [list(numbers)[each["label"].argmax()] for each in answers])}

    rows = text_rows(tokenizer, texts["training"], [numbers[label] for label in labels["training"]])
    known, asked = (bag_of_words(told, len(tokenizer)) for told in (rows, text_rows(tokenizer, texts["test"])))
    said = one_matrix(known, torch.tensor([numbers[label] for label in labels["training"]]), asked, len(numbers))
    alone = {"correct": accuracy(labels["test"], [list(numbers)[number] for number in said.tolist()])}
    return Task(rows, lambda encoder: TextClassifier(encoder, len(numbers)), score, alone, {"correct": limit})


def tag(tokenizer: Tokenizer, examples: dict[Part, list[Tagged]], limit: Scores) -> Task:
    """A tag for each word, and an intent where the examples have one."""
    names = sorted({tag for _, tags, _ in examples["training"] for tag in tags})
    given = [intent for *_, intent in examples["training"] if intent]
    numbers = label_numbers(given) if given else {}

    def score(model: TaskModel, part: Part) -> Scores:
        asked = [tagged_row(tokenizer, words, None, names) for words, *_ in examples[part]]
        answers = answers_to(model, tag_rows(asked), tokenizer.pad_id)
        said = [word_tags(row, each["tags"].argmax(axis=-1)) for row, each in zip(asked, answers, strict=True)]
        true = [tuple(tags) for _, tags, _ in examples[part]]
        found = {"F1": score_entities(true, said).micro.f1}
        if numbers:
            intents = [list(numbers)[each["intent"].argmax()] for each in answers]
            right = [intent == wanted for intent, (*_, wanted) in zip(intents, examples[part], strict=True)]
            found["intent"] = float(np.mean(right))
            found["whole"] = float(np.mean([one and s == t for one, s, t in zip(right, said, true, strict=True)]))
        return found

    taught = [tagged_row(tokenizer, words, tags, names) for words, tags, _ in examples["training"]]
    rows = tag_rows(taught, [numbers[intent] for intent in given] if numbers else None)
    alone = TagOfAWord([words for words, *_ in examples["training"]], [tags for _, tags, _ in examples["training"]])
    true, said = [tuple(tags) for _, tags, _ in examples["test"]], [alone(words) for words, *_ in examples["test"]]
    by_word = {"F1": score_entities(true, said).micro.f1}
    return Task(rows, lambda encoder: WordTagger(encoder, len(names), len(numbers)), score, by_word, limit)


def story_label(variable: str) -> Callable[..., Task]:
    """A variable of the story, such as its topic; of some stories nobody can be sure."""

    def make(world: StoryWorld, tokenizer: Tokenizer, sizes: dict[Part, int], seed: int) -> Task:
        told = {part: list(labelled(world, variable, count, seed, part)) for part, count in sizes.items()}
        limit = float(np.mean([max(each.limit.values()) for each in told["test"]]))
        return classify(
            tokenizer, {part: [(each.text, each.label) for each in stories] for part, stories in told.items()}, limit
        )

    return make


def entailment(world: StoryWorld, tokenizer: Tokenizer, sizes: dict[Part, int], seed: int) -> Task:
    """Does the story say so, does it say otherwise, or does it leave it open? Whoever knows the world can be right."""
    told: dict[Part, list[tuple[Text, str]]] = {
        part: [((each.premise, each.hypothesis), each.label) for each in entailments(world, count, seed, part)]
        for part, count in sizes.items()
    }
    return classify(tokenizer, told, 1.0)


def named_entities(world: StoryWorld, tokenizer: Tokenizer, sizes: dict[Part, int], seed: int) -> Task:
    """Names, places, things and times. The words of a story decide them."""
    told: dict[Part, list[Tagged]] = {
        part: [(each.words, each.tags, None) for each in entities(world, count, seed, part)]
        for part, count in sizes.items()
    }
    return tag(tokenizer, told, {"F1": 1.0})


def commands(world: StoryWorld, tokenizer: Tokenizer, sizes: dict[Part, int], seed: int) -> Task:
    """What one wants of the house, and the words that say when and how. Some commands can be read in two ways."""
    grammar = CommandGrammar.load()
    told: dict[Part, list[Tagged]] = {
        part: [(each.words, each.tags, each.intent) for each in grammar.commands(count, seed, part)]
        for part, count in sizes.items()
    }
    said = [words for words, *_ in told["test"]]
    limit = {
        "intent": float(np.mean([max(grammar.limit(words, "test").values()) for words in said])),
        "whole": float(np.mean([max(grammar.readings(words, "test").values()) for words in said])),
    }
    return tag(tokenizer, told, limit)


def questions(world: StoryWorld, tokenizer: Tokenizer, sizes: dict[Part, int], seed: int) -> Task:
    """An answer in the words of the story; for some questions it has none."""
    told = {part: list(span_questions(world, count, seed, part)) for part, count in sizes.items()}

    def score(model: TaskModel, part: Part) -> Scores:
        asked = [question_windows(tokenizer, each.question, each.text) for each in told[part]]
        answers = iter(answers_to(model, window_rows(window for each in asked for window in each), tokenizer.pad_id))
        right = []
        for windows, each in zip(asked, told[part], strict=True):
            scores = [next(answers) for _ in windows]
            found = best_spans(windows, [one["start"] for one in scores], [one["end"] for one in scores])
            right.append(exact_match(found.answer(), [each.answer]))
        return {"exact": float(np.mean(right))}

    taught = (
        question_windows(tokenizer, each.question, each.text, (each.start, each.stop) if each.answer else None)
        for each in told["training"]
    )
    rows, silent = window_rows(window for windows in taught for window in windows), ["" for _ in told["test"]]
    never = accuracy([each.answer for each in told["test"]], silent)  # of the question's words nothing can be answered
    return Task(rows, SpanFinder, score, {"exact": never}, {"exact": 1.0})


TASKS: dict[str, Callable[[StoryWorld, Tokenizer, dict[Part, int], int], Task]] = {
    "topic": story_label("topic"),
    "mood": story_label("mood"),
    "entailment": entailment,
    "entities": named_entities,
    "commands": commands,
    "questions": questions,
}


def encoders(seed: int) -> tuple[dict[str, Bert], Tokenizer]:
    """What is fine-tuned: BERT, its causal twin, and a BERT that has read nothing."""
    bert, tokenizer = bertlab.load("story-bert")
    gpt, _ = bertlab.load("story-gpt")
    scratch = new_model(bert.config, Recipe(steps=1, seed=seed))
    return {"BERT": bert.bert, "causal twin": gpt.bert, "from scratch": scratch.bert}, tokenizer


def learned(task: Task, encoder: Bert, passes: int, rate: float, pad_id: int, seed: int) -> TaskModel:
    """A model after so many passes over the task's examples."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model, batches = task.build(encoder), RowBatches(task.rows, pad_id, seed=seed)
        steps = batches.steps(passes)
        for _ in finetune(model, batches, FineTuning(steps, rate, warmup_steps=steps // 10, seed=seed)):
            pass
    return model


def rows(seed: int, share: float = 1.0) -> Iterator[dict[str, Any]]:
    """For each task the limits, and for each model its scores: at each rate on validation, at the best one on the test.

    Args:
        share: of the examples, for a shorter run.
    """
    world = StoryWorld.load("full")
    models, tokenizer = encoders(seed)
    for name, (examples, passes) in SIZES.items():
        sizes: dict[Part, int] = {"training": int(share * examples), **dict.fromkeys(HELD_OUT, int(share * ASKED))}
        task = TASKS[name](world, tokenizer, sizes, seed)
        for who, known in (("limit", task.limit), ("words alone", task.words_alone)):
            for score, value in known.items():
                yield {"task": name, "model": who, "score": score, "part": "test", "value": value}
        for who, encoder in models.items():
            tried: list[tuple[float, float, TaskModel]] = []
            for rate in RATES:
                model = learned(task, encoder, passes, rate, tokenizer.pad_id, seed)
                score, value = next(iter(task.score(model, "validation").items()))
                tried.append((value, rate, model))
                yield {
                    "task": name, "model": who, "score": score, "part": "validation", "rate": rate, "value": value
                }  # fmt: skip
            _, rate, model = max(tried, key=lambda each: each[0])
            for score, value in task.score(model, "test").items():
                yield {"task": name, "model": who, "score": score, "part": "test", "rate": rate, "value": value}
