"""The counts that training a vocabulary lives on, kept up to date merge by merge.

Counting every pair anew after every merge would take hours. A merge changes only the words that hold the pair, and
in them only the neighbours of the place where it stood.

Source: Sennrich et al. 2016, arXiv 1508.07909, section 3.2, and its published code (incremental counts).
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

from bertlab.text.wordpiece import PREFIX, join_pieces

Pair = tuple[str, str]
# A score from count(ab), count(a), count(b) and the count of all pieces.
Score = Callable[[int, int, int, int], float]


def spell(word: str) -> list[str]:
    """The word in single characters, the first of them as the beginning of a word.

    >>> spell("hug")
    ['h', '##u', '##g']
    """
    return [word[0], *(PREFIX + char for char in word[1:])]


def merge_pair(pieces: list[str], left: str, right: str) -> list[str]:
    """The pieces with every `left` followed by `right` joined, from left to right.

    >>> merge_pair(["h", "##u", "##g"], "##u", "##g")
    ['h', '##ug']
    """
    merged: list[str] = []
    for piece in pieces:
        if piece == right and merged and merged[-1] == left:
            merged[-1] = join_pieces(left, right)
        else:
            merged.append(piece)
    return merged


class PairCounts:
    """A corpus as words in pieces, with the counts of its pieces and of its pairs of neighbours.

    >>> corpus = PairCounts(Counter({"hug": 10, "hugs": 5}))
    >>> corpus.pairs["##u", "##g"], corpus.pieces["##g"], corpus.total
    (15, 15, 50)
    >>> sorted(corpus.merge("##u", "##g"))
    [('##ug', '##s'), ('h', '##ug')]
    >>> corpus.words, corpus.pairs["h", "##ug"], corpus.pieces["##g"], corpus.total
    ([['h', '##ug'], ['h', '##ug', '##s']], 15, 0, 35)
    """

    def __init__(self, word_counts: Counter[str]) -> None:
        self.words = [spell(word) for word in word_counts]
        self.counts = list(word_counts.values())
        self.pieces: Counter[str] = Counter()
        self.pairs: Counter[Pair] = Counter()
        self.total = 0
        # The words in which a pair stands, or once stood.
        self.where: defaultdict[Pair, set[int]] = defaultdict(set)
        # The pairs that a piece is part of.
        self.partners: defaultdict[str, set[Pair]] = defaultdict(set)
        for index, (word, count) in enumerate(zip(self.words, self.counts, strict=True)):
            self.total += count * len(word)
            for piece in word:
                self.pieces[piece] += count
            for pair in pairwise(word):
                self.pairs[pair] += count
                self.where[pair].add(index)
        self._introduce(self.pairs)

    def merge(self, left: str, right: str) -> set[Pair]:
        """Joins the pair wherever it stands, and says which pairs with the new piece arose."""
        piece = join_pieces(left, right)
        arisen: set[Pair] = set()
        joined = 0
        for index in self.where.pop((left, right)):
            word, count = self.words[index], self.counts[index]
            place = 0
            while place + 1 < len(word):
                if word[place] == left and word[place + 1] == right:
                    word[place : place + 2] = [piece]
                    joined += count
                    self.pairs[left, right] -= count
                    if place > 0:
                        before = word[place - 1]
                        self.pairs[before, left] -= count
                        self.pairs[before, piece] += count
                        self.where[before, piece].add(index)
                        arisen.add((before, piece))
                    if place + 1 < len(word):
                        after = word[place + 1]
                        self.pairs[right, after] -= count
                        self.pairs[piece, after] += count
                        self.where[piece, after].add(index)
                        arisen.add((piece, after))
                place += 1
        self.pieces[left] -= joined
        self.pieces[right] -= joined
        self.pieces[piece] += joined
        self.total -= joined
        self._introduce(arisen)
        return arisen

    def _introduce(self, pairs: Iterable[Pair]) -> None:
        for pair in pairs:
            for piece in pair:
                self.partners[piece].add(pair)


class PairQueue:
    """The pairs by score, best first; among equals the one whose left piece is older, then whose right piece is.

    A score that fell is noticed only when its pair comes up: it goes back with the score it has now. So whoever
    changes the counts must push the pairs whose score may have risen, and no others.

    Args:
        ages: the id of every piece; the older a piece, the lower. Whoever makes a new piece enters it there first.
        min_frequency: occurrences below which a pair does not count as one.
    """

    def __init__(self, corpus: PairCounts, score: Score, ages: Mapping[str, int], min_frequency: int) -> None:
        self.corpus, self.score, self.ages, self.min_frequency = corpus, score, ages, min_frequency
        self.heap: list[tuple[float, int, int, Pair]] = []
        self.push(corpus.pairs)

    def push(self, pairs: Iterable[Pair]) -> None:
        """Enters pairs with the score they have now, rare ones not at all."""
        for pair in pairs:
            if self.corpus.pairs[pair] >= self.min_frequency:
                left, right = pair
                heapq.heappush(self.heap, (-self.score_now(pair), self.ages[left], self.ages[right], pair))

    def pop(self) -> tuple[Pair, float] | None:
        """The best pair with its score, or None when no pair is left."""
        while self.heap:
            negative, _, _, pair = heapq.heappop(self.heap)
            if self.corpus.pairs[pair] >= self.min_frequency:
                now = self.score_now(pair)
                if now == -negative:
                    return pair, now
                if now < -negative:
                    self.push([pair])
        return None

    def score_now(self, pair: Pair) -> float:
        """The score of a pair by the counts of this moment."""
        corpus = self.corpus
        return self.score(corpus.pairs[pair], corpus.pieces[pair[0]], corpus.pieces[pair[1]], corpus.total)
