"""What every test may use: the shared test data, and BERTLAB_STRICT, under which nothing is skipped in silence."""

import os
from pathlib import Path

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
