"""Models asked about probes: the shipped twins, and readers whose answers are known beforehand."""

import numpy as np
import pytest
import torch

import bertlab
from bertlab.corpora.story import StoryWorld, probe_set
from bertlab.model import BertForPreTraining
from bertlab.training.probing import ASKED, as_markdown, judge_model, probe_model
from bertlab.training.twins import story_config


@pytest.fixture(scope="module")
def world() -> StoryWorld:
    return StoryWorld.load("full")


@pytest.mark.slow
@pytest.mark.parametrize("phenomenon", ["polysemy", "tense", "hero"])
def test_a_clue_on_the_right_serves_bert_and_not_its_twin(world: StoryWorld, phenomenon: str):
    probes = {clue: probe_set(world, phenomenon, clue, count=40, seed=3) for clue in ("left", "right")}
    right = {
        (name, clue): judge_model(*bertlab.load(name), of_clue)[0]
        for name in ("story-bert", "story-gpt")
        for clue, of_clue in probes.items()
    }
    best = probes["right"].best("both")[0]
    assert right["story-bert", "left"] > 0.95
    assert right["story-gpt", "left"] > 0.95
    assert right["story-bert", "right"] > best - 0.05
    # At its prior: two groups, of which the sentence before says nothing; four standard errors of 40 coins.
    assert abs(right["story-gpt", "right"] - 0.5) < 4 * 0.5 / 40**0.5


@pytest.mark.slow
def test_a_model_is_asked_where_the_piece_stands(world: StoryWorld):
    """By hand: one probe, one row, and BERT's own numbers at the masked place."""
    model, tokenizer = bertlab.load("story-bert")
    probe = probe_set(world, "tense", "right", count=1)[0]
    ids = torch.tensor([[tokenizer.cls_id, *probe.masked(tokenizer.mask_id), tokenizer.sep_id]])
    with torch.inference_mode():
        logits = model.eval()(ids).prediction_logits[0, probe.position + 1].double()
    said = {group: 0.0 for group in set(probe.groups.values())}
    for answer, group in probe.groups.items():
        said[group] += logits[tokenizer.vocab[answer]].exp().item()
    nats = -np.log(said[probe.group] / sum(said.values()))
    exact = probe.shares("both")
    assert exact[probe.group] > 0.99
    assert judge_model(model, tokenizer, [probe])[1] == pytest.approx(nats, abs=0.05)


@pytest.mark.slow
def test_the_table_has_a_row_for_each_kind():
    pocket = StoryWorld.load("pocket")
    torch.manual_seed(0)

    newborn = BertForPreTraining(story_config("pocket", pocket.tokenizer))
    found = probe_model(newborn, pocket.tokenizer, pocket, count=4)
    kinds = [(each.phenomenon, each.clue) for each in found]
    assert kinds == [kind for kind in ASKED if kind[0] != "companion"]
    assert all(each.best_nats <= each.nats for each in found)
    assert len(as_markdown(found).splitlines()) == 2 + len(found)
