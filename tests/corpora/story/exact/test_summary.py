"""The limits of a sample: their sums worked out another way, what binds them, and the copy kept with the data."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bertlab.corpora.story import StoryWorld, limits, summarise
from bertlab.corpora.story.exact import summary
from bertlab.corpora.story.exact.summary import (
    CACHE,
    MASKING,
    _limit,
    fingerprint,
    hidden_places,
    keep_limits,
    measure_limits,
    piece_frequencies,
)
from bertlab.paths import data_path

SIZES = [size for size in ("pocket", "full") if data_path("story").joinpath(size, "stories.txt").exists()]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frequencies by few stories will do here."""
    monkeypatch.setattr(summary, "TOLD", 40)


def test_hidden_places_are_a_share_and_all_equally_likely():
    counts = np.zeros(10)
    for number in range(2_000):
        places = hidden_places(10, 0.3, np.random.default_rng(number)).tolist()
        assert len(set(places)) == 3
        assert places == sorted(places)
        counts[places] += 1
    assert (abs(counts - 600) < 5 * (2_000 * 0.3 * 0.7) ** 0.5).all()
    assert len(hidden_places(3, 0.1, np.random.default_rng(0))) == 1


def test_a_summary_is_the_mean_over_all_hidden_pieces(tiny):
    stories = list(tiny.documents(12, seed=1))
    found = summarise(tiny, stories, masking=0.3, seed=5)
    told: dict[str, list[tuple[int, float, float, float, float]]] = {"both": [], "left": [], "right": [], "unigram": []}
    frequencies = piece_frequencies(tiny, 40)
    for number, story in enumerate(stories):
        pieces = tiny.pieces(story)
        places = hidden_places(len(pieces), 0.3, np.random.default_rng((5, number)))
        for visible in ("both", "left", "right"):
            for place, exact in zip(places, tiny.limit(story, places.tolist(), visible), strict=True):
                entropy = -sum(share * np.log(share) for share in exact if share)
                right = exact.argmax() == pieces[place]
                told[visible].append((number, entropy, exact.max(), -np.log(exact[pieces[place]]), right))
                if visible == "both":
                    loss = -sum(share * np.log(other) for share, other in zip(exact, frequencies, strict=True) if share)
                    most = frequencies.argmax()
                    drawn = -np.log(frequencies[pieces[place]])
                    told["unigram"].append((number, loss, exact[most], drawn, most == pieces[place]))
    assert found.documents == 12
    assert found.positions == len(told["both"])
    for name, rows in told.items():
        limit = found.limits[name]
        _, nats, right, drawn_nats, drawn_right = np.array(rows).mean(axis=0)
        np.testing.assert_allclose(
            [limit.nats, limit.right, limit.drawn_nats, limit.drawn_right], [nats, right, drawn_nats, drawn_right]
        )


def test_the_standard_error_is_the_spread_of_many_samples():
    """Stories of unlike length and difficulty, their pieces as alike as can be."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(400):
        pieces = rng.integers(2, 20, size=50)
        each = rng.gamma(2.0, size=(50, 4)) * pieces[:, None]
        found.append(_limit(np.column_stack([each, pieces])))
    for value, error in (("nats", "nats_error"), ("right", "right_error")):
        spread = np.std([getattr(limit, value) for limit in found], ddof=1)
        announced = np.mean([getattr(limit, error) for limit in found])
        assert announced == pytest.approx(spread, rel=0.15)


@pytest.mark.slow
def test_whoever_sees_more_guesses_better():
    world = StoryWorld.load("pocket")
    found = summarise(world, world.documents(12, part="test"), 0.3).limits
    for side in ("left", "right"):
        assert found["both"].nats < found[side].nats < found["unigram"].nats
        assert found["both"].right > found[side].right > found["unigram"].right
    # With everything hidden nothing is left to see but the length.
    blind = summarise(world, world.documents(3, part="test"), 1.0).limits
    assert blind["both"].nats > 2 * found["both"].nats


def test_frequencies_are_those_of_the_training_stories(tiny):
    frequencies = piece_frequencies(tiny, documents=200, seed=3)
    pieces = [piece for story in tiny.documents(200, seed=3) for piece in tiny.pieces(story)]
    specials = len(tiny.tokenizer.special_ids)
    wash = tiny.tokenizer.vocab["was"]
    assert frequencies.sum() == pytest.approx(1)
    assert frequencies[wash] == pytest.approx((pieces.count(wash) + 1) / (len(pieces) + len(tiny.tokenizer) - specials))
    assert not frequencies[tiny.tokenizer.special_ids].any()


def test_a_summary_prints_its_table(tiny):
    told = str(summarise(tiny, tiny.documents(5), 0.15))
    assert told.splitlines()[0].startswith(f"{tiny.folder.name}: ")
    assert "5 stories, 15% hidden" in told
    assert [line[:15].strip() for line in told.splitlines()[2:]] == [
        "both sides",
        "left side only",
        "right side only",
        "without looking",
    ]


def test_what_cannot_be_summarised(tiny):
    with pytest.raises(ValueError, match="there are no stories to summarise"):
        summarise(tiny, [])
    with pytest.raises(ValueError, match="the share of hidden pieces is above 0 and at most 1, not 0"):
        summarise(tiny, tiny.documents(1), masking=0.0)


@pytest.fixture
def own_world(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tiny world to write in, small samples, and nothing measured yet."""
    folder = tmp_path / "own"
    shutil.copytree(tiny_folder, folder)
    monkeypatch.setattr(summary, "DOCUMENTS", 8)
    summary._measured.cache_clear()
    return folder


