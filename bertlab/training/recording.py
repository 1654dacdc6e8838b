"""What a model says of a few fixed texts while it learns: kept at some steps, so that learning can be watched again.

watch = Watch(sentences=("anna fed the [MASK] .",), senses=(...), pairs=(...))
moments = []
for step in train(model, batches, recipe):
    if step.number in when:
        moments.append(observe(model, tokenizer, watch, step.number))
Recording(watch, moments).save(folder)
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from bertlab.atomic import replacing
from bertlab.model import BertForPreTraining
from bertlab.pretrained import as_tensors, encoder
from bertlab.reader import Guess, reader
from bertlab.text import Tokenizer
from bertlab.training.evaluation import fill_mask

TEXTS, ARRAYS = "recording.json", "recording.npz"


class Occurrence(NamedTuple):
    """A word in a text, in the sense that it has there."""

    word: str
    sense: str
    text: str


class PairShown(NamedTuple):
    """Two texts; `label` is 0 where the second follows the first in truth, 1 where it does not."""

    text_a: str
    text_b: str
    label: int


@dataclass(frozen=True)
class Watch:
    """What is looked at.

    Args:
        sentences: with a [MASK] where a word should be guessed.
        senses: occurrences whose vectors are kept, from the last layer.
        pairs: asked for the next sentence.
    """

    sentences: tuple[str, ...] = ()
    senses: tuple[Occurrence, ...] = ()
    pairs: tuple[PairShown, ...] = ()


@dataclass(frozen=True)
class Moment:
    """What a model said after one step.

    Args:
        attentions: of each sentence, as (layers, heads, query, key).
        guesses: of each sentence, for each [MASK] the best ones.
        vectors: one row for each occurrence.
        follows: for each pair the probability that the second text follows the first.
        numbers: whatever was measured besides, such as held-out nats.
    """

    step: int
    attentions: tuple[Float[np.ndarray, "layers heads _ _"], ...]
    guesses: tuple[list[list[Guess]], ...]
    vectors: Float[np.ndarray, "occurrences hidden"]
    follows: tuple[float, ...]
    numbers: dict[str, float] = field(default_factory=dict)


def moments_of(steps: int, count: int = 24) -> list[int]:
    """About so many steps from 0 to the end, dense where much happens: in the beginning.

    >>> moments_of(1000, 8)
    [0, 1, 3, 10, 32, 100, 316, 1000]

    Raises:
        ValueError: fewer than two moments, or less than a step.
    """
    if count < 2 or steps < 1:
        raise ValueError(f"a recording has 2 moments or more, of 1 step or more; not {count} of {steps}")
    spread = np.geomspace(1, steps, count - 1).round().astype(int)
    return [0, *sorted(set(spread.tolist()))]


def observe(
    model: BertForPreTraining, tokenizer: Tokenizer, watch: Watch, step: int, numbers: dict[str, float], top: int = 5
) -> Moment:
    """Ask a model about everything that is watched; training goes on afterwards as if nothing had been."""
    was_training = model.training
    model.eval()
    try:
        encode = encoder(model, tokenizer)
        return Moment(
            step=step,
            attentions=tuple(np.stack(encode(sentence)[1]) for sentence in watch.sentences),
            guesses=tuple(
                fill_mask(model, tokenizer, sentence, top) if "[MASK]" in sentence else []
                for sentence in watch.sentences
            ),
            vectors=np.array([vector_of(model, tokenizer, at) for at in watch.senses], dtype=np.float32).reshape(
                len(watch.senses), model.config.hidden_size
            ),
            follows=tuple(follows(model, tokenizer, pair) for pair in watch.pairs),
            numbers=numbers,
        )
    finally:
        model.train(was_training)


class Seen(NamedTuple):
    """What a model says of a sentence now: where each token looks, and for each [MASK] the best guesses."""

    tokens: list[str]
    attentions: Float[np.ndarray, "layers heads query key"]
    guesses: list[list[Guess]]


def watching(model: BertForPreTraining, tokenizer: Tokenizer, sentence: str, top: int = 5) -> Callable[[], Seen]:
    """A callable that looks at one sentence: once through the model, amid training too, for whoever draws it.

        monitor = TrainingMonitor(look=watching(model, tokenizer, "anna fed the [MASK] ."))

    Raises:
        ValueError: when it is called, as the model does: the sentence is too long.
    """
    read = reader(model, tokenizer, top=top)

    def look() -> Seen:
        reading = read(sentence)
        return Seen(reading.tokens, reading.attentions, [answer.guesses for answer in reading.answers])

    return look


@torch.no_grad()
def vector_of(model: BertForPreTraining, tokenizer: Tokenizer, at: Occurrence) -> Float[np.ndarray, " hidden"]:
    """The vector of a word in a text: the last layer's, the mean over the word's pieces.

    Raises:
        ValueError: the word does not stand in the text.
    """
    encoding = tokenizer(at.text)
    pieces = tokenizer.tokenize(at.word)
    tokens = list(encoding.tokens)
    for first in range(len(tokens) - len(pieces) + 1):
        if tokens[first : first + len(pieces)] == pieces:
            hidden = model.bert(**as_tensors(encoding, next(model.parameters()).device)).last_hidden_state[0]
            return hidden[first : first + len(pieces)].mean(dim=0).float().cpu().numpy()
    raise ValueError(f"{at.word!r} does not stand in {at.text!r}")


@torch.no_grad()
def follows(model: BertForPreTraining, tokenizer: Tokenizer, pair: PairShown) -> float:
    """The probability a model gives to the second text's following the first."""
    device = next(model.parameters()).device
    logits = model(**as_tensors(tokenizer(pair.text_a, pair.text_b), device)).seq_relationship_logits
    return float(logits[0].float().softmax(dim=-1)[0])


