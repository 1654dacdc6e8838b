"""The command: what it says when something is wrong, and a whole training run from text to a model that others load."""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request
from functools import partial
from pathlib import Path

import pytest
import torch

import bertlab
from bertlab import cli
from bertlab.cli import training as cli_training
from bertlab.cli.training import row_lengths
from bertlab.model.config import PRESETS
from bertlab.training.run_folder import RunFolder

ROOT = Path(bertlab.__file__).parent.parent


@pytest.fixture
def corpus(tmp_path):
    """Our own small text, capitals and accents included."""
    rng = random.Random(0)
    who, did, what = ["Anna", "Zoë", "The Cat"], ["saw", "left", "fed"], ["a fish", "the café", "rain"]
    documents = [
        "\n".join(f"{rng.choice(who)} {rng.choice(did)} {rng.choice(what)}. Why not?" for _ in range(rng.randint(2, 6)))
        for _ in range(40)
    ]
    (tmp_path / "corpus.txt").write_text("\n\n".join(documents), encoding="utf-8")
    return tmp_path / "corpus.txt"


def words(corpus, out, *more, steps=4):
    """A command line that trains a tiny model for a moment."""
    quick = f"--steps {steps} --batch-tokens 128 --row-lengths 16,64 --vocab-size 150 --held-out 0.1 --warmup 1"
    return ["train", "--corpus", str(corpus), "--out", str(out), *quick.split(), "--precision", "float32", *more]


def in_a_process(*words, **options):
    """Start the real command."""
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "bertlab", *words],
        env=settings,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def test_help_is_instant_and_needs_no_torch(tmp_path):
    code = (
        "import sys, bertlab.cli\n"
        "try: bertlab.cli.main(['--help'])\n"
        "except SystemExit as end: print(end.code, 'torch' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.splitlines()[-1] == "0 False False"
    for command in ("train", "guess", "demo", "export", "doctor", "notebooks", "reset", "class-report", "record"):
        assert re.search(rf"^ +{command}\b", done.stdout, re.MULTILINE)


def test_without_a_command_it_shows_the_help(capsys):
    assert cli.main([]) == 2
    assert "usage: bertlab" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["fly"], "invalid choice: 'fly'"),
        (["train", "--corpus", "a.txt"], "required: --out"),
        (["train", "--corpus", "a", "--out", "b", "--row-lengths", "8,x"], "'x' is not LENGTH or LENGTH:START"),
        (["train", "--corpus", "a", "--out", "b", "--row-lengths", "8,16:soon"], "'16:soon' is not LENGTH"),
        (["train", "--corpus", "a", "--out", "b", "--row-lengths", "8,16:"], "'16:' is not LENGTH"),
        (["train", "--corpus", "a", "--out", "b", "--row-lengths", ""], "'' is not LENGTH"),
        (["train", "--corpus", "a", "--out", "b", "--keep-every", "0"], "'0' is not a whole number above 0"),
        (["train", "--corpus", "a", "--out", "b", "--preset", "huge"], "invalid choice: 'huge'"),
    ],
)
def test_a_slip_of_the_pen_is_pointed_out(words, says, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(words)
    assert end.value.code == 2
    assert says in capsys.readouterr().err


def test_row_lengths_may_name_where_they_start():
    assert row_lengths("128") == [(0.0, 128)]
    assert row_lengths("8,16,32") == [(0.0, 8), (0.2, 16), (0.4, 32)]
    assert row_lengths("8:0,16:0.5") == [(0.0, 8), (0.5, 16)]
    with pytest.raises(argparse.ArgumentTypeError):
        row_lengths("8;16")


def test_reset_finds_the_copies_here_or_in_work(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["notebooks", "--copy", "work"]) == 0
    for where in (tmp_path, tmp_path / "work"):
        monkeypatch.chdir(where)
        (tmp_path / "work" / "00_start_here.ipynb").write_text("spoilt")
        assert cli.main(["reset", "00"]) == 0
        assert "as published" in capsys.readouterr().out
        assert "cells" in (tmp_path / "work" / "00_start_here.ipynb").read_text(encoding="utf-8")
    assert not (tmp_path / "work" / "work").exists()


def test_lessons_are_written_as_pages_where_it_is_said(tmp_path, monkeypatch, capsys):
    asked = []

    def export_lessons(names, out, slides):
        asked.append((names, out, slides))
        yield "00_start_here: running it"
        raise ChildProcessError("00_start_here, cell 2 (x / 0): ZeroDivisionError: division by zero")

    monkeypatch.setattr("bertlab.lessons.execution.export_lessons", export_lessons)
    assert cli.main(["notebooks", "--html", "--out", str(tmp_path), "00", "8"]) == 1
    assert asked == [(["00", "8"], tmp_path, False)]
    said = capsys.readouterr()
    assert said.out == "00_start_here: running it\n"
    assert said.err == "bertlab: 00_start_here, cell 2 (x / 0): ZeroDivisionError: division by zero\n"
    assert cli.main(["notebooks", "--slides", "--out", str(tmp_path), "00"]) == 1
    assert asked[1] == (["00"], tmp_path, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--html"], "say where to write, with --out DIR"),
        (["--edition", "class"], "say where to write"),
        (["--check", "--out", "somewhere"], "--out belongs to --html, --slides and --edition"),
        (["--check", "00"], "lessons by name belong to --html and --slides"),
        (["--edition", "class", "--out", "x", "00"], "lessons by name belong to"),
        (["--build", "--path", "one"], "--path belongs to --edition"),
    ],
)
def test_what_does_not_fit_together_is_refused(words: list[str], said: str, capsys):
    assert cli.main(["notebooks", *words]) == 1
    assert said in capsys.readouterr().err


