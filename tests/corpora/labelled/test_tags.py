"""Schemes of tags: there and back for any spans, beside seqeval, and every wrong tag by its place."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval import scheme as theirs
from seqeval.metrics.sequence_labeling import get_entities

from bertlab.corpora.labelled import SCHEMES, convert_tags, recognise_scheme, spans_of, write_tags
from bertlab.corpora.labelled.tags import is_tag, split_tag, tag_faults

# Anna met Ben Lee, Eva, in York
WRITTEN = {
    "IOB1": "I-PER O I-PER I-PER B-PER O I-LOC",
    "IOB2": "B-PER O B-PER I-PER B-PER O B-LOC",
    "BIOES": "S-PER O B-PER E-PER S-PER O S-LOC",
    "BILOU": "U-PER O B-PER L-PER U-PER O U-LOC",
    "BMES": "S-PER O B-PER E-PER S-PER O S-LOC",
}
SPANS = [("PER", 0, 1), ("PER", 2, 4), ("PER", 4, 5), ("LOC", 6, 7)]
THEIRS = {"IOB1": theirs.IOB1, "IOB2": theirs.IOB2, "BIOES": theirs.IOBES, "BILOU": theirs.BILOU}


@st.composite
def tagged(draw):
    """Spans and a number of words; often touching, of few kinds, one of which has no name."""
    spans, end = [], 0
    for _ in range(draw(st.integers(0, 6))):
        first = end + draw(st.integers(0, 2))
        end = first + draw(st.integers(1, 4))
        spans.append((draw(st.sampled_from(["PER", "creative-work", ""])), first, end))
    return spans, end + draw(st.integers(0, 2))


def any_tags(letters: str, longest: int, kinds=("A", "B")):
    """Every sequence of tags up to a length."""
    tags = ["O", *(f"{letter}-{kind}" for letter in letters for kind in kinds)]
    return (list(chosen) for length in range(longest + 1) for chosen in product(tags, repeat=length))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_sentence_in_each_scheme(scheme):
    tags = WRITTEN[scheme].split()
    assert spans_of(tags) == spans_of(tags, scheme) == SPANS
    assert write_tags(SPANS, 7, scheme) == tuple(tags)
    for other in SCHEMES:
        assert convert_tags(tags, other) == tuple(WRITTEN[other].split())


@given(given=tagged(), scheme=st.sampled_from(SCHEMES))
def test_spans_there_and_back(given, scheme):
    spans, words = given
    tags = write_tags(spans, words, scheme)
    assert len(tags) == words
    assert spans_of(tags, scheme) == spans_of(tags) == spans_of(tags, lenient=True) == spans
    if spans:
        assert convert_tags(tags, scheme, recognise_scheme([tags])) == tags


@given(given=tagged(), scheme=st.sampled_from(SCHEMES), to=st.sampled_from(SCHEMES))
def test_conversions_there_and_back(given, scheme, to):
    tags = write_tags(*given, scheme)
    converted = convert_tags(tags, to, scheme)
    assert converted == write_tags(*given, to)
    assert convert_tags(converted, scheme, to) == tags


@given(many=st.lists(tagged(), min_size=1, max_size=5), scheme=st.sampled_from(SCHEMES))
def test_a_scheme_is_recognised_or_another_reads_the_same(many, scheme):
    sentences = [write_tags(*one, scheme) for one in many]
    found = recognise_scheme(sentences)
    assert [spans_of(tags, found) for tags in sentences] == [spans for spans, _ in many]
    letters = {tag[0] for tags in sentences for tag in tags} - {"O"}
    told_apart = {"IOB1": letters, "IOB2": letters, "BIOES": {"I"} & letters and {"E"}, "BMES": {"M"} & letters}
    if told_apart.get(scheme, {"U"} & letters):
        assert found == scheme


@given(given=tagged(), scheme=st.sampled_from(sorted(THEIRS)))
def test_seqeval_finds_the_same_in_what_is_valid(given, scheme):
    tags = list(write_tags(*given, scheme))
    found = theirs.Entities([tags], THEIRS[scheme]).entities[0]
    assert [(each.tag.strip("_"), each.start, each.end) for each in found] == given[0]


def test_seqeval_and_conlleval_read_what_is_not_valid_so():
    """seqeval's default mode is conlleval's rule."""
    tried = 0
    for tags in any_tags("BIES", 3):
        expected = [(kind, first, last + 1) for kind, first, last in get_entities(tags)]
        assert spans_of(tags, lenient=True) == expected, tags
        tried += 1
    assert tried == 1 + 9 + 81 + 729


@pytest.mark.parametrize(
    ("scheme", "letters"), [("IOB1", "BI"), ("IOB2", "BI"), ("BIOES", "BIES"), ("BILOU", "BILU"), ("BMES", "BMES")]
)
def test_what_is_valid_is_what_the_scheme_would_write_and_nothing_else(scheme, letters):
    for tags in any_tags(letters, 3):
        rewritten = write_tags(spans_of(tags, lenient=True), len(tags), scheme)
        valid = not list(tag_faults(tags, scheme))
        assert valid == (rewritten == tuple(tags)), tags


@pytest.mark.parametrize(
    ("scheme", "tags", "faults"),
    [
        ("IOB2", "O I-PER", [(1, "I-PER goes on with nothing: O stands before it")]),
        ("IOB2", "I-PER", [(0, "I-PER goes on with nothing: O stands before it")]),
        ("IOB2", "B-PER I-LOC I-LOC", [(1, "I-LOC goes on with nothing: B-PER stands before it")]),
        ("IOB2", "S-PER O", [(0, "S-PER is not written in IOB2")]),
        ("IOB1", "O B-PER", [(1, "B-PER parts nothing of its kind: O stands before it")]),
        ("IOB1", "I-LOC B-PER", [(1, "B-PER parts nothing of its kind: I-LOC stands before it")]),
        ("BIOES", "B-PER O", [(0, "B-PER is not ended: no I and no E of its kind follows")]),
        ("BIOES", "B-PER I-PER", [(1, "I-PER is not ended: no I and no E of its kind follows")]),
        ("BIOES", "B-PER S-PER", [(0, "B-PER is not ended: no I and no E of its kind follows")]),
        ("BIOES", "E-PER", [(0, "E-PER goes on with nothing: O stands before it")]),
        ("BIOES", "S-PER I-PER E-PER", [(1, "I-PER goes on with nothing: S-PER stands before it")]),
        ("BIOES", "B-PER L-PER", [(1, "L-PER is not written in BIOES")]),
        ("BILOU", "U-PER L-PER", [(1, "L-PER goes on with nothing: U-PER stands before it")]),
        ("BMES", "B-PER I-PER E-PER", [(1, "I-PER is not written in BMES")]),
    ],
)
def test_every_fault_has_its_place_and_reason(scheme, tags, faults):
    assert list(tag_faults(tags.split(), scheme))[: len(faults)] == faults
    with pytest.raises(ValueError, match=rf"^word {faults[0][0] + 1}: {faults[0][1]}; this is not valid {scheme}"):
        spans_of(tags.split(), scheme)


def test_a_mixture_is_refused_in_the_scheme_that_fits_best():
    sentences = [["B-PER", "I-PER"], ["O", "B-LOC"], ["O", "I-LOC", "O", "I-PER"], ["B-LOC"]]
    with pytest.raises(ValueError, match=r"^sentence 3, word 2: I-LOC goes on .* not valid IOB2 \(1 more like it\)"):
        recognise_scheme(sentences)
    with pytest.raises(ValueError, match=r"lenient=True, as conlleval does"):
        recognise_scheme(sentences)
    assert recognise_scheme(sentences, lenient=True) == "IOB2"


def test_where_nothing_is_tagged_any_scheme_is_right():
    assert recognise_scheme([["O", "O"], []]) == "IOB2"
    assert spans_of([]) == spans_of(["O"]) == []
    assert write_tags([], 2) == ("O", "O")


@pytest.mark.parametrize("tag", ["", "PER", "B_PER", "X-PER", "B-", "O-PER", "b-PER", "-PER", "-"])
def test_what_is_no_tag_is_refused_even_leniently(tag):
    assert not is_tag(tag)
    for lenient in (False, True):
        with pytest.raises(ValueError, match=rf"^sentence 2, word 3: '{tag}' is no tag; tags are O, or a letter of B"):
            recognise_scheme([["O"], ["B-A", "I-A", tag]], lenient=lenient)
    with pytest.raises(ValueError, match="is no tag"):
        spans_of(["O", tag], lenient=True)


def test_kinds_may_hold_lines_or_not_be_named():
    assert split_tag("I-creative-work") == ("I", "creative-work")
    assert spans_of(["B", "I", "O", "B"]) == [("", 0, 2), ("", 3, 4)]
    assert convert_tags(["B", "I", "O", "B"], "BIOES") == ("B", "E", "O", "S")


@pytest.mark.parametrize("spans", [[("A", 0, 3), ("B", 2, 4)], [("A", 0, 5)], [("A", 2, 2)], [("A", -1, 1)]])
def test_spans_that_cannot_be_written_are_refused(spans):
    with pytest.raises(ValueError, match=r"is no span here: the last one ends at \d, and there are 4 words"):
        write_tags(spans, 4)


def test_spans_may_come_in_any_order():
    assert write_tags([("B", 2, 3), ("A", 0, 2)], 3) == ("B-A", "I-A", "B-B")
