"""The published notebooks are what their sources say, and nothing that a run leaves behind."""

import json
from pathlib import Path

import pytest

from bertlab.lessons import notebook
from bertlab.paths import notebooks_path

PUBLISHED = sorted(notebooks_path().glob("*.ipynb"))


def test_notebooks_and_sources_agree():
    assert notebook.build(check=True) == [], "run: bertlab notebooks --build"


def test_there_are_lessons():
    assert {file.stem[:2] for file in PUBLISHED} >= {"00", "08"}


@pytest.mark.parametrize("file", PUBLISHED, ids=lambda file: file.stem)
def test_a_published_notebook_carries_no_outputs_and_no_answers(file: Path):
    content = json.loads(file.read_text(encoding="utf-8"))
    assert "widgets" not in content["metadata"]
    ids = [cell["id"] for cell in content["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in content["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
        assert "### " not in "".join(cell["source"]) or cell["cell_type"] == "markdown"
        assert "SOLUTION" not in "".join(cell["source"])
