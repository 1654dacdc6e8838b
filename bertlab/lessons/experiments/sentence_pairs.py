"""What next sentence prediction teaches: easy and hard negatives, order, segments; and whether it helps at holes.

All in stories of two sentences. Some readers are asked the second question only, and differ in their pairs; then all
are asked about all kinds, and about pairs in which one thing was changed. Others learn to fill holes: from whole
stories; from pairs; from the same pairs and the question whether B is next. They are asked for words whose clue stands
to the right, and who was asked about B is asked about all kinds of pairs as well.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from bertlab.corpora import tokenize_corpus
from bertlab.corpora.story import StoryPairs, StoryWorld, label_limits
from bertlab.corpora.story.parts import Part
from bertlab.lessons.instruments.sentence_pairs import (
    Segments,
    Texts,
    as_texts,
    lay_out,
    p_next,
    padded,
    tell_again,
    two_sentence_world,
)
from bertlab.model import BertForPreTraining
from bertlab.text import Tokenizer
from bertlab.training import Batch, DocumentBatches, Recipe, Stage, new_model, train
from bertlab.training.given_pairs import GivenPairs
from bertlab.training.twins import story_config, story_recipe

Row = dict[str, Any]

READERS: tuple[tuple[str, str, Segments], ...] = (
    ("easy", "easy", "as they are"),
    ("hard", "hard", "as they are"),
    ("tense", "tense", "as they are"),
    ("mixed", "mixed", "as they are"),
    ("easy, no segments", "easy", "none"),
    ("order", "order", "as they are"),
    ("order, no segments", "order", "none"),
)
"""Each reader's name, the kind of pairs it learns from, and the segments that it sees."""
STEPS = {"easy": 2_500, "hard": 2_500, "tense": 600, "mixed": 2_500, "order": 400}
KINDS = ("easy", "hard", "tense", "order")
MIXED = ("easy", "hard", "tense")
"""The kinds that all are asked about; and those that the reader of mixed pairs learns from, as many of each."""
GRADES: dict[str, Any] = {"easy": "random", "hard": "hard", "order": "order"}
"""What `StoryPairs` calls a kind. In the kind `tense` a wrong B is the true one in the other tense."""
OTHER_DICE = 10_000
"""Added to the seed where stories are told again to ask about them: nobody has learned from these."""
CHANGES = ("name", "topic", "object", "spot", "tense")
HIDDEN = (("name", "right"), ("object", "right"), ("spot", "right"), ("name", "left"), ("object", "left"))
"""A word, and where the only clue to it stands: in the other sentence. The left ones are the control."""
ROWS, ROW = 64, 32
"""Rows of a batch, and tokens of the longest row."""
RATE, HOLES_RATE = 1e-3, 2e-3
"""The highest learning rates: of who is asked about pairs (at 4e-3 hard ones are not learned), of who fills holes."""


@dataclass(frozen=True)
class Sizes:
    """How much is read and asked.

    Args:
        pairs: to learn from, of each kind.
        steps: as a share of `STEPS`; `holes_steps` of those who fill holes.
        asked, changed, hidden: pairs asked about, pairs with one thing changed, and hidden words, of each kind.
    """

    pairs: int = 16_000
    steps: float = 1.0
    holes_steps: int = 2_500
    asked: int = 1_000
    changed: int = 300
    hidden: int = 300


def rows(seed: int, sizes: Sizes | None = None) -> Iterator[Row]:
    """For each reader what it answers."""
    run = Run(two_sentence_world(), seed, sizes or Sizes())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name, kind, segments in READERS:
            model = run.learns_pairs(kind, segments)
            ways: tuple[Segments, ...] = (segments, "none", "exchanged") if name == "order" else (segments,)
            for way in ways:
                yield from ({"trained": name, **row} for row in run.asked(model, way))
            if kind != "order":
                yield from ({"trained": name, **row} for row in run.swapped(model, segments))
        for name in ("whole stories", "pairs, not asked", "pairs, asked"):
            model = run.fills_holes(name)
            yield from ({"trained": name, **row} for row in run.holes(model, paired=name != "whole stories"))
            if name == "pairs, asked":
                answers = (*run.asked(model, "as they are"), *run.swapped(model, "as they are"))
                yield from ({"trained": name, **row} for row in answers)


