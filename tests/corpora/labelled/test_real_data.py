"""Public data as they are: all of them are read, what is wrong in them is found, and the figures are known.

With -s it prints them.
"""

import csv
import json
from collections import Counter

import pytest
from seqeval.metrics.sequence_labeling import get_entities

from bertlab.corpora.labelled import TaggedWords, read_conll, read_snips, read_squad, read_table, spans_of


def figures(name: str, sentences: list[TaggedWords]) -> tuple[int, int, int, int]:
    """Sentences, words, spans and kinds; the spans are those that seqeval finds."""
    spans = [spans_of(sentence.tags) for sentence in sentences]
    theirs = [get_entities(list(sentence.tags)) for sentence in sentences]
    assert spans == [[(kind, first, last + 1) for kind, first, last in found] for found in theirs]
    kinds = Counter(kind for found in spans for kind, _, _ in found)
    counts = (len(sentences), sum(len(sentence.words) for sentence in sentences), kinds.total(), len(kinds))
    print(f"\n{name}: {counts[0]:,} sentences, {counts[1]:,} words, {counts[2]:,} spans of {counts[3]} kinds: ", end="")
    print(", ".join(f"{kind} {count:,}" for kind, count in kinds.most_common()))
    return counts


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("wnut17/wnut17train.conll", {}, (3394, 62730, 1975, 6)),
        ("wnut17/emerging.dev.conll", {"lenient": True}, (1009, 15733, 836, 6)),
        ("wikiann_en/train", {"prefix": "en:"}, (20000, 160394, 27931, 3)),
        ("wikiann_en/dev", {"prefix": "en:"}, (10000, 80536, 14146, 3)),
    ],
)
@pytest.mark.slow
def test_named_entities(test_data, name, options, expected):
    """WNUT17 and WikiANN: the numbers of sentences are those of their papers and cards."""
    file = test_data / "tasks" / name
    sentences = list(read_conll(file, **options))
    assert figures(name, sentences) == expected
    lines = file.read_text(encoding="utf-8").split("\n")
    tokens = [line.split("\t")[0] for line in lines if line.strip("\ufeff \t")]
    prefix = options.get("prefix", "")
    assert [prefix + word for sentence in sentences for word in sentence.words] == tokens


def test_wnut17_has_a_name_that_begins_with_inside(test_data):
    """`Lil Sly-` is a person, and the next word is tagged I-creative-work: valid in no scheme."""
    with pytest.raises(ValueError, match=r"dev\.conll, line 1674: I-creative-work goes on .* not valid IOB2\. Mend it"):
        list(read_conll(test_data / "tasks" / "wnut17" / "emerging.dev.conll"))


@pytest.mark.parametrize(("part", "expected"), [("train", (13084, 117700, 33958, 39)), ("dev", (700, 6384, 1794, 39))])
@pytest.mark.slow
def test_snips(test_data, part, expected):
    folder = test_data / "tasks" / "snips"
    commands = list(read_snips(folder / part))
    assert figures(f"snips {part}", commands) == expected
    assert {each.intent for each in commands} == set((folder / "intent_label.txt").read_text().split()) - {"UNK"}
    known = set((folder / "slot_label.txt").read_text().split()) - {"PAD", "UNK"}
    assert {tag for each in commands for tag in each.tags} <= known


@pytest.mark.slow
def test_banking77(test_data):
    folder = test_data / "tasks" / "banking77"
    texts = list(read_table(folder / "train.csv", label="category"))
    print(f"\nbanking77: {len(texts):,} texts, {len({each.label for each in texts})} labels")
    assert len(texts) == 10_003
    assert {each.label for each in texts} == set(json.loads((folder / "categories.json").read_text()))
    assert sum("\n" in each.text_a for each in texts) == 10
    with (folder / "train.csv").open(encoding="utf-8", newline="") as file:
        assert [[each.text_a, each.label] for each in texts] == list(csv.reader(file))[1:]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "questions", "impossible", "answers", "wrong"),
    [
        ("tasks/squad/dev-v2.0.minus_xquad.json", 5349, 2774, 8888, 0),
        ("zh/DRCD_dev.json", 3524, 0, 7048, 0),
        ("zh/cmrc2018_trial.json", 1002, 0, 1002, 5),
    ],
)
def test_questions(test_data, name, questions, impossible, answers, wrong):
    """Counted a second time without any class of ours: answers whose `answer_start` is wrong."""
    file = test_data / name
    found = read_squad(file, mend=True)
    print(f"\n{name}: {found}")
    assert (len(found), sum(each.impossible for each in found)) == (questions, impossible)
    assert sum(len(each.answers) for each in found) == answers
    assert (found.moved, found.dropped, found.given_up) == (wrong, 0, 0)
    data = json.loads(file.read_text(encoding="utf-8"))["data"]
    paragraphs = [paragraph for article in data for paragraph in article["paragraphs"]]
    written = [
        (paragraph["context"], answer["text"], answer["answer_start"])
        for paragraph in paragraphs
        for asked in paragraph["qas"]
        for answer in asked["answers"]
    ]
    mended = [(each.context, text, start) for each in found for text, start in each.answers]
    assert [each[:2] for each in mended] == [each[:2] for each in written]
    assert all(context[start : start + len(text)] == text for context, text, start in mended)
    moved = [abs(new[2] - old[2]) for new, old in zip(mended, written, strict=True) if new != old]
    assert moved == [1] * wrong
    if wrong:
        with pytest.raises(ValueError, match=r"question TRIAL_210_QUERY_0: the answer .* stands at 13, and mend=True"):
            read_squad(file)
    else:
        assert read_squad(file).questions == found.questions
