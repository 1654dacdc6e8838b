"""The exact posterior against a list of all stories of a tiny world: other code, the same numbers."""

import re
from collections import defaultdict
from functools import cache
from itertools import product

import numpy as np
import pytest

from bertlab.corpora.story import StoryWorld
from bertlab.corpora.story.exact.machine import Noise
from bertlab.corpora.story.grammar import Template
from bertlab.corpora.story.slots import Table

State = tuple[int, ...]
Pieces = tuple[int, ...]


class Enumeration:
    """Every story of a world with its probability for each latent state, written out one by one."""

    def __init__(self, world: StoryWorld) -> None:
        self.world = world
        self.states: list[State] = list(product(*map(range, world.grammar.latents.values())))
        self.stories: dict[Pieces, dict[State, float]] = defaultdict(lambda: defaultdict(float))
        ids = cache(lambda words: tuple(world.tokenizer(" ".join(words)).input_ids[1:-1]))
        for state in self.states:
            sentences = {
                stage: [
                    (template.share * share, words)
                    for template in templates
                    for share, words in self.sentences(template, state)
                ]
                for stage, templates in world.grammar.stages.items()
            }
            for plan_share, plan in world.grammar.plans:
                for parts in product(*(sentences[stage] for stage in plan)):
                    share = plan_share * np.prod([share for share, _ in parts]) / len(self.states)
                    pieces = sum((ids(words) for _, words in parts), ())
                    self.stories[pieces][state] += float(share)
        self.total = {pieces: sum(states.values()) for pieces, states in self.stories.items()}

    def sentences(self, template: Template, state: State) -> list[tuple[float, tuple[str, ...]]]:
        """All fillings of a template, its articles decided last."""
        choices = [self.entries(table, state) for table in template.slots]
        found = []
        for filling in product(*choices):
            share, words, lemmas = 1.0, [], []
            for lemma, parts, _ in filling:
                words += parts
                lemmas.append(lemma)
            for place, (lemma, _, probability) in enumerate(filling):
                bad = {b for a, b in self.pairs() if a in lemmas[:place]}
                if lemma in bad:
                    share = 0.0
                else:
                    share *= probability / (1 - sum(p for other, _, p in choices[place] if other in bad))
            if share:
                for place, word in enumerate(words):
                    if word == "{a}":
                        words[place] = "an" if words[place + 1][0] in "aeiou" else "a"
                found.append((share, tuple(words)))
        return found

    def pairs(self) -> list[tuple[str, str]]:
        pairs = self.world.grammar.held_out.pairs
        return [*pairs, *((b, a) for a, b in pairs)]

    @staticmethod
    def entries(table: Table | None, state: State) -> list[tuple[str, tuple[str, ...], float]]:
        if table is None:
            return [("", ("{a}",), 1.0)]
        shares = table.shares[(slice(None), *(state[axis] for axis in table.axes))]
        return [
            (entry.lemma, entry.words, share)
            for entry, share in zip(table.entries, shares.tolist(), strict=True)
            if share
        ]

    def limit(self, story: Pieces, position: int, hidden: set[int], visible: str) -> np.ndarray:
        answer = np.zeros(len(self.world.tokenizer))
        for other, share in self.total.items():
            if visible == "left":
                fits = other[:position] == story[:position] and len(other) > position
            elif visible == "right":
                fits = len(other) == len(story) and other[position + 1 :] == story[position + 1 :]
            else:
                fits = len(other) == len(story) and all(
                    one == two for at, (one, two) in enumerate(zip(other, story, strict=True)) if at not in hidden
                )
            if fits:
                answer[other[position]] += share
        return answer / answer.sum()


@pytest.fixture(scope="module", params=[False, True], ids=["training", "released"])
def both(request: pytest.FixtureRequest, tiny_folder) -> tuple[StoryWorld, Enumeration]:
    world = StoryWorld.load(tiny_folder, released=request.param)
    return world, Enumeration(world)


def test_the_enumeration_is_whole(both):
    _, everything = both
    assert sum(everything.total.values()) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("visible", ["both", "left", "right"])
@pytest.mark.slow
def test_every_limit_is_the_enumerated_one(both, visible):
    world, everything = both
    rng = np.random.default_rng(1)
    stories = sorted(everything.total)
    for choice in rng.choice(len(stories), size=20, replace=False):
        story = stories[choice]
        hidden = set(rng.choice(len(story), size=max(1, round(0.3 * len(story))), replace=False).tolist())
        positions = sorted(hidden) if visible == "both" else list(range(len(story)))
        exact = world.truth.limit(story, positions, visible)
        for position, distribution in zip(positions, exact, strict=True):
            expected = everything.limit(story, position, hidden, visible)
            np.testing.assert_allclose(distribution, expected, rtol=0, atol=1e-10)


def test_everything_hidden_is_the_prior(both):
    world, everything = both
    story = max(everything.total, key=len)
    everywhere = list(range(len(story)))
    exact = world.truth.limit(story, everywhere)
    for position in everywhere:
        expected = everything.limit(story, position, set(everywhere), "both")
        np.testing.assert_allclose(exact[position], expected, rtol=0, atol=1e-10)


