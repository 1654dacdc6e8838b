"""A task from its examples: rows to learn from, what to put on an encoder, how it is scored, and what words reach."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from bertlab.corpora.labelled import ContextQuestion, LabelledText, TaggedWords
from bertlab.model import Bert
from bertlab.model.task_heads import SpanFinder, TaskModel, TextClassifier, WordTagger
from bertlab.tasks.answers import best_spans
from bertlab.tasks.metrics import AnswerScores, accuracy, score_answers, score_entities
from bertlab.tasks.rows_of import label_numbers, tag_rows, text_rows, window_rows
from bertlab.tasks.spans import question_windows
from bertlab.tasks.words import tagged_row, word_tags
from bertlab.tasks.words_alone import TagOfAWord, bag_of_words, one_matrix
from bertlab.text import Tokenizer
from bertlab.training.finetuning import FineTuning, answers_to, finetune
from bertlab.training.rows import Row, RowBatches, TaskBatch

Scores = dict[str, float]
"""Shares from 0 to 1, by name."""


@dataclass(frozen=True)
class Task:
    """What fine-tuning needs, whatever is asked.

    Args:
        rows: to learn from.
        build: puts on an encoder what the task adds.
        score: of a model, on one of the parts that were held out; the first score is the one to choose by.
        words_alone: on the last of these parts, of who knows which words stand there, and no more.
    """

    rows: list[Row]
    build: Callable[[Bert], TaskModel]
    score: Callable[[TaskModel, str], Scores]
    words_alone: Scores

    def learned(self, encoder: Bert, passes: int, rate: float, *, pad_id: int, seed: int = 0) -> TaskModel:
        """A model after so many passes over the rows."""
        batches = RowBatches(self.rows, pad_id, seed=seed)
        return learned(lambda: self.build(encoder), batches, batches.steps(passes), rate, seed)


def learned(
    build: Callable[[], TaskModel],
    batches: Callable[[int], TaskBatch],
    steps: int,
    rate: float,
    seed: int,
    *,
    frozen: bool = False,
) -> TaskModel:
    """A model after so many steps, a tenth of them to warm up; the same for the same seed.

    Args:
        frozen: the encoder stays as it is.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build()
        for _ in finetune(model, batches, FineTuning(steps, rate, warmup_steps=steps // 10, seed=seed, frozen=frozen)):
            pass
    return model


def classification(
    tokenizer: Tokenizer,
    training: Sequence[LabelledText],
    held_out: Mapping[str, Sequence[LabelledText]],
    max_length: int | None = None,
) -> Task:
    """One label for a text or a pair of texts: the share of correct ones."""
    numbers = label_numbers(str(each.label) for each in training)
    names = list(numbers)

    def rows_of(examples: Sequence[LabelledText], labelled: bool) -> list[Row]:
        texts = [each.text_a if each.text_b is None else (each.text_a, each.text_b) for each in examples]
        labels = [numbers[str(each.label)] for each in examples] if labelled else None
        return text_rows(tokenizer, texts, labels, max_length=max_length)

    def correct(examples: Sequence[LabelledText], said: Sequence[int]) -> Scores:
        return {"correct": accuracy([str(each.label) for each in examples], [names[number] for number in said])}

    def score(model: TaskModel, part: str) -> Scores:
        answers = answers_to(model, rows_of(held_out[part], labelled=False), tokenizer.pad_id)
        return correct(held_out[part], [int(each["label"].argmax()) for each in answers])

    rows, last = rows_of(training, labelled=True), list(held_out.values())[-1]
    known, asked = (bag_of_words(each, len(tokenizer)) for each in (rows, rows_of(last, labelled=False)))
    said = one_matrix(known, torch.tensor([row.labels["label"] for row in rows]), asked, len(names))
    return Task(rows, lambda encoder: TextClassifier(encoder, len(names)), score, correct(last, said.tolist()))


def tagging(
    tokenizer: Tokenizer,
    training: Sequence[TaggedWords],
    held_out: Mapping[str, Sequence[TaggedWords]],
    max_length: int | None = None,
) -> Task:
    """A tag for each word: F1 of whole entities. With intents: the correct ones, and texts that are wholly right."""
    names = sorted({tag for each in training for tag in each.tags})
    given = [each.intent for each in training if each.intent is not None]
    numbers = label_numbers(given) if given else {}

    def f1(examples: Sequence[TaggedWords], said: Sequence[tuple[str, ...]]) -> float:
        return score_entities([each.tags for each in examples], said).micro.f1

    def score(model: TaskModel, part: str) -> Scores:
        examples = held_out[part]
        asked = [tagged_row(tokenizer, each.words, None, names, max_length) for each in examples]
        answers = answers_to(model, tag_rows(asked), tokenizer.pad_id)
        said = [word_tags(row, each["tags"].argmax(axis=-1)) for row, each in zip(asked, answers, strict=True)]
        if not numbers:
            return {"F1": f1(examples, said)}
        intents = [list(numbers)[each["intent"].argmax()] for each in answers]
        right = [intent == each.intent for intent, each in zip(intents, examples, strict=True)]
        whole = [ok and tags == each.tags for ok, tags, each in zip(right, said, examples, strict=True)]
        return {"F1": f1(examples, said), "intent": sum(right) / len(right), "whole": sum(whole) / len(whole)}

    taught = [tagged_row(tokenizer, each.words, each.tags, names, max_length) for each in training]
    rows = tag_rows(taught, [numbers[intent] for intent in given] if numbers else None)
    alone = TagOfAWord([each.words for each in training], [each.tags for each in training])
    last = list(held_out.values())[-1]
    by_word = {"F1": f1(last, [alone(each.words) for each in last])}
    return Task(rows, lambda encoder: WordTagger(encoder, len(names), len(numbers)), score, by_word)


def question_answering(
    tokenizer: Tokenizer,
    training: Sequence[ContextQuestion],
    held_out: Mapping[str, Sequence[ContextQuestion]],
    *,
    max_length: int = 384,
    stride: int = 128,
    scored: Callable[[Sequence[str], Sequence[Sequence[str]]], AnswerScores] = score_answers,
) -> Task:
    """A stretch of the context, or no answer: exact ones, and F1 of their words. Words alone can only be silent.

    A reader that has learned only from questions that have an answer is never silent: no answer is then what it has
    learned of windows, most of which hold none, and not of questions.

    Args:
        scored: by other measures, as Chinese needs: partial(score_answers, exact=..., f1=...).
    """

    def windows_of(each: ContextQuestion, taught: bool) -> list:
        answer = (each.answers[0].start, each.answers[0].stop) if taught and each.answers else None
        return question_windows(tokenizer, each.question, each.context, answer, max_length=max_length, stride=stride)

    def scores_of(examples: Sequence[ContextQuestion], said: Sequence[str]) -> Scores:
        found = scored(said, [[answer.text for answer in each.answers] for each in examples])
        return {"exact": found.exact, "F1": found.f1}

    def score(model: TaskModel, part: str) -> Scores:
        asked = [windows_of(each, taught=False) for each in held_out[part]]
        answers = iter(answers_to(model, window_rows(window for each in asked for window in each), tokenizer.pad_id))
        said = []
        for windows in asked:
            scores = [next(answers) for _ in windows]
            found = best_spans(windows, [each["start"] for each in scores], [each["end"] for each in scores])
            said.append(found.answer(threshold))
        return scores_of(held_out[part], said)

    threshold = 0.0 if any(not each.answers for each in training) else math.inf
    rows = window_rows(window for each in training for window in windows_of(each, taught=True))
    last = list(held_out.values())[-1]
    return Task(rows, SpanFinder, score, scores_of(last, [""] * len(last)))
