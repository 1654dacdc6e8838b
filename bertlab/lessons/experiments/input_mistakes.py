"""What does each mistake of the inputs cost? One is made on purpose, and nothing else is changed. No error is raised.

    right     no mistake
    alike     made while learning and when asked
    asked     made only when asked: the model has learned from correct inputs
    mended    made only while learning: somebody asks with correct inputs
    found     what `check_inputs` says of a batch in which it was made

Tasks, all of the full story world:

    topic        of the first 48 pieces of a story        correct
    entities     some of the names fall into pieces       F1 of whole entities
    questions    a stretch of the story, or no answer     exact answers; BERT alone
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from bertlab.corpora.labelled import ContextQuestion, context_question, labelled_text, tagged_words
from bertlab.corpora.story import StoryWorld, entities, labelled, span_questions
from bertlab.corpora.story.parts import Part
from bertlab.lessons.experiments.fine_tuned import encoders
from bertlab.lessons.instruments.damaged_inputs import (
    Damage,
    Misread,
    NeverInEval,
    as_it_is,
    cls_forgotten,
    one_segment,
    padding_counted,
    without_sep,
    word_by_word,
)
from bertlab.model import Bert
from bertlab.model.task_heads import TaskModel
from bertlab.tasks.answers import best_spans
from bertlab.tasks.check_inputs import check_inputs
from bertlab.tasks.metrics import score_answers
from bertlab.tasks.rows_of import window_rows
from bertlab.tasks.spans import question_windows
from bertlab.tasks.task import Task, classification, learned, question_answering, tagging
from bertlab.text import Tokenizer
from bertlab.training.finetuning import answers_to
from bertlab.training.rows import RowBatches, TaskBatch, padded_rows

Row = dict[str, Any]

RATE, BATCH_ROWS = 1e-3, 16
LONGEST = 48
CUT_AT = 40
"""Pieces of a question and its story where the answers are cut off."""
DROPOUT = 0.1


@dataclass(frozen=True)
class Size:
    """Of a task: examples to learn from, passes over them, and examples that are asked."""

    examples: int
    passes: int
    asked: int


SIZES = {"topic": Size(250, 8, 300), "entities": Size(200, 6, 200), "questions": Size(800, 4, 300)}
DAMAGES: dict[str, dict[str, Damage]] = {
    "topic": {"no [SEP]": without_sep, "padding counted": padding_counted},
    "entities": {"labels one too early": cls_forgotten, "labels by words": word_by_word},
    "questions": {"no [SEP]": without_sep, "segments all 0": one_segment},
}


@dataclass
class Case:
    """One task and one model: how it is learned, and how it is scored."""

    task: Task
    encoder: Bert
    tokenizer: Tokenizer
    size: Size
    seed: int

    def learned(self, damage: Damage | None = None) -> TaskModel:
        """A model after fine-tuning, on damaged batches if a damage is given."""
        batches = RowBatches(self.task.rows, self.tokenizer.pad_id, BATCH_ROWS, self.seed)
        read = batches if damage is None else lambda step: damage(batches(step), self.tokenizer)
        return learned(  # type: ignore[arg-type]
            partial(self.task.build, self.encoder), read, batches.steps(self.size.passes), RATE, self.seed
        )

    def score(self, model: Any) -> float:
        """The share of right answers, or F1."""
        return next(iter(self.task.score(model, "test").values()))

    def first_rows(self) -> TaskBatch:
        """What `check_inputs` is shown."""
        return padded_rows(self.task.rows[:32], self.tokenizer.pad_id)


def with_dropout(encoder: Bert) -> Bert:
    """The same parameters, and dropout as in the published BERT."""
    config = replace(encoder.config, hidden_dropout_prob=DROPOUT, attention_probs_dropout_prob=DROPOUT)
    copied = Bert(config)
    copied.load_state_dict(encoder.state_dict())
    return copied


def cut(tokenizer: Tokenizer, asked: Sequence[ContextQuestion]) -> list[ContextQuestion]:
    """What is left where each row is cut after so many pieces; an answer that is cut off is no answer."""
    left = []
    for each in asked:
        window = question_windows(tokenizer, each.question, each.context, max_length=CUT_AT, stride=0)[0]
        context = each.context[: window.characters(window.places[0], window.places[-1])[1]]
        answers = tuple(answer for answer in each.answers if answer.stop <= len(context))
        left.append(replace(each, context=context, answers=answers))
    return left


def exact(model: TaskModel, tokenizer: Tokenizer, read: list[ContextQuestion], asked: list[ContextQuestion]) -> float:
    """The share of exact answers, where other contexts are read than those that were asked about."""
    windows = [question_windows(tokenizer, each.question, each.context)[0] for each in read]
    answers = answers_to(model, window_rows(windows), tokenizer.pad_id)
    said = [
        best_spans([window], [scores["start"]], [scores["end"]]).answer()
        for window, scores in zip(windows, answers, strict=True)
    ]
    return score_answers(said, [[answer.text for answer in each.answers] for each in asked]).exact


def found(case: Case, damage: Damage, model: TaskModel) -> str:
    """What is said of the first 32 rows, damaged."""
    return str(check_inputs(damage(case.first_rows(), case.tokenizer), case.tokenizer, model.eval()))


def compared(case: Case, name: str, right: TaskModel) -> Iterator[Row]:
    """The damages of a task, made in each way."""
    for mistake, damage in DAMAGES[name].items():
        alike = case.learned(damage)
        yield {
            "mistake": mistake,
            "alike": case.score(Misread(alike, damage, case.tokenizer)),
            "asked": case.score(Misread(right, damage, case.tokenizer)),
            "mended": case.score(alike),
            "found": found(case, damage, right),
        }


def other_tokenizer(mistake: str, case: Case, other: Case, right: TaskModel) -> Iterator[Row]:
    """The same examples, read with a tokenizer that does not belong to the model."""
    alike = other.learned()
    yield {
        "mistake": mistake,
        "alike": other.score(alike),
        "asked": other.score(right),
        "mended": case.score(alike),
        "found": found(other, as_it_is, right),
    }


def forgotten_eval(case: Case) -> Iterator[Row]:
    """Learned with dropout, and asked without it or with it."""
    model = replace(case, encoder=with_dropout(case.encoder)).learned()
    right = case.score(model)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(case.seed)
        asked = case.score(NeverInEval(model))
    seen = str(check_inputs(case.first_rows(), case.tokenizer, model.train()))
    yield {"mistake": "eval() forgotten", "right": right, "asked": asked, "found": seen}


def cut_off(case: Case, told: dict[Part, list[ContextQuestion]], right: TaskModel) -> Iterator[Row]:
    """Rows of questions cut after some pieces, whatever stands behind."""
    left = {part: cut(case.tokenizer, asked) for part, asked in told.items()}
    other = replace(case, task=question_answering(case.tokenizer, left["training"], {"test": left["test"]}))
    alike = other.learned()
    yield {
        "mistake": "answers cut",
        "alike": exact(alike, case.tokenizer, left["test"], told["test"]),
        "asked": exact(right, case.tokenizer, left["test"], told["test"]),
        "mended": case.score(alike),
        "found": found(other, as_it_is, right),
    }


def scored(task: str, who: str, right: float, *mistakes: Iterable[Row]) -> Iterator[Row]:
    """The rows of a task and a model, each beside the score without a mistake."""
    for each in mistakes:
        for row in each:
            yield {"task": task, "model": who, "right": right, **row}


def rows(seed: int, sizes: dict[str, Size] = SIZES) -> Iterator[Row]:
    """For each task, model and mistake the score without it, and with it in each of its forms."""
    world, freer = StoryWorld.load("full"), StoryWorld.load("full", released=True)
    models, tokenizer = encoders(seed)
    pocket, cased = StoryWorld.load("pocket").tokenizer, Tokenizer(tokenizer.pieces, lowercase=False)
    parts: dict[str, dict[Part, int]] = {
        name: {"training": size.examples, "test": size.asked} for name, size in sizes.items()
    }
    topics = {
        part: [labelled_text(each) for each in labelled(world, "topic", count, seed, part)]
        for part, count in parts["topic"].items()
    }
    tagged = {
        part: [tagged_words(each) for each in entities(freer, count, seed, part)]
        for part, count in parts["entities"].items()
    }
    asked = {
        part: [
            context_question(each, str(number)) for number, each in enumerate(span_questions(world, count, seed, part))
        ]
        for part, count in parts["questions"].items()
    }

    def of_topics(read_by: Tokenizer) -> Task:
        return classification(read_by, topics["training"], {"test": topics["test"]}, max_length=LONGEST)

    def of_entities(read_by: Tokenizer) -> Task:
        return tagging(read_by, tagged["training"], {"test": tagged["test"]}, max_length=128)

    for who in ("BERT", "causal twin"):
        case = Case(of_topics(tokenizer), models[who], tokenizer, sizes["topic"], seed)
        right = case.learned()
        other = replace(case, task=of_topics(pocket), tokenizer=pocket)
        vocabulary = other_tokenizer("wrong vocabulary", case, other, right)
        yield from scored(
            "topic", who, case.score(right), compared(case, "topic", right), vocabulary, forgotten_eval(case)
        )

        case = Case(of_entities(tokenizer), models[who], tokenizer, sizes["entities"], seed)
        right = case.learned()
        other = replace(case, task=of_entities(cased), tokenizer=cased)
        small = other_tokenizer("wrong case", case, other, right)
        yield from scored("entities", who, case.score(right), compared(case, "entities", right), small)

    questions = question_answering(tokenizer, asked["training"], {"test": asked["test"]})
    case = Case(questions, models["BERT"], tokenizer, sizes["questions"], seed)
    right = case.learned()
    mistakes = compared(case, "questions", right), cut_off(case, asked, right)
    yield from scored("questions", "BERT", case.score(right), *mistakes)
