"""Training runs: one that goes on, watched and stopped, and one that was recorded, slid through."""

from bertlab.views.runs.monitor import TrainingMonitor
from bertlab.views.runs.recorded import Replay

__all__ = ["Replay", "TrainingMonitor"]
