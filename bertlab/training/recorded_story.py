"""The recorded run: a small BERT learns the pocket world, and at some moments says all that is watched.

It reads whole stories and, every other step, pairs, half of them easy and half of them hard, for next sentence
prediction. A replay then shows, without a GPU and without waiting, how loss, guesses, attention, senses and next
sentence came to be what they are, each beside what can be known.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryPair, StoryPairs, StoryWorld
from bertlab.model import BertForPreTraining
from bertlab.pretrained import as_tensors
from bertlab.text import Tokenizer
from bertlab.training.documents import DocumentBatches
from bertlab.training.given_pairs import GivenPairs, take_turns
from bertlab.training.loop import Step, new_model, train
from bertlab.training.recording import Moment, Occurrence, PairShown, Recording, Watch, moments_of, observe
from bertlab.training.truth import ask_world, beside_the_truth
from bertlab.training.twins import story_config, story_recipe

SENTENCES = (
    "Yesterday Anna [MASK] to the zoo. Anna fed the monkey. What a bad day!",
    "Today Dan goes to the river. The frog near the rafts [MASK] old. It is a lovely day for Dan.",
    "Yesterday Maya went to the studio. She put her bass near the stage. Then she found her [MASK] near the stage.",
    "Carl was at the office earlier. [MASK] put his mouse near the desk. Then he found his mouse near the desk.",
    "Paul was at the river yesterday. He saw [MASK] active frog near the tree. What a lovely day!",
    "Now Vera goes to the [MASK]. She puts her bat near the gate. She looks near the gate first.",
)
"""Each asks for one thing: tense, number, memory, gender, article, topic."""

TWO_SENSES = {
    "bat": ("zoo", "park"),
    "bass": ("river", "music"),
    "seal": ("zoo", "office"),
    "mouse": ("office", "kitchen"),
    "bow": ("music", "park"),
}
OCCURRENCES = 4
"""Stories a sense."""

PAIRS = 20_000
STORIES = 20_000
EXAMINED = 60
PAIRS_EXAMINED = 200


def what_to_watch(world: StoryWorld, seed: int = 0) -> Watch:
    """The fixed sentences, short stories with a word in one of its senses, two real and two unreal pairs a grade."""
    senses = [
        Occurrence(word, topic, text)
        for word, topics in TWO_SENSES.items()
        for topic in topics
        for text in _stories_with(world, word, topic, np.random.default_rng(seed))
    ]
    pairs = [
        PairShown(pair.text_a, pair.text_b, pair.label)
        for grade in ("random", "hard")
        for pair in _two_of_each(StoryPairs(world, grade).draw(50, seed, part="test"))
    ]
    return Watch(sentences=SENTENCES, senses=tuple(senses), pairs=tuple(pairs))


def _stories_with(world: StoryWorld, word: str, topic: str, rng: np.random.Generator) -> list[str]:
    """The shortest of many stories in which the word occurs."""
    stories = (world.sample(rng, object=word, topic=topic) for _ in range(100))
    texts = {story.text for story in stories if word in story.words}
    return sorted(texts, key=lambda text: (len(text), text))[:OCCURRENCES]


def _two_of_each(pairs: Iterator[StoryPair]) -> list[StoryPair]:
    found = list(pairs)
    return [pair for label in (0, 1) for pair in [pair for pair in found if pair.label == label][:2]]


@torch.no_grad()
def told_right(model: BertForPreTraining, tokenizer: Tokenizer, pairs: list[StoryPair]) -> float:
    """The share of the pairs of which a model says rightly whether B follows A."""
    model.eval()
    batch = as_tensors(tokenizer.batch([pair.text_a for pair in pairs], [pair.text_b for pair in pairs]))
    logits = model(**batch).seq_relationship_logits
    return float((logits.argmax(dim=-1) == torch.tensor([pair.label for pair in pairs])).float().mean())


def record_story(folder: Path, *, command: str, steps: int = 16_000, seed: int = 0) -> Recording:
    """Train, observe, and write the recording; nothing is written before the end."""
    world = StoryWorld.load("pocket")
    tokenizer = world.tokenizer
    recipe = story_recipe("pocket", steps=steps, seed=seed)
    corpus = tokenize_corpus(([story.text] for story in world.documents(STORIES, seed)), tokenizer)
    stories = DocumentBatches(corpus, tokenizer, recipe)
    drawn = [pair for grade in ("random", "hard") for pair in StoryPairs(world, grade).draw(PAIRS // 2, seed)]
    pairs = GivenPairs.from_texts(((pair.text_a, pair.text_b, pair.label) for pair in drawn), tokenizer, recipe)

    watch = what_to_watch(world)
    questions = ask_world(world, world.documents(EXAMINED, seed, part="test"), masking=recipe.masking, seed=seed)
    graded = {grade: StoryPairs(world, grade) for grade in ("random", "hard")}
    asked = {grade: list(of_grade.draw(PAIRS_EXAMINED, seed, part="test")) for grade, of_grade in graded.items()}

    def moment(model: BertForPreTraining, step: int) -> Moment:
        scored = beside_the_truth(model, tokenizer, questions, corpus).model
        numbers = {"nats": scored.cross_entropy, "accuracy": scored.expected_accuracy}
        numbers |= {f"next_{grade}": told_right(model, tokenizer, of_grade) for grade, of_grade in asked.items()}
        return observe(model, tokenizer, watch, step, numbers)

    model = new_model(story_config("pocket", tokenizer), recipe)
    when = set(moments_of(steps))
    moments = [moment(model, 0)]
    losses: list[tuple[int, float]] = []
    step: Step
    for step in train(model, take_turns(stories, pairs), recipe):
        if step.number % 10 == 1:  # of the stories, which take turns with the pairs and begin
            losses.append((step.number, round(step.mlm_loss, 4)))
        if step.number in when:
            moments.append(moment(model, step.number))
            print(f"step {step.number:5,}: {moments[-1].numbers}")

    beside = beside_the_truth(model, tokenizer, questions, corpus)
    facts: dict[str, Any] = {
        "command": command,
        "recipe": recipe.as_dict(),
        "losses": losses,
        "limits": {side: [limit.cross_entropy, limit.expected_accuracy] for side, limit in beside.limits.items()},
        "unigram": [beside.unigram.cross_entropy, beside.unigram.expected_accuracy],
        "next_limits": {
            grade: float(np.mean([max(share := graded[grade].limit(pair), 1 - share) for pair in of_grade]))
            for grade, of_grade in asked.items()
        },
        "truth": [_truth_of(world, sentence) for sentence in SENTENCES],
        "pairs_follow": [
            graded["random" if place < 4 else "hard"].limit(pair[:2]) for place, pair in enumerate(watch.pairs)
        ],
    }
    tokens = tuple(tuple(tokenizer(sentence).tokens) for sentence in SENTENCES)
    recording = Recording(watch, moments, tokens, facts)
    recording.save(folder)
    return recording


def _truth_of(world: StoryWorld, sentence: str, top: int = 5) -> list[tuple[str, float]]:
    """What can be known of the hidden word: the likeliest pieces with their exact probabilities."""
    pieces = world.pieces(sentence)
    shares = world.limit(sentence, [pieces.index(world.tokenizer.mask_id)])[0]
    best = np.argsort(-shares, kind="stable")[:top]
    return [(world.tokenizer.pieces[piece], round(float(shares[piece]), 4)) for piece in best if shares[piece] > 0]
