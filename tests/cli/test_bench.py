"""`bertlab bench` says what it measured with, and writes the rows that others read."""

import json

import pytest

from bertlab import cli

KEYS = {"preset", "variant", "precision", "batch", "tokens_per_second", "ratio_to_transformers", "ratio_to_tuned"}


@pytest.mark.slow
def test_rows_are_written(tmp_path, capsys):
    file = tmp_path / "rows.json"
    asked = ["bench", "--preset", "tiny", "--seconds", "0.1", "--batch-rows", "2", "--vocab-size", "500"]
    assert cli.main([*asked, "--precision", "float32", "--json", str(file)]) == 0
    said = capsys.readouterr().out
    rows = json.loads(file.read_text(encoding="utf-8"))
    assert all(set(row) >= KEYS for row in rows)
    assert [(row["batch"], row["variant"]) for row in rows[:2]] == [("full", "bertlab"), ("full", "transformers")]
    assert all(row["variant"] == "bertlab" or row["variant"].startswith("transformers") for row in rows)
    assert {row["batch"] for row in rows} == {"full", "pairs"}
    assert said.count("times transformers") == len(rows) == 8
    assert " thread" in said.splitlines()[0]


@pytest.mark.slow
def test_a_corpus_of_ones_own_is_read(tmp_path, capsys):
    text = tmp_path / "text.txt"
    text.write_text("\n\n".join("The cat sat. It ran away. A dog came." for _ in range(300)), encoding="utf-8")
    asked = ["bench", "--preset", "tiny", "--seconds", "0", "--batch-rows", "2", "--vocab-size", "60"]
    assert cli.main([*asked, "--corpus", str(text), "--batches", "pairs", "--precision", "float32"]) == 0
    assert "pairs batches, float32" in capsys.readouterr().out


def test_a_corpus_that_is_not_there_is_one_line(tmp_path, capsys):
    assert cli.main(["bench", "--corpus", str(tmp_path / "none.txt"), "--precision", "float32"]) == 1
    assert "none.txt does not exist" in capsys.readouterr().err
