"""Every lesson runs from top to bottom in a fresh copy, with no network, and prints the numbers its prose claims."""

import html
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from reading import SOURCES, has_token, learners, unprinted_numbers

from bertlab.lessons.execution import execute, lesson_environment
from bertlab.lessons.questions import guesses_of, quiz_of
from bertlab.paths import data_path
from bertlab.views.export import notebook_html

OFFLINE = Path(__file__).with_name("offline")
ROOT = Path(__file__).resolve().parents[2]
LIMITS = {"08": 120}
USUAL_LIMIT = 60
"""Seconds of wall time on two idle threads; a test gives up at five times that."""
CROSSING = 0.05
"""Nats by which lesson 08's BERT must end below the best possible reader of the left side."""


def quiet_environment() -> dict[str, str]:
    """A lesson's environment, in which nothing outside this machine can be reached."""
    return lesson_environment(PYTHONPATH=os.pathsep.join([str(OFFLINE), str(ROOT)]))


@pytest.fixture(scope="session")
def executed(tmp_path_factory: pytest.TempPathFactory):
    """Each lesson is run once, however many tests look at it."""
    done: dict[str, tuple[Any, float, Path]] = {}

    def run(source: Path) -> tuple[Any, float, Path]:
        if source.stem not in done:
            folder = tmp_path_factory.mktemp(source.stem)
            notebook = learners(source)
            limit = 5 * LIMITS.get(source.stem[:2], USUAL_LIMIT)
            seconds = execute(notebook, folder, limit=limit, environment=quiet_environment())
            done[source.stem] = notebook, seconds, folder
        return done[source.stem]

    return run


SHORTER = {"steps=3000": "steps=24", "steps=600": "steps=12", "steps=500": "steps=12", "12_000": "400"}
"""What makes lesson 08 a matter of seconds, where its results are not what is tested."""


def needs_models(source: Path) -> None:
    for name in re.findall(r'\bbertlab\.load\("([\w-]+)"\)', source.read_text(encoding="utf-8")):
        if name != "my_first_bert" and not data_path("models").joinpath(name).is_dir():
            pytest.fail(
                f"data/models/{name} is missing: this lesson needs the trained model that belongs to the project"
            )


each_lesson = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


@pytest.mark.slow
@each_lesson
def test_a_lesson_runs_with_no_error_and_claims_what_it_prints(source: Path, executed, record_property, capsys):
    needs_models(source)
    notebook, seconds, _ = executed(source)
    record_property("seconds", round(seconds, 1))
    with capsys.disabled():
        print(
            f"\n{source.stem}: {seconds:.0f} s (limit {LIMITS.get(source.stem[:2], USUAL_LIMIT)} s on two idle threads)"
        )
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert "Traceback" not in output.get("text", "")
    assert unprinted_numbers(notebook) == []
    said = "\n".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert "Not yet." in said, "the stub should be met by its check"


@pytest.mark.slow
@each_lesson
def test_a_lesson_can_be_handed_out_as_one_page(source: Path, executed):
    needs_models(source)
    notebook, _, _ = executed(source)
    page = notebook_html(notebook, name=source.name, made=date(2027, 3, 1))
    assert f"<title>{source.stem[:2]} · " in page
    assert page.count("Interactive in JupyterLab.") >= len(guesses_of(source.stem[:2])) + 1, "the guesses and the quiz"
    for question in quiz_of(source.stem[:2]):
        assert html.escape(question.question) in page
    assert not re.search(r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//", page)
    assert not re.search(r"\b(?:VBox|HBox|Output)\(", re.sub(r'<pre class="code".*?</pre>', "", page, flags=re.S))


def html_of(notebook: Any) -> str:
    """All HTML that the cells put out."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output["data"]["text/html"] for output in outputs if "text/html" in output.get("data", {}))


@pytest.mark.slow
def test_lesson_00_draws_bars_with_words_and_bertviz_views(executed):
    source = next(source for source in SOURCES if source.stem.startswith("00"))
    needs_models(source)
    notebook, _, _ = executed(source)
    pages = [
        output.data["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    figures = [page for page in pages if page.startswith("<figure")]
    assert len(figures) >= 4
    for page in figures:
        assert re.search(r'<img alt="[^"]{20,}"', page)
        assert "<table>" in page
    assert sum("<iframe" in page for page in pages) >= 2


@pytest.mark.slow
def test_lesson_00_shows_the_truth_beside_berts_guess(executed):
    source = next(source for source in SOURCES if source.stem.startswith("00"))
    needs_models(source)
    notebook, _, _ = executed(source)
    alts = re.findall(r'alt="(How sure one can be of the hole[^"]*)"', html_of(notebook))
    assert len(alts) == 2
    assert re.search(r": castle 100\.0%, BERT 9\d\.\d%", alts[0]), "one can be sure, and BERT is"
    exact, guessed = zip(*re.findall(r"\w+ ([\d.]+)%, BERT ([\d.]+)%", alts[1]), strict=True)
    assert exact == ("25.0",) * 4, "the answer is a small die"
    assert all(15 < float(share) < 35 for share in guessed), "and BERT has found it out"


@pytest.mark.slow
def test_lesson_08_crosses_the_line_of_the_card_and_says_so(executed):
    """What the lesson claims, on its own curve: below any left-to-right reader, never below its own limit."""
    source = next(source for source in SOURCES if source.stem.startswith("08"))
    notebook, _, folder = executed(source)
    said = "\n".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))

    def nats(pattern: str) -> float:
        return float(re.search(pattern, said)[1])

    left, both = nats(r"left only, limit +([\d.]+) nats"), nats(r"both sides, limit +([\d.]+) nats, a die")
    reached, covered = nats(r"with holes: +([\d.]+) nats"), nats(r"with the card: +([\d.]+) nats")
    assert both < reached < left - CROSSING
    assert covered > left, "the card's limit binds whoever holds the card"
    still = re.search(
        r'<iframe title="Training of BERT, step 3,000: ([\d.]+) nats, [^"]*".*?</iframe>', html_of(notebook), re.S
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
    source = next(source for source in SOURCES if source.stem.startswith("08")).read_text(encoding="utf-8")
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


def test_the_network_is_truly_cut():
    code = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    result = subprocess.run([sys.executable, "-c", code], env=quiet_environment(), capture_output=True, text=True)
    assert "no network in a lesson: something asked for" in result.stderr


@pytest.mark.parametrize(
    ("text", "number", "stands"),
    [("loss 0.6931 nats", "0.6931", True), ("loss 0.69314", "0.6931", False), ("10.6931", "0.6931", False),
     ("a, 2.3026.", "2.3026", True), ("12%", "12", False), ("1,200", "200", False)],
)  # fmt: skip
def test_a_number_counts_as_printed_only_by_itself(text: str, number: str, stands: bool):
    assert has_token(text, number) is stands