def test_a_class_gets_its_notebooks(tmp_path, capsys):
    assert cli.main(["notebooks", "--edition", "class", "--path", "one", "--out", str(tmp_path)]) == 0
    assert "00_start_here.ipynb: class edition" in capsys.readouterr().out
    assert (tmp_path / "slot_1" / "00_start_here.ipynb").is_file()


def test_a_class_is_reported_on(tmp_path, capsys):
    assert cli.main(["class-report", str(tmp_path / "nowhere")]) == 1
    assert "is no folder" in capsys.readouterr().err
    record = {"exercises": {"00-choices": {"tries": 3, "solved": True}}}
    (tmp_path / "anna.json").write_text(json.dumps(record), encoding="utf-8")
    assert cli.main(["class-report", str(tmp_path), "--out", str(tmp_path / "report.md")]) == 0
    assert "| 00-choices | 1 | 0 | 3 |" in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_presets_are_those_of_the_model():
    assert tuple(PRESETS) == cli_training.PRESETS


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--corpus", "nowhere"], "nowhere does not exist"),
        (["--steps", "0"], "steps must be at least 1"),
        (["--row-lengths", "16:0.2"], "first stage must start at 0"),
        (["--masking", "15"], "masking is a share between 0 and 1, not 15"),
        (["--held-out", "1.5"], "held_out is a share between 0 and 1, not 1.5"),
        (["--encoding", "kp1252"], "no encoding is called 'kp1252'"),
        (["--encoding", "ascii"], "corpus.txt, line "),
        (["--vocab", "nowhere.txt"], "nowhere.txt"),
        (["--vocab-size", "20"], "vocab_size=20 is too small"),
        (["--dropout", "1"], "hidden_dropout_prob is a probability below 1"),
    ],
)
def test_a_foreseen_failure_is_one_line(corpus, tmp_path, capsys, more, says):
    assert cli.main(words(corpus, tmp_path / "out", *more)) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("bertlab: ")
    assert says in line


@pytest.mark.parametrize(
    ("error", "status"),
    [(PermissionError(13, "Permission denied", "out"), 1), (OSError(28, "No space left on device"), 1),
     (ImportError("pip install it"), 1), (ConnectionError("no network"), 1), (KeyboardInterrupt(), 130)],
    ids=repr,
)  # fmt: skip
def test_errors_of_the_machine_and_ctrl_c(monkeypatch, capsys, error, status):
    def fail(*_):
        raise error

    monkeypatch.setattr("bertlab.doctor.main", fail)
    assert cli.main(["doctor"]) == status
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line == ("bertlab: interrupted" if status == 130 else f"bertlab: {error}")


