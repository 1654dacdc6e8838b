"""An update meets the learners' copies: untouched ones follow, answers stay, outputs are never lost."""

import json
from pathlib import Path

import pytest

from bertlab.lessons import copies, notebook


def publish(folder: Path, second: str = "2 + 2", name: str = "00_start_here") -> None:
    folder.mkdir(exist_ok=True)
    source = f"# %% [markdown]\n# # Sums\n\n# %%\n1 + 1\n\n# %%\n{second}\n"
    (folder / f"{name}.ipynb").write_bytes(notebook.notebook_bytes(notebook.notebook_from_source(source, name)))


def edit(copy: Path, source: str) -> None:
    content = json.loads(copy.read_text())
    content["cells"][-1]["source"] = source
    copy.write_text(json.dumps(content))


def run_and_save(copy: Path) -> None:
    """What JupyterLab leaves: outputs, counts, another indentation, an empty cell at the end."""
    content = json.loads(copy.read_text())
    content["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["2\n"]}]
    content["cells"][1]["execution_count"] = 7
    content["metadata"]["language_info"]["version"] = "3.11.7"
    content["cells"].append(
        {"cell_type": "code", "id": "x", "source": [], "metadata": {}, "outputs": [], "execution_count": None}
    )
    copy.write_text(json.dumps(content, indent=4))


@pytest.fixture
def published(tmp_path: Path) -> Path:
    publish(tmp_path / "notebooks")
    return tmp_path / "notebooks"


@pytest.fixture
def work(tmp_path: Path, published: Path) -> Path:
    """The learner's folder after the first start."""
    assert copies.update(tmp_path / "work", published) == ["00_start_here.ipynb: copied."]
    return tmp_path / "work"


@pytest.fixture
def copy(work: Path) -> Path:
    return work / "00_start_here.ipynb"


def said(notebook_file: Path) -> str:
    return "".join("".join(cell["source"]) for cell in json.loads(notebook_file.read_text())["cells"])


def test_a_second_start_says_nothing_and_changes_nothing(work: Path, published: Path, copy: Path):
    run_and_save(copy)
    before = copy.read_bytes()
    assert copies.update(work, published) == []
    assert copy.read_bytes() == before


def test_an_untouched_copy_follows(work: Path, published: Path, copy: Path):
    publish(published, "3 + 3")
    assert copies.update(work, published) == ["00_start_here.ipynb: updated."]
    assert copy.read_bytes() == (published / copy.name).read_bytes()
    assert not (work / "backups").exists()


def test_a_copy_that_was_only_run_follows_and_its_outputs_are_kept(work: Path, published: Path, copy: Path):
    run_and_save(copy)
    ran = copy.read_bytes()
    publish(published, "3 + 3")
    [message] = copies.update(work, published)
    assert message.startswith("00_start_here.ipynb: updated. The old one, with its outputs, is backups/")
    [backup] = (work / "backups").iterdir()
    assert backup.read_bytes() == ran
    assert "3 + 3" in said(copy)


def test_a_changed_copy_stays_and_its_owner_is_told(work: Path, published: Path, copy: Path):
    edit(copy, "my answer")
    assert copies.update(work, published) == []
    publish(published, "3 + 3")
    for _ in range(2):
        [message] = copies.update(work, published)
        assert "you have worked in it" in message
        assert "`bertlab reset 00`" in message
    assert "my answer" in said(copy)


def test_a_changed_copy_stays_when_the_memory_is_lost(work: Path, published: Path, copy: Path):
    edit(copy, "my answer")
    (work / copies.MEMORY).write_text("{ damaged")
    [message] = copies.update(work, published)
    assert "you have worked in it" in message
    assert "my answer" in said(copy)


def test_a_damaged_copy_stays_and_a_deleted_one_comes_back(work: Path, published: Path, copy: Path):
    copy.write_text("{ half a notebo")
    [message] = copies.update(work, published)
    assert "cannot be read as a notebook" in message
    assert copy.read_text() == "{ half a notebo"
    copy.unlink()
    assert copies.update(work, published) == ["00_start_here.ipynb: was gone, copied again."]


def test_a_copy_that_came_to_say_what_is_published_follows_again(work: Path, published: Path, copy: Path):
    edit(copy, "3 + 3")
    publish(published, "3 + 3")
    assert copies.update(work, published) == []
    publish(published, "4 + 4")
    [message] = copies.update(work, published)
    assert "updated" in message


def test_reset_keeps_a_backup_each_time(work: Path, published: Path, copy: Path):
    for answer in ("first", "second"):
        edit(copy, answer)
        messages = copies.reset("0", work, published)
        assert "your copy is kept as backups/" in messages[0]
    assert copy.read_bytes() == (published / copy.name).read_bytes()
    assert sorted(said(backup).split("1 + 1")[1] for backup in (work / "backups").iterdir()) == ["first", "second"]
    publish(published, "3 + 3")
    assert copies.update(work, published) == ["00_start_here.ipynb: updated."]


def test_reset_makes_a_copy_where_there_is_none(tmp_path: Path, published: Path):
    [message] = copies.reset("start_here", tmp_path / "new", published)
    assert "as published" in message
    assert (tmp_path / "new" / "00_start_here.ipynb").is_file()


@pytest.mark.parametrize("name", ["0", "00", "start_here", "Start here", "00_start_here", "00_start_here.ipynb"])
def test_a_lesson_is_found_by_number_or_name(published: Path, name: str):
    assert copies.find_lesson(name, published).name == "00_start_here.ipynb"


@pytest.mark.parametrize("name", ["04", "4", "self_attention", "", "000"])
def test_an_unknown_lesson_lists_those_there_are(published: Path, name: str):
    with pytest.raises(ValueError, match=f"no lesson answers to '{name}'; there are: 00_start_here"):
        copies.find_lesson(name, published)


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(
    work: Path, published: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
):
    before = copy.read_bytes()
    publish(published, "3 + 3")

    def full_disk(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("bertlab.lessons.store.os.replace", full_disk)
    with pytest.raises(OSError, match="No space left"):
        copies.update(work, published)
    assert copy.read_bytes() == before
    assert {file.name for file in work.iterdir()} == {copy.name, copies.MEMORY}
