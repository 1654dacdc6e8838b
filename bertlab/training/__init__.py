"""Predictions become learning: masks, pairs, batches, and one visible loop."""

from bertlab.polite import polite_stop
from bertlab.training.batches import Batch, PretrainingBatches
from bertlab.training.documents import DocumentBatches
from bertlab.training.evaluation import Evaluation, Guess, evaluate, fill_mask
from bertlab.training.loop import Answers, Step, ask, new_model, new_optimizer, newborn, train
from bertlab.training.masking import mask_tokens
from bertlab.training.pairs import Pairs, make_pairs, make_spans
from bertlab.training.recipe import SHORT_ROWS_FIRST, Recipe, Schedule, Stage
from bertlab.training.recording import Seen, watching
from bertlab.training.resume import load_checkpoint, save_checkpoint
from bertlab.training.runtime import choose_device, choose_precision
from bertlab.training.truth import BesideTheTruth, Questions, Score, ask_world, beside_the_truth, score

__all__ = [
    "SHORT_ROWS_FIRST",
    "Answers",
    "Batch",
    "BesideTheTruth",
    "DocumentBatches",
    "Evaluation",
    "Guess",
    "Pairs",
    "PretrainingBatches",
    "Questions",
    "Recipe",
    "Schedule",
    "Score",
    "Seen",
    "Stage",
    "Step",
    "ask",
    "ask_world",
    "beside_the_truth",
    "choose_device",
    "choose_precision",
    "evaluate",
    "fill_mask",
    "load_checkpoint",
    "make_pairs",
    "make_spans",
    "mask_tokens",
    "new_model",
    "new_optimizer",
    "newborn",
    "polite_stop",
    "save_checkpoint",
    "score",
    "train",
    "watching",
]
