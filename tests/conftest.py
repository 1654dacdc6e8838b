"""What every test may use: the shared test data, and BERTLAB_STRICT, under which nothing is skipped in silence.

Several run side by side under `-n`. What shares something dear stays together: JupyterLab, a lesson's run, a file.
"""

import os
import re
from pathlib import Path

import pytest

STRICT = os.environ.get("BERTLAB_STRICT") == "1"
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real public data that stays outside the project."""
    folder = os.environ.get("BERTLAB_TEST_DATA")
    if not folder:
        pytest.skip("BERTLAB_TEST_DATA is not set; set it to the folder of shared test data to run this test")
    if not Path(folder).is_dir():
        pytest.fail(f"BERTLAB_TEST_DATA names {folder}, which is no folder")
    return Path(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Under BERTLAB_STRICT=1 a skip is a failure, unless what is missing is a CUDA device."""
    report = yield
    if STRICT and report.skipped and item.get_closest_marker("cuda") is None and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped under BERTLAB_STRICT=1: {report.longrepr[-1]}"
    return report


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say what must run in one process."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group_of(item)))


def _group_of(item: pytest.Item) -> str:
    if HERE / "browser" in item.path.parents:
        return "browser"
    if "executed" in getattr(item, "fixturenames", ()):
        source = getattr(item, "callspec", None) and item.callspec.params.get("source")
        number = re.search(r"\d\d", (source or item.path).stem)
        return f"lesson {number[0] if number else ''}"
    return str(item.path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The seconds that each lesson took."""
    taken = [value for report in terminalreporter.getreports("passed") for value in report.user_properties]
    for _, words in sorted(value for value in taken if value[0] == "lesson"):
        terminalreporter.write_line(words)
