"""Three ways to learn: what a model says at a [MASK], at a word that nobody touched, and at a wrong word.

One pocket BERT is asked about every word, and nothing is hidden from it. One has 15% of the words replaced by [MASK]
(100/0/0), one has BERT's mixture (80/10/10). Each place is asked in a story in which nothing else is touched.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from bertlab.corpora import TokenizedCorpus, piece_shares, tokenize_corpus
from bertlab.corpora.story import StoryWorld
from bertlab.model import BertForPreTraining
from bertlab.text import Tokenizer
from bertlab.training import DocumentBatches, Stage, new_model, score, train
from bertlab.training.twins import story_config, story_recipe

DOCUMENTS, STEPS, STEPS_TO_COPY = 12_000, 2_000, 300
"""Stories to read, and steps to read them in; to copy is learned soon."""
ASKED, PLACES = 120, 8
"""Unread stories to be asked about, and places in each."""
PROBE_STEPS = 400
"""Of a linear classifier that reads a word out of its own vector."""
STAGES = (Stage(0.0, 20), Stage(0.15, 40), Stage(0.35, 128))
RECIPES: dict[str, dict[str, float] | None] = {
    "nothing hidden": None,
    "100/0/0": {"replaced": 0.0, "kept": 0.0},
    "80/10/10": {"replaced": 0.1, "kept": 0.1},
}
"""What becomes of the chosen words in training; None: no word is chosen, and all are asked for."""

Ids = Int[np.ndarray, "_"]
Row = dict[str, Any]


@dataclass(frozen=True)
class Places:
    """Places of unread stories, each in a row of its own: the first piece of a story is at 0."""

    rows: list[Ids]
    at: list[int]

    @property
    def true(self) -> Int[np.ndarray, " asked"]:
        """The pieces that stand there."""
        return np.array([ids[place] for ids, place in zip(self.rows, self.at, strict=True)])


def places_to_ask(world: StoryWorld, asked: int, seed: int) -> Places:
    """Some places of each of so many unread stories."""
    rng = np.random.default_rng(seed)
    rows: list[Ids] = []
    at: list[int] = []
    for story in world.documents(asked, seed, part="validation"):
        ids = np.array(world.pieces(story))
        for place in rng.choice(len(ids), min(PLACES, len(ids)), replace=False).tolist():
            rows.append(ids)
            at.append(place)
    return Places(rows, at)


def hidden_alone(world: StoryWorld, places: Places) -> Float[np.ndarray, "asked vocab"]:
    """How sure one can be of the word at each place when it is hidden and all else is known."""
    pairs = zip(places.rows, places.at, strict=True)
    return np.array([world.limit(world.tokenizer.decode(ids.tolist()), [place])[0] for ids, place in pairs])


def trained(name: str, text: TokenizedCorpus, tokenizer: Tokenizer, seed: int, steps: int) -> BertForPreTraining:
    """A pocket BERT that learned in one of the three ways."""
    changes: dict[str, Any] = {"stages": STAGES, "learning_rate": 3e-3, "masking": 0.15, "seed": seed}
    recipe = story_recipe("pocket", steps=steps, **changes, **(RECIPES[name] or {}))
    batches = DocumentBatches(text, tokenizer, recipe, target="own" if RECIPES[name] is None else "masked")
    model = new_model(story_config("pocket", tokenizer).replace(intermediate_size=192), recipe)
    for _ in train(model, batches, recipe):
        pass
    return model.eval()


@torch.inference_mode()
def said(
    model: BertForPreTraining, tokenizer: Tokenizer, places: Places, put: Ids | None, rows_at_once: int = 96
) -> tuple[Float[np.ndarray, "asked vocab"], Float[Tensor, "asked hidden"]]:
    """What a model says at each place when a piece is put there, as log probabilities, and its last vector there."""
    found, vectors = [], []
    for first in range(0, len(places.rows), rows_at_once):
        which = range(first, min(first + rows_at_once, len(places.rows)))
        longest = max(len(places.rows[row]) for row in which) + 2
        ids = torch.full((len(which), longest), tokenizer.pad_id)
        for line, row in enumerate(which):
            story = places.rows[row].copy()
            if put is not None:
                story[places.at[row]] = put[row]
            ids[line, : len(story) + 2] = torch.tensor([tokenizer.cls_id, *story.tolist(), tokenizer.sep_id])
        hidden = model.bert(ids, attention_mask=(ids != tokenizer.pad_id).long()).last_hidden_state
        at = hidden[torch.arange(len(which)), torch.tensor([places.at[row] + 1 for row in which])]
        logits = model.mlm_head(at, model.bert.embeddings.token.weight)
        logits[:, tokenizer.special_ids] = -torch.inf
        found.append(logits.log_softmax(dim=-1).numpy())
        vectors.append(at)
    return np.concatenate(found), torch.cat(vectors)


def read_out(
    vectors: Float[Tensor, "read hidden"], pieces: Int[Tensor, " read"], vocab: int, steps: int
) -> torch.nn.Linear:
    """A linear classifier that tells from a word's own vector which word it is."""
    probe = torch.nn.Linear(vectors.shape[1], vocab)
    optimizer = torch.optim.AdamW(probe.parameters(), lr=1e-2)
    for _ in range(steps):
        some = torch.randint(len(vectors), (1024,))
        optimizer.zero_grad()
        functional.cross_entropy(probe(vectors[some]), pieces[some]).backward()
        optimizer.step()
    return probe


