"""Files that belong together are replaced together, whatever comes between."""

import os

import pytest

from bertlab.atomic import finish_replacing, replacing


class Died(BaseException):
    """The process ended here."""


@pytest.fixture
def dies_at(monkeypatch):
    """`dies_at(n)`: from the n-th change to the disk on, nothing happens any more; returns the count so far."""
    done = [0]
    limit = [10**9]

    def counted(real):
        def change(*args, **kwargs):
            if done[0] >= limit[0]:
                raise Died
            done[0] += 1
            return real(*args, **kwargs)

        return change

    for name in ("replace", "unlink", "rmdir", "mkdir", "fsync"):
        monkeypatch.setattr(os, name, counted(getattr(os, name)))

    def arm(at: int | None) -> int:
        before, done[0] = done[0], 0
        limit[0] = 10**9 if at is None else at
        return before

    return arm


def fill(folder, text: str) -> None:
    for name in ("a", "b", "c"):
        (folder / name).write_text(text, encoding="utf-8")


def read(folder) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.is_file()}


def fail_after(folder) -> None:
    fill(folder, "new")
    raise OSError("disk full")


def test_files_are_replaced_and_others_stay(tmp_path):
    fill(tmp_path, "old")
    (tmp_path / "other").write_text("mine", encoding="utf-8")
    (tmp_path / "stale").write_text("old", encoding="utf-8")
    with replacing(tmp_path, ["stale"]) as staging:
        (staging / "a").write_text("new", encoding="utf-8")
        assert read(tmp_path)["a"] == "old"
    assert read(tmp_path) == {"a": "new", "b": "old", "c": "old", "other": "mine"}
    assert [file.name for file in tmp_path.iterdir() if file.is_dir()] == []


def test_an_error_leaves_everything_as_it_was(tmp_path):
    fill(tmp_path, "old")
    with pytest.raises(OSError, match="disk full"), replacing(tmp_path) as staging:
        fail_after(staging)
    assert read(tmp_path) == dict.fromkeys("abc", "old")
    assert not (tmp_path / ".saving").exists()
    with pytest.raises(OSError, match="disk full"), replacing(tmp_path / "fresh") as staging:
        fail_after(staging)
    assert not (tmp_path / "fresh").exists()


def test_what_a_killed_save_left_is_not_taken_in(tmp_path):
    (tmp_path / ".saving").mkdir()
    fill(tmp_path / ".saving", "half")
    with replacing(tmp_path) as staging:
        (staging / "a").write_text("new", encoding="utf-8")
    assert read(tmp_path) == {"a": "new"}


def test_death_at_any_point_leaves_all_old_or_all_new(tmp_path, dies_at):
    def save(folder, text, at=None) -> int:
        dies_at(at)
        with replacing(folder, ["stale"]) as staging:
            fill(staging, text)
        return dies_at(None)

    def prepared(name):
        folder = tmp_path / name
        save(folder, "old")
        (folder / "stale").write_text("old", encoding="utf-8")
        return folder

    changes = save(prepared("count"), "new")
    assert changes > 8
    seen = []
    for at in range(changes):
        folder = prepared(str(at))
        with pytest.raises(Died):
            save(folder, "new", at)
        dies_at(None)
        finish_replacing(folder, ["stale"])
        found = read(folder)
        seen.append(found["a"])
        expected = dict.fromkeys("abc", seen[-1]) | ({"stale": "old"} if seen[-1] == "old" else {})
        assert found == expected, f"after {at} changes"
        save(folder, "newest")
        assert read(folder) == dict.fromkeys("abc", "newest")
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {"old", "new"}


def test_two_who_finish_the_same_save_do_not_collide(tmp_path, monkeypatch):
    """The other one moves a file just before we would."""
    ready = tmp_path / ".saved"
    ready.mkdir()
    fill(ready, "new")
    real = os.replace

    def late(source, target):
        monkeypatch.setattr(os, "replace", real)
        finish_replacing(tmp_path)
        real(source, target)

    monkeypatch.setattr(os, "replace", late)
    finish_replacing(tmp_path)
    assert read(tmp_path) == dict.fromkeys("abc", "new")
