"""What lesson 11 claims holds on its own run: by hand, live, in its recordings, and in the figures it cites."""

import re

import pytest
from reading import learners, said_by, source_of

from bertlab.lessons.experiments import recorded
from bertlab.paths import notebooks_path

pytestmark = pytest.mark.slow
WHO = ("BERT", "causal twin", "from scratch", "words alone")


@pytest.fixture(scope="module")
def said(executed) -> str:
    return said_by(executed("11").notebook)


def test_a_step_by_hand_lowers_the_loss(said: str):
    assert re.findall(r"^loss   ([\d.]+)$", said, re.M) == ["3.0659", "1.9969"]
    assert "scores: the same" in said
    assert "new and random: 1,548 of" in said


def test_with_few_labels_and_steps_only_who_has_read_knows_the_subject(said: str):
    found = dict(re.findall(r"^(BERT|causal twin|from scratch|words alone) +(\d+)% of 200 new stories$", said, re.M))
    shares = {who: int(share) / 100 for who, share in found.items()}
    assert set(shares) == set(WHO)
    assert shares["BERT"] > 0.9
    assert shares["from scratch"] < 0.3
    assert shares["words alone"] > 0.75
    assert int(re.search(r"^best possible +(\d+)% of 200", said, re.M)[1]) > 97


def test_with_other_seeds_too():
    """The live run of the lesson, for BERT and from scratch, with other stories and other parameters."""
    import numpy as np
    import torch

    import bertlab
    from bertlab.corpora.story import StoryWorld
    from bertlab.model.task_heads import TextClassifier
    from bertlab.tasks.rows_of import label_numbers, text_rows
    from bertlab.training import Recipe, new_model
    from bertlab.training.finetuning import FineTuning, answers_to, finetune
    from bertlab.training.rows import RowBatches

    story_bert, tokenizer = bertlab.load("story-bert")
    world = StoryWorld.load("full")
    numbers = label_numbers(world.variables["topic"])
    for seed in (1, 2):
        chance = np.random.default_rng(seed)
        stories = [world.sample(chance) for _ in range(220)]
        rows = text_rows(
            tokenizer,
            [each.text for each in stories],
            [numbers[each.state["topic"]] for each in stories],
            max_length=48,
        )
        correct = []
        for encoder in (story_bert.bert, new_model(story_bert.config, Recipe(steps=1, seed=seed)).bert):
            torch.manual_seed(seed)
            model = TextClassifier(encoder, 12)
            batches = RowBatches(rows[:120], tokenizer.pad_id, batch_rows=16, seed=seed)
            for _ in finetune(model, batches, FineTuning(steps=64, learning_rate=1e-3, warmup_steps=6)):
                pass
            answers = answers_to(model, rows[120:], tokenizer.pad_id)
            correct.append(
                np.mean(
                    [
                        each["label"].argmax() == row.labels["label"]
                        for each, row in zip(answers, rows[120:], strict=True)
                    ]
                )
            )
        assert correct[0] > 0.9
        assert correct[1] < 0.35


def test_reading_before_saves_labels_and_steps_and_counting_words_does_too():
    few = recorded("few_labels")
    steps = sorted({row["labels"] for row in few.rows} - {0})

    def enough(way):
        return next((count for count in steps if few.mean("correct", way=way, labels=count) > 0.9), 2 * steps[-1])

    def at(labels, way):
        return few.mean("correct", way=f"fine-tuned {way}", labels=labels)

    bert = enough("fine-tuned BERT")
    assert bert <= 125
    assert bert <= enough("fine-tuned causal twin") <= enough("fine-tuned from scratch")
    assert enough("fine-tuned from scratch, longer") >= 2 * bert
    assert at(125, "causal twin") > at(125, "from scratch") + 0.1
    for labels in (30, 60):
        assert at(labels, "causal twin") < at(labels, "from scratch"), "GPT is not ahead where labels are few"
        assert few.mean("correct", way="words alone", labels=labels) > at(labels, "BERT")
    for labels in (250, 500):
        assert at(labels, "from scratch, longer") > at(labels, "from scratch") + 0.05
    for seed in sorted({row["seed"] for row in few.rows}):
        at_125 = {
            who: few.mean("correct", seed=seed, way=f"fine-tuned {who}", labels=125)
            for who in ("BERT", "from scratch, longer")
        }
        assert at_125["BERT"] > at_125["from scratch, longer"] + 0.05, "it saves labels, too"
    assert enough("words alone") <= bert, "counting words does not need more"


def test_the_mean_of_frozen_vectors_tells_more_than_cls_and_an_untrained_encoder_little():
    few = recorded("few_labels")
    for seed in sorted({row["seed"] for row in few.rows}):
        mean, cls = (few.mean("correct", seed=seed, way=f"frozen {what}", labels=250) for what in ("mean", "[CLS]"))
        assert mean > cls + 0.1
        for what in ("mean", "[CLS]"):
            assert few.mean("correct", seed=seed, way=f"frozen untrained {what}", labels=250) < mean - 0.3
        least = {way: few.mean("correct", seed=seed, way=way, labels=30) for way in ("frozen mean", "words alone")}
        assert least["frozen mean"] > least["words alone"], "with 30 labels the mean is ahead"


def test_at_the_mood_bert_needs_more_passes_than_the_twin_and_in_the_end_reading_saves_nothing():
    tuned = recorded("fine_tuned")
    for seed in (0, 1, 2):
        share = {
            who: tuned.mean("value", seed=seed, task="mood", model=who, part="test", score="correct")
            for who in (*WHO, "BERT, longer", "from scratch, longer", "limit")
        }
        assert share["BERT"] < share["words alone"] + 0.005, "in one seed of three they are level"
        assert share["BERT"] < share["causal twin"] - 0.02
        assert share["BERT, longer"] > share["BERT"] + 0.02
        assert share["from scratch, longer"] > share["BERT, longer"] - 0.03, "who has read nothing is as good"
        assert share["limit"] > max(share[who] for who in share if who != "limit")


def test_the_poolers_were_never_trained(said: str):
    assert "the twins' poolers are the same numbers: True" in said
    assert "a pooler has 16,512" in said


def test_check_inputs_finds_the_padding(said: str):
    assert "a good batch: No mistake found" in said
    assert re.search(r"and then: padding counted: attention_mask is 1 at \d+\s+places", said)


def test_labels_numbered_file_by_file_are_nearly_all_wrong(said: str):
    stories, right = map(int, re.search(r"^(\d+) stories, (\d+)% right$", said, re.M).groups())
    assert stories > 120
    assert right == 0


def test_a_number_has_a_squared_loss(said: str):
    assert "the loss: the same" in said


def test_the_cited_figures_are_those_of_the_benchmark():
    table = (notebooks_path().parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    row = re.search(r"^\| snips \| intent \| ([\d,]+) \| .*\| (98\.\d)% \| (98\.\d)% \|", table, re.M)
    learned_from, scratch, mini = row.groups()
    text = "\n".join(cell.source for cell in learners(source_of("11")).cells)
    assert f"gets {mini}% right after fine-tuning, and the same model from scratch {scratch}%" in " ".join(text.split())
    assert f"With {learned_from} labels" in text
    row = re.search(r"^\| banking77 \| correct \| .*\| ([\d.]+)% \| ([\d.]+)% \| ([\d.]+)% \|", table, re.M)
    words, scratch, mini = row.groups()
    said = f"Words alone {words}% correct, our `mini` {mini}%, the same network from scratch {scratch}%"
    assert said in " ".join(text.split())
    assert float(mini) > float(words) + 2 > float(scratch) + 20, "one that had read was ahead, one that had not far behind"