@dataclass(frozen=True)
class Recording:
    """A run in moments: what was watched, and what the model said of it.

    Args:
        facts: whatever else belongs to the run: its limits, how it was made.
    """

    watch: Watch
    moments: Sequence[Moment]
    tokens: tuple[tuple[str, ...], ...]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def steps(self) -> list[int]:
        """The step of each moment."""
        return [moment.step for moment in self.moments]

    def save(self, folder: Path) -> None:
        """Write two files, both or neither: texts and numbers as JSON, arrays in half precision.

        Raises:
            ValueError: there are no moments.
        """
        if not self.moments:
            raise ValueError(f"there are no moments to write to {folder}; observe a model at least once")
        arrays: dict[str, Any] = {"vectors": self._halves([moment.vectors for moment in self.moments])}
        for number in range(len(self.watch.sentences)):
            arrays[f"attention_{number}"] = self._halves([moment.attentions[number] for moment in self.moments])
        texts = {
            "watch": asdict(self.watch),
            "tokens": self.tokens,
            "facts": self.facts,
            "moments": [
                {
                    "step": moment.step,
                    "guesses": moment.guesses,
                    "follows": [round(share, 4) for share in moment.follows],
                    "numbers": moment.numbers,
                }
                for moment in self.moments
            ],
        }
        with replacing(folder) as staging:
            np.savez_compressed(staging / ARRAYS, **arrays)
            (staging / TEXTS).write_text(json.dumps(texts, indent=1) + "\n", encoding="utf-8", newline="\n")

    @staticmethod
    def _halves(of_moments: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack(of_moments).astype(np.float16)

    @classmethod
    def load(cls, folder: Path) -> "Recording":
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: there is no recording in the folder.
        """
        if not (folder / TEXTS).exists():
            raise FileNotFoundError(f"there is no recording in {folder}: {TEXTS} is missing")
        texts = json.loads((folder / TEXTS).read_text(encoding="utf-8"))
        watch = Watch(
            sentences=tuple(texts["watch"]["sentences"]),
            senses=tuple(Occurrence(*at) for at in texts["watch"]["senses"]),
            pairs=tuple(PairShown(*pair) for pair in texts["watch"]["pairs"]),
        )
        with np.load(folder / ARRAYS) as stored:
            arrays = {name: stored[name].astype(np.float32) for name in stored.files}
        moments = [
            Moment(
                step=told["step"],
                attentions=tuple(arrays[f"attention_{place}"][number] for place in range(len(watch.sentences))),
                guesses=tuple(
                    [[Guess(*guess) for guess in guesses] for guesses in of_sentence] for of_sentence in told["guesses"]
                ),
                vectors=arrays["vectors"][number],
                follows=tuple(told["follows"]),
                numbers=told["numbers"],
            )
            for number, told in enumerate(texts["moments"])
        ]
        return cls(watch, moments, tuple(tuple(tokens) for tokens in texts["tokens"]), texts["facts"])