def test_the_posterior_of_every_variable_is_the_enumerated_one(both):
    world, everything = both
    rng = np.random.default_rng(2)
    stories = sorted(everything.total)
    for choice in rng.choice(len(stories), size=20, replace=False):
        story = stories[choice]
        hidden = set(rng.choice(len(story), size=2, replace=False).tolist())
        weights: dict[State, float] = defaultdict(float)
        for other, states in everything.stories.items():
            if len(other) == len(story) and all(
                other[at] == piece for at, piece in enumerate(story) if at not in hidden
            ):
                for state, share in states.items():
                    weights[state] += share
        total = sum(weights.values())
        exact = world.truth.posterior(story, sorted(hidden))
        for variable, values in exact.items():
            for value, probability in values.items():
                expected = sum(share for state, share in weights.items() if world.name_state(state)[variable] == value)
                assert probability == pytest.approx(expected / total, abs=1e-10)


@pytest.mark.slow
def test_under_noise_the_limit_is_the_enumerated_one(both):
    """Sum over every story of p(story) p(what is shown | story), each piece chosen by itself."""
    world, everything = both
    mask = world.tokenizer.mask_id
    ordinary = len(world.tokenizer) - len(world.tokenizer.special_ids)
    noise = Noise(ordinary, chosen=0.3, replaced=0.2, kept=0.1)
    rng = np.random.default_rng(3)
    stories = sorted(everything.total)

    def ordinary_share(read: int) -> float:
        return 0.0 if read == mask else 0.2 / ordinary

    for choice in rng.choice(len(stories), size=8, replace=False):
        shown = list(stories[choice])
        asked, wrong, same = rng.choice(len(shown), size=3, replace=False).tolist()
        shown[asked], shown[wrong] = mask, int(rng.integers(5, len(world.tokenizer)))
        answers = {position: np.zeros(len(world.tokenizer)) for position in (asked, wrong, same)}
        for other, share in everything.total.items():
            if len(other) != len(shown):
                continue
            chances = [
                (1 - 0.3) * (true == read) + 0.3 * (0.7 * (read == mask) + 0.1 * (true == read) + ordinary_share(read))
                for true, read in zip(other, shown, strict=True)
            ]
            for position, answer in answers.items():
                read = shown[position]
                if_chosen = 0.7 * (read == mask) + 0.1 * (other[position] == read) + ordinary_share(read)
                rest = np.prod([chance for at, chance in enumerate(chances) if at != position])
                answer[other[position]] += share * rest * if_chosen
        exact = world.truth.limit_under_noise(shown, list(answers), noise)
        for distribution, answer in zip(exact, answers.values(), strict=True):
            np.testing.assert_allclose(distribution, answer / answer.sum(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("visible", ["both", "left", "right"])
def test_of_no_position_nothing_is_told(tiny, visible):
    assert tiny.limit("Ann was here before.", [], visible).shape == (0, len(tiny.tokenizer))
    assert tiny.limit("", [], visible).shape == (0, len(tiny.tokenizer))


def test_a_position_asked_twice_is_told_twice(tiny):
    twice = tiny.limit("Ann was here before.", [3, 3])
    np.testing.assert_array_equal(twice[0], twice[1])


@pytest.mark.parametrize(
    ("text", "positions", "visible", "why"),
    [
        ("Ann", [0], "both", "is '[MASK]': it must end where a plan ends"),
        ("Ann was here before", [0], "right", "is '[MASK] was here before': it must end where a plan ends"),
        # What is hidden is not to blame, whatever stands there.
        ("Ann [MASK] here old.", [1], "both", "goes on with 'old' after 'ann [MASK] here'"),
        ("Ann [MASK] here old.", [3], "left", "name every [MASK] among the masked positions"),
        ("Ann [MASK] here before.", [0], "both", "[MASK] stands at position 1"),
        ("Ann qqq here before.", [2], "left", "goes on with '[UNK]' after 'ann'"),
        ("Ann was here before.", [5], "both", "position 5 is not in the story, which has 5 pieces"),
    ],
)
def test_a_text_that_is_no_story_is_told_why(tiny, text, positions, visible, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        tiny.limit(text, positions, visible)


@pytest.mark.parametrize(
    ("text", "hidden", "why"),
    [
        ("", [], "an empty document is no story"),
        ("Ann was here before.", [-1], "position -1 is not in the story, which has 5 pieces"),
        ("Ann [MASK] here before.", [], "[MASK] stands at position 1"),
        ("Ann was here", [0], "it must end where a plan ends"),
    ],
)
def test_there_is_no_posterior_of_what_is_no_story(tiny, text, hidden, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        tiny.posterior(text, hidden)


def test_noise_that_cannot_have_made_this_is_told(tiny):
    shown = tiny.pieces("Ann was here before.")
    with pytest.raises(ValueError, match="no story shows 'ann' at the chosen position 0"):
        tiny.truth.limit_under_noise(shown, [0], Noise(40, replaced=0.0, kept=0.0))
    with pytest.raises(ValueError, match="position 9 is not in the story"):
        tiny.truth.limit_under_noise(shown, [9], Noise(40))
