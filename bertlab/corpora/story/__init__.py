"""The story world: a corpus that tells how well it can be guessed."""

from bertlab.corpora.story.exact.summary import Limit, Summary, limits, summarise
from bertlab.corpora.story.parts import PARTS
from bertlab.corpora.story.tasks.best import LabelLimits, label_limits
from bertlab.corpora.story.tasks.commands import Command, CommandGrammar, command_limits
from bertlab.corpora.story.tasks.entailment import Entailment, entailments
from bertlab.corpora.story.tasks.labels import Labelled, Sense, Tagged, entities, labelled, senses
from bertlab.corpora.story.tasks.pairs import GRADES, StoryPair, StoryPairs, pair_limits
from bertlab.corpora.story.tasks.probes import PHENOMENA, Probe, ProbeSet, judge, probe_set
from bertlab.corpora.story.tasks.span_questions import SpanQuestion, span_questions
from bertlab.corpora.story.world import Story, StoryWorld

__all__ = [
    "GRADES",
    "PARTS",
    "PHENOMENA",
    "Command",
    "CommandGrammar",
    "Entailment",
    "LabelLimits",
    "Labelled",
    "Limit",
    "Probe",
    "ProbeSet",
    "Sense",
    "SpanQuestion",
    "Story",
    "StoryPair",
    "StoryPairs",
    "StoryWorld",
    "Summary",
    "Tagged",
    "command_limits",
    "entailments",
    "entities",
    "judge",
    "label_limits",
    "labelled",
    "limits",
    "pair_limits",
    "probe_set",
    "senses",
    "span_questions",
    "summarise",
]
