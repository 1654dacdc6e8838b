"""A WordPiece vocabulary learned from text, merge by merge.

Every word starts as its characters. Again and again the pair of neighbouring pieces with the best score becomes
one new piece, everywhere, until the vocabulary has the size asked for. Nothing is counted twice: a merge changes
only the words that hold the pair, so only their pairs are counted anew.

Source: Schuster and Nakajima 2012, "Japanese and Korean voice search", section 3; Sennrich et al. 2016,
arXiv 1508.07909, section 3.2 (frequency, with the incremental counts).
"""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from bertlab.text.normalize import split_words
from bertlab.text.vocabulary import SPECIAL_PIECES
from bertlab.text.wordpiece import PREFIX, join_pieces

Pair = tuple[str, str]
Score = Callable[[int, int, int, int], float]


def frequency(both: int, left: int, right: int, total: int) -> float:
    """How often the pair occurs: count(ab). It gives good vocabularies, and it is what `tokenizers` uses.

    >>> frequency(both=20, left=36, right=20, total=100)
    20.0
    """
    return float(both)


def likelihood(both: int, left: int, right: int, total: int) -> float:
    """How much more often than by chance the pair occurs: count(ab) / (count(a) count(b)).

    The score that most tutorials give for WordPiece. It prefers pairs of rare pieces, and its vocabularies of real
    size are poor.

    >>> likelihood(both=20, left=40, right=20, total=100)
    0.025
    """
    return both / (left * right)


def gain(both: int, left: int, right: int, total: int) -> float:
    """What the pair saves, in nats, over the corpus: count(ab) log(count(ab) total / (count(a) count(b))).

    The cost of a piece is minus the logarithm of its share of all pieces. Written as a and b, each ab costs
    log(total / count(a)) + log(total / count(b)); written as one piece, log(total / count(ab)).

    >>> round(gain(both=20, left=40, right=20, total=100), 3)
    18.326
    """
    return both * math.log(both * total / (left * right))


SCORES: dict[str, Score] = {"frequency": frequency, "likelihood": likelihood, "gain": gain}


@dataclass(frozen=True)
class Merge:
    """One step of training: `left` and `right`, met `count` times side by side, become `piece`."""

    step: int
    left: str
    right: str
    piece: str
    count: int
    score: float

    def __str__(self) -> str:
        return f"{self.step:>5}  {self.left} + {self.right} -> {self.piece}  (count {self.count}, score {self.score:.6g})"


@dataclass(frozen=True)
class TrainedVocabulary:
    """What training found: the pieces in the order of their ids, and every merge that was made."""

    pieces: list[str]
    merges: list[Merge]
    score: str
    lowercase: bool

    def __len__(self) -> int:
        return len(self.pieces)

    def __repr__(self) -> str:
        return (
            f"TrainedVocabulary({len(self.pieces)} pieces, {len(self.merges)} merges by {self.score}, "
            f"{'uncased' if self.lowercase else 'cased'})"
        )


def count_words(
    lines: Iterable[str], lowercase: bool = True, strip_accents: bool | None = None
) -> Counter[str]:
    """How often each word occurs, cut as the tokenizer cuts.

    >>> count_words(["Hug the pug.", "Hug!"])["hug"]
    2
    """
    # A text repeats itself: each distinct stretch between two spaces is normalised only once.
    stretches = Counter(stretch for line in lines for stretch in line.split(" "))
    words: Counter[str] = Counter()
    for stretch, count in stretches.items():
        for word in split_words(stretch, lowercase, strip_accents):
            words[word] += count
    return words


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


