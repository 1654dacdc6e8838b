"""Scores as the field computes them, and how much luck is in each. Nothing here needs torch."""

from bertlab.tasks.metrics.answers import AnswerScores, answer_f1, exact_match, normalize_answer, score_answers
from bertlab.tasks.metrics.chinese import chinese_exact_match, chinese_f1, longest_common_run, split_mixed
from bertlab.tasks.metrics.classes import ClassScores, accuracy, confusion_matrix, matthews, score_classes
from bertlab.tasks.metrics.counts import Found
from bertlab.tasks.metrics.entities import Entity, EntityScores, entities_of, score_entities
from bertlab.tasks.metrics.intervals import Difference, Interval, bootstrap, paired_bootstrap
from bertlab.tasks.metrics.no_answer import BestThreshold, best_threshold
from bertlab.tasks.metrics.numbers import mean_squared_error, pearson, spearman
from bertlab.tasks.metrics.ranking import best_first, mean_reciprocal_rank, recall_at, recalls, reciprocal_ranks

__all__ = [
    "AnswerScores",
    "BestThreshold",
    "ClassScores",
    "Difference",
    "Entity",
    "EntityScores",
    "Found",
    "Interval",
    "accuracy",
    "answer_f1",
    "best_first",
    "best_threshold",
    "bootstrap",
    "chinese_exact_match",
    "chinese_f1",
    "confusion_matrix",
    "entities_of",
    "exact_match",
    "longest_common_run",
    "matthews",
    "mean_reciprocal_rank",
    "mean_squared_error",
    "normalize_answer",
    "paired_bootstrap",
    "pearson",
    "recall_at",
    "recalls",
    "reciprocal_ranks",
    "score_answers",
    "score_classes",
    "score_entities",
    "spearman",
    "split_mixed",
]
