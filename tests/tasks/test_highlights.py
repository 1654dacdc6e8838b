"""What was found in a text a learner typed, as characters of that text."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bertlab.paths import data_path
from bertlab.tasks.highlights import find_highlights
from bertlab.tasks.metrics.entities import entities_of
from bertlab.tasks.words import text_row, word_tags
from bertlab.text import Tokenizer

NAMES = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
UNCASED = Tokenizer.from_vocab_file(data_path("vocab", "bert-base-uncased.txt"))


def highlighted(text: str, wanted: dict[str, str], max_length: int | None = None) -> list[str]:
    """What comes back when a reader says the right labels of these words, and O of all others."""
    row = text_row(UNCASED, text, NAMES, max_length)
    tags = [wanted.get(word, "O") for word in row.words]
    predicted = np.array([0 if word is None else NAMES.index(tags[word]) for word in row.word_of])
    return [str(found) for found in find_highlights(row, word_tags(row, predicted))]


def test_names_are_found_as_they_were_written():
    text = "Did  Zoë O'Brien-Müller see 東京 (Tōkyō)?"
    wanted = {"Zoë": "B-PER", "O": "I-PER", "'": "I-PER", "Brien": "I-PER", "-": "I-PER", "Müller": "I-PER"}
    wanted |= {"東": "B-LOC", "京": "I-LOC", "Tōkyō": "B-LOC"}
    assert highlighted(text, wanted) == ["PER 5-23 Zoë O'Brien-Müller", "LOC 28-30 東京", "LOC 32-37 Tōkyō"]
    assert highlighted("Ange\u0301!", {"Ange\u0301": "B-PER"}) == ["PER 0-5 Ange\u0301"]


def test_what_was_cut_off_is_not_marked():
    wanted = {"Anna": "B-PER", "Paris": "B-LOC"}
    assert highlighted("Anna loves Paris", wanted) == ["PER 0-4 Anna", "LOC 11-16 Paris"]
    assert highlighted("Anna loves Paris", wanted, max_length=4) == ["PER 0-4 Anna"]


def test_a_stray_inside_begins_a_name_unless_strict():
    row = text_row(UNCASED, "in New York", NAMES)
    assert [found.text for found in find_highlights(row, ["O", "I-LOC", "I-LOC"])] == ["New York"]
    assert find_highlights(row, ["O", "I-LOC", "I-LOC"], strict=True) == []
    assert [found.text for found in find_highlights(row, ["I-PER", "I-LOC", "B-LOC"])] == ["in", "New", "York"]


@given(st.text(max_size=30), st.lists(st.sampled_from(NAMES), min_size=30, max_size=30))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_each_entity_has_its_words_and_no_others(text: str, drawn: list[str]):
    row = text_row(UNCASED, text, NAMES)
    tags = drawn[: len(row.words)]
    found = find_highlights(row, tags)
    assert [each.kind for each in found] == [entity.kind for entity in entities_of(tags)]
    for each, entity in zip(found, entities_of(tags), strict=True):
        assert each.text == text[each.start : each.stop]
        within = [at for at, (start, stop) in enumerate(row.spans) if each.start <= start and stop <= each.stop]
        assert within == list(range(entity.start, entity.stop))


def test_one_tag_a_word():
    with pytest.raises(ValueError, match=r"2 words but 1 tags; give one tag for each word"):
        find_highlights(text_row(UNCASED, "New York", NAMES), ["B-LOC"])
