"""Lesson 02's question to a model: how well does it guess a word when the word beside it was changed?"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from bertlab.model import BertForPreTraining
from bertlab.text import Tokenizer, split_words
from bertlab.text.vocabulary import MASK

SHORTEST, LONGEST_SENTENCE = 5, 40
"""Letters of a word that is changed, and words of a sentence that is asked about."""
ROWS = 32


@dataclass(frozen=True)
class Place:
    """A sentence, the word in it that will be changed, and its neighbour that is hidden.

    >>> place = Place(("he", "shut", "the", "door"), changed=1, hidden=2)
    >>> place.word, place.with_word("shet"), place.right
    ('shut', 'he shet [MASK] door', 'the')
    """

    words: tuple[str, ...]
    changed: int
    hidden: int

    @property
    def word(self) -> str:
        """The word that will be changed."""
        return self.words[self.changed]

    @property
    def right(self) -> str:
        """The hidden word."""
        return self.words[self.hidden]

    def with_word(self, word: str) -> str:
        """The sentence with another word in that place, the neighbour hidden."""
        shown = list(self.words)
        shown[self.changed], shown[self.hidden] = word, MASK
        return " ".join(shown)


def pick_places(
    sentences: Iterable[str], tokenizer: Tokenizer, *, whole: bool = True, count: int = 300, seed: int = 0
) -> list[Place]:
    """One place in each of so many sentences, drawn at random; the hidden neighbour is a word of one piece.

    Args:
        whole: the word to be changed is one piece of the vocabulary; False takes words that fall into several.

    Raises:
        ValueError: there are not so many places.
    """
    rng = random.Random(seed)
    found: list[Place] = []
    for sentence in rng.sample(all_of_them := list(sentences), len(all_of_them)):
        words = split_words(sentence, tokenizer.lowercase)
        fitting = [
            (at, near)
            for at, word in enumerate(words)
            if len(word) >= SHORTEST and word.isalpha() and (word in tokenizer.vocab) == whole
            for near in (at - 1, at + 1)
            if 0 <= near < len(words) and words[near].isalpha() and words[near] in tokenizer.vocab
        ]
        if fitting and len(words) <= LONGEST_SENTENCE:
            found.append(Place(tuple(words), *rng.choice(fitting)))
        if len(found) == count:
            return found
    raise ValueError(f"there are {len(found)} places in {len(all_of_them)} sentences; ask for fewer than {count}")


@torch.inference_mode()
def losses_beside(
    model: BertForPreTraining, tokenizer: Tokenizer, places: Sequence[Place], words: Sequence[str]
) -> Float[Tensor, " places"]:
    """The loss in nats at each hidden neighbour, with these words in the changed places.

    Raises:
        ValueError: there are not as many words as places.
    """
    if len(words) != len(places):
        raise ValueError(f"{len(places)} places but {len(words)} words; give one for each")
    model.eval()
    asked = [tokenizer(place.with_word(word)) for place, word in zip(places, words, strict=True)]
    losses = torch.zeros(len(places))
    by_length = sorted(range(len(places)), key=lambda at: len(asked[at]))  # little padding
    for begin in range(0, len(places), ROWS):
        rows = by_length[begin : begin + ROWS]
        longest = max(len(asked[at]) for at in rows)
        ids = torch.full((len(rows), longest), tokenizer.pad_id)
        for row, at in enumerate(rows):
            ids[row, : len(asked[at])] = torch.tensor(asked[at].input_ids)
        # One hole in each row, or two where the changed word is hidden as well.
        masks = [(row == tokenizer.mask_id).nonzero().flatten() for row in ids]
        last = [places[at].changed < places[at].hidden for at in rows]
        holes = torch.stack(
            [
                row * longest + places_of[-1 if hidden_last else 0]
                for row, (places_of, hidden_last) in enumerate(zip(masks, last, strict=True))
            ]
        )
        real = (ids != tokenizer.pad_id).long()
        trust = model(ids, None, real, positions=holes).prediction_logits.log_softmax(dim=-1)
        right = torch.tensor([tokenizer.vocab[places[at].right] for at in rows])
        losses[rows] = -trust.gather(1, right[:, None])[:, 0]
    return losses
