"""The figures of the lessons: arrays and strings in, a matplotlib figure out; its title says what to see.

Each brings its words and a small table for `show`, made from the same numbers:

    show(plots.attention_map(probs, tokens))
"""

from bertlab.views.plots.attention import attention_map, head_grid
from bertlab.views.plots.canvas import percent, spread
from bertlab.views.plots.clues import clue_bars
from bertlab.views.plots.curves import loss_curve
from bertlab.views.plots.guesses import guess_bars, truth_bars
from bertlab.views.plots.heads import head_effects
from bertlab.views.plots.masks import mask_matrices
from bertlab.views.plots.measured import measured_curve
from bertlab.views.plots.parts import part_bars
from bertlab.views.plots.reach import reach_map
from bertlab.views.plots.senses import SenseGap, principal_plane, sense_gap, sense_scatter
from bertlab.views.plots.sums import embedding_sum

__all__ = [
    "SenseGap",
    "attention_map",
    "clue_bars",
    "embedding_sum",
    "guess_bars",
    "head_effects",
    "head_grid",
    "loss_curve",
    "mask_matrices",
    "measured_curve",
    "part_bars",
    "percent",
    "principal_plane",
    "reach_map",
    "sense_gap",
    "sense_scatter",
    "spread",
    "truth_bars",
]
