"""BertViz's three views of attention, still and live, drawn by its own script without a network."""

from bertlab.views.bertviz.drawing import BertVizView
from bertlab.views.bertviz.live_view import LiveView
from bertlab.views.bertviz.three_views import head_view, model_view, neuron_view

__all__ = ["BertVizView", "LiveView", "head_view", "model_view", "neuron_view"]