def test_an_error_of_ours_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr("bertlab.doctor.main", lambda: {}["a mistake in the program"])
    with pytest.raises(KeyError):
        cli.main(["doctor"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder as `bertlab train` leaves it, and what was printed."""
    folder = tmp_path_factory.mktemp("trained")
    text = "\n\n".join(f"Anna saw the cat. It sat there. {who} went on." for who in ("Tom", "Mia", "Ada") * 8)
    (folder / "corpus.txt").write_text(text)
    process = in_a_process(*words(folder / "corpus.txt", folder / "my model", steps=6))
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return folder / "my model", out


@pytest.mark.slow
def test_a_trained_folder_loads_here_and_in_transformers(trained):
    from transformers import AutoModelForPreTraining, AutoTokenizer

    folder, _ = trained
    model, tokenizer = bertlab.load(folder)
    theirs, their_tokenizer = AutoModelForPreTraining.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    text = "Anna saw the [MASK]."
    ids = torch.tensor([tokenizer(text).input_ids])
    assert their_tokenizer(text)["input_ids"] == ids[0].tolist()
    with torch.no_grad():
        ours, others = model(ids), theirs.eval()(ids)
    torch.testing.assert_close(ours.prediction_logits, others.prediction_logits, atol=1e-5, rtol=0.0)
    torch.testing.assert_close(ours.seq_relationship_logits, others.seq_relationship_logits, atol=1e-5, rtol=0.0)


@pytest.mark.slow
def test_it_says_what_it_does(trained):
    folder, out = trained
    assert re.match(r"device \w+, float32: as asked\nlearning a vocabulary of 150 pieces\nreading 1 file\(s\)\n", out)
    assert "training on " in out
    assert "held out " in out
    result = re.search(r"^masked words ([\d.]+%) right, ([\d.]+) nats", out, re.MULTILINE)
    assert f"saved in {folder}; try: bertlab guess --model '{folder}'" in out
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert f"stand in the row) | {result[1]} |" in card
    assert f"| loss in nats | {result[2]} |" in card
    assert f"bertlab train --corpus {folder.parent / 'corpus.txt'} --out '{folder}' --steps 6" in card


@pytest.mark.slow
def test_a_text_may_have_fewer_pieces_than_were_asked_for(trained):
    model, tokenizer = bertlab.load(trained[0])
    assert len(tokenizer) == model.config.vocab_size < 150
    assert model.config.max_position_embeddings == 64


@pytest.mark.slow
def test_it_guesses(trained, capsys):
    assert cli.main(["guess", "--model", str(trained[0]), "Anna [MASK] the [MASK]."]) == 0
    assert re.fullmatch(
        r"Anna \[MASK\] the \[MASK\]\.\n\[MASK\] 1: (\S+ 0\.\d\d(, )?){5}\n\[MASK\] 2: (\S+ 0\.\d\d(, )?){5}\n",
        capsys.readouterr().out,
    )
    assert cli.main(["guess", "--model", str(trained[0]), "Nothing hidden."]) == 1
    assert "write [MASK]" in capsys.readouterr().err


@pytest.mark.slow
def test_demo_serves_the_lab_until_ctrl_c(trained):
    """A real process: it says where, answers there, and ends without a word of complaint."""
    command = ["demo", "Anna saw a fish.", "--hide", "fish", "--model", str(trained[0]), "--no-browser"]
    process = subprocess.Popen(
        [sys.executable, "-m", "bertlab", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background of a shell, and all they start, ignore Ctrl-C.
        preexec_fn=None if os.name == "nt" else partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    try:
        said = process.stdout.readline()
        address = re.fullmatch(r"the lab is at (http://127\.0\.0\.1:\d+/)  \(Ctrl-C ends it\)\n", said)[1]
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(address, timeout=30) as page:
            assert "Anna saw a fish." in page.read().decode()
        question = {"text_a": "The Cat", "text_b": None, "holes": [[0, 4, 7]], "other_mask": True}
        with direct.open(f"{address}answer", json.dumps(question).encode(), timeout=30) as answer:
            [panel] = json.load(answer)["panels"]
        assert panel["name"] == str(trained[0])
        assert panel["note"] == "sees the left side only: this model was never trained so"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("", "")
        assert process.returncode == 0
    finally:
        process.kill()


@pytest.mark.slow
def test_demo_refuses_an_address_that_others_reach(trained, capsys):
    assert cli.main(["demo", "Anna", "--model", str(trained[0]), "--host", "0.0.0.0", "--no-browser"]) == 1
    assert "take 127.0.0.1, or say --anyone" in capsys.readouterr().err
    assert cli.main(["demo", "Anna", "--model", str(trained[0]), "--hide", "Zoë", "--no-browser"]) == 1
    assert "'Zoë' cannot be hidden" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_that_began_in_a_precision_goes_on_in_it(corpus, tmp_path, monkeypatch, capsys):
    """Measured again, the other might come out; that would be another run."""
    from bertlab.training import runtime

    command = [word for word in words(corpus, tmp_path / "out") if word not in ("--precision", "float32")]
    for seconds in ({torch.float32: 1.0, torch.bfloat16: 2.0}, {torch.float32: 2.0, torch.bfloat16: 1.0}):
        monkeypatch.setattr(runtime, "_seconds_of_products", seconds.__getitem__)
        assert cli.main(command) == 0
    said = capsys.readouterr().out
    assert "float32: products in bfloat16 take 2.00 times as long" in said
    assert "float32: as this run began" in said


@pytest.mark.slow
def test_options_reach_the_model(corpus, tmp_path, capsys):
    (tmp_path / "cp1252.txt").write_bytes(corpus.read_text(encoding="utf-8").encode("cp1252"))
    more = ["--encoding", "cp1252", "--cased", "--no-nsp", "--preset", "mini", "--dropout", "0.2"]
    assert cli.main(words(tmp_path / "cp1252.txt", tmp_path / "cased", *more, steps=2)) == 0
    model, tokenizer = bertlab.load(tmp_path / "cased")
    assert not tokenizer.lowercase
    assert "Zoë" in tokenizer.pieces
    assert (model.config.num_hidden_layers, model.config.hidden_size) == PRESETS["mini"][:2]
    assert model.config.hidden_dropout_prob == model.config.attention_probs_dropout_prob == 0.2
    assert "next sentence" not in capsys.readouterr().out

    assert cli.main(words(corpus, tmp_path / "pairs", "--sentence-pairs", steps=2)) == 0
    assert RunFolder(tmp_path / "pairs").known_recipe().sentence_pairs
    capsys.readouterr()

    vocabulary = tmp_path / "cased" / "vocab.txt"
    assert cli.main(words(corpus, tmp_path / "again", "--vocab", str(vocabulary), "--cased", steps=2)) == 0
    assert (tmp_path / "again" / "vocab.txt").read_bytes() == vocabulary.read_bytes()
    assert "learning a vocabulary" not in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process; run this elsewhere")
@pytest.mark.parametrize(("which", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)], ids=str)
def test_a_real_run_stopped_and_resumed_ends_with_the_same_bytes(corpus, tmp_path, which, status):
    def command(out):
        return words(corpus, tmp_path / out, "--keep-every", "5", "--dropout", "0.1", steps=60)

    whole = in_a_process(*command("whole"))
    stopped = in_a_process(*command("parts"))
    checkpoint = tmp_path / "parts" / "training" / "checkpoint.pt"
    while not checkpoint.exists() and stopped.poll() is None:
        time.sleep(0.02)
    stopped.send_signal(which)
    out, err = stopped.communicate(timeout=300)
    assert stopped.returncode == status, err
    assert "Traceback" not in err
    assert ("the same command goes on from there" in out) == (which == signal.SIGINT)
    assert torch.load(checkpoint, weights_only=True)["step"] < 60

    resumed = in_a_process(*command("parts"))
    assert "going on after step " in resumed.communicate(timeout=300)[0]
    assert resumed.returncode == 0
    whole.communicate(timeout=300)
    assert whole.returncode == 0
    for file in ("model.safetensors", "vocab.txt", "config.json"):
        assert (tmp_path / "parts" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    lines = (tmp_path / "parts" / "training" / "metrics.jsonl").read_text().splitlines()
    steps = [numbers["step"] for numbers in map(json.loads, lines) if "loss" in numbers]
    assert steps == sorted(set(steps))
    assert {*range(5, 61, 5)} <= set(steps)
