"""What lesson 10 says of heads in three small BERTs holds in the recording for every seed, and in a fresh short run."""

import copy
from unittest.mock import Mock

import numpy as np
import pytest
import torch

from bertlab.corpora.story import Probe, StoryWorld
from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.head_jobs import rows, shares_and_effects
from bertlab.lessons.instruments.clue_questions import KINDS, ClueQuestions, ask_about_clues
from bertlab.model import BertConfig, BertForPreTraining


def of(seed: int, kind: str) -> tuple[dict, dict, float]:
    """The head that is needed most, the one that looks most, and the whole margin."""
    found = recorded("head_jobs").where(seed=seed, kind=kind)
    assert len(found) == 12
    needed, looks = (max(found, key=lambda row: row[what]) for what in ("effect", "share"))
    return needed, looks, found[0]["whole"]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_head_of_layer_2_looks_at_the_hero_and_is_needed(seed: int):
    needed, looks, whole = of(seed, "she or he")
    assert needed == looks
    assert needed["layer"] == 2
    assert needed["share"] > 0.8
    assert needed["effect"] > 0.7 * whole > 4


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_head_that_looks_most_at_the_subject_is_never_the_one_needed_most(seed: int):
    needed, looks, whole = of(seed, "number, beside")
    assert looks["share"] > 0.8
    assert looks["effect"] < 0.2 * whole
    assert needed["share"] < 2 * needed["even"]
    assert needed["effect"] > looks["effect"] + 0.3


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_across_the_head_that_is_needed_most_hardly_looks(seed: int):
    needed, looks, _ = of(seed, "number, across")
    assert needed["share"] < needed["even"]
    assert needed["effect"] > looks["effect"] + 1


def test_in_other_rows_one_head_is_both():
    both = [of(seed, kind)[0] == of(seed, kind)[1] for seed in range(3) for kind in KINDS if kind != "topic"]
    assert sum(both) >= 3, "chance would give 1 of 12"


def test_which_number_the_head_has_is_not_the_same_for_every_seed():
    numbers = {of(seed, "she or he")[0]["head"] for seed in range(3)}
    assert len(numbers) > 1


def test_topic_is_what_the_small_ones_have_hardly_learned():
    assert max(of(seed, "topic")[2] for seed in range(3)) < 1


def few_questions() -> ClueQuestions:
    """Two rows written by hand: [MASK] is 4, and the second row is shorter."""
    ids = torch.tensor([[2, 7, 8, 4, 9, 3], [2, 6, 4, 3, 0, 0]])
    clues, right, wrong = torch.zeros(2, 6).bool(), torch.zeros(2, 12).bool(), torch.zeros(2, 12).bool()
    clues[0, [1, 4]] = clues[1, 1] = True
    right[:, [5, 6]] = wrong[:, 7] = True
    return ClueQuestions([Mock(Probe)] * 2, [[], []], ids, (ids != 0).long(), torch.tensor([3, 2]), clues, right, wrong)


@torch.no_grad()
def test_the_effect_is_what_the_margin_loses_where_the_columns_of_the_head_are_zero():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=12, hidden_size=24, num_hidden_layers=3, num_attention_heads=4, intermediate_size=48,
        max_position_embeddings=16, initializer_range=0.3,
    )  # fmt: skip
    model, asked = BertForPreTraining(config).eval(), few_questions()

    def margin(of: BertForPreTraining) -> float:
        trust = of(asked.input_ids, attention_mask=asked.attention_mask).prediction_logits.softmax(dim=-1)
        at_hole = [trust[0, 3], trust[1, 2]]
        return float(np.mean([((each[5] + each[6]) / each[7]).log().item() for each in at_hole]))

    share, effect, whole = shares_and_effects(model, asked)
    assert whole == pytest.approx(margin(model), abs=1e-5)
    looks = model(asked.input_ids, attention_mask=asked.attention_mask, output_attentions=True).attentions
    for layer, head in np.ndindex(3, 4):
        first, second = looks[layer][0, head, 3], looks[layer][1, head, 2]
        assert share[layer, head].item() == pytest.approx(((first[1] + first[4] + second[1]) / 2).item(), abs=1e-6)
        without = copy.deepcopy(model)
        without.bert.layers[layer].attention.output.weight[:, 6 * head : 6 * (head + 1)] = 0
        assert effect[layer, head].item() == pytest.approx(margin(model) - margin(without), abs=1e-5)


@pytest.mark.slow
def test_a_short_run_gives_a_row_for_each_kind_and_head():
    found = list(rows(seed=5, documents=600, steps=60, asked=6))
    assert len(found) == 12 * len(KINDS)
    assert {row["kind"] for row in found} == set(KINDS)
    assert all(0 <= row["share"] <= 1 for row in found)
    world = StoryWorld.load("pocket")
    for kind in KINDS:
        asked = ask_about_clues(world, kind, 6)
        parts = [sum(clues) / len(row) for clues, row in zip(asked.clues.tolist(), asked.tokens, strict=True)]
        (even,) = {row["even"] for row in found if row["kind"] == kind}
        assert even == pytest.approx(np.mean(parts), abs=1e-4)
    for kind in KINDS:
        of_kind = [row for row in found if row["kind"] == kind]
        assert sorted((row["layer"], row["head"]) for row in of_kind) == [(a, b) for a in range(3) for b in range(4)]
