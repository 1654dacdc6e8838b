"""What lesson 13 claims holds on its own run, for other seeds, and where a real BERT's folder lies beside it."""

import re
from pathlib import Path

import pytest
import torch
from reading import learners, pages_of, quiet_environment, said_by, source_of

import bertlab
from bertlab.lessons.checks.lesson_13 import an_old_file
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


def test_time_grows_more_than_parameters_and_not_with_the_table(said: str):
    shown = r"+([\d.]+) +(\d+) +(\d+) +(\d+) ms +[\d.]+ +([\d.]+)"
    base, many = (numbers(rf"\n{name} {shown}", said) for name in ("Base", "Multilingual"))
    (parameters, flops, time, _, with_head), (more, same_flops, _, _, more_with_head) = base, many
    assert 24 < parameters < 26
    assert 1.6 < more / parameters < 1.7
    assert flops == same_flops
    assert 1.6 < more_with_head / with_head < 1.7, "the head scores every piece"
    assert time > 1.6 * parameters, "far more than the parameters"
    taller, least, most = numbers(r"Multilingual ([\d.]+) times Base's\.\n.*five turns: ([\d.]+) to ([\d.]+)", said)
    assert least <= taller <= most
    assert 0.65 < taller < 1.35, "the same layers: by its parameters it would be 1.6"


def test_the_table_is_most_of_tiny_and_little_of_base(said: str):
    assert re.search(r"Tiny .*4,385,920 +18 +89% +0\.9", said)
    assert re.search(r"Base .*109,482,240 +438 +21% +174\.6", said)
    assert re.search(r"Multilingual .*177,853,440 +711 +52% +174\.6", said)


def test_after_the_wall_hardly_anything_is_read(said: str, executed):
    assert "ValueError: rows of 513 tokens" in said
    names = ("two windows", "new rows", "rows of zeros", "old rows again", "old rows again, near", "control, blind")
    shown = r"+before the wall ([\d.]+) nats, after it ([\d.]+)"
    (before, after), new, zero, old, near, blind = (numbers(rf"{name} {shown}", said) for name in names)
    assert abs(after - before) < 0.6
    for way in (new, zero):
        assert abs(way[0] - before) < 0.2, "up to the wall they change little"
        assert abs(way[1] - blind[1]) < 0.5, "after it hardly anything is read"
    assert blind[1] > after + 2
    assert old[0] > before + 1, "both sides are spoilt"
    assert after + 1 < old[1]
    assert abs(near[0] - before) < 0.1, "63 places on each side lose nothing, and no two near words share a row"
    assert abs(near[1] - after) < 0.2
    nearness_alone = numbers(rf"new rows, near {shown}", said)
    assert abs(nearness_alone[1] - blind[1]) < 0.5, "it is the learned rows that it needs"
    seven = numbers(r"7 places on each side only: ([\d.]+) nats", said)[0]
    assert 0.1 < seven - before < 0.4, "a little, beside the 3.5 nats of who reads nothing"
    assert any("the wall at 127.5" in page for page in pages_of(executed("13").notebook))


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


def test_by_the_clock_attention_weighs_more_than_by_flops_and_less_if_fused(said: str):
    pair = r" *at 512 and 2048: ([\d.]+) and ([\d.]+)"
    found = numbers(rf"by FLOPs, {pair}\nby the clock, {pair}\nby the clock, fused, {pair}\n", said)
    assert found[:2] == pytest.approx([512 / 3072, 2048 / 3072], abs=0.01)
    assert max(found[2], found[4]) < 1.2, "within 512 places less than the feed-forward"
    assert found[3] > 1.3 * found[1]
    assert abs(found[5] - found[1]) < abs(found[3] - found[1])
    assert re.search(r"context: the same", said)


def test_training_keeps_more_than_shares(said: str):
    kept, shares = numbers(r"\nfor each row of 512: ([\d,]+) MB, ([\d,]+) MB of it shares", said)
    assert 2 * shares < kept < 5 * shares


def test_a_counter_of_words_gains_little_from_the_story(said: str):
    claim, both = numbers(r"claim alone +(\d+)% correct .*\n +story and claim +(\d+)%", said)
    assert both < claim + 5
    tuned = numbers(r"3 seeds: \n +from scratch +(\d+)% \n +causal twin +(\d+)% \n +BERT +(\d+)%", said)
    assert claim + 5 < min(tuned)
    assert max(tuned) < 85, "far from 100%"


def test_a_file_with_old_names_loads_and_knows_less(said: str):
    shown = r"+([\d.]+) nats at holes, (\d+) of (\d+) tensors"
    (whole, kept, count), (loaded, fewer, _) = numbers(rf"mini {shown}", said), numbers(rf"loaded {shown}", said)
    assert loaded > whole + 0.3
    assert kept == count > fewer


def test_what_is_lost_are_the_layernorms_whatever_the_seed():
    mini, tokenizer = bertlab.load("mini")
    rows, nats = long_rows(tokenizer, 256)[:12, :128], []
    for seed in (1, 2):
        torch.manual_seed(seed)
        fresh = BertForPreTraining(mini.config).eval()
        fresh.load_state_dict(an_old_file(mini.state_dict()), strict=False)
        nats.append(loss_by_place(fresh, rows, EARLY, tokenizer.mask_id))
    assert torch.equal(*nats), "they begin at 1 and 0"


def test_who_reaches_everything_reads_as_the_model_does():
    mini, tokenizer = bertlab.load("mini")
    rows = long_rows(tokenizer, 128)[:2]
    far, all_of_it = (loss_by_place(mini, rows, EARLY, tokenizer.mask_id, reach=reach) for reach in (127, None))
    torch.testing.assert_close(far, all_of_it, atol=1e-4, rtol=0)


def test_with_rice_in_the_words_place_mini_tells_about_as_many_pairs_apart(said: str):
    """As in lesson 01, whose tests ask other words, too, and how far luck reaches."""
    names = ("this BERT", "untrained, same size", "this BERT, with rice", "counted neighbours")
    (share,), (drawn,), (rice,), (counted,) = (numbers(rf"\n{name} +(\d+)%", said) for name in names)
    assert abs(rice - share) < 8
    assert min(rice, share) > max(drawn, counted) + 5


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
