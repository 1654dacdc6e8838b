"""Maps: each cell shows the number that belongs there, and what does not fit is refused by name."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgba

from bertlab.views import figures, palette, plots
from bertlab.views.plots.attention import ROWS

TOKENS = ["[CLS]", "$_$", "_x_", "[SEP]"]


def probabilities(*shape):
    return np.random.default_rng(0).dirichlet(np.ones(shape[-1]), size=shape[:-1])


def test_an_attention_map_shows_the_numbers_it_was_given(drawn_text):
    probs = probabilities(4, 4)
    fig = plots.attention_map(probs, TOKENS)
    image = fig.axes[0].images[0]
    assert np.array_equal(image.get_array(), probs)
    words = drawn_text(fig)
    assert words.count("$_$") >= 2, "dollar signs are tokens, not (here faulty) mathematics"
    assert [f"{p:.2f}" for p in probs.ravel()] == [word for word in words if re.fullmatch(r"\d\.\d\d", word)]
    row, column = np.unravel_index(probs.argmax(), probs.shape)
    assert fig.get_suptitle() == f"“{TOKENS[row]}” looks at “{TOKENS[column]}” most of all ({probs.max():.2f})"
    assert figures.words_of(fig).table[2] == {
        "token": "_x_",
        "looks most at": TOKENS[probs[2].argmax()],
        "share": f"{probs[2].max():.2f}",
    }


def test_under_a_causal_mask_the_first_row_is_no_news_and_forbidden_cells_are_empty(drawn_text):
    fig = plots.attention_map([[1.0, 0.0], [0.3, 0.7]], ["a", "b"])
    assert fig.get_suptitle() == "“b” looks at “b” most of all (0.70)"
    assert [word for word in drawn_text(fig) if word[0].isdigit()] == ["1.00", "0.30", "0.70"]
    assert plots.attention_map(np.eye(2), ["a", "b"]).get_suptitle() == "“a” looks at “a” most of all (1.00)"


def test_an_attention_map_of_a_square_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"probs has shape \(2, 2\); 3 rows and 3 columns"):
        plots.attention_map(np.eye(2), ["a", "b", "c"])
    with pytest.raises(ValueError, match=r"probs has shape \(0,\)"):
        plots.attention_map([], [])
    assert plots.attention_map(np.ones((1, 2)) / 2, ["a"], key_tokens=["b", "c"]).axes


def test_a_long_text_gets_some_names_and_a_short_table(drawn_text):
    tokens = [f"t{place}" for place in range(80)]
    probs = probabilities(80, 80)
    fig = plots.attention_map(probs, tokens)
    drawn_text(fig)
    named = [label.get_text() for label in fig.axes[0].get_yticklabels()]
    assert 10 < len(named) < 50
    assert named[1] == tokens[int(fig.axes[0].get_yticks()[1])]
    table = figures.words_of(fig).table
    assert len(table) == ROWS
    assert {row["token"] for row in table} == {tokens[i] for i in np.argsort(-probs.max(axis=1))[:ROWS]}


def test_a_head_grid_puts_every_head_in_its_place_on_one_scale(drawn_text):
    layers = probabilities(3, 4, 5, 5)
    fig = plots.head_grid(list(layers), list("abcde"), picked=[(2, 1)])
    axes = fig.axes[0]
    assert len(axes.images) == 12
    corners = {}
    for image in axes.images:
        left, right, bottom, top = image.get_extent()
        assert (right - left, bottom - top) == pytest.approx((1, 1))
        corners[int(top), int(left)] = image
    for layer in range(3):
        for head in range(4):
            assert np.array_equal(corners[layer, head].get_array(), layers[layer, head])
    assert {image.get_clim() for image in axes.images} == {(0, layers.max())}
    (thick,) = [line for line in axes.lines if line.get_linewidth() > 2]
    assert (int(thick.get_xdata()[0]), int(thick.get_ydata()[0])) == (1, 2), "head 1 of layer 2"
    assert {"layer 0", "layer 2", "head 0", "head 3", "a", "e"} <= set(drawn_text(fig))
    (row,) = figures.words_of(fig).table
    mean = layers[2, 1].max(axis=1).mean()
    assert (row["layer"], row["head"], row["share of the one looked at most, mean"]) == (2, 1, f"{mean:.2f}")
    assert fig.get_suptitle() == f"Layer 2, head 1: a token gives {mean:.0%} of its attention to one"


def test_a_head_grid_names_the_sharpest_head_of_each_layer_and_of_all():
    layers = np.full((2, 2, 4, 4), 0.25)
    layers[0, 1] = 0.7 * np.eye(4) + 0.075
    layers[1, 0] = np.roll(np.eye(4), 1, axis=1)
    fig = plots.head_grid(layers, list("abcd"))
    assert (
        fig.get_suptitle().replace("\n", " ")
        == "Sharpest is layer 1, head 0: a token gives 100% of its attention to one"
    )
    table = figures.words_of(fig).table
    assert [(row["layer"], row["head"]) for row in table] == [(0, 1), (1, 0)]
    assert table[1]["strongest link"] == "a → b"


@pytest.mark.parametrize(("layers", "heads", "length"), [(12, 12, 15), (4, 4, 30)])
def test_a_head_grid_of_many_tokens_does_without_them(layers, heads, length, drawn_text):
    fig = plots.head_grid(probabilities(layers, heads, length, length), [f"t{i}" for i in range(length)])
    words = set(drawn_text(fig))
    assert not words & {f"t{i}" for i in range(length)}
    assert ({"layer", "head", "11"} if layers == 12 else {"layer 3", "head 3"}) <= words


def test_a_head_grid_refuses_what_does_not_fit():
    layers = probabilities(2, 2, 3, 3)
    with pytest.raises(ValueError, match=r"no head \(2, 0\): layers count from 0 to 1, heads from 0 to 1"):
        plots.head_grid(layers, list("abc"), picked=[(2, 0)])
    with pytest.raises(ValueError, match="but there are 2 tokens"):
        plots.head_grid(layers, list("ab"))
    with pytest.raises(ValueError, match="adds up to 2"):
        plots.head_grid(2 * layers, list("abc"))


def test_masks_fill_what_is_allowed_and_count_it(drawn_text):
    torch = pytest.importorskip("torch")
    from bertlab.model import build_mask

    attention_mask = torch.tensor([[1, 1, 1, 0]])
    masks = {
        "no mask": np.ones((4, 4), bool),
        "causal": build_mask(torch.ones(1, 4, dtype=torch.long), causal=True),
        "padding": build_mask(attention_mask, causal=False).expand(1, 1, 4, 4),
    }
    fig = plots.mask_matrices(masks, TOKENS)
    panels = fig.axes
    expected = [np.ones((4, 4)), np.tril(np.ones((4, 4))), np.repeat([[1, 1, 1, 0]], 4, axis=0)]
    for axes, matrix, colour in zip(panels, expected, [palette.BERT, palette.GPT, palette.GREEN], strict=True):
        image = axes.images[0]
        assert np.array_equal(image.get_array(), matrix)
        assert to_hex(image.cmap(image.norm(1.0))) == colour.lower()
        assert image.cmap(image.norm(0.0)) == to_rgba("white")
        assert axes.title.get_color() == palette.ink(colour)
    assert {"16 of 16 cells: 100%", "10 of 16 cells: 62%", "12 of 16 cells: 75%"} <= set(drawn_text(fig))
    assert fig.get_suptitle() == "Filled: may look. “causal” leaves 10 of 16 cells"
    assert [row["cells that may look"] for row in figures.words_of(fig).table] == [16, 10, 12]


def test_shares_under_two_masks_stand_on_one_scale(drawn_text):
    fig = plots.mask_matrices({"no mask": [[0.5, 0.5], [0.4, 0.6]], "causal": [[1.0, 0.0], [0.4, 0.6]]}, ["a", "b"])
    assert [axes.images[0].get_clim() for axes in fig.axes] == [(0, 1.0), (0, 1.0)]
    numbers = [word for word in drawn_text(fig) if re.fullmatch(r"\d\.\d\d", word)]
    assert numbers == ["0.50", "0.50", "0.40", "0.60", "1.00", "0.40", "0.60"]
    assert fig.get_suptitle() == "Who gets how much: “causal” leaves 3 of 4 cells"


@pytest.mark.parametrize(
    ("masks", "tokens", "message"),
    [
        ({}, None, "there are no masks"),
        ({"a": np.eye(2), "b": np.eye(3)}, None, r"'b' has shape \(3, 3\), 'a' has \(2, 2\)"),
        ({"a": np.eye(2)}, ["x"], r"'a' has shape \(2, 2\); 1 tokens need \(1, 1\)"),
        ({"a": np.where(np.eye(2) > 0, 0, -1e9)}, None, r"'a' goes from -1e\+09 to 0.*mask == 0"),
        ({"a": np.ones((2, 3, 3))}, None, r"one text and one head"),
    ],
)
def test_what_is_no_mask_is_refused(masks, tokens, message):
    with pytest.raises(ValueError, match=message):
        plots.mask_matrices(masks, tokens)


def test_a_sum_of_embeddings_adds_up_and_shares_one_scale(drawn_text):
    rng = np.random.default_rng(0)
    parts = {
        name: rng.normal(size=(4, 40)) * size for name, size in [("token", 1), ("segment", 0.1), ("position", 0.5)]
    }
    after = rng.normal(size=(4, 40))
    fig = plots.embedding_sum(parts, TOKENS, after, dimensions=6)
    strips = [axes.images[0] for axes in fig.axes[:5]]
    total = parts["token"] + parts["segment"] + parts["position"]
    for image, whole in zip(strips, [*parts.values(), total, after], strict=True):
        assert np.allclose(image.get_array(), whole[:, :6])
    largest = max(np.abs(whole[:, :6]).max() for whole in [*parts.values(), total])
    assert all(image.get_clim() == pytest.approx((-largest, largest)) for image in strips[:4])
    assert strips[4].get_clim() == pytest.approx((-np.abs(after[:, :6]).max(), np.abs(after[:, :6]).max()))
    words = drawn_text(fig)
    assert [word for word in words if word in ("+", "=", "→")] == ["+", "+", "=", "→"]
    assert "the first 6 of 40 dimensions" in words
    length = np.sqrt((parts["token"] ** 2).sum(axis=1)).mean()
    assert fig.get_suptitle() == f"“token” is the longest part of the sum: {length:.2g} on average"
    assert figures.words_of(fig).table[0] == {"vectors": "token", "mean length": f"{length:.3g}"}
    assert [row["vectors"] for row in figures.words_of(fig).table][3:] == ["sum", "after LayerNorm"]


def test_a_sum_by_hand_shows_its_numbers(drawn_text):
    fig = plots.embedding_sum({"token": [[1.0, -2.0]], "position": [[0.5, 0.0]]}, ["a"])
    numbers = [word for word in drawn_text(fig) if re.fullmatch(r"-?[\d.]+", word)]
    assert numbers[:5] == ["1", "-2", "0.5", "1.5", "-2"]
    assert "all 2 dimensions" in drawn_text(fig)


@pytest.mark.parametrize(
    ("parts", "options", "message"),
    [
        ({}, {}, "there is nothing to add"),
        ({"a": np.ones((2, 3)), "b": np.ones((2, 4))}, {}, r"'b' has shape \(2, 4\), 'a' has \(2, 3\)"),
        ({"a": np.ones((3, 3))}, {}, r"'a' has shape \(3, 3\); with 2 tokens \(2, hidden\) is right"),
        ({"a": np.ones((2, 3))}, {"after": np.ones((2, 4))}, r"'after LayerNorm' has shape \(2, 4\)"),
        ({"a": np.ones((2, 3))}, {"dimensions": 0}, "dimensions is 0; show at least one of the 3"),
    ],
)
def test_what_cannot_be_added_is_refused(parts, options, message):
    with pytest.raises(ValueError, match=message):
        plots.embedding_sum(parts, ["x", "y"], **options)