@dataclass
class Corpus:
    """The words of a text as pieces, with the counts of pieces and pairs kept up to date."""

    words: list[list[str]]
    counts: list[int]
    pieces: Counter[str] = field(default_factory=Counter)
    pairs: Counter[Pair] = field(default_factory=Counter)
    total: int = 0
    # The words in which a pair occurs, or once did; and the pairs that hold a piece.
    where: defaultdict[Pair, set[int]] = field(default_factory=lambda: defaultdict(set))
    holding: defaultdict[str, set[Pair]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for index in range(len(self.words)):
            self._add(index)

    def _add(self, index: int) -> None:
        word, count = self.words[index], self.counts[index]
        self.total += count * len(word)
        for piece in word:
            self.pieces[piece] += count
        for pair in pairwise(word):
            self.pairs[pair] += count
            self.where[pair].add(index)
            self.holding[pair[0]].add(pair)
            self.holding[pair[1]].add(pair)

    def _remove(self, index: int) -> None:
        word, count = self.words[index], self.counts[index]
        self.total -= count * len(word)
        for piece in word:
            self.pieces[piece] -= count
        for pair in pairwise(word):
            self.pairs[pair] -= count

    def merge(self, left: str, right: str) -> None:
        """Joins the pair in every word that holds it."""
        for index in self.where.pop((left, right)):
            merged = merge_pair(self.words[index], left, right)
            if len(merged) < len(self.words[index]):
                self._remove(index)
                self.words[index] = merged
                self._add(index)

    def score(self, pair: Pair, score: Score) -> float:
        """The pair's score by today's counts."""
        left, right = pair
        return score(self.pairs[pair], self.pieces[left], self.pieces[right], self.total)


class Queue:
    """The pairs by score, best first; among equals the alphabetically first.

    A score that fell is noticed only when its pair comes up: it is put back with the score it has now. So whoever
    changes the counts must push the pairs whose score may have risen, and no others.
    """

    def __init__(self, corpus: Corpus, score: Score, min_frequency: int) -> None:
        self.corpus, self.score, self.min_frequency = corpus, score, min_frequency
        self.heap: list[tuple[float, Pair]] = []
        self.push(corpus.pairs)

    def push(self, pairs: Iterable[Pair]) -> None:
        """Enters pairs with the score they have now, rare ones not at all."""
        for pair in pairs:
            if self.corpus.pairs[pair] >= self.min_frequency:
                heapq.heappush(self.heap, (-self.corpus.score(pair, self.score), pair))

    def pop(self) -> tuple[Pair, float] | None:
        """The best pair with its score, or None when no pair is left."""
        while self.heap:
            negative, pair = heapq.heappop(self.heap)
            if self.corpus.pairs[pair] < self.min_frequency:
                continue
            now = self.corpus.score(pair, self.score)
            if now == -negative:
                return pair, now
            if now < -negative:
                heapq.heappush(self.heap, (-now, pair))
        return None


def train_wordpiece(
    lines: Iterable[str],
    vocab_size: int,
    score: str = "frequency",
    *,
    lowercase: bool = True,
    strip_accents: bool | None = None,
    min_frequency: int = 2,
    alphabet_limit: int = 1000,
) -> TrainedVocabulary:
    """Learns a vocabulary of WordPiece from lines of text.

    The vocabulary begins with the special pieces and the alphabet: every character by itself and, where it occurs
    inside a word, with ##. Then it grows by one piece a merge. Of pairs with equal scores the alphabetically first
    is merged (by its left piece, then its right), so that the same text always gives the same vocabulary.

    >>> vocabulary = train_wordpiece(["hug pug pun bun hugs"] * 5, vocab_size=22)
    >>> [merge.piece for merge in vocabulary.merges]
    ['##ug', '##un', 'hug', 'bun']

    Args:
        vocab_size: pieces in all; fewer are learned where the text has no more pairs.
        score: "frequency", "likelihood" or "gain", see the functions of these names.
        strip_accents: None means the same as `lowercase`, as in BERT.
        min_frequency: occurrences below which a pair is never merged.
        alphabet_limit: characters kept, the most frequent ones; words with others count for nothing.

    Raises:
        ValueError: the score is unknown, the text is empty, or the alphabet alone is larger than `vocab_size`.
    """
    if score not in SCORES:
        raise ValueError(f"unknown score {score!r}; choose one of {', '.join(SCORES)}")
    words = keep_alphabet(count_words(lines, lowercase, strip_accents), alphabet_limit)
    if not words:
        raise ValueError("the text holds no words; give lines with at least one word")
    corpus = Corpus([spell(word) for word in words], list(words.values()))
    alphabet = sorted({char for word in words for char in word})
    # A dictionary that keeps its order serves as a list in which one can look things up.
    pieces = dict.fromkeys(
        [
            *SPECIAL_PIECES,
            *alphabet,
            *sorted(piece for piece in corpus.pieces if piece.startswith(PREFIX)),
        ]
    )
    if len(pieces) > vocab_size:
        raise ValueError(
            f"vocab_size={vocab_size} is too small: the special pieces and the alphabet alone are {len(pieces)} pieces. "
            f"Raise vocab_size, or lower alphabet_limit={alphabet_limit}."
        )

    queue = Queue(corpus, SCORES[score], min_frequency)
    merges: list[Merge] = []
    while len(pieces) < vocab_size and (best := queue.pop()):
        (left, right), value = best
        piece = join_pieces(left, right)
        merges.append(Merge(len(merges) + 1, left, right, piece, corpus.pairs[left, right], value))
        corpus.merge(left, right)
        pieces[piece] = None
        queue.push(corpus.holding[piece])
        if score != "frequency":
            # The parts are rarer now, which makes every other pair with one of them more surprising.
            queue.push(corpus.holding[left] | corpus.holding[right])
    return TrainedVocabulary(list(pieces), merges, score, lowercase)


def keep_alphabet(words: Counter[str], limit: int) -> Counter[str]:
    """The words that are spelt with the most frequent characters only. The others would be [UNK] anyway."""
    chars: Counter[str] = Counter()
    for word, count in words.items():
        for char in word:
            chars[char] += count
    kept = set(sorted(chars, key=lambda char: (-chars[char], char))[:limit])
    return Counter({word: count for word, count in words.items() if kept.issuperset(word)})
