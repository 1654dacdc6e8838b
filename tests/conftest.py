"""What every test may use: the shared test data, and BERTLAB_STRICT, under which nothing is skipped in silence.

Several run side by side under `-n`. What shares something dear stays together: JupyterLab, a lesson's run, a file.
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest

STRICT = os.environ.get("BERTLAB_STRICT") == "1"


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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Under `-n`: what runs in one process, one after the other."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

        def remove_node(self, node: Any) -> str | None:
            """What a process that died was running has failed; xdist 3.8 would run it again, without end."""
            given = self.assigned_work[node].values()
            left = [(tests, test) for tests in given for test, done in tests.items() if not done]
            if not left:
                return super().remove_node(node)
            (tests, ended), *_ = left
            tests[ended] = True
            super().remove_node(node)
            return ended

        def _reschedule(self, node: Any) -> None:
            """Until it has enough: a process begins a test only when it knows of the next, and would wait for ever."""
            waiting = len(self.workqueue)
            super()._reschedule(node)
            if len(self.workqueue) < waiting:
                self._reschedule(node)

    return Together(config, log)


def group_of(nodeid: str) -> str:
    """All browser tests; all that look at one lesson; else a file."""
    if nodeid.startswith("tests/browser/"):
        return "browser"
    lesson = re.search(r"^tests/notebooks/.*(?:test_lesson_|\[)(\d\d)", nodeid)
    return f"lesson {lesson[1]}" if lesson else nodeid.split("::")[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The seconds that each lesson took."""
    taken = [value for report in terminalreporter.getreports("passed") for value in report.user_properties]
    for _, words in sorted(value for value in taken if value[0] == "lesson"):
        terminalreporter.write_line(words)
