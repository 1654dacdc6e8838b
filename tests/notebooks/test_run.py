"""Every lesson runs from top to bottom in a fresh copy, with no network, and prints the numbers its prose claims."""

import html
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from reading import LIMITS, SOURCES, USUAL_LIMIT, has_token, quiet_environment, said_by, unprinted_numbers

from bertlab.lessons.questions import guesses_of, quiz_of
from bertlab.views.export import notebook_html

each_lesson = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


@pytest.mark.slow
@each_lesson
def test_a_lesson_runs_with_no_error_and_claims_what_it_prints(source: Path, executed, record_property):
    notebook, seconds, _ = executed(source.stem[:2])
    limit = LIMITS.get(source.stem[:2], USUAL_LIMIT)
    record_property("lesson", f"{source.stem}: {seconds:.0f} s (limit {limit} s where nothing else runs)")
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert "Traceback" not in output.get("text", "")
    assert unprinted_numbers(notebook) == []
    assert "Not yet." in said_by(notebook), "the stub should be met by its check"


@pytest.mark.slow
@each_lesson
def test_a_lesson_can_be_handed_out_as_one_page(source: Path, executed):
    notebook, _, _ = executed(source.stem[:2])
    page = notebook_html(notebook, name=source.name, made=date(2027, 3, 1))
    assert f"<title>{source.stem[:2]} · " in page
    assert page.count("Interactive in JupyterLab.") >= len(guesses_of(source.stem[:2])) + 1, "the guesses and the quiz"
    for question in quiz_of(source.stem[:2]):
        assert html.escape(question.question) in page
    assert not re.search(r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//", page)
    assert not re.search(r"\b(?:VBox|HBox|Output)\(", re.sub(r'<pre class="code".*?</pre>', "", page, flags=re.S))


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
