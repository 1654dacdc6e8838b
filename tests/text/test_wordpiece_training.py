"""Every merge against a count from scratch, and the vocabulary against that of the library's trainer."""

import math
import random
from collections import Counter
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path
from statistics import median

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from bertlab.text import Merge, split_words, train_wordpiece

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SYLLABLES = ["ba", "an", "na", "aaa", "so", "os", "is", "ü", "力", "x"]


def corpus(seed: int) -> list[str]:
    """Lines in which overlaps (aaaa), repeated words and equal counts abound."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(60)]
    return [" ".join(rng.choices(words, weights=range(1, 61), k=8)).capitalize() + "." for _ in range(60)]


def recount(words: list[list[str]]) -> tuple[Counter, Counter]:
    """Pieces and pairs of neighbours, counted from nothing."""
    return Counter(piece for word in words for piece in word), Counter(
        pair for word in words for pair in pairwise(word)
    )


def rewrite(word: list[str], merge: Merge) -> list[str]:
    """The word after a merge, by replacing in one string in which every piece ends with a line."""
    joined = "\n" + "\n\n".join(word) + "\n"
    joined = joined.replace(f"\n{merge.left}\n\n{merge.right}\n", f"\n{merge.piece}\n")
    return joined.strip("\n").split("\n\n")


FORMULAS: dict[str, Callable[[int, int, int, int], float]] = {
    "frequency": lambda both, left, right, total: both,
    "likelihood": lambda both, left, right, total: both / (left * right),
    "gain": lambda both, left, right, total: both * math.log((both / total) / ((left / total) * (right / total))),
}


@pytest.mark.parametrize("score", FORMULAS)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("min_frequency", [1, 4])
def test_every_merge_is_a_maximum_under_a_recount(score: str, seed: int, min_frequency: int):
    lines = corpus(seed)
    trained = train_wordpiece(lines, 150, score, min_frequency=min_frequency)
    assert len(trained.merges) > 40
    words = [[word[0], *("##" + char for char in word[1:])] for line in lines for word in split_words(line)]
    for number, merge in enumerate(trained.merges, start=1):
        pieces, pairs = recount(words)
        total = sum(pieces.values())
        scores = {
            (left, right): FORMULAS[score](count, pieces[left], pieces[right], total)
            for (left, right), count in pairs.items()
            if count >= min_frequency
        }
        assert merge.step == number
        assert merge.count == pairs[merge.left, merge.right]
        assert merge.score == pytest.approx(scores[merge.left, merge.right])
        assert merge.score >= max(scores.values()) - 1e-9 * abs(max(scores.values()))
        assert merge.piece == merge.left + merge.right[2:]
        words = [rewrite(word, merge) for word in words]
    # It stopped for one of the two reasons there are.
    left_over = [count for count in recount(words)[1].values() if count >= min_frequency]
    assert len(trained) == 150 or not left_over


@pytest.mark.parametrize("score", FORMULAS)
def test_ties_go_to_the_lower_ids_and_the_order_of_lines_does_not_matter(score: str):
    lines = corpus(9)
    trained = train_wordpiece(lines, 120, score)
    assert train_wordpiece(reversed(lines), 120, score) == trained
    ids = {piece: number for number, piece in enumerate(trained.pieces)}
    words = [[word[0], *("##" + char for char in word[1:])] for line in lines for word in split_words(line)]
    ties = 0
    for merge in trained.merges:
        pieces, pairs = recount(words)
        total = sum(pieces.values())
        scores = {p: FORMULAS[score](n, pieces[p[0]], pieces[p[1]], total) for p, n in pairs.items() if n >= 2}
        equal = [p for p in scores if math.isclose(scores[p], merge.score, rel_tol=1e-12)]
        assert min(equal, key=lambda pair: (ids[pair[0]], ids[pair[1]])) == (merge.left, merge.right)
        ties += len(equal) > 1
        words = [rewrite(word, merge) for word in words]
    assert ties > 0


def test_the_vocabulary_begins_with_specials_and_alphabet():
    trained = train_wordpiece(["Abc abd. Éa", "力"], vocab_size=16)
    assert trained.pieces == [*SPECIALS, *".abcde力", "##b", "##a", "##c", "##d"]
    assert trained.merges == []
    grown = train_wordpiece(["Abc abd. Éa", "力"], vocab_size=17)
    assert grown.pieces == [*trained.pieces, "ab"]
    assert grown.merges == [Merge(1, "a", "##b", "ab", 2, 2.0)]


def test_cased_training_keeps_capitals_and_accents():
    pieces = train_wordpiece(["Éa éa"] * 2, 20, lowercase=False).pieces
    assert {"É", "é", "Éa", "éa"} <= set(pieces)


def test_rare_characters_are_left_out_with_their_words():
    pieces = train_wordpiece(["abab abba baab qab"], 100, alphabet_limit=2, min_frequency=1).pieces
    assert not any("q" in piece for piece in pieces)
    assert "abab" in pieces


def test_replaying_gives_what_training_left_behind():
    lines = corpus(3)
    trained = train_wordpiece(lines, 110)
    for word in sorted({word for line in lines for word in split_words(line)}):
        pieces = [word[0], *("##" + char for char in word[1:])]
        assert trained.replay(word, 0) == pieces
        for merge in trained.merges:
            pieces = rewrite(pieces, merge)
        assert trained.replay(word) == pieces
        assert set(pieces) <= set(trained.pieces)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"score": "entropy"}, r"unknown score 'entropy'; choose one of frequency, likelihood, gain"),
        ({"vocab_size": 9}, r"vocab_size=9 is too small: the special pieces and the alphabet are 10 "),
        ({"lines": ["", " "]}, r"holds no words"),
        ({"min_frequency": 0}, r"min_frequency=0"),
    ],
)
def test_errors(arguments: dict, message: str):
    with pytest.raises(ValueError, match=message):
        train_wordpiece(**{"lines": ["hug"], "vocab_size": 20, **arguments})


def test_it_prints_itself():
    trained = train_wordpiece(["hug hug"], 20)
    assert repr(trained) == "TrainedVocabulary(12 pieces, 2 merges by frequency, uncased)"
    assert str(trained.merges[0]) == "    1  h + ##u -> hu  (count 2, score 2)"


def library_vocabulary(lines: list[str], size: int) -> set[str]:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, min_frequency=2, limit_alphabet=1000, special_tokens=SPECIALS, show_progress=False
    )
    tokenizer.train_from_iterator(lines, trainer)
    return set(tokenizer.get_vocab())


@pytest.mark.slow
@pytest.mark.parametrize("size", [1000, 4000, 8000])
def test_our_vocabulary_is_as_near_to_the_library_s_as_its_own_runs_are(test_data: Path, size: int):
    """The library breaks ties by hash, differently in every run. We are one more of its runs."""
    lines = (test_data / "text" / "fairytales.txt").read_text(encoding="utf-8").split("\n")
    ours = set(train_wordpiece(lines, size).pieces)
    runs = [library_vocabulary(lines, size) for _ in range(8)]
    theirs = [len(one - other) for one, other in combinations(runs, 2)]
    distances = [len(ours - run) for run in runs]
    print(f"size {size}: ours to theirs {distances}, theirs among themselves {min(theirs)} to {max(theirs)}")
    assert {len(run) for run in runs} == {len(ours)} == {size}
    assert median(distances) <= max(theirs)
