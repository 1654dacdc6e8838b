"""Lessons run and exported: in a fresh folder, with the learner's record out of reach, and nothing half-written."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from bertlab.lessons import execution
from bertlab.lessons.execution import execute, export_lessons, lesson_environment


def published(folder: Path, **lessons: list[str]) -> Path:
    """A folder of lessons, each given by the code of its cells."""
    folder.mkdir(exist_ok=True)
    for name, cells in lessons.items():
        notebook = new_notebook(cells=[new_markdown_cell(f"# {name}"), *(new_code_cell(cell) for cell in cells)])
        nbformat.write(notebook, folder / f"{name.removeprefix('n')}.ipynb")
    return folder


@pytest.mark.slow
def test_each_lesson_becomes_a_page_and_leaves_nothing_else(tmp_path, progress_file):
    lessons = published(
        tmp_path / "lessons",
        n00_first=[
            "open('left_behind', 'w').write('x'); import os; print(sorted(os.listdir()), os.getcwd())",
            "from pathlib import Path; from bertlab.lessons.record import progress_path",
            "print(progress_path().parent == Path.cwd())",
        ],
        n07_second=["import os; print(sorted(os.listdir()), os.environ['HF_HUB_OFFLINE'])"],
    )
    before = {file: file.read_bytes() for file in lessons.iterdir()}
    said = export_lessons([], tmp_path / "out", lessons)
    assert next(said).startswith("00_first: running it")
    assert not (tmp_path / "out").exists(), "it says what it will do before it does it"
    assert next(said).startswith("00_first: done in ")
    assert len(list(said)) == 2
    first, second = (
        (tmp_path / "out" / name).read_text(encoding="utf-8") for name in ("00_first.html", "07_second.html")
    )
    assert "[&#39;left_behind&#39;]" in first
    assert ">True</pre>" in first
    assert "[] 1</pre>" in second, "each begins in an empty folder"
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["00_first.html", "07_second.html"]
    assert {file: file.read_bytes() for file in lessons.iterdir()} == before
    assert not progress_file.exists()
    assert not Path(first.partition("left_behind&#39;] ")[2].partition("<")[0]).exists(), "the folder is gone"


@pytest.mark.slow
def test_a_cell_that_fails_is_named_and_no_page_is_written(tmp_path):
    lessons = published(tmp_path / "lessons", n03_broken=["x = 1", "# divide\nx / 0", "print('never')"])
    with pytest.raises(ChildProcessError) as failure:
        list(export_lessons(["3"], tmp_path / "out", lessons))
    assert str(failure.value) == "03_broken, cell 3 (# divide): ZeroDivisionError: division by zero"
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_kernel_that_dies_is_named(tmp_path):
    lessons = published(tmp_path / "lessons", n03_deadly=["print('alive')", "import os; os._exit(1)"])
    with pytest.raises(ChildProcessError, match=r"03_deadly, cell 3 \(import os; os\._exit\(1\)\): Kernel died"):
        list(export_lessons(["deadly"], tmp_path / "out", lessons))


@pytest.mark.slow
def test_the_limit_is_one_for_all_cells(tmp_path):
    from nbclient.exceptions import CellTimeoutError

    notebook = new_notebook(cells=[new_code_cell("import time; time.sleep(1.6)") for _ in range(4)])
    with pytest.raises(CellTimeoutError):
        execute(notebook, tmp_path, limit=3, environment=lesson_environment())
    assert sum("execution" in cell.metadata for cell in notebook.cells) < 4


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send to another process")
def test_ctrl_c_ends_the_kernel_and_writes_nothing(tmp_path):
    wait = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    lessons = published(tmp_path / "lessons", n03_long=[wait])
    code = (
        "import pathlib, bertlab.lessons.execution as execution, bertlab.cli as cli\n"
        f"execution.notebooks_path = lambda: pathlib.Path({str(lessons)!r})\n"
        f"raise SystemExit(cli.main(['notebooks', '--html', '--out', {str(tmp_path / 'out')!r}]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "bertlab: interrupted\n")
    assert not (tmp_path / "out").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_slip_is_pointed_out_before_anything_runs(tmp_path, monkeypatch):
    lessons = published(tmp_path / "lessons", n03_good=["1"])
    with pytest.raises(ValueError, match="no lesson answers to '9'; there are: 03_good"):
        next(export_lessons(["03", "9"], tmp_path / "out", lessons))
    monkeypatch.setattr(execution, "NEEDED", ("nbclient", "not_there"))
    with pytest.raises(ImportError, match=r"needs not_there: pip install 'bertlab\[lab\]'"):
        next(export_lessons(["03"], tmp_path / "out", lessons))


@pytest.mark.parametrize(("cores", "threads"), [(1, "1"), (2, "1"), (8, "4")])
def test_a_lesson_leaves_half_of_the_cores_to_the_browser(monkeypatch, cores, threads):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert lesson_environment()["OMP_NUM_THREADS"] == threads
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert lesson_environment()["OMP_NUM_THREADS"] == "3", "who set it knows better"
