"""Longest match against a search that tries every cut, and the way back to text against the library's decoder."""

import random
from itertools import combinations, pairwise

from tokenizers import decoders

from bertlab.text import longest_match
from bertlab.text.wordpiece import CLINGING, join_text


def every_cut(word: str) -> list[list[str]]:
    """All the ways to cut a word, those with a longer first piece (then second, and so on) first."""
    ways = []
    for number in range(len(word)):
        for inner in combinations(range(1, len(word)), number):
            bounds = [0, *inner, len(word)]
            cut = [word[start:end] for start, end in pairwise(bounds)]
            ways.append([cut[0], *("##" + part for part in cut[1:])])
    return sorted(ways, key=lambda way: [-len(piece.removeprefix("##")) for piece in way])


def greedy_among(ways: list[list[str]], vocab: set[str]) -> list[str] | None:
    """The cut of which every piece is the longest that the vocabulary offers at its place."""
    for depth in range(len(ways[-1])):
        known = [way[depth] for way in ways if len(way) > depth and way[depth] in vocab]
        if not known:
            break
        longest = max(known, key=len)
        ways = [way for way in ways if len(way) <= depth or way[depth] == longest]
        if any(len(way) == depth + 1 for way in ways):
            return next(way for way in ways if len(way) == depth + 1)
    return None


def test_longest_match_is_the_greedy_one_of_all_cuts():
    rng = random.Random(0)
    found = 0
    for _ in range(500):
        word = "".join(rng.choices("ab", k=rng.randint(1, 7)))
        pieces = {piece for way in every_cut(word) for piece in way}
        vocab = set(rng.sample(sorted(pieces), k=rng.randint(1, len(pieces))))
        expected = greedy_among(every_cut(word), vocab)
        assert longest_match(word, vocab) == expected
        found += expected is not None
    assert 100 < found < 450


def test_it_gives_up_rather_than_take_a_shorter_piece():
    assert longest_match("abc", {"ab", "a", "##bc"}) is None
    assert longest_match("abc", {"a", "##bc"}) == ["a", "##bc"]


def test_words_of_more_than_200_characters_are_not_tried():
    vocab = {"a", "##a"}
    assert longest_match("a" * 200, vocab) == ["a", *["##a"] * 199]
    assert longest_match("a" * 201, vocab) is None


def test_joined_text_is_that_of_the_library():
    rng = random.Random(0)
    decoder = decoders.WordPiece(prefix="##", cleanup=True)
    stock = ["a", "##b", "word", "##", "##'s", "don", "'", "not", "do", "$", "-", "力", *CLINGING, "'station", ".5"]
    for _ in range(2000):
        pieces = rng.choices(stock, k=rng.randint(0, 8))
        assert join_text(pieces) == decoder.decode(pieces), pieces
