"""Is a real BERT here? A folder beside the notebook, the Hub's cache, or a sentence on how to bring one."""

from pathlib import Path

import pytest

from bertlab.lessons.instruments.real_or_mini import BERT, cached, missing_in, real_or_mini


@pytest.fixture(autouse=True)
def nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path


def a_model(folder: Path, *without: str) -> Path:
    folder.mkdir(parents=True)
    for name in {"config.json", "vocab.txt", "model.safetensors"} - set(without):
        (folder / name).touch()
    return folder


def test_where_none_is_mini_stands_in_and_the_way_is_told(capsys):
    assert real_or_mini() == "mini"
    said = capsys.readouterr().out
    assert f"hf download {BERT}" in said
    assert "put the folder bert-base-uncased beside this notebook" in said


def test_a_folder_beside_the_notebook_is_found(tmp_path: Path, capsys):
    folder = a_model(tmp_path / "bert-base-uncased")
    assert real_or_mini() == str(folder)
    assert "A real BERT is here" in capsys.readouterr().out


def test_what_a_folder_lacks_is_named(tmp_path: Path, capsys):
    a_model(tmp_path / "bert-base-uncased", "vocab.txt", "model.safetensors")
    assert real_or_mini() == "mini"
    assert "it has no vocab.txt and no model.safetensors" in capsys.readouterr().out


def test_other_names_for_the_same_are_enough(tmp_path: Path):
    folder = a_model(tmp_path / "any", "vocab.txt", "model.safetensors")
    for name in ("tokenizer.json", "pytorch_model.bin.index.json"):
        (folder / name).touch()
    assert missing_in(folder) == []


def test_the_hubs_cache_is_read_without_its_package(tmp_path: Path):
    assert cached(BERT) is None
    model = tmp_path / "hub" / "models--google-bert--bert-base-uncased"
    old, new = (a_model(model / "snapshots" / revision) for revision in ("aaa", "bbb"))
    assert cached(BERT) == old, "no reference: any that is there"
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("bbb")
    assert cached(BERT) == new
    assert real_or_mini() == str(new)


def test_the_cache_is_where_the_hub_s_variables_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.delenv("HF_HUB_CACHE")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    folder = a_model(tmp_path / "home" / "hub" / "models--google-bert--bert-base-uncased" / "snapshots" / "aaa")
    assert cached(BERT) == folder
    assert constants.REPO_ID_SEPARATOR == "--", "how the Hub's package writes the slash"
