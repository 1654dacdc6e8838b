"""How fine-tuned models are compared: the same rows, unseen tests, limits and controls beside them; a short run."""

import numpy as np
import pytest

from bertlab.corpora.story import StoryWorld
from bertlab.lessons.experiments.few_labels import rows as few_labels
from bertlab.lessons.experiments.fine_tuned import RATES, SIZES, TASKS, Size, encoders, rows, task_of

SMALL = {"training": 40, "validation": 20, "test": 20}


@pytest.fixture(scope="module")
def given():
    return StoryWorld.load("full"), *encoders(0)


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_scored_beside_its_limit_and_its_control(given, name):
    world, models, tokenizer = given
    task, limit = task_of(name, world, tokenizer, SMALL, 0)
    again, _ = task_of(name, world, tokenizer, SMALL, 0)
    assert [row.input_ids for row in task.rows] == [row.input_ids for row in again.rows]
    assert len(task.rows) == SMALL["training"], "in this world a story fits one window"
    scores = task.score(task.build(models["from scratch"]), "test")
    assert set(limit) <= set(scores)
    assert set(task.words_alone) <= set(scores)
    assert all(0 <= value <= 1 for each in (scores, limit, task.words_alone) for value in each.values())


@pytest.mark.slow
def test_few_entities_suffice_when_one_has_read(given):
    world, models, tokenizer = given
    task, _ = task_of("entities", world, tokenizer, SMALL, 1)
    f1 = {
        who: task.score(task.learned(models[who], 6, 1e-3, pad_id=tokenizer.pad_id), "test")["F1"]
        for who in ("BERT", "from scratch")
    }
    assert f1["BERT"] > f1["from scratch"] + 0.2


@pytest.mark.slow
def test_a_fresh_run_has_every_model_of_every_task(monkeypatch):
    for name in TASKS:
        monkeypatch.delitem(SIZES, name)
    for name in ("mood", "commands"):  # the others are told more slowly, and asked in the same way
        monkeypatch.setitem(SIZES, name, Size(40, 1))
    found = list(rows(0, share=0.1))
    for name in SIZES:
        models = [row["model"] for row in found if row["task"] == name and row["part"] == "test"]
        learned = {"BERT", "causal twin", "from scratch", "from scratch, longer"}
        learned |= {"BERT, longer"} if name == "mood" else set()
        assert {"limit", "words alone"} | learned == set(models)
        for who in learned:
            tried = [row for row in found if (row["task"], row["model"], row["part"]) == (name, who, "validation")]
            best = max(tried, key=lambda row: row["value"])
            chosen = {row["rate"] for row in found if (row["task"], row["model"], row["part"]) == (name, who, "test")}
            assert len(tried) == len(RATES)
            assert chosen == {best["rate"]}


@pytest.mark.slow
def test_topics_from_few_labels_have_all_ways_for_each_number():
    found = list(few_labels(0, counts=(60,), asked=60, steps=4))
    assert found[0]["way"] == "limit"
    ways = [row["way"] for row in found[1:]]
    assert len(ways) == len(set(ways)) == 9
    correct = {row["way"]: row["correct"] for row in found}
    assert correct["words alone"] > 0.5
    assert correct["frozen mean"] > correct["frozen untrained mean"] + 0.2
    assert np.all([0 <= value <= 1 for value in correct.values()])