def test_limits_are_kept_with_the_data_and_read_from_there(own_world):
    measured = keep_limits(StoryWorld.load(own_world))
    assert [limits(own_world, share) for share in MASKING] == measured
    # Read, not measured again: what stands in the file is what is told.
    file = own_world / CACHE
    kept = json.loads(file.read_text(encoding="utf-8"))
    kept["summaries"][1]["positions"] = 12_345
    file.write_text(json.dumps(kept), encoding="utf-8")
    assert limits(own_world, 0.3) == replace(measured[1], positions=12_345)
    assert limits(own_world, 0.15) == measured[0]


@pytest.mark.parametrize("name", ["lexicon.txt", "stories.txt", "held_out.txt", "vocab.txt"])
def test_limits_of_changed_files_are_measured_anew_and_written_nowhere(own_world, name):
    keep_limits(StoryWorld.load(own_world))
    before = (own_world / CACHE).read_bytes()
    with (own_world / name).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n" if name != "vocab.txt" else "zebra\n")
    stale = json.loads(before)["summaries"][1]["limits"]["both"]
    (own_world / CACHE).write_bytes(before.replace(b'"positions": ', b'"positions": 99'))
    fresh = limits(own_world, 0.3)
    assert fresh.positions < 1_000
    assert fresh.limits["both"].nats == pytest.approx(stale["nats"], abs=0.5)
    assert b'"positions": 99' in (own_world / CACHE).read_bytes()


def test_a_folder_that_cannot_be_written_is_no_obstacle(own_world, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(summary, "write_whole", refuse)
    first = limits(own_world, 0.3)
    assert first.documents == 8
    # Measured once a session.
    monkeypatch.setattr(summary, "measure_limits", refuse)
    assert limits(own_world, 0.3) == first


def test_the_fingerprint_does_not_mind_line_ends(own_world):
    world = StoryWorld.load(own_world)
    before = fingerprint(world)
    file = own_world / "stories.txt"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert fingerprint(world) == before
    file.write_text(file.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
    assert fingerprint(world) != before


def test_other_shares_are_refused_with_the_remedy():
    with pytest.raises(ValueError, match=r"kept for 15% and 30% hidden, not 40%; .* call summarise\(world"):
        limits("pocket", 0.4)


@pytest.mark.slow
def test_the_command_writes_them(own_world):
    done = subprocess.run(
        [sys.executable, "-m", "bertlab", "corpus", "limits", "--size", str(own_world)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[4],
    )
    assert "of 1,000 stories, 15% hidden" in done.stdout
    assert str(limits(own_world, 0.3)) in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_the_limits_that_come_with_the_data_are_of_these_very_files(size):
    world = StoryWorld.load(size)
    kept = json.loads((world.folder / CACHE).read_text(encoding="utf-8"))
    assert kept["fingerprint"] == fingerprint(world), f"run: python -m bertlab corpus limits --size {size}"
    # The first stories of the sample once more, and the whole within what its error allows.
    found = measure_limits(world, 20, [0.3])[0].limits["both"]
    both = kept["summaries"][1]["limits"]["both"]
    assert kept["summaries"][1]["documents"] == 1_000
    assert abs(found.nats - both["nats"]) < 4 * found.nats_error
