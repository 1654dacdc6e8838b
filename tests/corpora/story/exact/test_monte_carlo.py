"""The exact truth against many stories of the shipped worlds: what is called probable happens that often.

Two tests that share no code with the truth. In the mean over stories, the best guess is right as often as it is said to
be, and the surprise at the true piece is the entropy. And of all stories that begin (or end) in the same way, the
shares of the next piece (or the one before) are those of the limit.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from bertlab.paths import data_path

PROGRAM = Path(__file__).with_name("calibration.py")
ROOT = Path(__file__).resolve().parents[4]
SIZES = [size for size in ("pocket", "full") if data_path("story").joinpath(size, "stories.txt").exists()]
DOCUMENTS = {"pocket": 2_000, "full": 500}

pytestmark = pytest.mark.slow


@cache
def measured(size: str) -> dict:
    done = subprocess.run(
        [sys.executable, PROGRAM, size, str(DOCUMENTS[size])],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("masking", [0.15, 0.3])
@pytest.mark.parametrize("visible", ["both", "left", "right"])
@pytest.mark.parametrize("size", SIZES)
def test_best_guesses_are_right_and_surprises_large_as_often_as_announced(size, visible, masking):
    gap = measured(size)["gaps"][f"{visible} {masking}"]
    right, surprise, pieces = gap["mean"]
    assert abs(right) < 4 * gap["error"][0]
    assert abs(surprise) < 4 * gap["error"][1]
    # So fine is the measure: who announces 2 right answers of 100 too many is found out.
    assert 4 * gap["error"][0] < 0.02 * pieces


@pytest.mark.parametrize("visible", ["left", "right"])
@pytest.mark.parametrize("size", SIZES)
def test_of_all_stories_that_begin_or_end_alike_the_limit_knows_the_shares(size, visible):
    found = measured(size)["alike"][visible]
    assert found["groups"] >= 10
    assert found["freedom"] >= 40
    assert abs(found["squares"] - found["freedom"]) < 4 * (2 * found["freedom"]) ** 0.5
