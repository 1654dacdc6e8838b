"""Lesson 02's instruments: what the pages show is what the package computes. They are seen in tests/browser/."""

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import IPython.display
import pytest
import torch

from bertlab.lessons.instruments.damaged_words import Place, losses_beside, pick_places
from bertlab.lessons.instruments.longest_match_steps import LongestMatchSteps, tries
from bertlab.lessons.instruments.merge_machine import MergeMachine
from bertlab.lessons.instruments.vocabulary_sizes import VocabularySizes, sizes_between
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.text import Tokenizer, longest_match, merge_pair, spell, train_wordpiece

WORDS = {"king": 5, "kings": 2, "sing": 3, "singing": 4, "kind": 3, "quiz": 1}
LINES = ["The king sings to the kind singers.", "A quiz, a king, a song: sing it kindly!"] * 3


def counted(words: dict[str, list[str]], often: dict[str, int]) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Pieces and pairs counted anew, without the package's counts."""
    pieces: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for word, cut in words.items():
        for piece in cut:
            pieces[piece] += often[word]
        for pair in pairwise(cut):
            pairs[pair] += often[word]
    return pieces, pairs


@pytest.mark.parametrize("score", ["frequency", "likelihood"])
def test_the_machine_shows_true_counts_and_merges_the_first_pair_it_shows(score: str):
    machine = MergeMachine(WORDS)
    run = machine.runs[score]
    corpus = {word: spell(word) for word in WORDS}
    assert len(run["states"]) == len(run["merges"]) + 1
    for state, merge in zip(run["states"], [*run["merges"], None], strict=True):
        pieces, pairs = counted(corpus, WORDS)
        assert state["total"] == pieces.total()
        assert state["words"] == [[corpus[word], WORDS[word]] for word in sorted(WORDS, key=lambda word: -WORDS[word])]
        for left, right, both, a, b, likelihood in state["pairs"]:
            assert (both, a, b) == (pairs[left, right], pieces[left], pieces[right])
            assert likelihood == both / (a * b)
        values = [row[2] if score == "frequency" else row[5] for row in state["pairs"]]
        assert values == sorted(values, reverse=True)
        if merge is None:
            assert not pairs, "at the end every word is one piece"
            break
        left, right, piece, count = merge
        assert [left, right] == state["pairs"][0][:2]
        assert count == pairs[left, right]
        corpus = {word: merge_pair(cut, left, right) for word, cut in corpus.items()}
        assert any(piece in cut for cut in corpus.values())


def test_the_machine_takes_lines_of_text_and_speaks():
    machine = MergeMachine(["King, king!", "sing"], merges=3)
    assert machine.words == {"king": 2, "sing": 1, ",": 1, "!": 1}
    assert len(machine.runs["frequency"]["merges"]) == 3
    assert (
        str(machine)
        == "Merge machine: 4 different words in 14 pieces; by frequency the best pair is ##i + ##n, met 3 times"
    )
    bundle = machine._repr_mimebundle_()
    assert bundle["text/plain"] == str(machine)
    assert bundle["text/html"].startswith(f'<iframe title="{machine}"')
    with pytest.raises(ValueError, match="by frequency or likelihood"):
        MergeMachine(WORDS, score="gain")
    with pytest.raises(ValueError, match="no words"):
        MergeMachine([" "])


def test_one_word_of_one_letter_has_no_pair():
    assert str(MergeMachine({"a": 3})) == "Merge machine: 1 different words in 3 pieces"


def test_a_machine_is_a_file_that_asks_for_nothing_outside(tmp_path: Path):
    page = MergeMachine(WORDS).save(tmp_path / "machine.html").read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=|https?://(?!www\.w3\.org)", page)
    assert '<div id="machine">Merge machine: 6 different words' in page, "words, until the script has run"


def test_the_curves_are_measured_on_unread_text_with_the_vocabulary_of_that_size():
    unread = ["sing kindly to the kings"]
    sizes = VocabularySizes(LINES, unread, "Kindly, sing!", largest=60)
    for score in ("frequency", "likelihood"):
        learned = train_wordpiece(LINES, 60, score)
        for place, size in enumerate(sizes.sizes):
            vocab = set(learned.pieces[:size])
            cuts = [longest_match(word, vocab) or ["[UNK]"] for word in unread[0].split()]
            assert sizes.curves[score][place] == pytest.approx(sum(map(len, cuts)) / 5)
            seen = sizes.shown[score][place]
            assert seen["sentence"][0] == longest_match("kindly", vocab)
            assert seen["newest"] == learned.pieces[:size][-8:]
    assert sizes.at(10_000) == {score: curve[-1] for score, curve in sizes.curves.items()}
    assert str(sizes).endswith("4.00 at 40 pieces; at 60 by frequency 1.20, by likelihood 1.60")
    with pytest.raises(ValueError, match="unread text holds no words"):
        VocabularySizes(LINES, [], "Sing")


def test_sizes_rise_without_repeats_and_keep_their_ends():
    for smallest, largest in ((90, 3000), (10, 12), (100, 1000), (5, 5)):
        sizes = sizes_between(smallest, largest)
        assert (sizes[0], sizes[-1]) == (smallest, largest)
        assert sizes == sorted(set(sizes))


PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sing", "##s", "s", "##i", "##n", "a"]


@pytest.mark.parametrize("word", ["sings", "sing", "sin", "sq", "q", "a"])
def test_each_try_is_a_look_of_longest_match(word: str):
    vocab = set(PIECES)
    looked = tries(word, vocab)
    cut = longest_match(word, vocab)
    assert (cut is None) == (not looked[-1].found)
    if cut:
        assert [each.candidate for each in looked if each.found] == cut
    for each in looked:
        assert each.found == (each.candidate in vocab)
        assert each.candidate.removeprefix("##") == word[each.start : each.end]


