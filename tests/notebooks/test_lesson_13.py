"""What lesson 13 claims holds on its own run, for other seeds, and where a real BERT's folder lies beside it."""

import re
from pathlib import Path

import pytest
import torch
from reading import learners, pages_of, quiet_environment, said_by, source_of

import bertlab
from bertlab.lessons.checks.lesson_13 import old_names
from bertlab.lessons.execution import execute
from bertlab.lessons.instruments.long_rows import long_rows, loss_by_place, with_more_positions
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.paths import data_path
from bertlab.text import Tokenizer

pytestmark = pytest.mark.slow
EARLY, LATE = torch.arange(8, 122, 8), torch.arange(136, 250, 8)


@pytest.fixture(scope="module")
def said(executed) -> str:
    return said_by(executed("13").notebook)


def numbers(pattern: str, said: str) -> list[float]:
    found = re.search(pattern, said)
    assert found, pattern
    return [float(number.replace(",", "")) for number in found.groups()]


def test_time_goes_with_flops_and_not_with_parameters(said: str):
    rows = {name: numbers(rf"\n{name} +([\d.]+) +(\d+) +(\d+) +(\d+) ms", said) for name in ("Base", "Multilingual")}
    (parameters, flops, time, _), (more, same_flops, many, _) = rows.values()
    assert 24 < parameters < 26
    assert 1.6 < more / parameters < 1.7
    assert flops == same_flops
    assert time > 2 * parameters / 1.25, "far more than the parameters"
    assert 0.6 < many / time < 1.6, "the same layers, within the noise of a busy machine"


def test_the_table_is_most_of_tiny_and_little_of_base(said: str):
    assert re.search(r"Tiny .*4,385,920 +18 +89% +0\.9", said)
    assert re.search(r"Base .*109,482,240 +438 +21% +174\.6", said)
    assert re.search(r"Multilingual .*177,853,440 +711 +52% +174\.6", said)


def test_behind_the_wall_nothing_is_read(said: str, executed):
    assert "ValueError: rows of 513 tokens" in said
    before, behind = numbers(r"two windows +before the wall ([\d.]+) nats, behind it ([\d.]+)", said)
    new = numbers(r"new rows, random +before the wall ([\d.]+) nats, behind it ([\d.]+)", said)
    old = numbers(r"old rows again +before the wall ([\d.]+) nats, behind it ([\d.]+)", said)
    blind = numbers(r"who reads nothing: ([\d.]+)", said)[0]
    assert abs(behind - before) < 0.6
    assert abs(new[0] - before) < 0.2, "up to the wall they change little"
    assert abs(new[1] - blind) < 0.5, "behind it nothing is read"
    assert blind > behind + 2
    assert old[0] > before + 1, "both sides are spoilt"
    assert behind + 1 < old[1] < new[1] - 0.3
    assert any("Behind place 127" in page for page in pages_of(executed("13").notebook))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("spread", [0.02, 0.1])
def test_other_random_rows_are_no_better(seed: int, spread: float):
    mini, tokenizer = bertlab.load("mini")
    rows, random = long_rows(tokenizer, 256)[:12], torch.Generator().manual_seed(seed)
    longer = with_more_positions(mini, lambda old: spread * torch.randn(old.shape, generator=random))
    new = loss_by_place(longer, rows, LATE, tokenizer.mask_id).mean()
    window = torch.cat([rows[:, :1], rows[:, 129:]], dim=1)
    blind = loss_by_place(mini, window, EARLY, tokenizer.mask_id, all_hidden=True).mean()
    assert new > loss_by_place(mini, window, EARLY, tokenizer.mask_id).mean() + 2
    assert abs(new - blind) < 0.8


def test_two_programs_say_the_same(said: str):
    assert re.search(r"12 layers x 768: the same", said)
    assert re.search(r"ONNX: the same", said)
    ours, theirs = re.search(r"\nours +(.*)\ntheir pipeline +(.*)\n", said).groups()
    assert ours == theirs


def test_attention_weighs_less_than_feed_forward_in_a_row_of_512(said: str):
    by_flops, clock, fused = numbers(r"at 512: by FLOPs ([\d.]+), by the clock ([\d.]+), .*fused ([\d.]+)", said)
    assert by_flops == pytest.approx(512 / 3072, abs=0.01)
    assert max(clock, fused) < 1.2


def test_a_file_with_old_names_loads_and_knows_less(said: str):
    whole, loaded = numbers(r"mini +([\d.]+) nats at holes", said)[0], numbers(r"loaded +([\d.]+) nats", said)[0]
    assert loaded > whole + 0.3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_so_it_does_with_other_seeds(seed: int):
    mini, tokenizer = bertlab.load("mini")
    rows = long_rows(tokenizer, 256)[:12, :128]
    torch.manual_seed(seed)
    fresh = BertForPreTraining(mini.config).eval()
    fresh.load_state_dict(old_names(mini.state_dict()), strict=False)
    lost = loss_by_place(fresh, rows, EARLY, tokenizer.mask_id) - loss_by_place(mini, rows, EARLY, tokenizer.mask_id)
    assert lost.mean() > 0.3


def test_where_a_real_berts_folder_lies_the_same_cells_show_it(tmp_path: Path):
    """A stand-in with the published vocabulary, which has read nothing: what it says is no claim of the lesson."""
    tokenizer = Tokenizer.from_vocab_file(data_path("vocab", "bert-base-uncased.txt"))
    torch.manual_seed(0)
    model = BertForPreTraining(BertConfig.preset("tiny"))
    bertlab.save(model, tokenizer, tmp_path / "bert-base-uncased")
    notebook = learners(source_of("13"))
    execute(notebook, tmp_path, limit=600, environment=quiet_environment())
    said = said_by(notebook)
    assert f"A real BERT is here: {tmp_path / 'bert-base-uncased'}" in said
    assert "BertConfig(2 layers x 128" in said
    assert re.search(r"2 layers x 128: the same", said), "transformers reads the same folder"
    assert re.search(r"this BERT +\d+% of 60 pairs after its 2 layers", said)
