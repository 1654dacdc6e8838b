"""Lesson 05: a BERT whose heads are cut wrongly learns, and less than one that is right, for every seed."""

import pytest
import torch

from bertlab.lessons.experiments import recorded
from bertlab.lessons.experiments.wrong_cut import LOOKS, STEPS, cut_wrongly, rows
from bertlab.model import BertConfig, BertForPreTraining

AT = [STEPS * look // LOOKS for look in range(1, LOOKS + 1)]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_loss_falls_with_the_bug_and_less_far(seed: int):
    found = recorded("wrong_cut").where(seed=seed)
    assert [(row["cut"], row["step"]) for row in found] == [(cut, at) for cut in ("right", "wrong") for at in AT]
    right, wrong = ([row["nats"] for row in found if row["cut"] == cut] for cut in ("right", "wrong"))
    assert wrong[-1] < wrong[0] - 0.5, "it learns"
    assert wrong[-1] < found[0]["unigram"] - 0.4
    assert right[-1] < wrong[-1] - 0.4


def test_a_head_gets_whole_places():
    torch.manual_seed(0)
    model = cut_wrongly(BertForPreTraining(BertConfig.preset("tiny", vocab_size=11)))
    looks = model.bert.layers[0].attention
    vectors = torch.arange(4 * 128.0).view(1, 4, 128)
    heads = looks.split_heads(vectors)
    assert heads.shape == (1, 2, 4, 64)
    assert torch.equal(heads[0, 0].flatten(), vectors[0, :2].flatten()), "places 0 and 1, whole"
    assert model(torch.tensor([[2, 7, 9, 3]])).prediction_logits.shape == (1, 4, 11)


@pytest.mark.slow
def test_a_short_run_shows_the_same():
    found = {(row["cut"], row["step"]): row for row in rows(seed=1, documents=2000, steps=240, asked=20)}
    assert found["right", 240]["nats"] < found["wrong", 240]["nats"] - 0.2
    assert found["wrong", 240]["nats"] < found["wrong", 60]["nats"] - 0.2
