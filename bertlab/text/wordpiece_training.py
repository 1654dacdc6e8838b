"""A WordPiece vocabulary learned from text, merge by merge.

Every word starts as its characters. Again and again the pair of neighbouring pieces with the best score becomes
one new piece, everywhere, until the vocabulary has the size asked for.

Source: Schuster and Nakajima 2012, "Japanese and Korean voice search", section 3; Sennrich et al. 2016,
arXiv 1508.07909, section 3.2 (merging by frequency).
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bertlab.text.normalize import split_words
from bertlab.text.pair_counts import PairCounts, PairQueue, Score, merge_pair, spell
from bertlab.text.vocabulary import SPECIAL_PIECES
from bertlab.text.wordpiece import PREFIX, join_pieces


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
        return (
            f"{self.step:>5}  {self.left} + {self.right} -> {self.piece}  (count {self.count}, score {self.score:.6g})"
        )


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

    def replay(self, word: str, steps: int | None = None) -> list[str]:
        """The pieces of a word of the text after so many merges, or after all of them.

        Not how a tokenizer cuts: it takes the longest piece first, whatever was merged first.

        >>> train_wordpiece(["hug pug pun bun hugs"] * 5, vocab_size=22).replay("hugs", steps=1)
        ['h', '##ug', '##s']
        """
        pieces = spell(word)
        for merge in self.merges[:steps]:
            pieces = merge_pair(pieces, merge.left, merge.right)
        return pieces


def count_words(lines: Iterable[str], lowercase: bool = True, strip_accents: bool | None = None) -> Counter[str]:
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


def keep_alphabet(words: Counter[str], limit: int) -> Counter[str]:
    """The words spelt with the most frequent characters only. The others would be [UNK] whatever is learned.

    >>> keep_alphabet(Counter({"hug": 10, "pug": 5, "ü": 1}), limit=4)
    Counter({'hug': 10, 'pug': 5})
    """
    chars: Counter[str] = Counter()
    for word, count in words.items():
        for char in word:
            chars[char] += count
    kept = set(sorted(chars, key=lambda char: (-chars[char], char))[:limit])
    return Counter({word: count for word, count in words.items() if kept.issuperset(word)})


def first_pieces(words: Iterable[str]) -> list[str]:
    """What a vocabulary begins with: the special pieces, then every character, then every character after ##.

    The last go by the number of words that have them inside, most first.

    >>> first_pieces(["hug", "pug", "mum"])[5:]
    ['g', 'h', 'm', 'p', 'u', '##u', '##g', '##m']
    """
    words = list(words)
    alphabet = {char for word in words for char in word}
    inside = Counter(char for word in words for char in set(word[1:]))
    return [
        *SPECIAL_PIECES,
        *sorted(alphabet),
        *(PREFIX + char for char in sorted(inside, key=lambda char: (-inside[char], char))),
    ]


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
    inside a word, with ##. Then it grows by one piece a merge. Of pairs with equal scores the one with the
    lower id on its left is merged, then with the lower id on its right, so that the same text always gives the same
    vocabulary.

    >>> vocabulary = train_wordpiece(["hug pug pun bun hugs"] * 5, vocab_size=22)
    >>> [merge.piece for merge in vocabulary.merges]
    ['##ug', 'hug', '##un', 'bun', 'pug', 'pun']

    Args:
        vocab_size: pieces in all; fewer are learned where the text has no more pairs.
        score: "frequency", "likelihood" or "gain", see the functions of these names.
        strip_accents: None means the same as `lowercase`, as in BERT.
        min_frequency: occurrences below which a pair is never merged.
        alphabet_limit: characters kept, the most frequent ones; words with others count for nothing.

    Raises:
        ValueError: the score is unknown, `min_frequency` is below 1, the text is empty, or the alphabet alone is
            larger than `vocab_size`.
    """
    if score not in SCORES:
        raise ValueError(f"unknown score {score!r}; choose one of {', '.join(SCORES)}")
    if min_frequency < 1:
        raise ValueError(f"min_frequency={min_frequency}; a pair that never occurs cannot be merged, give 1 or more")
    words = keep_alphabet(count_words(lines, lowercase, strip_accents), alphabet_limit)
    if not words:
        raise ValueError("the text holds no words; give lines with at least one word")
    ids = {piece: number for number, piece in enumerate(first_pieces(words))}
    if len(ids) > vocab_size:
        raise ValueError(
            f"vocab_size={vocab_size} is too small: the special pieces and the alphabet are {len(ids)} "
            f"already. Raise vocab_size, or lower alphabet_limit={alphabet_limit}"
        )

    corpus = PairCounts(words)
    queue = PairQueue(corpus, SCORES[score], ids, min_frequency)
    merges: list[Merge] = []
    while len(ids) < vocab_size and (best := queue.pop()):
        (left, right), value = best
        piece = join_pieces(left, right)
        merges.append(Merge(len(merges) + 1, left, right, piece, corpus.pairs[left, right], value))
        # Two merges can arrive at the same piece: ##a ##bc and ##ab ##c.
        ids.setdefault(piece, len(ids))
        queue.push(corpus.merge(left, right))
        if score != "frequency":
            # The two parts are rarer now, and so every other pair with one of them scores higher.
            queue.push(corpus.partners[left] | corpus.partners[right])
    return TrainedVocabulary(list(ids), merges, score, lowercase)
