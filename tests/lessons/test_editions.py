"""What a teacher hands out: whole lessons or their core, in a folder for each slot."""

import json
from pathlib import Path

import pytest

from bertlab.lessons.editions import SLOTS, write_editions

SOURCE = """# %% [markdown] tags=["core"]
# # A lesson

# %%
def two():
    ### BEGIN SOLUTION
    return 2
    ### END SOLUTION


# %% [markdown] tags=["more"]
# More.
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "src"
    folder.mkdir()
    for lesson in ("00", "01", "04", "06"):
        (folder / f"{lesson}_lesson.py").write_text(SOURCE)
    return folder


def cells_of(file: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(file.read_text())["cells"]]


def test_the_whole_course_for_a_class(sources: Path, tmp_path: Path):
    messages = write_editions("class", "all", tmp_path / "out", sources)
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == [f"{lesson}_lesson.ipynb" for lesson in ("00", "01", "04", "06")]
    assert messages[0] == f"{files[0]}: class edition, 3 cells"
    assert "return 2" not in "".join(cells_of(files[0]))


def test_a_path_is_cores_by_slot_and_says_what_is_missing(sources: Path, tmp_path: Path):
    messages = write_editions("solutions", "three", tmp_path / "out", sources)
    written = sorted(file.relative_to(tmp_path / "out").as_posix() for file in (tmp_path / "out").rglob("*.ipynb"))
    assert written == ["slot_1/00_lesson.ipynb", "slot_2/04_lesson.ipynb", "slot_3/06_lesson.ipynb"]
    missing = [message for message in messages if message.endswith("not written yet")]
    assert missing == [f"lesson {lesson} is not written yet" for lesson in ("02", "03", "05", "08", "09")]
    cells = cells_of(tmp_path / "out" / "slot_2" / "04_lesson.ipynb")
    assert len(cells) == 2
    assert "return 2" in cells[1]


def test_the_paths_begin_where_the_course_begins():
    assert all(slots[0][0] == "00" for slots in SLOTS.values())
