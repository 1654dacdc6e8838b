"""A recording: written seed by seed, gone on with, read back, asked."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bertlab.lessons.experiments.recording import experiments, record, recorded


@pytest.fixture
def coin(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An experiment `coin`; what comes back lists the seeds it was run for."""
    run: list[int] = []
    module = ModuleType("bertlab.lessons.experiments.coin")

    def rows(seed: int) -> Iterator[dict[str, Any]]:
        run.append(seed)
        yield {"side": "head", "nats": 0.5 + seed}
        yield {"side": "tail", "nats": 2.0}

    module.rows = rows
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(sys.modules["bertlab.lessons.experiments.recording"], "experiments", lambda: ["coin"])
    return run


def test_each_seed_is_run_once_and_the_file_says_how(coin: list[int], tmp_path: Path):
    file = tmp_path / "coin.json"
    record("coin", file, seeds=[0], say=lambda text: None)
    found = record("coin", file, seeds=[0, 2], say=lambda text: None)
    assert coin == [0, 2]
    assert found.mean("nats", side="head") == 1.5
    assert found.spread("nats", side="head") == (0.5, 2.5)
    written = json.loads(file.read_text())
    assert written["command"] == "bertlab record coin"
    assert [row["seed"] for row in written["rows"]] == [0, 0, 2, 2]
    assert str(found).startswith(f"recorded {written['made']}: bertlab record coin\n    2 seeds, ")
    assert max(map(len, str(found).splitlines())) <= 72, "as many letters as JupyterLab has room for at 125%"
    assert "1 threads" not in str(recorded("without_parts"))


def test_a_row_that_is_not_there_is_named(coin: list[int], tmp_path: Path):
    found = record("coin", tmp_path / "coin.json", seeds=[1], say=lambda text: None)
    with pytest.raises(ValueError, match=r"no row has {'side': 'rim'}; there are {'side': \['head', 'tail'\]}"):
        found.mean("nats", side="rim")


def test_another_experiments_file_is_not_touched(coin: list[int], tmp_path: Path):
    file = tmp_path / "other.json"
    file.write_text(json.dumps({"command": "bertlab record other", "made": "", "machine": "", "minutes": 0.0}))
    with pytest.raises(ValueError, match="holds 'bertlab record other'; give another --out"):
        record("coin", file)


def test_an_unknown_experiment_is_refused_by_name(tmp_path: Path):
    with pytest.raises(ValueError, match="there is no experiment 'nothing'"):
        record("nothing", tmp_path / "nothing.json")
    assert "recording" not in experiments()
