"""The story world: a corpus that tells how well it can be guessed."""

from bertlab.corpora.story.pairs import GRADES, StoryPair, StoryPairs
from bertlab.corpora.story.summary import Limit, Summary, limits, summarise
from bertlab.corpora.story.world import PARTS, Story, StoryWorld

__all__ = [
    "GRADES",
    "PARTS",
    "Limit",
    "Story",
    "StoryPair",
    "StoryPairs",
    "StoryWorld",
    "Summary",
    "limits",
    "summarise",
]
