"""Every test here has a progress file of its own; none touches the folder the tests run in."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def progress_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "bertlab-progress.json"
    monkeypatch.setenv("BERTLAB_PROGRESS", str(file))
    return file