@dataclass(frozen=True)
class Run:
    """One seed's pairs, readers and questions."""

    world: StoryWorld
    seed: int
    sizes: Sizes

    @property
    def tokenizer(self) -> Tokenizer:
        """The world's pieces."""
        return self.world.tokenizer

    def new_model(self, recipe: Recipe) -> BertForPreTraining:
        """All readers of a seed begin with the same parameters."""
        config = story_config("pocket", self.tokenizer)
        return new_model(config.replace(hidden_size=64, intermediate_size=128), recipe)

    def recipe(self, steps: int) -> Recipe:
        """How holes are learned; who is asked about pairs takes from it only how a model begins."""
        return story_recipe(
            "pocket",
            steps=steps,
            batch_tokens=ROWS * ROW,
            stages=(Stage(0.0, ROW),),
            learning_rate=HOLES_RATE,
            seed=self.seed,
        )

    def pairs(self, kind: str, count: int, part: Part = "training") -> tuple[list[Texts], np.ndarray]:
        """Pairs of a kind, half of them real, and the exact probability of each that B is next."""
        if kind == "mixed":
            texts = [pair for each in MIXED for pair in self.pairs(each, count // len(MIXED), part)[0]]
            return texts, np.empty(0)
        if kind == "tense":
            # Each story is told twice; what is learned from and what is asked are told by other dice.
            told = list(tell_again(self.world, "tense", count // 2, seed=2 * self.seed + (part == "test")))
            texts = as_texts([pair for each in told for pair in each])
            return texts, np.array([1.0 - label for *_, label in texts])
        maker = StoryPairs(self.world, GRADES[kind])
        pairs = list(maker.draw(count, self.seed, part))
        exact = np.array([maker.limit(pair) for pair in pairs]) if part == "test" else np.empty(0)
        return as_texts(pairs), exact

    def learns_pairs(self, kind: str, segments: Segments) -> BertForPreTraining:
        """A reader that was asked whether B is next, and nothing else."""
        read = lay_out(self.pairs(kind, self.sizes.pairs)[0], self.tokenizer)
        steps = max(1, round(self.sizes.steps * STEPS[kind]))
        model = self.new_model(self.recipe(steps)).train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
        slower = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=steps)
        for _ in range(steps):
            ids, token_type_ids, real, label = read.some(torch.randint(len(read.input_ids), (ROWS,)))
            pooled = model.bert(ids, token_type_ids * (segments != "none"), real).pooler_output
            loss = cross_entropy(model.nsp_head(pooled), label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            slower.step()
        return model.eval()

    @cached_property
    def tests(self) -> dict[str, tuple[list[Texts], np.ndarray]]:
        """Of each kind pairs that nobody learns from, with the exact probability that B is next."""
        return {kind: self.pairs(kind, self.sizes.asked, "test") for kind in KINDS}

    def asked(self, model: BertForPreTraining, segments: Segments) -> Iterator[Row]:
        """Expected accuracy and loss under the exact probability, so that no luck enters, beside the best possible."""
        for kind, (pairs, exact) in self.tests.items():
            said = p_next(model, self.tokenizer, pairs, segments)
            best = label_limits([(share, 1 - share) for share in exact])
            safe = said.clip(1e-7, 1 - 1e-7)
            yield {
                "asked": kind,
                "segments": segments,
                "right": float(np.where(said > 0.5, exact, 1 - exact).mean()),
                "limit": float(best.accuracy),
                "nats": float(-(exact * np.log(safe) + (1 - exact) * np.log(1 - safe)).mean()),
                "limit_nats": float(best.nats),
                "says_next": float((said > 0.5).mean()),
            }

    def swapped(self, model: BertForPreTraining, segments: Segments) -> Iterator[Row]:
        """How often a reader says next to a true pair, and when one thing is changed in B."""
        easy = StoryPairs(self.world, "random")
        for what in CHANGES:
            told = list(tell_again(self.world, what, self.sizes.changed, seed=OTHER_DICE + self.seed))
            true, other = (as_texts([getattr(each, name) for each in told]) for name in ("pair", "other"))
            yield {
                "changed": what,
                "says_next": float((p_next(model, self.tokenizer, other, segments) > 0.5).mean()),
                "says_next_to_true": float((p_next(model, self.tokenizer, true, segments) > 0.5).mean()),
                "best_says_next": float(np.mean([easy.limit(each.other) > 0.5 for each in told])),
            }

    def fills_holes(self, name: str) -> BertForPreTraining:
        """A reader that learned to fill holes, in whole stories or in pairs; of these it may be asked for B too."""
        recipe = self.recipe(self.sizes.holes_steps)
        model = self.new_model(recipe)
        for _ in train(model, self.with_holes(name, recipe), recipe):
            pass
        return model

    def with_holes(self, name: str, recipe: Recipe) -> Callable[[int], Batch]:
        """The batch of each step."""
        if name == "whole stories":
            texts = ([story.text] for story in self.world.documents(self.sizes.pairs, self.seed))
            return DocumentBatches(tokenize_corpus(texts, self.tokenizer), self.tokenizer, recipe)
        pairs = GivenPairs.from_texts(self.pairs("easy", self.sizes.pairs)[0], self.tokenizer, recipe)
        if name == "pairs, asked":
            return pairs
        return lambda step: replace(pairs(step), next_sentence_label=None)

    @torch.inference_mode()
    def holes(self, model: BertForPreTraining, paired: bool) -> Iterator[Row]:
        """How often a hidden word is guessed that stands once more, in the other sentence.

        Args:
            paired: the rows are `[CLS] A [SEP] B [SEP]`, as this reader knows them; else `[CLS] A B [SEP]`.
        """
        model.eval()
        stories = list(self.world.documents(self.sizes.hidden, self.seed, part="test"))
        texts = [(story.sentence(0), story.sentence(1)) if paired else (story.text, None) for story in stories]
        ids, segments, real = padded([self.tokenizer(*each) for each in texts], self.tokenizer)
        for what, clue in HIDDEN:
            words = torch.tensor([self.tokenizer.vocab[story.state[what].lower()] for story in stories])
            which = 0 if clue == "right" else -1
            places = torch.stack(
                [(row == word).nonzero().flatten()[which] for row, word in zip(ids, words, strict=True)]
            )
            shown = ids.scatter(1, places[:, None], self.tokenizer.mask_id)
            asked = torch.arange(len(ids)) * ids.shape[1] + places
            said = model(shown, segments, real, positions=asked).prediction_logits.argmax(dim=-1)
            yield {"hidden": what, "clue": clue, "right": float((said == words).float().mean())} | self.hole_limits(
                what, which
            )

    def hole_limits(self, what: str, which: int, stories: int = 40) -> dict[str, float]:
        """How often the best reader of both sides, and of the left side, is right at such a hole."""
        best: dict[str, list[float]] = {"both": [], "left": []}
        for story in self.world.documents(stories, self.seed, part="test"):
            ids = np.array(self.tokenizer(story.text).input_ids[1:-1])
            place = int(np.flatnonzero(ids == self.tokenizer.vocab[story.state[what].lower()])[which])
            best["both"].append(self.world.limit(story, [place], "both")[0].max())
            best["left"].append(self.world.limit(story, [place], "left")[0].max())
        return {"limit": float(np.mean(best["both"])), "limit_left": float(np.mean(best["left"]))}
