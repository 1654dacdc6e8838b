"""Exercises that answer back: `check.choices(choices)` says "not yet", "right", or names the mistake."""

from bertlab.lessons.checks.lesson_00 import choices, loss_of_text, mean_of_dice
from bertlab.lessons.checks.lesson_01 import gap_of_senses, read_in_its_sentence, which_vectors_differ
from bertlab.lessons.checks.lesson_02 import cut, mended_cut, never_back
from bertlab.lessons.checks.lesson_03 import alike_without_positions, pair, reading
from bertlab.lessons.checks.lesson_04 import attention, padding_mask, rows_that_move
from bertlab.lessons.checks.lesson_05 import encoder_layer, parameters_of_a_layer, split_heads
from bertlab.lessons.checks.lesson_06 import mask_by_hand, mlm_loss, rows_under_masks
from bertlab.lessons.checks.lesson_07 import make_pairs, next_loss, sureness
from bertlab.lessons.checks.lesson_08 import accumulate, rates, step
from bertlab.lessons.checks.lesson_09 import my_limits, next_word_loss, word_score
from bertlab.lessons.checks.lesson_10 import contributions, mended_rollout, pattern_share
from bertlab.lessons.checks.lesson_11 import as_numbers, first_loss, place_to_ask
from bertlab.lessons.checks.lesson_12 import best_answer, my_windows, piece_labels
from bertlab.lessons.checks.lesson_13 import flops_of_a_token, load_all, shared_layers
from bertlab.lessons.checks.verdict import Check, Verdict

__all__ = [
    "Check",
    "Verdict",
    "accumulate",
    "alike_without_positions",
    "as_numbers",
    "attention",
    "best_answer",
    "choices",
    "contributions",
    "cut",
    "encoder_layer",
    "first_loss",
    "flops_of_a_token",
    "gap_of_senses",
    "load_all",
    "loss_of_text",
    "make_pairs",
    "mask_by_hand",
    "mean_of_dice",
    "mended_cut",
    "mended_rollout",
    "mlm_loss",
    "my_limits",
    "my_windows",
    "never_back",
    "next_loss",
    "next_word_loss",
    "padding_mask",
    "pair",
    "parameters_of_a_layer",
    "pattern_share",
    "piece_labels",
    "place_to_ask",
    "rates",
    "read_in_its_sentence",
    "reading",
    "rows_that_move",
    "rows_under_masks",
    "shared_layers",
    "split_heads",
    "step",
    "sureness",
    "which_vectors_differ",
    "word_score",
]
