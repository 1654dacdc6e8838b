"""The replay's Python side: its numbers are the recording's own. Its picture: tests/browser/test_replay.py."""

import base64
import json
import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bertlab.paths import data_path
from bertlab.training import Guess
from bertlab.training.recording import Moment, Occurrence, PairShown, Recording, Watch
from bertlab.views import Replay
from bertlab.views.plots.senses import sense_gap
from bertlab.views.runs.recorded_numbers import SHUFFLES, on_last_axes, shuffled_gap

TOKENS = (("[CLS]", "a", "[MASK]", "[SEP]"), ("[CLS]", "</script>", "[SEP]"))


def a_recording(
    moments: int = 3, *, senses_of_bat: Sequence[str] = ("zoo", "zoo", "park", "park"), **facts: Any
) -> Recording:
    rng = np.random.default_rng(0)
    senses = [Occurrence("bat", sense, f"text {place}") for place, sense in enumerate(senses_of_bat)]
    watch = Watch(
        sentences=("a [MASK]", "</script>"),
        senses=(*senses, Occurrence("once", "one", "text")),
        pairs=(PairShown("a", "b", 1),),
    )
    return Recording(
        watch,
        [
            Moment(
                step=10 * number,
                attentions=tuple(rng.dirichlet(np.ones(len(tokens)), size=(2, 3, len(tokens))) for tokens in TOKENS),
                guesses=([[Guess("cat", 0.5 + number / 10)]], []),
                vectors=rng.normal(size=(len(senses) + 1, 6)) + 5,
                follows=(0.25,),
                numbers={"nats": 3.0 - number, "accuracy": 0.1 * number, "next_hard": 0.5},
            )
            for number in range(moments)
        ],
        TOKENS,
        facts,
    )


def test_each_moment_is_the_recordings_own():
    facts = {
        "limits": {"both": [0.5, 0.8]},
        "unigram": [2.5, 0.1],
        "losses": [[1, 3.1]],
        "next_limits": {"hard": 0.9},
        "truth": [[["cat", 1.0]], None],
        "pairs_follow": [0.125],
    }
    recording = a_recording(**facts)
    numbers = Replay(recording).numbers
    assert numbers["steps"] == [0, 10, 20]
    assert numbers["measured"] == [[0, 3.0, 0.0], [10, 2.0, 0.1], [20, 1.0, 0.2]]
    assert numbers["losses"] == [[1, 3.1]]
    assert [(limit["name"], limit["nats"], limit["colour"]) for limit in numbers["limits"]] == [
        ("both sides, limit", 0.5, "limit"),
        ("unigram guess", 2.5, "control"),
    ]
    assert numbers["next"] == [{"grade": "hard", "limit": 0.9, "shares": [0.5, 0.5, 0.5]}]
    assert (numbers["pairs"][0]["follows"], numbers["pairs"][0]["known"]) == ([0.25, 0.25, 0.25], 0.125)
    first, second = numbers["sentences"]
    assert first["guesses"] == [[[["cat", 0.5]]], [[["cat", 0.6]]], [[["cat", 0.7]]]]
    assert (first["truth"], second["truth"]) == ([["cat", 1.0]], None)
    shares = np.frombuffer(base64.b64decode(second["attention"]), dtype=np.uint8).reshape(3, 2, 3, 3, 3) / 255
    np.testing.assert_allclose(shares, np.stack([each.attentions[1] for each in recording.moments]), atol=0.5 / 255)


def test_senses_are_measured_at_each_moment_and_the_axes_are_the_last_ones():
    recording = a_recording()
    (word,) = Replay(recording).numbers["words"]
    assert (word["word"], word["groups"], word["kinds"]) == ("bat", ["zoo", "park"], [0, 0, 1, 1])
    vectors = np.stack([moment.vectors[:4] for moment in recording.moments])
    senses = ["zoo", "zoo", "park", "park"]
    assert word["gaps"] == pytest.approx([sense_gap(each, senses).gap for each in vectors], abs=1e-4)
    places = np.array(word["places"])
    directions = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    # Seen along axes at right angles to one another, the spread of the last moment is all there is in two directions.
    spread = np.linalg.svd(directions[-1] - directions[-1].mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(np.linalg.svd(places[-1], compute_uv=False), spread[:2], atol=2e-3)
    # The same movement everywhere moves all points alike: nothing is fitted again.
    moved = on_last_axes(np.stack([directions[-1], directions[-1]]))
    np.testing.assert_allclose(moved[0], moved[1])


def test_shuffled_senses_say_what_chance_alone_makes():
    apart = np.eye(8)[[0, 0, 0, 0, 1, 1, 1, 1]]
    senses = ["a"] * 4 + ["b"] * 4
    assert sense_gap(apart, senses).gap == pytest.approx(1.0)
    by_chance = shuffled_gap(apart, senses)
    assert 0 < by_chance < 0.5
    assert shuffled_gap(apart, senses) == by_chance, "the same each time"
    rng = np.random.default_rng(0)
    gaps = [sense_gap(apart, [str(kind) for kind in rng.permutation([0] * 4 + [1] * 4)]).gap for _ in range(SHUFFLES)]
    assert by_chance == pytest.approx(np.quantile(gaps, 0.95))


def test_a_recording_without_facts_is_replayed_without_limits():
    replay = Replay(a_recording())
    assert (replay.numbers["limits"], replay.numbers["losses"]) == ([], [])
    assert replay.numbers["pairs"][0]["known"] is None
    assert str(replay) == "Replay of BERT's training, 20 steps in 3 moments; in the end 1.00 nats"


def test_the_page_holds_everything_and_nothing_that_ends_its_script(tmp_path):
    replay = Replay(a_recording(limits={"both": [0.5, 0.8]}), sentences=[1])
    page = replay.save(tmp_path / "replay.html").read_text(encoding="utf-8")
    script = page.rpartition("<script>")[2]
    assert script.count("</script>") == 1
    told = json.loads(re.search(r"getElementById\('run'\), (.*)\);</script>$", script)[1])
    assert told["sentences"][0]["tokens"] == ["[CLS]", "</script>", "[SEP]"]
    assert len(told["sentences"]) == 1
    assert not re.search(r"(?:src|href)=", page)
    shown = replay._repr_mimebundle_()
    assert shown["text/plain"] == str(replay)
    assert "0.50 above “both sides, limit”" in shown["text/html"]


def test_what_is_not_there_is_told():
    with pytest.raises(ValueError, match="no moments"):
        Replay(SimpleNamespace(moments=[], facts={}))
    with pytest.raises(ValueError, match=r"sentences 0 to 1, not all of \[2\]"):
        Replay(a_recording(), sentences=[2])
    with pytest.raises(ValueError, match="'bat' was watched in 4 senses, a, b, c, d; a picture tells 3 apart"):
        Replay(a_recording(senses_of_bat="aabbccdd"))
    assert Replay(a_recording(senses_of_bat="aabbcc")).numbers["words"][0]["groups"] == ["a", "b", "c"]


def test_the_run_that_comes_with_the_course_is_about_one_megabyte():
    replay = Replay(Recording.load(data_path("runs", "story")))
    assert len(replay.page()) < 1_500_000
    assert "0.03 above “both sides, limit”" in str(replay)
