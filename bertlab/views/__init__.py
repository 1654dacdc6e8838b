"""Numbers -> pictures: attention as BertViz draws it, figures with words for those who do not see them."""

from bertlab.views import palette, plots
from bertlab.views.attention_lab import AttentionLab
from bertlab.views.bertviz import BertVizView, LiveView, head_view, model_view, neuron_view
from bertlab.views.figures import save_figure, show
from bertlab.views.runs import Replay, TrainingMonitor

__all__ = [
    "AttentionLab",
    "BertVizView",
    "LiveView",
    "Replay",
    "TrainingMonitor",
    "head_view",
    "model_view",
    "neuron_view",
    "palette",
    "plots",
    "save_figure",
    "show",
]
