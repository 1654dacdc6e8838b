"""Entities scored beside seqeval, as models tag them: with I- after nothing, and after another kind."""

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertlab.tasks.metrics import Entity, Found, entities_of, score_entities

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import seqeval.metrics as seqeval
    from seqeval.metrics.sequence_labeling import get_entities
    from seqeval.scheme import IOB2, Tokens

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-geo-loc", "I-geo-loc")
SENTENCES = st.lists(st.lists(st.tuples(*[st.sampled_from(TAGS)] * 2), max_size=6), min_size=1, max_size=4)


def sides(sentences):
    return ([[pair[side] for pair in sentence] for sentence in sentences] for side in (0, 1))


def assert_as_seqeval(true, predicted):
    for strict in (False, True):
        mode = {"mode": "strict", "scheme": IOB2} if strict else {}
        found = score_entities(true, predicted, strict=strict)
        if not found.kinds:  # it warns of means of nothing
            assert found.micro == Found(0, 0, 0)
            continue
        report = seqeval.classification_report(true, predicted, output_dict=True, zero_division=0, **mode)
        averages = {name: report.pop(f"{name} avg") for name in ("micro", "macro", "weighted")}
        rows = {kind: (each.precision, each.recall, each.f1, each.there) for kind, each in found.kinds.items()}
        assert list(rows) == list(report)
        micro = found.micro
        rows["micro"] = (micro.precision, micro.recall, micro.f1, micro.there)
        rows["macro"] = (found.macro_precision, found.macro_recall, found.macro_f1, micro.there)
        for name, row in rows.items():
            theirs = {**report, **averages}[name]
            expected = [float(theirs[key]) for key in ("precision", "recall", "f1-score", "support")]
            assert list(row) == pytest.approx(expected, rel=0, abs=1e-14), (name, strict)
    assert found.token_accuracy == pytest.approx(seqeval.accuracy_score(true, predicted))


@pytest.mark.slow
def test_thousands_of_random_sentences_are_scored_as_seqeval_does():
    for seed in range(1500):
        rng = np.random.default_rng(seed)
        lengths = rng.integers(0, 9, size=rng.integers(1, 6)) + (seed % 2)
        if not lengths.sum():
            continue
        tags = TAGS[: rng.integers(1, len(TAGS) + 1)]
        true = [rng.choice(tags, length).tolist() for length in lengths]
        copied = rng.random()
        predicted = [[tag if rng.random() < copied else str(rng.choice(tags)) for tag in sentence] for sentence in true]
        assert_as_seqeval(true, predicted)


@settings(max_examples=40, deadline=None)
@given(SENTENCES.filter(any))
def test_whatever_the_tags_they_are_scored_as_seqeval_does(sentences):
    assert_as_seqeval(*sides(sentences))


def test_every_sentence_of_up_to_five_words_is_read_as_seqeval_reads_it():
    for length in range(6):
        for tags in map(list, itertools.product(TAGS[:5], repeat=length)):
            lenient = [(kind, start, last + 1) for kind, start, last in get_entities(tags)]
            strict = [(each.tag, each.start, each.end) for each in Tokens(tags, IOB2).entities]
            assert entities_of(tags) == lenient
            assert entities_of(tags, strict=True) == strict


@pytest.mark.parametrize(
    ("tags", "lenient", "strict"),
    [
        ("B-PER I-PER B-PER", [("PER", 0, 2), ("PER", 2, 3)], [("PER", 0, 2), ("PER", 2, 3)]),
        ("O I-PER I-PER", [("PER", 1, 3)], []),
        ("B-PER I-LOC", [("PER", 0, 1), ("LOC", 1, 2)], [("PER", 0, 1)]),
        ("B-PER I-LOC I-PER", [("PER", 0, 1), ("LOC", 1, 2), ("PER", 2, 3)], [("PER", 0, 1)]),
        ("I-PER B-PER", [("PER", 0, 1), ("PER", 1, 2)], [("PER", 1, 2)]),
        ("O O", [], []),
        ("", [], []),
    ],
)
def test_the_two_readings_by_hand(tags, lenient, strict):
    assert entities_of(tags.split()) == [Entity(*each) for each in lenient]
    assert entities_of(tags.split(), strict=True) == [Entity(*each) for each in strict]


def test_by_hand():
    true = [["B-PER", "I-PER", "O", "B-LOC"], ["O"] * 6]
    predicted = [["B-PER", "I-PER", "O", "B-PER"], ["O", "O", "B-OBJ", "O", "O", "O"]]
    found = score_entities(true, predicted)
    assert found.kinds == {"LOC": Found(0, 0, 1), "OBJ": Found(0, 1, 0), "PER": Found(1, 2, 1)}
    assert found.sentences.tolist() == [[1, 2, 2], [0, 1, 0]]
    assert found.micro == Found(1, 3, 2) == Found.total(found.sentences)
    assert found.micro.f1 == pytest.approx(2 / 5)
    assert found.macro_f1 == pytest.approx((0 + 0 + 2 / 3) / 3)
    assert (found.token_accuracy, found.outside) == (0.8, 0.7)


def test_who_says_o_everywhere_has_most_tags_right_and_finds_nothing():
    true = [["B-PER", *["O"] * 19]] * 5
    found = score_entities(true, [["O"] * 20] * 5)
    assert found.token_accuracy == found.outside == 0.95
    assert found.micro == Found(0, 0, 5)
    assert "tags 95.0% right; O everywhere would be 95.0%" in str(found)


def test_without_any_entity_the_scores_are_zero():
    found = score_entities([["O"]], [["O"]])
    assert (found.kinds, found.micro.f1, found.macro_f1, found.token_accuracy) == ({}, 0.0, 0.0, 1.0)
    assert "micro" in str(found)


@pytest.mark.parametrize("tag", ["PER", "B", "I", "B-", "E-PER", "S-PER", "b-PER", "O-PER", "", "-100"])
def test_a_tag_that_is_none(tag):
    with pytest.raises(ValueError, match=f"{tag!r} is no IOB2 tag; write B-KIND"):
        entities_of(["O", tag])


def test_what_cannot_be_scored():
    with pytest.raises(ValueError, match="1 true but 2 predicted"):
        score_entities([["O"]], [["O"], ["O"]])
    with pytest.raises(ValueError, match="sentence 1 has 2 true tags but 1 predicted"):
        score_entities([["O"], ["O", "O"]], [["O"], ["O"]])
    with pytest.raises(ValueError, match="are empty"):
        score_entities([], [])
    with pytest.raises(ValueError, match="the 2 sentences have no word"):
        score_entities([[], []], [[], []])
