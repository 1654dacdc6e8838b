"""How the tests are dealt to processes that run side by side, and what becomes of a test that ends its process."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
OURS = tomllib.loads((TESTS.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
ENDS_ITS_PROCESS = "import os\ndef test_before(): pass\ndef test_it(): os._exit(3)\ndef test_after(): pass\n"
HANGS = "import time\ndef test_before(): pass\ndef test_it(): time.sleep(3600)\ndef test_after(): pass\n"
PASSES = "import pytest\n@pytest.mark.parametrize('i', range({}))\ndef test_other(i): pass\n"


@pytest.mark.slow
@pytest.mark.parametrize("others", [[], [1], [4, 5], [1, 1, 1, 6]])
@pytest.mark.parametrize("broken", [ENDS_ITS_PROCESS, HANGS], ids=["ends its process", "hangs"])
def test_one_broken_test_fails_and_the_others_run(tmp_path, broken, others):
    for name, source in {"a": broken, **{f"b{k}": PASSES.format(n) for k, n in enumerate(others)}}.items():
        (tmp_path / f"test_{name}.py").write_text(source)
    shutil.copy(TESTS / "conftest.py", tmp_path)
    exits = f"faulthandler_exit_on_timeout={OURS['faulthandler_exit_on_timeout']}"
    limits = ["-o", "faulthandler_timeout=1", "-o", exits]
    side_by_side = ["-n", "2", "--dist=loadfile", "--no-loadscope-reorder", "-p", "no:cacheprovider", "--rootdir=."]
    command = [sys.executable, "-m", "pytest", *side_by_side, *limits, "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE) == ["test_a.py::test_it"]
    assert f"1 failed, {2 + sum(others)} passed" in done.stdout


def test_a_hanging_test_is_given_up_before_continuous_integration_is():
    assert 0 < OURS["faulthandler_timeout"] <= 900


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("tests/browser/test_views.py::test_a", "tests/browser/test_slides.py::test_b", True),
        ("tests/notebooks/test_run.py::test_it[03]", "tests/notebooks/test_lesson_03.py::test_b", True),
        ("tests/notebooks/test_run.py::test_it[03]", "tests/notebooks/test_run.py::test_it[04]", False),
        ("tests/test_lab.py::test_a", "tests/test_lab.py::test_b[03]", True),
        ("tests/test_lab.py::test_a", "tests/test_house.py::test_a", False),
    ],
)
def test_what_stays_in_one_process(one, other, together):
    import importlib.util

    spec = importlib.util.spec_from_file_location("dealt", TESTS / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (module.group_of(one) == module.group_of(other)) is together