def rows(
    seed: int, documents: int = DOCUMENTS, steps: int = STEPS, copying: int = STEPS_TO_COPY, asked: int = ASKED
) -> Iterator[Row]:
    """How often each model is right (a share), and what it loses (nats), by what stands at the place asked."""
    world = StoryWorld.load("pocket")
    tokenizer = world.tokenizer
    text = tokenize_corpus(([story.text] for story in world.documents(documents, seed)), tokenizer)
    places = places_to_ask(world, asked, seed)
    true, exact, in_sight = places.true, hidden_alone(world, places), np.eye(len(tokenizer))[places.true]
    read = places_to_ask(world, 4 * asked, seed + 1_000)
    words = np.setdiff1d(text.ids, tokenizer.special_ids).astype(np.int64)
    rng = np.random.default_rng(seed)
    wrong = words[(np.searchsorted(words, true) + rng.integers(1, len(words), len(true))) % len(words)]

    with np.errstate(divide="ignore"):  # what cannot be is no part of any sum
        limit = score(np.log(exact), exact, true)
        shares = np.log(piece_shares(text.ids, len(tokenizer), tokenizer.special_ids))
    unigram = score(np.broadcast_to(shares, exact.shape), exact, true)
    for who, found in (("limit", limit), ("unigram guess", unigram)):
        yield {"trained": who, "asked": "[MASK]", "right": found.expected_accuracy, "nats": found.cross_entropy}
    yield {"trained": "limit", "asked": "untouched", "right": 1.0, "nats": 0.0}
    # Of someone who is told which word is wrong: nobody does better.
    yield {"trained": "limit", "asked": "wrong", "right": limit.expected_accuracy, "nats": limit.cross_entropy}
    for name in RECIPES:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = trained(name, text, tokenizer, seed, copying if RECIPES[name] is None else steps)
            kinds = {
                "[MASK]": (np.full_like(true, tokenizer.mask_id), exact),
                "untouched": (None, in_sight),
                "wrong": (wrong, exact),
            }
            for asked_at, (put, truth) in kinds.items():
                guesses, vectors = said(model, tokenizer, places, put)
                found = score(guesses, truth, true)
                row = {"right": found.expected_accuracy, "nats": found.cross_entropy}
                if put is wrong:
                    row["copied"] = float((guesses.argmax(axis=1) == wrong).mean())
                yield {"trained": name, "asked": asked_at, **row}
                if put is None:
                    known = said(model, tokenizer, read, None)[1].clone()  # outside inference mode
                    probe = read_out(known, torch.from_numpy(read.true), len(tokenizer), PROBE_STEPS)
                    told = (probe(vectors.clone()).argmax(dim=-1).numpy() == true).mean()
                    yield {"trained": name, "asked": "vector", "right": float(told)}
