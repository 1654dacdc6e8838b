"""A model beside the truth: where one knows what can be known, its loss is held against the best possible one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int

from bertlab.corpora import TokenizedCorpus, piece_shares
from bertlab.corpora.story.exact.summary import hidden_places
from bertlab.model import LanguageModel
from bertlab.text import Tokenizer

VISIBLE = ("left", "right", "both")
"""What a reader may see of the document: what stands before a piece, what stands after it, all that is not hidden."""


@runtime_checkable
class World(Protocol):
    """Whoever knows the truth: the exact distribution of hidden pieces, given what is visible."""

    @property
    def tokenizer(self) -> Tokenizer:
        """Which pieces there are."""

    def limit(self, document: Any, masked_positions: Any, visible: Any = "both") -> Float[np.ndarray, "asked vocab"]:
        """p(piece | what is visible) for each masked position; positions count pieces, [CLS] not among them."""


@dataclass(frozen=True)
class Questions:
    """Hidden pieces of whole documents, and all that can be known about them.

    Args:
        documents: ids without [CLS] and [SEP].
        positions: of each document, the places that are asked about, in order; the first piece is 0.
        truth: for "left", "right" or "both" the exact distribution at every place asked, document by document.
    """

    documents: Sequence[Int[np.ndarray, "_"]]
    positions: Sequence[Int[np.ndarray, "_"]]
    truth: dict[str, Float[np.ndarray, "asked vocab"]]

    @property
    def true(self) -> Int[np.ndarray, " asked"]:
        """The ids that stand at the places asked."""
        return np.concatenate([ids[places] for ids, places in zip(self.documents, self.positions, strict=True)])


def ask_world(
    world: World, stories: Iterable[Any], *, masking: float = 0.3, seed: int = 0, visible: Sequence[str] = VISIBLE
) -> Questions:
    """Hide a share of each document's pieces, at least one, and let the world say what can be known about them.

    Raises:
        ValueError: there are no stories, or the share is not above 0 and at most 1.

    >>> from bertlab.corpora.story import StoryWorld
    >>> world = StoryWorld.load("pocket")
    >>> questions = ask_world(world, world.documents(3), visible=["both"])
    >>> questions.truth["both"].shape == (len(questions.true), len(world.tokenizer))
    True
    """
    if not 0 < masking <= 1:
        raise ValueError(f"the share of hidden pieces is above 0 and at most 1, not {masking}")
    documents, positions = [], []
    truth: dict[str, list[Float[np.ndarray, "asked vocab"]]] = {side: [] for side in visible}
    for number, story in enumerate(stories):
        ids = np.array(world.tokenizer(story.text).input_ids[1:-1])
        places = hidden_places(len(ids), masking, np.random.default_rng((seed, number)))
        documents.append(ids)
        positions.append(places)
        for side in visible:
            truth[side].append(world.limit(story, places.tolist(), visible=side))
    if not documents:
        raise ValueError("there are no stories to ask about; give at least one")
    return Questions(documents, positions, {side: np.concatenate(parts) for side, parts in truth.items()})


def answers(
    model: LanguageModel, tokenizer: Tokenizer, questions: Questions, target: str, batch_tokens: int = 16_384
) -> Float[np.ndarray, "asked vocab"]:
    """Logarithms of the probabilities that a model gives to each piece at the places asked.

    The special tokens get none: a document consists of pieces, and where one is asked for it has not ended.

    Args:
        target: "masked" hides all places of a document at once and looks at its answer there; "next" hides nothing
            and looks at the answer one place before.

    Raises:
        ValueError: there is no such target, or a document is longer than the model's rows.
    """
    if target not in ("masked", "next"):
        raise ValueError(f"target is 'masked' or 'next', not {target!r}")
    model.eval()
    device = next(model.parameters()).device
    lengths = [len(ids) + 2 for ids in questions.documents]
    counts = np.array([len(places) for places in questions.positions])
    first = np.cumsum(counts) - counts
    found = np.empty((counts.sum(), len(tokenizer)))
    batch: list[int] = []
    for last, document in enumerate(order := sorted(range(len(lengths)), key=lengths.__getitem__), start=1):
        batch.append(document)
        if last < len(order) and lengths[order[last]] * (len(batch) + 1) <= batch_tokens:
            continue
        longest = lengths[document]  # the documents come by length
        rows = np.full((len(batch), longest), tokenizer.pad_id)
        real = np.arange(longest) < np.array([[lengths[member]] for member in batch])
        asked = []
        for row, member in enumerate(batch):
            rows[row, : lengths[member]] = [tokenizer.cls_id, *questions.documents[member], tokenizer.sep_id]
            places = questions.positions[member] + 1  # of the row, behind [CLS]
            if target == "masked":
                rows[row, places] = tokenizer.mask_id
            asked.append(row * longest + places - (target == "next"))
        with torch.inference_mode():
            logits = model(
                torch.from_numpy(rows).to(device),
                attention_mask=torch.from_numpy(real.astype(np.int64)).to(device),
                positions=torch.from_numpy(np.concatenate(asked)).to(device),
            ).prediction_logits.float()
            logits[:, tokenizer.special_ids] = -torch.inf
            said = logits.log_softmax(dim=-1).cpu().numpy()
        found[np.concatenate([np.arange(first[member], first[member] + counts[member]) for member in batch])] = said
        batch = []
    return found


@dataclass(frozen=True)
class Score:
    """How good guesses are, in nats and as a share of right ones.

    The first two are what one expects under the exact distribution, -sum p log q and p[argmax q]: the drawn piece does
    not enter, so no luck either, and no guess can be better than the limit. The last two are of the pieces that stood
    there.
    """

    cross_entropy: float
    expected_accuracy: float
    nats: float
    accuracy: float


def score(
    log_guess: Float[np.ndarray, "asked vocab"],
    exact: Float[np.ndarray, "asked vocab"],
    true: Int[np.ndarray, " asked"],
) -> Score:
    """Score guesses, given as logarithms, under the exact distribution and by the true pieces.

    The exact distribution scored as a guess is the limit: its entropy, and the mean of its highest probability.

    >>> exact = np.array([[0.5, 0.25, 0.25]])
    >>> score(np.log(exact), exact, np.array([1]))
    Score(cross_entropy=1.0397207708399179, expected_accuracy=0.5, nats=1.3862943611198906, accuracy=0.0)
    """
    best = log_guess.argmax(axis=-1)
    rows = np.arange(len(true))
    lost = np.where(exact > 0, exact * -np.where(exact > 0, log_guess, 0.0), 0.0)
    return Score(
        cross_entropy=float(lost.sum(axis=-1).mean()),
        expected_accuracy=float(exact[rows, best].mean()),
        nats=float(-log_guess[rows, true].mean()),
        accuracy=float((best == true).mean()),
    )


@dataclass(frozen=True)
class BesideTheTruth:
    """A model's score, that of the best possible reader of the left side, the right side and both, and of nobody.

    Args:
        sees: which of the limits is the model's own.
        unigram: a guess by the frequencies of the training text, without looking.
    """

    model: Score
    sees: str
    limits: dict[str, Score]
    unigram: Score
    positions: int

    @property
    def rows(self) -> dict[str, Score]:
        """Every score under its name, as a person would want to read them."""
        sides = {"left": "left side only", "right": "right side only", "both": "both sides"}
        return {
            "without looking": self.unigram,
            **{f"best possible, {sides[side]}": limit for side, limit in self.limits.items()},
            f"this model, {sides[self.sees]}": self.model,
        }

    def as_markdown(self) -> str:
        """A table for a model card."""
        lines = [
            f"| {name} | {each.cross_entropy:.3f} | {each.expected_accuracy:.1%} |" for name, each in self.rows.items()
        ]
        return "\n".join(["| | nats | told right |", "| --- | --- | --- |", *lines])

    def __str__(self) -> str:
        wide = max(map(len, self.rows))
        return "\n".join(
            [f"{f'{self.positions:,} pieces asked for':{wide}}   nats   right | as drawn"]
            + [
                f"{name:{wide}}  {each.cross_entropy:.3f}  {each.expected_accuracy:6.1%} | "
                f"{each.nats:.3f} {each.accuracy:6.1%}"
                for name, each in self.rows.items()
            ]
        )


def beside_the_truth(
    model: LanguageModel,
    tokenizer: Tokenizer,
    questions: Questions,
    training_text: TokenizedCorpus,
    target: str | None = None,
) -> BesideTheTruth:
    """Ask a model, and say how far it is from the best that can be known.

    Args:
        training_text: where the guess without looking gets its frequencies from.
        target: what the model was trained to say, "masked" or "next"; if left out, a causal model the next piece.

    Raises:
        ValueError: the questions lack the truth for what the model sees.
    """
    target = target or ("next" if model.config.causal else "masked")
    sees = "left" if target == "next" else "both"
    if sees not in questions.truth:
        raise ValueError(
            f"the model sees {sees!r}, but the truth is known for {', '.join(map(repr, questions.truth))} only; "
            f"ask with ask_world(..., visible={(*questions.truth, sees)})"
        )
    true = questions.true
    shares = piece_shares(training_text.ids, len(tokenizer), tokenizer.special_ids)
    with np.errstate(divide="ignore"):  # what cannot be is no part of any sum
        unigram = np.broadcast_to(np.log(shares), (len(true), len(tokenizer)))
        limits = {side: score(np.log(exact), exact, true) for side, exact in questions.truth.items()}
    return BesideTheTruth(
        model=score(answers(model, tokenizer, questions, target), questions.truth[sees], true),
        sees=sees,
        limits=limits,
        unigram=score(unigram, questions.truth[sees], true),
        positions=len(true),
    )
