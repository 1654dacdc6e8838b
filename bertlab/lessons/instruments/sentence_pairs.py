"""Lesson 07's pairs: laid out as rows, asked of a model, and told again with one thing changed."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from bertlab.corpora.story import Story, StoryPair, StoryWorld
from bertlab.corpora.story.tasks.pairs import NEXT, RANDOM, excerpt
from bertlab.corpora.story.world import draw
from bertlab.lessons.experiments import Recorded
from bertlab.model import BertForPreTraining
from bertlab.paths import data_path
from bertlab.text import Tokenizer
from bertlab.text.encoding import Encoding

Texts = tuple[str, str, int]
"""Text A, text B, and the label: 0 = next, 1 = random."""
Segments = Literal["as they are", "none", "exchanged"]


STORIES = """
[put]
1 {name} {=put.he} {her} {object} near the {spot} .
1 {time} {name} {=leave.he} {her} {object} near the {spot} .
[find]
1 then {name} {=find.he} {her} {object} near the {spot} .
1 at last {name} {=see.he} {her} {object} near the {spot} .
[plans]
1 put find
"""
"""Each sentence names the hero, the object and where it lies: what B must have in common with A is there to be seen."""


def two_sentence_world() -> StoryWorld:
    """The pocket world's heroes, topics and words, in stories of two sentences.

    >>> story = next(two_sentence_world().documents(1))
    >>> len(story.sentences), "near the" in story.text
    (2, True)
    """
    pocket = data_path("story", "pocket")
    with TemporaryDirectory() as home:
        folder = Path(home, "two_sentences")
        folder.mkdir()
        for name in ("lexicon.txt", "vocab.txt"):
            (folder / name).write_text((pocket / name).read_text(encoding="utf-8"), encoding="utf-8")
        (folder / "stories.txt").write_text(STORIES, encoding="utf-8")
        (folder / "held_out.txt").write_text("# Nothing is withheld.\n", encoding="utf-8")
        world = StoryWorld.load(folder)
        _ = world.tokenizer  # read while the folder is there
    return world


class Rows(NamedTuple):
    """Pairs as `[CLS] A [SEP] B [SEP]`, padded to the longest."""

    input_ids: Int[Tensor, "rows seq"]
    token_type_ids: Int[Tensor, "rows seq"]
    attention_mask: Int[Tensor, "rows seq"]
    next_sentence_label: Int[Tensor, " rows"]

    def some(self, chosen: Int[Tensor, " chosen"]) -> "Rows":
        """Some of the rows."""
        return Rows(*(part[chosen] for part in self))


def lay_out(pairs: Sequence[Texts], tokenizer: Tokenizer) -> Rows:
    """Pairs of texts as one batch of rows.

    >>> rows = lay_out([("a b", "c", 1)], Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c"]))
    >>> rows.token_type_ids.tolist(), rows.next_sentence_label.tolist()
    ([[0, 0, 0, 0, 1, 1]], [1])

    Raises:
        ValueError: there are no pairs.
    """
    if not pairs:
        raise ValueError("there are no pairs to lay out")
    readings = [tokenizer(text_a, text_b) for text_a, text_b, _ in pairs]
    return Rows(*padded(readings, tokenizer), torch.tensor([label for *_, label in pairs]))


def padded(readings: Sequence[Encoding], tokenizer: Tokenizer) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, segments and attention mask of some readings, all as long as the longest."""
    longest = max(len(reading) for reading in readings)

    def filled(name: str, padding: int = 0) -> Tensor:
        lists = (getattr(reading, name) for reading in readings)
        return torch.tensor([list(each) + [padding] * (longest - len(each)) for each in lists])

    return filled("input_ids", tokenizer.pad_id), filled("token_type_ids"), filled("attention_mask")


@torch.inference_mode()
def p_next(
    model: BertForPreTraining,
    tokenizer: Tokenizer,
    pairs: Sequence[Texts],
    segments: Segments = "as they are",
    batch: int = 64,
) -> Float[np.ndarray, " pairs"]:
    """How sure a model is, for each pair, that B is next.

    Args:
        segments: "none" calls all of a row segment A, "exchanged" calls A's tokens B and B's A.

    Raises:
        ValueError: the model is causal, and has no answer.
    """
    model.eval()
    said = np.empty(len(pairs))
    by_length = sorted(range(len(pairs)), key=lambda at: len(pairs[at][0]) + len(pairs[at][1]))  # little padding
    for begin in range(0, len(pairs), batch):
        chosen = by_length[begin : begin + batch]
        rows = lay_out([pairs[at] for at in chosen], tokenizer)
        token_type_ids = {"none": rows.token_type_ids * 0, "exchanged": 1 - rows.token_type_ids}.get(
            segments, rows.token_type_ids
        )
        first = torch.tensor([0])  # nobody asks for a hidden piece
        logits = model(rows.input_ids, token_type_ids, rows.attention_mask, positions=first).seq_relationship_logits
        if logits is None:
            raise ValueError("a causal model has no next-sentence answer: its [CLS] sees nothing but itself")
        said[chosen] = logits.softmax(dim=-1)[:, NEXT].numpy()
    return said


def how_well(model: BertForPreTraining, tokenizer: Tokenizer, pairs: Sequence[Texts]) -> tuple[float, float]:
    """The share of pairs that a model tells right, and its mean loss in nats."""
    is_next = np.array([label == NEXT for *_, label in pairs])
    sure = p_next(model, tokenizer, pairs)
    trust = np.where(is_next, sure, 1 - sure)
    return float((trust > 0.5).mean()), float(-np.log(trust).mean())


def smoothed(losses: Sequence[float], width: int) -> list[tuple[int, float]]:
    """The mean of each so many losses, and the step at which it ends.

    >>> smoothed([4.0, 2.0, 1.0, 1.0], width=2)
    [(2, 3.0), (4, 1.0)]
    """
    return [
        (start + width, float(np.mean(losses[start : start + width])))
        for start in range(0, len(losses) - width + 1, width)
    ]


def at_holes(run: Recorded) -> dict[str, dict[str, float]]:
    """For each reader of the recording that fills holes, its share of right words by word and side of the clue."""
    found: dict[str, dict[str, float]] = {}
    for row in run.where(seed=run.rows[0]["seed"]):
        if "hidden" in row:
            place = {name: row[name] for name in ("trained", "hidden", "clue")}
            found.setdefault(row["trained"], {})[f"{row['hidden']}, {row['clue']}"] = run.mean("right", **place)
    return found


def as_texts(pairs: Sequence[StoryPair]) -> list[Texts]:
    """Pairs of stories as texts.

    >>> from bertlab.corpora.story import StoryPairs
    >>> [len(pair) for pair in as_texts(list(StoryPairs(StoryWorld.load("pocket")).draw(2)))]
    [3, 3]
    """
    return [(pair.text_a, pair.text_b, pair.label) for pair in pairs]


class Retold(NamedTuple):
    """A true pair, and the same with another B.

    Args:
        pair: A and the B that follows it.
        other: A and a B that is told with the same dice, but for what was changed; its label is 1.
    """

    pair: StoryPair
    other: StoryPair


def tell_again(world: StoryWorld, changed: str, count: int, seed: int = 0, keep: bool = False) -> Iterator[Retold]:
    """True pairs beside pairs in which one thing is different between A and B, all else being told by the same dice.

    Only pairs in which that can be seen: the text of B is another one, and a word that is kept through a story, such as
    the name, stands in A and in B.

    Args:
        changed: a variable or a starred category of the world, such as "name" or "topic".
        keep: the other way round: everything is drawn anew except this one thing.

    Raises:
        ValueError: this world draws nothing of that name.
    """
    latents = list(world.grammar.latents)
    if changed not in latents:
        raise ValueError(f"this world draws no {changed!r}; it draws {', '.join(latents)}")
    starred = world.grammar.lexicon.categories.get(changed)
    bound = [starred.variable] if keep and starred else []  # who keeps the name keeps the sex
    axes = [latents.index(name) for name in (changed, *bound)]
    shares, plans = zip(*[(share, plan) for share, plan in world.grammar.plans if len(plan) > 1], strict=True)
    found, number = 0, 0
    while found < count:
        rng = np.random.default_rng((seed, latents.index(changed), keep, number))
        number += 1
        state, anew = world.draw_state(rng), world.draw_state(rng)
        plan = plans[draw(rng, [share / sum(shares) for share in shares])]
        boundary, dice = int(rng.integers(1, len(plan))), int(rng.integers(2**32))
        base, news = (anew, state) if keep else (state, anew)
        other = tuple(news[axis] if axis in axes else value for axis, value in enumerate(base))
        first, second = (world.write(np.random.default_rng(dice), each, plan) for each in (state, other))
        a, b, c = excerpt(first, 0, boundary), excerpt(first, boundary, len(plan)), excerpt(second, boundary, len(plan))
        if b.words == c.words or not (_says(world, changed, a) and _says(world, changed, c)):
            continue
        found += 1
        yield Retold(StoryPair(a, b, NEXT), StoryPair(a, c, RANDOM))


def _says(world: StoryWorld, what: str, story: Story) -> bool:
    """Whether a story says this word of its state; what is no word, such as the tense, is in all its words."""
    return what in world.grammar.lexicon.variables or story.state[what].lower() in map(str.lower, story.words)
