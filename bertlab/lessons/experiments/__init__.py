"""Runs that take longer than a lesson: made once by `bertlab record NAME`, read in the lesson by `recorded`."""

from bertlab.lessons.experiments.recording import Recorded, record, recorded

__all__ = ["Recorded", "record", "recorded"]
