"""`bertlab corpus`: stories as the world tells them, public text out of a folder, and nothing half on the disk."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bertlab import cli
from bertlab.corpora import read_documents
from bertlab.corpora.public import CORPORA
from bertlab.corpora.story import StoryWorld
from bertlab.corpora.written import write_stories

ROOT = Path(__file__).resolve().parents[2]


def story(out, *more, documents=30):
    return cli.main(["corpus", "story", "--size", "pocket", "--documents", str(documents), "--out", str(out), *more])


@pytest.fixture
def stories(tmp_path):
    """A plain folder of stories, as JSON lines."""
    folder = tmp_path / "copy"
    folder.mkdir()
    lines = [json.dumps({"text": f"Story {number} begins.\nIt ends."}) for number in range(60_000)]
    (folder / "train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_the_file_holds_the_stories_of_the_world(tmp_path, capsys):
    out = tmp_path / "new" / "a.txt"
    assert story(out, "--seed", "3") == 0
    assert capsys.readouterr().out == f"{out}: 30 stories\n"
    told = [[each.text] for each in StoryWorld.load("pocket").documents(30, seed=3, part="training")]
    assert list(read_documents(out)) == told
    assert out.read_bytes() == ("\n\n".join(text for (text,) in told) + "\n").encode()


@pytest.mark.parametrize(
    "other",
    [["--seed", "1"], ["--part", "validation"], ["--part", "test"], ["--released"], ["--size", "full"]],
    ids=str,
)
def test_the_options_decide_the_bytes(tmp_path, other):
    for name, options in (("a", []), ("b", []), ("c", other)):
        assert story(tmp_path / name, *options) == 0
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_a_longer_file_begins_with_the_shorter(tmp_path):
    assert story(tmp_path / "a") == story(tmp_path / "b", documents=40) == 0
    assert (tmp_path / "b").read_bytes().startswith((tmp_path / "a").read_bytes() + b"\n")


def test_a_file_that_holds_just_these_stories_stays(tmp_path, capsys):
    out = tmp_path / "a.txt"
    story(out)
    before = out.stat()
    assert story(out) == 0
    assert "holds just these 30 stories already" in capsys.readouterr().out
    assert (out.stat().st_mtime_ns, out.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize(
    ("there", "line"), [("mine\n", 1), ("shorter", 59), ("longer", 60), ("changed", 3), (b"\xff\xfe", 1), ("crlf", 1)]
)
def test_another_file_is_not_replaced_without_force(tmp_path, capsys, there, line):
    out = tmp_path / "a.txt"
    story(out)
    whole = out.read_bytes()
    changes = {
        "shorter": whole[: whole.rindex(b"\n\n") + 2],
        "longer": whole + b"\n",
        "changed": b"\n\n".join([*whole.split(b"\n\n")[:1], b"Mine.", *whole.split(b"\n\n")[2:]]),
        "crlf": whole.replace(b"\n", b"\r\n"),
    }
    mine = there if isinstance(there, bytes) else changes.get(there, there.encode())
    out.write_bytes(mine)
    assert story(out) == 1
    said = capsys.readouterr().err
    assert f"a.txt exists and is something else from line {line} on; give another --out, or --force" in said
    assert out.read_bytes() == mine
    assert story(out, "--force") == 0
    assert out.read_bytes() == whole


def test_a_compressed_name_is_refused(tmp_path, capsys):
    assert story(tmp_path / "a.txt.xz") == 1
    assert "name the file a.txt" in capsys.readouterr().err


def test_ctrl_c_leaves_no_half_file(tmp_path, monkeypatch, capsys):
    documents = StoryWorld.documents

    def broken_off(world, *arguments, **options):
        for number, each in enumerate(documents(world, *arguments, **options)):
            if number == 20:
                raise KeyboardInterrupt
            yield each

    (tmp_path / "old.txt").write_text("old")
    monkeypatch.setattr(StoryWorld, "documents", broken_off)
    assert story(tmp_path / "new.txt") == 130
    assert story(tmp_path / "old.txt", "--force") == 130
    assert [file.name for file in tmp_path.iterdir()] == ["old.txt"]
    assert (tmp_path / "old.txt").read_text() == "old"


@pytest.mark.slow
def test_progress_is_shown_where_it_takes_long(tmp_path, capsys):
    def slow(seconds):
        for _ in range(4):
            time.sleep(seconds)
            yield "A story."

    write_stories(slow(0), 4, tmp_path / "a.txt")
    assert capsys.readouterr().err == ""
    write_stories(slow(0.4), 4, tmp_path / "b.txt")
    assert "4/4" in capsys.readouterr().err


def test_without_a_name_the_corpora_are_listed(capsys):
    assert cli.main(["corpus", "hub"]) == 0
    said = capsys.readouterr().out
    for corpus in CORPORA:
        assert re.search(rf"^{corpus.name} +{re.escape(corpus.what)}$", said, re.MULTILINE)
        assert corpus.licence in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("bookcorpus", "bertlab: BookCorpus is not offered"),
        ("tinystory --documents 3 --out x", "did you mean tinystories?"),
        ("tinystories", "bertlab corpus hub tinystories --documents 10000 --out FILE.txt"),
        ("tinystories --out x", "--documents 10000"),
        ("tinystories --documents 3 --out x --from nowhere", "nowhere is no folder"),
        ("tinystories --documents 3 --out x --split test", "no split 'test'; there is train, validation"),
    ],
)
def test_what_is_wrong_is_one_line(capsys, words, says):
    assert cli.main(["corpus", "hub", *words.split()]) == 1
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
    assert said.startswith("bertlab: ")


def test_out_of_a_folder(tmp_path, stories, monkeypatch, capsys):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    options = ["--documents", "50", "--buffer", "1000", "--seed", "2", "--from", str(stories)]
    for name in ("a.txt", "b.txt"):
        assert cli.main(["corpus", "hub", "tinystories", "--out", str(tmp_path / name), *options]) == 0
    said = capsys.readouterr().out
    assert "licence: CDLA-Sharing 1.0" in said
    assert f"{tmp_path / 'b.txt'}: 50 documents; licence and origin in b.txt.source.json" in said
    assert (tmp_path / "a.txt").read_bytes() == (tmp_path / "b.txt").read_bytes()
    found = list(read_documents(tmp_path / "a.txt"))
    numbers = {int(document[0].split()[1]) for document in found}
    assert len(numbers) == 50
    assert max(numbers) > 100  # not the first ones
    assert {document[1] for document in found} == {"It ends."}


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process alone")
def test_ctrl_c_in_a_download_and_on_again(tmp_path, stories):
    out, note = tmp_path / "a.txt", tmp_path / ".part-a.txt.json"
    words = f"corpus hub tinystories --documents 45000 --from {stories} --out".split()
    command = [
        sys.executable,
        "-c",
        "import signal, sys; from bertlab import cli\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(cli.main(sys.argv[1:]))",
        *words,
    ]
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(tmp_path / "home")}
    running = subprocess.Popen(
        [*command, str(out)], env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not note.exists():
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    said, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "documents are kept; the same command goes on" in said
    assert errors.rstrip().endswith("bertlab: interrupted")
    assert not out.exists()
    for name in ("a.txt", "b.txt"):
        subprocess.run([*command, str(tmp_path / name)], env=settings, check=True, capture_output=True)
    assert out.read_bytes() == (tmp_path / "b.txt").read_bytes()
    assert len(list(read_documents(out))) == 45_000
    assert not note.exists()


def test_a_folder_is_no_file_to_write_stories_to(tmp_path):
    with pytest.raises(IsADirectoryError, match=r"is a folder; name a file, such as .*stories\.txt"):
        write_stories(["Anna sings."], 1, tmp_path)
