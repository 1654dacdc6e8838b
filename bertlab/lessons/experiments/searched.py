"""Search by meaning: which of 16 texts tells of Tara at the camp?

    request     Tara is at the camp.
    its text    Two wolves talk about the politeness of Tara. Tara tells a climber all about the idle wolf. ...

Half of the texts say the place in the request's own word, the others only show it. Around the right text stand texts of
the same hero at other places, of the same place with other heroes, and of neither: whoever knows the world is always
right. Who searches:

    bag of words     the words in common, rare ones counting more
    untouched        the mean of an encoder's vectors, as pretraining left it (or not even that: untrained)
    bi-encoder       fine-tuned: one vector for a request, one for a text, each read alone; own or not within a batch
    cross-encoder    fine-tuned: request and text read together, own or not

Each is learned in one pass over the same passages; as a bi-encoder, who has read nothing is also given four. It is told
how often the right text comes first, and how often the first one has the right hero, or the right place.

A cross-encoder reads 16 pairs for each request. A bi-encoder reads
the request; the texts' vectors are there already.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from bertlab.corpora.story import StoryWorld
from bertlab.corpora.story.parts import Part, chance_of
from bertlab.corpora.story.tasks.entailment import FACTS, fill_fact
from bertlab.corpora.story.tasks.pairs import excerpt
from bertlab.lessons.experiments.fine_tuned import encoders
from bertlab.model import Bert
from bertlab.model.task_heads import SentenceEncoder, TextClassifier
from bertlab.tasks.metrics import best_first, mean_reciprocal_rank, recall_at
from bertlab.tasks.rows_of import text_rows
from bertlab.tasks.task import learned
from bertlab.tasks.vectors import PairBatches, vectors_of
from bertlab.tasks.words_alone import bag_of_words
from bertlab.text import Tokenizer
from bertlab.training.finetuning import answers_to
from bertlab.training.rows import RowBatches

TASK = 40
"""Passages are drawn by a chance of their own."""
SENTENCES = 3
KNOWN, ASKED_OF, REQUESTS = 3000, 2500, 150
"""Passages to learn from; passages of each held-out part; requests of each kind that are asked there."""
LIKE = 5
"""Wrong texts of each kind beside the right one."""
LONGER = 4
"""Passes, for who has read nothing."""
PAIRS, ROWS = 16, 32
"""Of a batch: pairs for a bi-encoder, pairs of one label each for a cross-encoder."""
RATES = {"BERT": 5e-4, "causal twin": 5e-4, "from scratch": 1e-3}
"""Of 5e-4 and 1e-3 what was better for bi-encoders, on validation of seed 0."""

Scores = Float[np.ndarray, "requests texts"]


class Passage(NamedTuple):
    """Some sentences of a story, and a request that they answer.

    Args:
        told: whether they say the place in the word of the request.
    """

    request: str
    text: str
    name: str
    topic: str
    tense: str
    told: bool


class Shelf(NamedTuple):
    """A request, the texts that it is asked of, and what each shares with it: all, "name", "topic" or "neither"."""

    request: str
    texts: list[str]
    shares: list[str]

    @property
    def right(self) -> int:
        """Which text is right."""
        return self.shares.index("all")


def passages(world: StoryWorld, count: int, seed: int, part: Part = "training") -> list[Passage]:
    """Passages that name their hero, and whose words leave one topic alone possible."""
    found: list[Passage] = []
    topic, number = list(world.grammar.latents).index("topic"), 0
    while len(found) < count:
        rng = chance_of(seed, part, number, TASK)
        number += 1
        story = world.sample(rng)
        if len(story.sentences) < SENTENCES:
            continue
        first = int(rng.integers(len(story.sentences) - SENTENCES + 1))
        some = excerpt(story, first, first + SENTENCES)
        possible = world.truth.machine.support_of(world.pieces(some)).kept
        if "name" in some.slots and topic in possible and len(possible[topic]) == 1:
            request = fill_fact(world, FACTS["topic"], story.state)
            name, of, tense = (story.state[what] for what in ("name", "topic", "tense"))
            found.append(Passage(request, some.text, name, of, tense, told="venue" in some.slots))
    return found


def others(pool: Sequence[Passage], own: Passage) -> dict[str, list[str]]:
    """The texts of a pool, told in the same way and tense, that share with one the hero, the place, or neither."""
    found: dict[str, list[str]] = {"name": [], "topic": [], "neither": []}
    for each in pool:
        same = (each.name == own.name, each.topic == own.topic)
        if (each.told, each.tense) == (own.told, own.tense) and not all(same):
            found["name" if same[0] else "topic" if same[1] else "neither"].append(each.text)
    return found


def shelves(pool: Sequence[Passage], told: bool, count: int, rng: np.random.Generator) -> list[Shelf]:
    """Requests of one kind, each with a shelf of texts in an order that tells nothing.

    Raises:
        ValueError: the pool has too few passages.
    """
    found: list[Shelf] = []
    for own in (each for each in pool if each.told == told):
        kinds = others(pool, own)
        if min(map(len, kinds.values())) < LIKE:
            continue
        texts, shares = [own.text], ["all"]
        for kind, alike in kinds.items():
            texts += [alike[at] for at in rng.choice(len(alike), LIKE, replace=False)]
            shares += LIKE * [kind]
        order = rng.permutation(len(texts)).tolist()
        found.append(Shelf(own.request, [texts[at] for at in order], [shares[at] for at in order]))
        if len(found) == count:
            return found
    raise ValueError(f"{len(pool)} passages are enough for {len(found)} requests of this kind, not for {count}")


def scored(asked: Sequence[Shelf], scores: Scores) -> dict[str, float]:
    """How often the right text comes first; how high it stands; how often the first has the right hero, or place."""
    ranked, right = best_first(scores), [{shelf.right} for shelf in asked]
    first = [shelf.shares[each[0]] for shelf, each in zip(asked, ranked, strict=True)]
    hero, place = (sum(share in ("all", what) for share in first) / len(first) for what in ("name", "topic"))
    return {
        "recall": recall_at(ranked, right, 1),
        "mrr": mean_reciprocal_rank(ranked, right),
        "hero": hero,
        "place": place,
    }


def by_words(tokenizer: Tokenizer, pool: Sequence[Passage], asked: Sequence[Shelf]) -> Scores:
    """Cosines of counts of words; each word counts by the log of how few passages of a pool have it."""
    size = len(tokenizer)

    def counts(texts: Sequence[str]) -> Float[np.ndarray, "texts pieces"]:
        return bag_of_words(text_rows(tokenizer, texts), size)[:, :size].numpy()

    rarity = np.log(len(pool) / np.maximum((counts([each.text for each in pool]) > 0).sum(axis=0), 1))

    def vectors(texts: Sequence[str]) -> Float[np.ndarray, "texts pieces"]:
        weighed = counts(texts) * rarity
        return weighed / np.maximum(np.linalg.norm(weighed, axis=1, keepdims=True), 1e-9)

    return np.stack([vectors(shelf.texts) @ vectors([shelf.request])[0] for shelf in asked])


def by_vectors(model: SentenceEncoder, tokenizer: Tokenizer, asked: Sequence[Shelf]) -> Scores:
    """Cosines of vectors: each text is read alone, and once."""
    requests = vectors_of(model, tokenizer, [shelf.request for shelf in asked])
    texts = vectors_of(model, tokenizer, [text for shelf in asked for text in shelf.texts])
    return np.einsum("rh,rth->rt", requests, texts.reshape(len(asked), -1, texts.shape[1]))


def by_reading_both(model: TextClassifier, tokenizer: Tokenizer, asked: Sequence[Shelf]) -> Scores:
    """How far own is ahead of not own: each text is read with the request."""
    pairs = [(shelf.request, text) for shelf in asked for text in shelf.texts]
    said = np.stack([each["label"] for each in answers_to(model, text_rows(tokenizer, pairs), tokenizer.pad_id)])
    return (said[:, 1] - said[:, 0]).reshape(len(asked), -1)


def pairs_to_tell(known: Sequence[Passage], rng: np.random.Generator) -> tuple[list[tuple[str, str]], list[int]]:
    """For each passage its request with its own text, 1, and with three that share the hero, the place, neither, 0."""
    pairs, labels = [], []
    for own in known:
        kinds = others([known[at] for at in rng.choice(len(known), 300)], own)
        wrong = [texts[rng.integers(len(texts))] for texts in kinds.values() if texts]
        pairs += [(own.request, text) for text in (own.text, *wrong)]
        labels += [1, *[0] * len(wrong)]
    return pairs, labels


def bi_encoder(
    encoder: Bert, tokenizer: Tokenizer, known: Sequence[Passage], rate: float, seed: int, passes: int = 1
) -> SentenceEncoder:
    """Learned from requests with their texts: the other texts of a batch are the wrong ones."""
    batches = PairBatches(tokenizer, [(each.request, each.text) for each in known], PAIRS, seed)
    model = learned(partial(SentenceEncoder, encoder), batches, passes * (len(known) // PAIRS), rate, seed)
    assert isinstance(model, SentenceEncoder)
    return model


def cross_encoder(
    encoder: Bert, tokenizer: Tokenizer, known: Sequence[Passage], rate: float, seed: int
) -> TextClassifier:
    """Learned in one pass over pairs that belong together and, for each, three that do not."""
    pairs, labels = pairs_to_tell(known, np.random.default_rng(seed))
    batches = RowBatches(text_rows(tokenizer, pairs, labels), tokenizer.pad_id, ROWS, seed)
    model = learned(partial(TextClassifier, encoder, 2), batches, batches.steps(1), rate, seed)
    assert isinstance(model, TextClassifier)
    return model


def rows(seed: int, known: int = KNOWN, pool: int = ASKED_OF, requests: int = REQUESTS) -> Iterator[dict[str, Any]]:
    """For each way to search, and each kind of text: how often the right one comes first, and its mean 1 / place."""
    world = StoryWorld.load("full")
    models, tokenizer = encoders(seed)
    taught, there = passages(world, known, seed), passages(world, pool, seed, "test")
    rng = chance_of(seed, "test", 0, TASK + 1)
    asked = {kind: shelves(there, kind == "told", requests, rng) for kind in ("told", "shown")}

    def found(way: str, of: str, readings: int, score: Callable[[Sequence[Shelf]], Scores]) -> Iterator[dict[str, Any]]:
        for kind, each in asked.items():
            yield {"way": way, "of": of, "asked": kind, "readings": readings} | scored(each, score(each))

    for kind in asked:
        yield {
            "way": "limit",
            "of": "",
            "asked": kind,
            "readings": 0,
            "recall": 1.0,
            "mrr": 1.0,
            "hero": 1.0,
            "place": 1.0,
        }
    yield from found("bag of words", "", 0, partial(by_words, tokenizer, taught))
    for of, encoder in models.items():
        yield from found("untouched", of, 1, partial(by_vectors, SentenceEncoder(encoder), tokenizer))
    for of, encoder in models.items():
        bi = bi_encoder(encoder, tokenizer, taught, RATES[of], seed)
        yield from found("bi-encoder", of, 1, partial(by_vectors, bi, tokenizer))
    longer = bi_encoder(models["from scratch"], tokenizer, taught, RATES["from scratch"], seed, LONGER)
    yield from found("bi-encoder, longer", "from scratch", 1, partial(by_vectors, longer, tokenizer))
    for of, encoder in models.items():
        cross = cross_encoder(encoder, tokenizer, taught, RATES[of], seed)
        yield from found("cross-encoder", of, 1 + 3 * LIKE, partial(by_reading_both, cross, tokenizer))
