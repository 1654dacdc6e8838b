"""Lesson 01's checks: the gap between senses, which vectors differ, and a vector read in its sentence."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from bertlab.lessons.checks.verdict import Check, Mine, MistakeError, one_number
from bertlab.lessons.instruments.senses_of_a_word import counted_neighbours, untrained, vector_of, with_card
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.text import Tokenizer
from bertlab.views.plots import sense_gap

Vectors = Float[np.ndarray, "occurrences hidden"]
Alike = Float[np.ndarray, "occurrences occurrences"]


def _occurrences() -> list[tuple[Vectors, list[str]]]:
    """Vectors of unequal lengths, senses in unequal number and in mixed order."""
    rng = np.random.default_rng(1)
    found = []
    for senses in (["snake", "language", "snake", "snake", "language"], ["lab", "zoo", "zoo", "lab", "zoo", "zoo"]):
        centre = {sense: rng.normal(size=4) for sense in sorted(set(senses))}
        vectors = np.stack([centre[sense] + 0.7 * rng.normal(size=4) for sense in senses])
        found.append((vectors * rng.uniform(0.5, 3, size=(len(senses), 1)) + 0.5, senses))
    return found


def _means(alike: Alike, senses: Sequence[str], itself: bool = False) -> tuple[float, float]:
    """The mean over pairs in the same sense, and over pairs in different ones."""
    same = np.array(senses)[:, None] == np.array(senses)[None, :]
    pairs = np.ones_like(same) if itself else ~np.eye(len(senses), dtype=bool)
    return float(alike[same & pairs].mean()), float(alike[~same].mean())


def _cosines(vectors: Vectors, axis: int = 1) -> Alike:
    unit = vectors / np.linalg.norm(vectors, axis=axis, keepdims=True)
    return unit @ unit.T


def _once_and_itself(vectors: Vectors, senses: Sequence[str]) -> float:
    """Each pair once, as in a loop over `range(one + 1)`: the last of each row is the vector with itself."""
    same, alike = np.array(senses)[:, None] == np.array(senses)[None, :], _cosines(vectors)
    return float(alike[same & np.tri(len(senses), dtype=bool)].mean() - alike[~same].mean())


def _sums(vectors: Vectors, senses: Sequence[str]) -> float:
    """Each pair once, added up instead of averaged."""
    same, alike = np.array(senses)[:, None] == np.array(senses)[None, :], _cosines(vectors)
    once = np.tri(len(senses), k=-1, dtype=bool)
    return float(alike[same & once].sum() - alike[~same & once].sum())


def _same_minus_all(vectors: Vectors, senses: Sequence[str]) -> float:
    pairs = ~np.eye(len(senses), dtype=bool)
    return sense_gap(vectors, senses).same - float(_cosines(vectors)[pairs].mean())


def _distances(vectors: Vectors) -> Alike:
    return np.linalg.norm(vectors[:, None] - vectors[None], axis=-1)


def _of_means(vectors: Vectors, senses: Sequence[str]) -> float:
    means = np.stack([vectors[np.array(senses) == sense].mean(axis=0) for sense in dict.fromkeys(senses)])
    return float(_cosines(means)[0, 1])


def _mistake_in_gap(mine: Mine) -> str | None:
    """Write the gap: mean cosine of pairs in the same sense, minus that of pairs in different ones."""
    cases = _occurrences()
    answers = [one_number(mine(vectors.copy(), list(senses))) for vectors, senses in cases]

    def gives(wrong: Any) -> bool:
        return bool(np.allclose(answers, [wrong(*case) for case in cases], rtol=1e-3, atol=1e-5))

    def difference(alike: Any, itself: bool = False) -> Any:
        return lambda vectors, senses: np.subtract(*_means(alike(vectors), senses, itself))

    if gives(lambda vectors, senses: sense_gap(vectors, senses).gap):
        return None
    if gives(difference(_cosines, itself=True)) or gives(_once_and_itself):
        return "You paired each vector with itself, too. That cosine is always 1, and makes any reader look good."
    if gives(lambda vectors, senses: -sense_gap(vectors, senses).gap):
        return "The right size with the wrong sign: you took same from different."
    if gives(_sums):
        return "You took sums. Of which kind there are more pairs then decides: take the mean of each list."
    if gives(_same_minus_all):
        return "Your second mean is over all pairs. Those in the same sense belong into the first alone."
    if np.isnan(answers).any():
        return "You gave nan: one of your lists stays empty. The senses have other names here than zoo and lab."
    if gives(difference(lambda vectors: vectors @ vectors.T)):
        return "You took dot products as they are, so long vectors count more. Divide by both lengths first."
    if gives(difference(lambda vectors: _cosines(vectors, axis=0))):
        return "You divided each column by its length. A vector is a row: its length is taken along axis 1."
    if gives(difference(_distances)) or gives(lambda *case: -difference(_distances)(*case)):
        return "You measured distances. Here likeness is the cosine, which does not ask how long a vector is."
    if gives(lambda vectors, senses: sense_gap(vectors, senses).same):
        return "That is the mean over pairs in the same sense. Alone it says nothing: take that of the others from it."
    if gives(lambda vectors, senses: sense_gap(vectors, senses).different):
        return "That is the mean over pairs in different senses. Take it from the mean over pairs in the same sense."
    if gives(lambda vectors, senses: 1 - _of_means(vectors, senses)) or gives(_of_means):
        return "You compared the mean vectors of the two senses. How far apart the vectors of one sense lie is lost."
    same, different = sense_gap(*cases[0])
    return (
        f"For {len(cases[0][1])} vectors you gave {answers[0]:.4g}. Pairs in the same sense have the mean cosine "
        f"{same:.3f}, pairs in different senses {different:.3f}: the gap is {same - different:.3f}."
    )


gap_of_senses = Check(
    "01-gap-of-senses",
    _mistake_in_gap,
    "Same minus different, each pair once and nobody with itself. What the number measures, its controls have to tell.",
)


@cache
def _small() -> tuple[BertForPreTraining, Tokenizer]:
    """A reader of a dozen words, whose parameters are random."""
    words = ["anna", "tom", "is", "happy", "today", ".", "python", "the", "her", "favorite", "snake", "language"]
    tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words])
    config = BertConfig.preset("tiny", vocab_size=len(tokenizer), initializer_range=0.2)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return BertForPreTraining(config).eval(), tokenizer


BASE = "Anna is happy today. Python is her favorite snake."
CHANGED = {
    "Tom for Anna": "Tom is happy today. Python is her favorite snake.",
    "language for snake": "Anna is happy today. Python is her favorite language.",
    "first words shuffled": "Happy Anna today is. Python is her favorite snake.",
}
READERS = ("static table", "counts of the words beside it", "BERT", "untrained BERT", "BERT with the card")


@cache
def who_differs() -> dict[str, tuple[bool, bool, bool]]:
    """For each reader, whether the vector of python differs after each of the three changes: computed."""
    bert, tokenizer = _small()
    models = {"BERT": bert, "untrained BERT": untrained(bert, 1), "BERT with the card": with_card(bert)}
    table = bert.bert.embeddings.token.weight.detach().numpy()
    found = {}
    for name in READERS:
        differs = []
        for text in CHANGED.values():
            if name == "static table":
                one, other = table[tokenizer.vocab["python"]], table[tokenizer.vocab["python"]]
            elif name in models:
                one, other = (vector_of(models[name], tokenizer, each, "python") for each in (BASE, text))
            else:
                one, other = counted_neighbours([BASE, text], "python")
            differs.append(bool(np.abs(one - other).max() > 1e-5))
        found[name] = (differs[0], differs[1], differs[2])
    return found


def _mistake_in_prediction(mine: Mine) -> str | None:
    """Predict for five readers and three changes whether the vector of python differs."""
    said = mine()
    if not isinstance(said, dict) or set(said) != set(READERS):
        raise MistakeError(f"Return a dict with these five names: {', '.join(READERS)}.")
    try:
        told = {name: tuple(bool(each) for each in said[name]) for name in READERS}
    except TypeError:
        raise MistakeError("For each reader three answers are asked for, as (True, False, True).") from None
    if any(len(each) != len(CHANGED) for each in told.values()):
        raise MistakeError("For each reader three answers are asked for, one for each change.")
    truth = who_differs()
    if told == truth:
        return None
    if any(told["static table"]):
        return "You let the static table differ. It looks up one row for python and does not see the sentence."
    if told["untrained BERT"] == (False, False, False):
        return "You let the untrained BERT give one vector to all. It mixes the words beside it too, only aimlessly."
    if told["BERT with the card"][1]:
        return "You let the reader with the card see snake. It stands to the right of Python, under the card."
    if not told["BERT with the card"][0]:
        return "You covered the left side, too. The card lies on the right; Anna and her sentence can be seen."
    if not told["BERT with the card"][2]:
        return (
            "You let shuffled words change nothing. With the card, too, BERT sees in which order the left side stands."
        )
    if told["counts of the words beside it"][2]:
        return "You let the counts differ when words are only shuffled. They are the same words, as often as before."
    if not all(told["BERT"]) or not all(told["untrained BERT"]):
        return "You left a change unseen by BERT. It sees both sides and the order: any change may reach the vector."
    return "You left a change unseen by the counts. Tom stands in the text instead of Anna: that is another count."


which_vectors_differ = Check(
    "01-which-vectors-differ",
    _mistake_in_prediction,
    "What a reader can see decides whether the vector differs. Whether it differs by sense, only training decides.",
)


def _mistake_in_vector(mine: Mine) -> str | None:
    """Mend a function that reads a word without its sentence."""
    model, tokenizer = _small()
    texts = ["Anna is happy today. Python is her favorite snake.", "The favorite language is Python."]
    answers = []
    for text in texts:
        try:
            given = mine(model, tokenizer, text, "python")
        except ValueError as error:
            if "is not in list" not in str(error):
                raise
            raise MistakeError(
                "You looked for the word in a list that does not have it in this form: `split`, for one, keeps "
                "capitals and full stops. How BERT cut the text stands in `row.tokens`."
            ) from None
        got = torch.as_tensor(given).detach().float()
        got = got[0] if got.dim() == 2 and len(got) == 1 else got
        if tuple(got.shape) != (model.config.hidden_size,):
            raise MistakeError(
                f"One vector of {model.config.hidden_size} numbers is asked for; you returned the shape "
                f"{tuple(got.shape)}."
            )
        answers.append(got.numpy())

    @torch.no_grad()
    def states(text: str) -> tuple[torch.Tensor, list[str]]:
        row = tokenizer(text)
        given = model.bert(torch.tensor([row.input_ids]), output_hidden_states=True)
        assert given.hidden_states is not None
        return torch.stack(given.hidden_states)[:, 0], list(row.tokens)

    def gives(wrong: Any) -> bool:
        return all(
            np.allclose(got, wrong(*states(text)).numpy(), atol=1e-4) for got, text in zip(answers, texts, strict=True)
        )

    if gives(lambda hidden, tokens: hidden[-1, tokens.index("python")]):
        return None
    alone, _ = states("python")
    if gives(lambda hidden, tokens: alone[-1, 1]):
        return "You still read the word without its sentence, so both sentences give the same vector."
    if gives(lambda hidden, tokens: alone[-1, 0]) or gives(lambda hidden, tokens: hidden[-1, 0]):
        return "You took place 0. There stands [CLS], and not the word."
    if gives(lambda hidden, tokens: hidden[-1, tokens.index("python") - 1]):
        return "You took the place before the word: BERT adds [CLS] in front, which moves all others by one."
    if gives(lambda hidden, tokens: hidden[-1].mean(dim=0)):
        return "You took the mean over all places. That is a vector of the sentence, not of the word in it."
    if gives(lambda hidden, tokens: hidden[0, tokens.index("python")]) or gives(
        lambda hidden, tokens: model.bert.embeddings.token.weight[tokenizer.vocab["python"]].detach()
    ):
        return "You took the vector that goes into the first layer. It has seen no other word yet."
    return "Your vector is of another place or another layer: the last layer is asked for, where the word stands."


read_in_its_sentence = Check(
    "01-read-in-its-sentence",
    _mistake_in_vector,
    "The whole sentence goes in, and the place of the word comes out. Without the sentence BERT has nothing to mix.",
)
