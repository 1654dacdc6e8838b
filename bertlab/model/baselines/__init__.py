"""What came before BERT and stands beside it: vectors without context, and readers that go word by word."""

from bertlab.model.baselines.recurrent import Recurrent, RecurrentConfig
from bertlab.model.baselines.static_vectors import Glove, SkipGram, glove_loss, negative_sampling_loss
from bertlab.model.baselines.two_gpts import TwoGpts

__all__ = ["Glove", "Recurrent", "RecurrentConfig", "SkipGram", "TwoGpts", "glove_loss", "negative_sampling_loss"]
