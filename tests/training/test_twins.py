"""The twins of the story world: alike in all but two things, trained by one command, taken up again, and examined."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest
import torch

import bertlab
from bertlab.cli import main
from bertlab.corpora.story import StoryWorld
from bertlab.training import DocumentBatches, ask_world, beside_the_truth, new_model, twins
from bertlab.training.prepare import PreparedText
from bertlab.training.run_folder import RunFolder
from bertlab.training.twins import SIZES, prepare_stories, story_config, story_recipe, train_twin

RECIPE = story_recipe("pocket", steps=6, batch_tokens=256, warmup_steps=2)  # short stories in 3 of the 6 steps


@pytest.fixture(autouse=True)
def few_held_out(monkeypatch):
    monkeypatch.setattr(twins, "HELD_OUT", 20)


@pytest.fixture(scope="module")
def world():
    return StoryWorld.load("pocket")


def train_it(folder, causal=False, recipe=RECIPE, **changes):
    settings = {"documents": 100, "keep_every": 3, "stories": 4, **changes}
    return train_twin(RunFolder(folder), "pocket", causal=causal, recipe=recipe, command="bertlab ...", **settings)


def metrics(folder):
    return [json.loads(line) for line in (folder / "training" / "metrics.jsonl").read_text().splitlines()]


def test_twins_begin_with_the_same_parameters(world):
    bert, gpt = (new_model(story_config("pocket", world.tokenizer, causal), RECIPE) for causal in (False, True))
    assert replace(gpt.config, causal=False) == bert.config
    mine, its = bert.state_dict(), gpt.state_dict()
    assert mine.keys() == its.keys()
    assert all(torch.equal(mine[name], its[name]) for name in mine)


def test_a_model_of_the_full_world_is_small_enough_to_be_shipped(world):
    config = replace(story_config("full", world.tokenizer), vocab_size=2000)
    numbers = sum(parameter.numel() for parameter in new_model(config, RECIPE).parameters())
    assert 4 * numbers < 8_000_000


@pytest.mark.parametrize("size", SIZES)
def test_stories_are_masked_as_their_truth_is_defined(size):
    recipe = story_recipe(size)
    assert (recipe.replaced, recipe.kept, recipe.next_sentence) == (0.0, 0.0, False)
    assert story_recipe(size, steps=7).steps == 7


def test_twins_of_an_unknown_world_are_refused(world):
    for make in (lambda: story_recipe("moon"), lambda: story_config("moon", world.tokenizer)):
        with pytest.raises(ValueError, match="twins for pocket and full, not for 'moon'"):
            make()


def test_stories_are_whole_and_told_once(tmp_path, world, capsys, monkeypatch):
    run = RunFolder(tmp_path)
    text = prepare_stories(run, world, documents=30, seed=2)
    for corpus, part in [(text.training, "training"), (text.held_out, "validation")]:
        starts = corpus.sentence_starts[corpus.document_starts]
        stories = list(world.documents(corpus.num_documents, seed=2, part=part))
        for story, (start, stop) in zip(stories, pairwise(starts), strict=True):
            assert corpus.ids[start:stop].tolist() == world.pieces(story)
        assert corpus.num_sentences == sum(len(story.sentences) for story in stories)
    assert (text.training.num_documents, text.held_out.num_documents) == (30, 20)
    assert "telling 30 stories" in capsys.readouterr().out
    monkeypatch.setattr(twins, "tokenize_corpus", None)
    again = prepare_stories(run, world, documents=30, seed=2)
    assert again.training.ids.tolist() == text.training.ids.tolist()
    with pytest.raises(ValueError, match="documents was 30, is 31; seed was 2, is 3"):
        prepare_stories(run, world, documents=31, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize("causal", [False, True])
def test_a_twin_is_trained_and_examined(tmp_path, world, causal, capsys):
    result = train_it(tmp_path, causal)
    lines = metrics(tmp_path)
    assert lines[-1] == {"step": 6, "result": {**vars(result)}}
    assert [line["step"] for line in lines if "held_out" in line] == [3, 6]
    model, tokenizer = bertlab.load(tmp_path)
    assert model.config.causal == causal

    text = PreparedText.load(tmp_path / "training")
    questions = ask_world(world, world.documents(4, part="test"), masking=0.3)
    found = beside_the_truth(model, tokenizer, questions, text.training)
    assert found.sees == ("left" if causal else "both")
    noted = next(line["truth"] for line in lines if "truth" in line)
    assert noted["model"]["cross_entropy"] == pytest.approx(found.model.cross_entropy)
    assert noted["limits"]["right"] == vars(found.limits["right"])
    assert str(found) in capsys.readouterr().out

    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# A mini GPT" if causal else "# A mini BERT")
    for name, score in found.rows.items():
        assert f"| {name} | {score.cross_entropy:.3f} | {score.expected_accuracy:.1%} |" in card
    assert f"4 stories it never saw, at {found.positions:,} places" in card
    assert ("with nothing hidden" in card) == causal
    # What is asked at checkpoints, counted anew: whole unseen stories; of the next words, no [SEP].
    batches = DocumentBatches(text.held_out, tokenizer, RECIPE, "next" if causal else "masked")
    labels = [batch.labels.flatten()[batch.positions] for batch in map(batches.held_out, range(100))]
    assert result.positions == sum(int((label > 4).sum()) for label in labels)
    assert any((label == tokenizer.sep_id).any() for label in labels) == causal


class Killed(BaseException):
    pass


@pytest.mark.slow
def test_a_killed_twin_goes_on_as_if_nothing_had_been(tmp_path, monkeypatch):
    whole = train_it(tmp_path / "whole", causal=True)
    keep = RunFolder.keep

    def keep_and_die(run, step, *rest):
        keep(run, step, *rest)
        if step.number == 3:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "keep", keep_and_die)
        with pytest.raises(Killed):
            train_it(tmp_path / "parts", causal=True)
    with pytest.raises(ValueError, match="causal was True, is False"):
        train_it(tmp_path / "parts", causal=False)
    assert train_it(tmp_path / "parts", causal=True) == whole
    one, other = (tmp_path / folder / "model.safetensors" for folder in ("whole", "parts"))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.slow
def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(twins, "EXAMINED", 3)
    words = ["train-story", "pocket", "--causal", "--out", str(tmp_path), "--steps", "4", "--documents", "100"]
    assert main([*words, "--precision", "float32", "--seed", "1"]) == 0
    out = capsys.readouterr().out
    assert "best possible, left side only" in out
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^    bertlab train-story pocket --causal --out \S+ --steps 4", card, re.MULTILINE)
    assert RunFolder(tmp_path).known_recipe() == story_recipe("pocket", steps=4, seed=1)
    assert main([*words, "--seed", "1"]) == 0
    assert "this run is finished" in capsys.readouterr().out
    assert main([*words, "--precision", "float32", "--seed", "2"]) == 1
    assert "seed was 1, is 2" in capsys.readouterr().err
