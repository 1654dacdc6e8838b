"""A run that was stopped and went on ends as one that was not, to the last bit, through real files."""

from dataclasses import replace

import pytest
import torch

from bertlab.training import Recipe, Stage, load_checkpoint, new_model, new_optimizer, save_checkpoint, train

RECIPE = Recipe(steps=7, batch_tokens=256, stages=(Stage(0.0, 16), Stage(0.4, 64)), learning_rate=5e-3, warmup_steps=2)


@pytest.fixture
def begin(small_batches, small_config):
    """`begin()`: model, optimiser and batches of a run with dropout, as before its first step."""
    batches = small_batches(RECIPE)

    def make(**changes):
        model = new_model(small_config(vocab_size=len(batches.tokenizer), **changes), RECIPE)
        return model, new_optimizer(model, RECIPE), batches

    return make


def take_steps(model, optimizer, batches, first_step=0, until=RECIPE.steps):
    for step in train(model, batches, RECIPE, optimizer=optimizer, first_step=first_step):
        if step.number == until:
            return step
    raise AssertionError(f"the run ended before step {until}")


def everything(model, optimizer):
    """Parameters, what the optimiser remembers, and the random state, by name."""
    tensors = {f"model.{name}": value.clone() for name, value in model.state_dict().items()}
    for number, memory in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value.clone() for name, value in memory.items()}
    return tensors | {"random": torch.get_rng_state()}


@pytest.mark.parametrize("stops", [(1,), (3,), (2, 3, 6)], ids=str)
def test_stopped_and_resumed_is_as_never_stopped(begin, tmp_path, stops):
    torch.manual_seed(3)
    model, optimizer, batches = begin()
    take_steps(model, optimizer, batches)
    expected = everything(model, optimizer)

    torch.manual_seed(3)
    model, optimizer, batches = begin()
    first_step = 0
    for stop in stops:
        step = take_steps(model, optimizer, batches, first_step, until=stop)
        save_checkpoint(tmp_path / "checkpoint.pt", step, RECIPE)
        torch.manual_seed(stop)  # another process, another random state
        model, optimizer, batches = begin()
        first_step = load_checkpoint(tmp_path / "checkpoint.pt", model, optimizer, RECIPE)
        assert first_step == stop
    take_steps(model, optimizer, batches, first_step)
    ended = everything(model, optimizer)
    assert ended.keys() == expected.keys()
    assert [name for name in expected if not torch.equal(ended[name], expected[name])] == []


@pytest.fixture
def checkpoint(begin, tmp_path):
    """A checkpoint after two steps."""
    model, optimizer, batches = begin()
    step = take_steps(model, optimizer, batches, until=2)
    save_checkpoint(tmp_path / "checkpoint.pt", step, RECIPE)
    return tmp_path / "checkpoint.pt"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"steps": 8, "seed": 4}, "steps was 7, is 8; seed was 0, is 4"),
        ({"stages": (Stage(0.0, 64),)}, r"stages was \[\[0.0, 16\], \[0.4, 64\]\], is \[\[0.0, 64\]\]"),
    ],
)
def test_another_recipe_is_refused_by_what_differs(begin, checkpoint, changes, says):
    model, optimizer, _ = begin()
    with pytest.raises(ValueError, match=rf"checkpoint.pt belongs to another run: {says}\. .*another folder"):
        load_checkpoint(checkpoint, model, optimizer, replace(RECIPE, **changes))


def test_so_is_another_model(begin, checkpoint):
    model, optimizer, _ = begin(hidden_size=8, hidden_dropout_prob=0.0)
    with pytest.raises(ValueError, match=r"another run: hidden_size was 16, is 8; hidden_dropout_prob was 0.1, is 0.0"):
        load_checkpoint(checkpoint, model, optimizer, RECIPE)


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "other"])
def test_a_damaged_checkpoint_is_refused_with_the_remedy(begin, checkpoint, damage):
    if damage == "other":
        torch.save({"weights": torch.ones(2)}, checkpoint)
    else:
        whole = checkpoint.read_bytes()
        checkpoint.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "text": b"hello " * 100}[damage])
    model, optimizer, _ = begin()
    with pytest.raises(ValueError, match=r"checkpoint\.pt cannot be read as a checkpoint .*delete it to start afresh"):
        load_checkpoint(checkpoint, model, optimizer, RECIPE)


def test_a_half_written_checkpoint_is_harmless(begin, checkpoint):
    """As a kill amid the writing leaves it: the last one counts, and the next write goes over it."""
    part = checkpoint.with_name(".part-checkpoint.pt")
    part.write_bytes(checkpoint.read_bytes()[:1000])
    model, optimizer, batches = begin()
    assert load_checkpoint(checkpoint, model, optimizer, RECIPE) == 2
    save_checkpoint(checkpoint, take_steps(model, optimizer, batches, 2, until=3), RECIPE)
    assert load_checkpoint(checkpoint, model, optimizer, RECIPE) == 3
    assert not part.exists()


def test_a_failed_write_leaves_the_last_checkpoint_whole(begin, checkpoint, monkeypatch):
    def full(state, file):
        file.write_bytes(b"half")
        raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534\nand a long tale")

    model, optimizer, batches = begin()
    step = take_steps(model, optimizer, batches, until=1)
    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match=r"checkpoint\.pt cannot be written; is the disk full\? .*vs 534\)$"):
        save_checkpoint(checkpoint, step, RECIPE)
    assert load_checkpoint(checkpoint, model, optimizer, RECIPE) == 2
    assert [file.name for file in checkpoint.parent.iterdir()] == ["checkpoint.pt"]
