"""What came before BERT and stands beside it: vectors without context, and readers that go word by word."""

from bertlab.model.baselines.recurrent import Recurrent, RecurrentConfig

__all__ = ["Recurrent", "RecurrentConfig"]
