"""Numbers -> pictures: attention as BertViz draws it, figures with words for those who do not see them."""

from bertlab.views.bertviz import head_view, model_view, neuron_view
from bertlab.views.bertviz_view import BertVizView

__all__ = ["BertVizView", "head_view", "model_view", "neuron_view"]
