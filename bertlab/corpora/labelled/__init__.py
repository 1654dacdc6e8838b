"""Labelled text in the forms in which the field keeps it, for fine-tuning."""

from bertlab.corpora.labelled.conll import read_conll
from bertlab.corpora.labelled.examples import Answer, ContextQuestion, LabelledText, TaggedWords
from bertlab.corpora.labelled.from_story import context_question, labelled_text, tagged_words
from bertlab.corpora.labelled.hub import HubTable, open_hub_table
from bertlab.corpora.labelled.snips import read_snips
from bertlab.corpora.labelled.squad import Questions, read_squad
from bertlab.corpora.labelled.tables import read_table
from bertlab.corpora.labelled.tags import (
    SCHEMES,
    Scheme,
    Span,
    convert_tags,
    recognise_scheme,
    spans_of,
    write_tags,
)

__all__ = [
    "SCHEMES",
    "Answer",
    "ContextQuestion",
    "HubTable",
    "LabelledText",
    "Questions",
    "Scheme",
    "Span",
    "TaggedWords",
    "context_question",
    "convert_tags",
    "labelled_text",
    "open_hub_table",
    "read_conll",
    "read_snips",
    "read_squad",
    "read_table",
    "recognise_scheme",
    "spans_of",
    "tagged_words",
    "write_tags",
]
