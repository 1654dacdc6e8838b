"""What lesson 08 claims holds on its own run; and it trains where there is no Jupyter."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from reading import pages_of, quiet_environment, said_by, source_of

CROSSING = 0.05
"""Nats by which lesson 08's BERT must end below the best possible reader of the left side."""


SHORTER = {"steps=3000": "steps=24", "steps=600": "steps=12", "steps=500": "steps=12", "12_000": "400"}
"""What makes lesson 08 a matter of seconds, where its results are not what is tested."""


@pytest.mark.slow
def test_lesson_08_crosses_the_line_of_the_card_and_says_so(executed):
    """What the lesson claims, on its own curve: below any left-to-right reader, never below its own limit."""
    notebook, _, folder = executed("08")
    said = said_by(notebook)

    def nats(pattern: str) -> float:
        return float(re.search(pattern, said)[1])

    left, both = nats(r"left only, limit +([\d.]+) nats"), nats(r"both sides, limit +([\d.]+) nats, a die")
    reached, covered = nats(r"with holes: +([\d.]+) nats"), nats(r"with the card: +([\d.]+) nats")
    assert both < reached < left - CROSSING
    assert covered > left, "the card's limit binds whoever holds the card"
    still = re.search(
        r'<iframe title="Training of BERT, step 3,000: ([\d.]+) nats, [^"]*".*?</iframe>', "\n".join(pages_of(notebook)), re.S
    )
    assert float(still[1]) == reached, "the monitor's last picture stays"
    assert all(name in still[0] for name in ("unigram guess", "left only, limit", "both sides, limit"))
    by_heart = re.search(r"asked about the ten: ([\d.]+) nats; both sides, limit: ([\d.]+) nats", said)
    assert float(by_heart[1]) < float(by_heart[2]), "text known by heart lies outside the limit"
    assert nats(r"asked about the drawer: ([\d.]+) nats") > 10 * both
    assert "resumed after step 5: the same, to the last digit." in said
    assert (folder / "my_first_bert" / "model.safetensors").is_file()


@pytest.mark.slow
def test_lesson_08_trains_where_there_is_no_jupyter(tmp_path: Path):
    """As a plain script, a few steps long, with nothing of Jupyter, matplotlib or transformers to import."""
    source = source_of("08").read_text(encoding="utf-8")
    for many, few in SHORTER.items():
        assert many in source
        source = source.replace(many, few)
    (tmp_path / "lesson.py").write_text(source, encoding="utf-8")
    hidden = ("IPython", "ipywidgets", "matplotlib", "bertviz", "transformers", "anywidget")
    bare = f"import runpy, sys; sys.modules.update(dict.fromkeys({hidden})); runpy.run_path('lesson.py')"
    result = subprocess.run(
        [sys.executable, "-c", bare], cwd=tmp_path, env=quiet_environment(), capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert "Right. Measure, clear" in result.stdout
    assert "Training of BERT, step 24: " in result.stdout
    assert (tmp_path / "my_first_bert" / "config.json").is_file()
    assert not list(tmp_path.glob("*.json"))
