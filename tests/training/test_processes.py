"""Two processes train as one: the same numbers, one writer, and a stop that both hear."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from bertlab.training import ask, new_model, new_optimizer, train
from bertlab.training.processes import Asked, Processes

ROOT = Path(__file__).parents[2]
THREADS = {**os.environ, "OMP_NUM_THREADS": "1"}
TOGETHER = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


@pytest.mark.parametrize("world", [1, 2, 3])
def test_shares_are_the_batch_and_their_mean_loss_is_its_loss(small_batches, small_config, small_recipe, world):
    recipe = small_recipe(batch_tokens=64 * 7)
    batches = small_batches(recipe)
    model = new_model(small_config(vocab_size=len(batches.tokenizer)), recipe).double().eval()
    for step in (0, 5):  # rows without pairs, and with
        batch = batches(step)
        shares = [Processes(rank, world).share(batch) for rank in range(world)]
        rows = [row.tolist() for share in shares for row in share.input_ids]
        assert sorted(rows) == sorted(batch.input_ids.tolist())
        assert {share.num_tokens for share in shares} == {batch.num_tokens}
        whole = ask(model, batch).loss.item()
        each = [Asked(model)(share).loss.item() for share in shares]
        assert sum(each) / world == pytest.approx(whole, abs=1e-12)
        assert sum(share.of_rows for share in shares) == pytest.approx(world)


def test_more_processes_than_rows_are_refused(small_batches, small_recipe):
    batch = small_batches(small_recipe())(5)
    assert len(batch.input_ids) == 4
    with pytest.raises(ValueError, match="4 rows cannot be shared by 5 processes; raise batch_tokens"):
        Processes(4, 5).share(batch)


def test_one_process_alone_is_the_plain_loop(small_batches, small_recipe):
    batches, alone = small_batches(small_recipe()), Processes()
    model = torch.nn.Linear(1, 1)
    assert alone.learner(model) is model
    assert alone.sharing(batches) == (batches, ask)
    assert alone.any(True)
    assert not alone.any(False)
    with alone.writer_first():
        pass


SCRIPT = """
import sys, torch
from bertlab.model import BertConfig
from bertlab.training import PretrainingBatches, Recipe, Stage, new_model, new_optimizer, train
from bertlab.training.processes import joined
sys.path.insert(0, sys.argv[1])
from one_run import batches_and_model

with joined() as processes:
    assert processes.any(processes.rank == 1) and not processes.any(False)
    batches, model, recipe = batches_and_model()
    read, ask = processes.sharing(batches)
    for step in train(processes.learner(model), read, recipe, ask=ask, optimizer=new_optimizer(model, recipe)):
        pass
    torch.save(model.state_dict(), f"{sys.argv[1]}/rank{processes.rank}.pt")
"""

ONE_RUN = """
import numpy as np
from bertlab.bench.reading import counted_pieces, synthetic_corpus
from bertlab.model import BertConfig
from bertlab.training import PretrainingBatches, Recipe, Stage, new_model