def test_the_stepper_answers_words_and_says_what_replaying_would_give():
    learned = train_wordpiece(LINES, 40)
    steps = LongestMatchSteps({"BERT's": Tokenizer(PIECES), "ours": learned}, ["sings", "sq"])
    [word] = steps.answer({"text": "sings", "vocabulary": "BERT's"})["words"]
    assert (word["pieces"], word["replayed"]) == (["sing", "##s"], None)
    ours = steps.answer({"text": "Singers sq🙂", "vocabulary": "ours"})["words"]
    assert [each["word"] for each in ours] == ["singers", "sq🙂"]
    assert ours[0]["replayed"] == learned.replay("singers")
    assert (ours[1]["pieces"], ours[1]["replayed"]) == (["[UNK]"], None)
    assert str(steps) == "Longest match, step by step: sings in the vocabulary BERT's: sing ##s"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"text": " ", "vocabulary": "A"}, "no word in it"),
        ({"text": "a " * 13, "vocabulary": "A"}, "13 words are too many"),
        ({"text": "a" * 41, "vocabulary": "A"}, "41 letters"),
        ({"text": "a", "vocabulary": "B"}, "no question"),
        ({"text": 5, "vocabulary": "A"}, "no question"),
        (None, "no question"),
    ],
)
def test_what_cannot_be_stepped_through_is_said(question: Any, said: str):
    assert said in LongestMatchSteps({"A": Tokenizer(PIECES)}, ["a"]).answer(question)["error"]


def test_a_stepper_needs_a_vocabulary_and_a_text():
    with pytest.raises(ValueError, match="at least one vocabulary and one text"):
        LongestMatchSteps({"A": Tokenizer(PIECES)}, [])


def test_the_kernel_answers_and_what_was_asked_last_stays(monkeypatch: pytest.MonkeyPatch):
    shown: list[Any] = []
    monkeypatch.setattr(IPython.display, "display", lambda what, **options: shown.append(what))
    steps = LongestMatchSteps({"A": Tokenizer(PIECES)}, ["sings", "a"])
    steps._ipython_display_()
    widget, still = shown
    assert "bertlab-live" in widget._dom_classes
    assert still["text/plain"] == str(steps)
    sent: list[Any] = []
    monkeypatch.setattr(type(widget), "send", lambda self, content, buffers=None: sent.append(content))
    steps._asked(widget, {"number": 1, "question": {"text": "sin", "vocabulary": "A"}}, [])
    steps._asked(widget, {"number": 2, "question": {"text": "", "vocabulary": "A"}}, [])
    assert sent[0] == {"number": 1, "answer": steps.answer({"text": "sin", "vocabulary": "A"})}
    assert "error" in sent[1]["answer"]
    given = re.search(r"""recordedMatches\((\{"recorded.*?\})\);</script>""", steps._page(), re.S)
    recorded = json.loads(given[1])
    assert [each["question"]["text"] for each in recorded["recorded"]] == ["sin", "sings", "a"]
    assert recorded["question"]["text"] == "sin"


@pytest.fixture(scope="module")
def reader() -> tuple[BertForPreTraining, Tokenizer]:
    """A new model of uncommon firmness, and its tokenizer."""
    words = [word for word in "abcdefghijklmnopqrstuvwxyz"]
    pieces = [*PIECES[:5], *words, *("##" + letter for letter in words), "great", "stone", "wall", "the", "old", "."]
    torch.manual_seed(0)
    config = BertConfig.preset("tiny", vocab_size=len(pieces)).replace(initializer_range=0.5)
    return BertForPreTraining(config).eval(), Tokenizer(pieces)


SENTENCES = ["The great wall.", "The old stone.", "The great, old stone wall.", "A wall."]


def test_places_are_words_of_the_kind_asked_for_beside_a_word_of_one_piece(reader):
    tokenizer = reader[1]
    for place in pick_places(SENTENCES, tokenizer, count=3):
        assert place.word in ("great", "stone")
        assert abs(place.changed - place.hidden) == 1
        assert place.right in tokenizer.vocab
        assert place.right.isalpha()
    [rare] = pick_places(["The old castle."], tokenizer, whole=False, count=1)
    assert (rare.word, rare.right) == ("castle", "old")
    same = [pick_places(SENTENCES, tokenizer, count=3, seed=seed) for seed in (0, 0, 1, 2, 3)]
    assert same[0] == same[1]
    assert any(same[0] != other for other in same[2:])
    with pytest.raises(ValueError, match="there are 3 places in 4 sentences"):
        pick_places(SENTENCES, tokenizer, count=4)


def test_the_loss_beside_a_word_is_the_models_own_in_any_company(reader):
    model, tokenizer = reader
    places = [Place(("the", "great", "wall", "."), 1, 2), Place(("the", "old", "stone"), 2, 1)]
    changed = ["grxat", "[UNK]"]
    found = losses_beside(model, tokenizer, places, changed)
    for place, word, loss in zip(places, changed, found, strict=True):
        reading = tokenizer(place.with_word(word))
        with torch.no_grad():
            logits = model(torch.tensor([reading.input_ids])).prediction_logits[0, reading.tokens.index("[MASK]")]
        assert loss.item() == pytest.approx(-logits.log_softmax(-1)[tokenizer.vocab[place.right]].item(), abs=1e-4)
    with pytest.raises(ValueError, match="2 places but 1 words"):
        losses_beside(model, tokenizer, places, ["great"])
