"""Bars, curves and points: as high, as long and where the numbers say; measures against a count by hand."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.colors import to_hex

from bertlab.views import figures, palette, plots


def test_a_loss_curve_says_where_it_ended_beside_what_is_known(drawn_text):
    history = {"BERT": [(0, 8.0), (100, 4.0)], "GPT": [(0, 8.0), (100, 4.5)]}
    fig = plots.loss_curve(history, {"both sides, limit": 3.5, "unigram guess": 6.4})
    assert fig.get_suptitle() == "BERT after 100 steps: 4.00 nats, 0.50 above “both sides, limit”"
    lines = {line.get_color(): list(line.get_ydata()) for line in fig.axes[0].lines}
    assert lines == {
        palette.BERT: [8.0, 4.0],
        palette.GPT: [8.0, 4.5],
        palette.LIMIT: [3.5, 3.5],
        palette.CONTROL: [6.4, 6.4],
    }
    dashed = [line.get_color() for line in fig.axes[0].lines if line.get_linestyle() == "--"]
    assert dashed == [palette.LIMIT, palette.CONTROL]
    assert {"BERT 4.00", "GPT 4.50", "both sides, limit 3.50", "unigram guess 6.40"} <= set(drawn_text(fig))
    alt, table = figures.words_of(fig)
    assert alt.endswith("unigram guess 6.40, GPT 4.50, BERT 4.00, both sides, limit 3.50.")
    assert table == [
        {"step": "0", "BERT": "8.00", "GPT": "8.00"},
        {"step": "100", "BERT": "4.00", "GPT": "4.50"},
    ]


def test_the_table_of_a_long_curve_is_short_and_ends_where_the_curve_ends():
    fig = plots.loss_curve({"BERT": [(step, 1 / step) for step in range(1, 1000)], "late": [(999, 2.0)]})
    table = figures.words_of(fig).table
    assert len(table) <= 6
    assert table[-1] == {"step": "999", "BERT": "0.00", "late": "2.00"}
    assert table[0]["late"] == "–"


def test_on_a_halving_scale_low_limits_have_room_and_their_labels_stay_in_order():
    limits = {"left side only, limit": 0.65, "right side only, limit": 0.57, "both sides, limit": 0.23}
    fig = plots.loss_curve([(100, 4.4), (200, 0.45)], limits, halving=True)
    axes = fig.axes[0]
    assert axes.get_yscale() == "log"
    assert [float(tick.get_text()) for tick in axes.get_yticklabels()] == [0.125, 0.25, 0.5, 1, 2, 4, 8]
    labels = {note.get_text(): note.xyann[1] for note in axes.texts}
    names = [*(f"{name} {loss:.2f}" for name, loss in limits.items()), "BERT 0.45"]
    heights = [labels[name] for name in names]
    assert np.argsort(heights).tolist() == np.argsort([*limits.values(), 0.45]).tolist()
    assert np.diff(np.sort(heights)).min() > 0.06
    starts = {note.get_text(): note.xy[1] for note in axes.texts}
    shares = [np.log2(loss / 0.125) / 6 for loss in [*limits.values(), 0.45]]
    assert [starts[name] for name in names] == pytest.approx(shares), "each label's line begins where its loss is"


def test_a_curve_that_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="'BERT' has no points"):
        plots.loss_curve([])
    with pytest.raises(ValueError, match="never comes down to 0"):
        plots.loss_curve([(1, 2.0), (2, 0.0)], halving=True)


def test_the_truth_and_a_guess_stand_beside_each_other_on_one_scale(drawn_text):
    fig = plots.truth_bars(["studio", "river"], [0.5, 0.5 + 1e-12], [0.3, 0.6])
    truth, guess = fig.axes
    assert [bar.get_width() for bar in truth.patches] == pytest.approx([0.5, 0.5])
    assert [bar.get_width() for bar in guess.patches] == [0.3, 0.6]
    assert truth.get_xlim() == guess.get_xlim()
    assert {to_hex(bar.get_facecolor()) for bar in truth.patches} == {palette.LIMIT}
    assert {to_hex(bar.get_facecolor()) for bar in guess.patches} == {palette.BERT.lower()}
    assert fig.get_suptitle() == "“studio”: one can be 50% sure, BERT is 30%", "rounding decides nothing"
    assert {"studio", "river", " 50.0%", " 30.0%", " 60.0%", "how sure one can be"} <= set(drawn_text(fig))
    assert figures.words_of(fig).table[1] == {"piece": "river", "one can be sure": "50.0%", "BERT is sure": "60.0%"}
    with pytest.raises(ValueError, match="2 pieces, 2 exact probabilities and 1 guessed"):
        plots.truth_bars(["a", "b"], [0.5, 0.5], [1.0])


def test_guesses_are_bars_of_their_probabilities(drawn_text):
    fig = plots.guess_bars(["store", "river"], [0.3, 0.1], right="river")
    bars = fig.axes[0].patches
    assert [bar.get_width() for bar in bars] == [0.3, 0.1]
    assert to_hex(bars[1].get_facecolor()) == palette.BERT.lower()
    assert bars[0].get_facecolor() != bars[1].get_facecolor()
    assert {to_hex(bar.get_edgecolor()) for bar in bars} == {palette.BERT.lower()}, "the pale one has a clear edge"
    assert [label.get_fontweight() for label in fig.axes[0].get_yticklabels()] == ["normal", "bold"]
    assert fig.get_suptitle() == "The best guess is “store” (30%)"
    assert {"store", "river", " 30.0%", " 10.0%"} <= set(drawn_text(fig))
    assert figures.words_of(fig).alt.endswith("store 30.0%, river 10.0%. “river” stood there.")


def test_whose_guesses_they_are_is_seen_and_two_figures_can_share_a_scale():
    fig = plots.guess_bars(["store"], [0.01], who="untrained", longest=0.5)
    assert to_hex(fig.axes[0].patches[0].get_facecolor()) == palette.CONTROL
    assert fig.axes[0].get_xlim() == plots.guess_bars(["a"], [0.5]).axes[0].get_xlim()
    assert "is not among the guesses" in figures.words_of(plots.guess_bars(["a"], [0.5], right="b")).alt


@pytest.mark.parametrize(
    ("pieces", "shares", "message"),
    [
        (["a", "b"], [0.5], "2 pieces and 1 probabilities"),
        ([], [], "0 pieces"),
        (["a"], [50], "probabilities has 50; a share lies between 0 and 1: write 90% as 0.9"),
        (["a"], [float("nan")], "probabilities has nan"),
    ],
)
def test_guesses_without_probabilities_are_refused(pieces, shares, message):
    with pytest.raises(ValueError, match=message):
        plots.guess_bars(pieces, shares)


BOTH = {"left": 1.0, "right": 0.9, "nowhere": 0.5}
LEFT = {"nowhere": 0.5, "left": 0.8, "right": 0.4}  # in another order
LIMITS = {"BERT": {"left": 1.0, "right": 1.0, "nowhere": 0.5}, "GPT": {"nowhere": 0.5, "right": 0.56, "left": 1.0}}


def test_bars_by_clue_are_as_high_as_their_shares_each_under_its_own_limit(drawn_text):
    fig = plots.clue_bars({"BERT": BOTH, "GPT": LEFT}, LIMITS, chance=0.25)
    axes = fig.axes[0]
    bars = {
        (round(bar.get_x() + bar.get_width() / 2), to_hex(bar.get_facecolor())): bar.get_height()
        for bar in axes.patches
    }
    blue, red = palette.BERT.lower(), palette.GPT.lower()
    assert bars == {
        (0, blue): 1.0, (1, blue): 0.9, (2, blue): 0.5,
        (0, red): 0.8, (1, red): 0.4, (2, red): 0.5,
    }  # fmt: skip
    limits = [line for line in axes.lines if line.get_color() == palette.LIMIT]
    assert len(limits) == 6
    for number, model in enumerate(("BERT", "GPT")):
        for clue, name in enumerate(BOTH):
            line = limits[3 * number + clue]
            left, right = line.get_xdata()
            bar = axes.patches[3 * number + clue]
            assert left <= bar.get_x() < bar.get_x() + bar.get_width() <= right, "a limit lies over its own bar"
            assert list(line.get_ydata()) == [LIMITS[model][name]] * 2
    chance = [line.get_ydata()[0] for line in axes.lines if line.get_color() == palette.CONTROL]
    assert chance == [0.25] * 3
    words = drawn_text(fig)
    assert [word for word in words if word in ("100%", "90%", "80%", "40%")].count("40%") == 1
    assert {"left", "right", "nowhere", "BERT", "GPT", "the best possible", "mere guessing"} <= set(words)
    assert fig.get_suptitle() == "Clue “right”: BERT 90% correct, GPT 40%"
    assert figures.words_of(fig).table[3] == {
        "clue": "right", "model": "GPT", "correct": "40%", "the best possible": "56%", "mere guessing": "25%",
    }  # fmt: skip
    assert figures.words_of(fig).alt.endswith(" Mere guessing: 25%.")
    assert "right: BERT 90% (best possible 100%), GPT 40% (best possible 56%)" in figures.words_of(fig).alt


def test_a_limit_that_is_not_known_is_not_drawn():
    fig = plots.clue_bars({"BERT": BOTH, "GPT": LEFT}, {"left": 1.0, "right": None, "nowhere": 0.5})
    limits = [line for line in fig.axes[0].lines if line.get_color() == palette.LIMIT]
    assert sorted(line.get_ydata()[0] for line in limits) == [0.5, 0.5, 1.0, 1.0]
    assert "right: BERT 90%, GPT 40%;" in figures.words_of(fig).alt
    assert [row["the best possible"] for row in figures.words_of(fig).table][2:4] == ["–", "–"]
    by_place = figures.words_of(plots.clue_bars({"BERT": BOTH}, chance=LEFT)).alt
    assert by_place.endswith(" Mere guessing: left 80%, right 40%, nowhere 50%.")


@pytest.mark.parametrize("models", [1, 2, 3])
def test_the_bars_of_a_group_stand_evenly_about_its_place_and_guessing_lies_across_them(models):
    names = ["BERT", "GPT", "LSTM"][:models]
    axes = plots.clue_bars(dict.fromkeys(names, BOTH), chance={"left": 0.5, "right": 0.4, "nowhere": 0.3}).axes[0]
    lines = [line for line in axes.lines if line.get_color() == palette.CONTROL]
    for clue in range(3):
        group = [axes.patches[3 * model + clue] for model in range(models)]
        left, right = group[0].get_x(), group[-1].get_x() + group[-1].get_width()
        assert (left + right) / 2 == pytest.approx(clue)
        assert all(one.get_x() + one.get_width() < other.get_x() for one, other in pairwise(group))
        start, end = lines[clue].get_xdata()
        assert clue - 0.5 < start < left < right < end < clue + 0.5
        assert list(lines[clue].get_ydata()) == [[0.5, 0.4, 0.3][clue]] * 2


def test_bars_may_count_something_else_than_correct_answers():
    fig = plots.clue_bars({"BERT": BOTH}, by="method", up="top word is the clue")
    assert fig.axes[0].get_ylabel() == "top word is the clue"
    alt, table = figures.words_of(fig)
    assert "Top word is the clue by method. left: BERT 100%" in alt
    assert list(table[0]) == ["method", "model", "top word is the clue"]


def test_one_limit_for_all_models_or_none():
    fig = plots.clue_bars({"BERT": BOTH, "GPT": LEFT}, LIMITS["BERT"])
    limits = [line.get_ydata()[0] for line in fig.axes[0].lines if line.get_color() == palette.LIMIT]
    assert limits == [1.0, 1.0, 0.5] * 2
    alone = plots.clue_bars({"BERT": BOTH})
    assert alone.axes[0].lines[:] == []
    assert list(figures.words_of(alone).table[0]) == ["clue", "model", "correct"]
    assert alone.get_suptitle() == "BERT: 100% correct with clue “left”, 50% “nowhere”"
    some = plots.clue_bars({"untrained": LEFT, "BERT": BOTH}, {"BERT": LIMITS["BERT"]})
    assert some.get_suptitle() == "Clue “right”: BERT 90% correct, untrained 40%"
    nothing = dict.fromkeys(BOTH, 0.0)
    news = plots.clue_bars({"untrained": nothing, "BERT": BOTH, "GPT": LEFT})
    assert news.get_suptitle() == "Clue “right”: BERT 90% correct, GPT 40%", "that a control knows nothing is no news"
    assert figures.words_of(some).table[0]["the best possible"] == "–"


def test_bars_that_are_all_alike_are_told_in_one_sentence():
    alt, _ = figures.words_of(plots.clue_bars(dict.fromkeys(("BERT", "GPT"), dict.fromkeys(BOTH, 1.0))))
    assert alt.endswith("BERT and GPT, each at left, right and nowhere: 100%.")


@pytest.mark.parametrize("names", [
    ("BERT", "GPT"),
    ("learned from easy", "learned from hard", "learned from tense"),
    ("from easy", "from hard", "from tense", "control, mixed"),
])  # fmt: skip
def test_names_under_bars_do_not_run_into_each_other(names):
    fig = plots.clue_bars(dict.fromkeys(names, BOTH), by="kind of pair")
    fig.draw_without_rendering()
    boxes = sorted((label.get_window_extent() for label in fig.axes[0].get_xticklabels()), key=lambda box: box.x0)
    assert all(left.x1 <= right.x0 for left, right in pairwise(boxes))
    assert {label.get_rotation() for label in fig.axes[0].get_xticklabels()} == {0}, "nobody reads them from afar"
    (below,) = fig.axes[0].child_axes
    assert below.get_xlabel() == "kind of pair"
    assert max(label.get_window_extent().y1 for label in below.get_xticklabels()) <= min(box.y0 for box in boxes)
    alt, table = figures.words_of(fig)
    left = ", ".join(f"{name} 100%" for name in names)
    assert f"Correct answers by kind of pair. left: {left}; right: {names[0]} 90%, " in alt
    assert list(table[0]) == ["kind of pair", "model", "correct"]


@pytest.mark.parametrize(
    ("correct", "options", "message"),
    [
        ({}, {}, "nothing to draw"),
        (
            {"BERT": BOTH, "GPT": {"left": 1.0}},
            {},
            r"GPT has the places \['left'\], BERT has \['left', 'nowhere', 'right'\]",
        ),
        ({"BERT": {"left": 90}}, {}, "BERT has 90; a share lies between 0 and 1"),
        ({"BERT": BOTH}, {"limits": {"GTP": BOTH}}, r"limits are given for \['GTP'\], models are \['BERT'\]"),
        ({"BERT": BOTH}, {"limits": {"left": 1.0}}, r"the limit of BERT has the places \['left'\]"),
        ({"BERT": BOTH}, {"chance": 1.5}, "chance has 1.5"),
    ],
)
def test_bars_by_clue_refuse_what_does_not_fit(correct, options, message):
    with pytest.raises(ValueError, match=message):
        plots.clue_bars(correct, **options)


def test_the_sense_gap_of_three_vectors_by_hand():
    # cos 0° = 1 within "river"; to (1, 1) it is cos 45° twice.
    gap = plots.sense_gap([[3.0, 0.0], [1.0, 0.0], [2.0, 2.0]], ["river", "river", "music"])
    assert gap.same == pytest.approx(1)
    assert gap.different == pytest.approx(np.sqrt(0.5))
    assert gap.gap == pytest.approx(1 - np.sqrt(0.5))


def test_the_sense_gap_is_a_mean_over_pairs():
    vectors = np.random.default_rng(0).normal(size=(7, 5))
    senses = list("aababcc")
    pairs = {True: [], False: []}
    for i, j in combinations(range(7), 2):
        cosine = vectors[i] @ vectors[j] / np.sqrt((vectors[i] @ vectors[i]) * (vectors[j] @ vectors[j]))
        pairs[senses[i] == senses[j]].append(cosine)
    gap = plots.sense_gap(vectors, senses)
    assert gap.same == pytest.approx(np.mean(pairs[True]))
    assert gap.different == pytest.approx(np.mean(pairs[False]))


def test_the_principal_plane_is_that_of_the_covariance():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(30, 6)) * [5, 3, 1, 0.5, 0.2, 0.1] + 7
    places, share = plots.principal_plane(vectors)
    centred = vectors - vectors.mean(axis=0)
    sizes, directions = np.linalg.eigh(np.cov(centred.T))  # in rising order
    assert share == pytest.approx(sizes[-2:].sum() / sizes.sum())
    for axis in (0, 1):
        along = centred @ directions[:, -1 - axis]
        assert np.allclose(places[:, axis], along) or np.allclose(places[:, axis], -along)
        assert places[np.abs(places[:, axis]).argmax(), axis] > 0, "the farthest lies on the positive side"


def test_points_on_a_plane_keep_their_distances():
    flat = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0]])
    turned, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(9, 2)))
    places, share = plots.principal_plane(flat @ turned.T + 1)
    for i, j in combinations(range(4), 2):
        assert np.linalg.norm(places[i] - places[j]) == pytest.approx(np.linalg.norm(flat[i] - flat[j]))
    assert share == pytest.approx(1)


def test_one_point_and_one_dimension_have_a_plane_too():
    places, share = plots.principal_plane(np.ones((3, 4)))
    assert np.allclose(places, 0)
    assert share == 1
    places, share = plots.principal_plane(np.array([[1.0], [3.0]]))
    assert places == pytest.approx(np.array([[1, 0], [-1, 0]]))
    assert share == 1


def test_a_sense_scatter_shows_each_sense_with_a_marker_of_its_own_beside_the_control(drawn_text):
    rng = np.random.default_rng(0)
    senses = ["river"] * 3 + ["music"] * 3
    vectors = np.where(np.arange(6)[:, None] < 3, [5.0, 1, 0, 0], [0.0, 0, 1, 5]) + 0.1 * rng.normal(size=(6, 4))
    control = rng.normal(size=(6, 4))
    fig = plots.sense_scatter(vectors, senses, control, who="GPT")
    for axes, side, name in zip(fig.axes, (vectors, control), ("GPT", "untrained"), strict=True):
        unit = side / np.linalg.norm(side, axis=1, keepdims=True)
        places, _ = plots.principal_plane(unit)
        river, music = axes.collections
        assert np.allclose(river.get_offsets(), places[:3])
        assert np.allclose(music.get_offsets(), places[3:])
        assert not np.array_equal(river.get_paths()[0].vertices, music.get_paths()[0].vertices), "another marker"
        assert len(river.get_facecolor()) == 1
        assert len(music.get_facecolor()) == 0, "hollow"
        gap = plots.sense_gap(side, senses)
        title = f"{name}: gap {gap.gap:+.2f}\nsame sense {gap.same:.2f}, other sense {gap.different:.2f}"
        assert axes.get_title() == title
    one, other = fig.axes
    assert np.ptp(one.get_xlim()) == pytest.approx(np.ptp(other.get_xlim())), "one scale"
    assert {"river", "music"} <= set(drawn_text(fig))
    assert fig.get_suptitle() == f"Gap between the senses: GPT +1.01, untrained {gap.gap:+.2f}"
    said = f"untrained: {gap.same:.2f} in the same sense, {gap.different:.2f} in different ones"
    assert said in figures.words_of(fig).alt
    assert [row["vectors"] for row in figures.words_of(fig).table] == ["GPT", "untrained"]


def test_shuffled_senses_are_a_control():
    vectors = np.repeat(np.eye(2), 2, axis=0)
    fig = plots.sense_scatter(vectors, list("aabb"), vectors, control_is="shuffled senses", control_senses=list("abab"))
    assert fig.get_suptitle() == "Gap between the senses: BERT +1.00, shuffled senses -0.50"


def test_what_is_sorted_by_place_is_not_called_a_sense():
    vectors = np.repeat(np.eye(2), 2, axis=0)
    fig = plots.sense_scatter(vectors, list("aabb"), vectors, by="place")
    assert fig.get_suptitle() == "Gap between the places: BERT +1.00, untrained +1.00"
    assert fig.axes[0].get_title() == "BERT: gap +1.00\nsame place 1.00, other place 0.00"
    words = figures.words_of(fig)
    assert {"same place", "other place"} <= set(words.table[0])
    assert "sense" not in words.alt


@pytest.mark.parametrize(
    ("vectors", "senses", "options", "message"),
    [
        (np.ones((3, 2)), ["a", "b"], {}, r"vectors have shape \(3, 2\); 2 senses need \(2, hidden\)"),
        (np.ones((2, 2)), ["a", "a"], {}, "the senses are a, at most 2 times each: two senses are needed"),
        (np.ones((2, 2)), ["a", "b"], {}, "and one of them twice"),
        ([[1, 0], [0, 0], [0, 1]], list("aab"), {}, "vector 1 has the length 0"),
        (np.ones((3, 2)), list("aab"), {"control": np.ones((2, 2))}, "3 vectors, but 2 of the control"),
        (np.ones((3, 2)), list("aab"), {"control_is": "BERT"}, "the control needs another name than 'BERT'"),
    ],
)
def test_senses_that_cannot_be_compared_are_refused(vectors, senses, options, message):
    with pytest.raises(ValueError, match=message):
        plots.sense_scatter(vectors, senses, **{"control": vectors, **options})