def batches_and_model():
    tokenizer = counted_pieces(60)
    corpus = synthetic_corpus(tokenizer, 3000, np.random.default_rng(0))
    recipe = Recipe(steps=6, batch_tokens=64 * 7, stages=(Stage(0.0, 16), Stage(0.5, 64)), learning_rate=5e-3,
                    warmup_steps=1)
    config = BertConfig(vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
                        max_position_embeddings=64, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    return PretrainingBatches(corpus, tokenizer, recipe), new_model(config, recipe).double(), recipe
"""


@pytest.mark.slow
def test_two_processes_end_with_the_parameters_of_one(tmp_path, monkeypatch):
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "one_run.py").write_text(ONE_RUN, encoding="utf-8")
    subprocess.run([*TOGETHER, str(tmp_path / "script.py"), str(tmp_path)], check=True, cwd=ROOT, env=THREADS)
    monkeypatch.syspath_prepend(str(tmp_path))
    from one_run import batches_and_model

    batches, model, recipe = batches_and_model()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for _ in train(model, batches, recipe, optimizer=new_optimizer(model, recipe)):
        pass
    ranks = [torch.load(tmp_path / f"rank{rank}.pt", weights_only=True) for rank in range(2)]
    for name, alone in model.state_dict().items():
        assert torch.equal(ranks[0][name], ranks[1][name]), name
        assert (ranks[0][name] - alone).abs().max() <= 1e-10, name
    assert max((model.state_dict()[name] - tensor).abs().max() for name, tensor in before.items()) > 1e-3


@pytest.fixture
def text(tmp_path: Path) -> Path:
    file = tmp_path / "text.txt"
    lines = ["Anna saw a fish. Why? She left.", "The cat fed Tom. It was wet.", "Rain came. Nobody saw it. Who cared?"]
    file.write_text("\n\n".join(lines[at % 3] for at in range(120)), encoding="utf-8")
    return file


def training(text: Path, out: Path, *more: str) -> list[str]:
    sizes = ["--vocab-size", "60", "--row-lengths", "32", "--batch-tokens", "128", "--precision", "float32"]
    return ["-m", "bertlab", "train", "--corpus", str(text), "--out", str(out), *sizes, *more]


@pytest.mark.slow
def test_a_run_of_two_is_stopped_and_goes_on_as_one(text, tmp_path):
    """Ctrl-C at torchrun stops both after a step; one process takes the run up, and ends near where two would have."""
    out, whole = tmp_path / "out", tmp_path / "whole"
    steps = ["--steps", "250", "--keep-every", "250"]
    metrics = out / "training" / "metrics.jsonl"
    running = subprocess.Popen([*TOGETHER, *training(text, out, *steps)], cwd=ROOT, env=THREADS, stdout=subprocess.PIPE)
    while not metrics.exists() or metrics.read_text().count("\n") < 3:
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=60)[0].decode()
    stopped = torch.load(out / "training" / "checkpoint.pt", weights_only=True)["step"]
    assert 20 <= stopped < 250
    assert said.count(f"stopped after step {stopped}") == 1, "one of the two speaks"
    for folder in (out, whole):
        done = [sys.executable, *training(text, folder, *steps)]
        subprocess.run(done, check=True, cwd=ROOT, env=THREADS, stdout=subprocess.DEVNULL)
    lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    assert [line["step"] for line in lines if "loss" in line] == sorted(
        {line["step"] for line in lines if "loss" in line}
    )
    results = [
        [json.loads(line) for line in (folder / "training" / "metrics.jsonl").read_text().splitlines()][-1]["result"]
        for folder in (out, whole)
    ]
    assert results[0]["mlm_loss"] == pytest.approx(results[1]["mlm_loss"], abs=0.05)
    assert results[0]["mlm_loss"] < 0.8 * results[0]["unigram_loss"]


@pytest.mark.slow
def test_two_processes_write_one_card(text, tmp_path):
    out = tmp_path / "out"
    command = [*TOGETHER, *training(text, out, "--steps", "20", "--dropout", "0.1")]
    said = subprocess.run(command, check=True, cwd=ROOT, env=THREADS, capture_output=True, text=True).stdout
    assert "2 processes of 1 thread" in (out / "README.md").read_text(encoding="utf-8")
    assert said.count("; 2 processes") == said.count("saved in") == 1
    noted = [json.loads(line) for line in (out / "training" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in noted if "seconds" in line] == [10, 20]
    assert [line["step"] for line in noted if "held_out" in line] == [20]


ONE_HEARS = """
import os, signal, sys, torch
from pathlib import Path
from bertlab import cli, training
from bertlab.training import pretraining
from bertlab.training.runtime import Precision

rank = os.environ["RANK"]
training.choose_precision = lambda device: Precision("bfloat16" if rank == "1" else "float32", "measured by itself")

def heard(*given, **named):
    Path(sys.argv[1], f"luck{rank}").write_text(str(torch.initial_seed()))
    for step in train(*given, **named):
        if step.number == 5 and rank == "1":
            os.kill(os.getpid(), signal.SIGINT)
        yield step

train, pretraining.train = pretraining.train, heard
sys.exit(cli.main(sys.argv[2:]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process; run this elsewhere")
def test_what_one_of_them_measures_or_hears_counts_for_both(text, tmp_path):
    (tmp_path / "script.py").write_text(ONE_HEARS, encoding="utf-8")
    _, _, *words = training(text, tmp_path / "out", "--steps", "200", "--dropout", "0.1")
    at = words.index("--precision")
    del words[at : at + 2]
    command = [*TOGETHER, str(tmp_path / "script.py"), str(tmp_path), *words]
    said = subprocess.run(command, cwd=ROOT, env=THREADS, capture_output=True, text=True, timeout=120).stdout
    assert "bfloat16: measured by itself" in said
    assert said.count("stopped after step 5;") == 1
    assert torch.load(tmp_path / "out" / "training" / "checkpoint.pt", weights_only=True)["step"] == 5
    luck = {(tmp_path / f"luck{rank}").read_text() for rank in range(2)}
    assert len(luck) == 2, "what is dropped out is another choice in each process"
