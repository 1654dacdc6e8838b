"""The story world: a corpus that tells how well it can be guessed."""

from bertlab.corpora.story.world import PARTS, Story, StoryWorld

__all__ = ["PARTS", "Story", "StoryWorld"]
