"""BertViz's three views of attention, drawn by its own script, in pages that need no network."""

import html
import math
from collections.abc import Sequence
from typing import Any, Literal

from bertlab.views.attended import Attended, Encode, read
from bertlab.views.bertviz.drawing import BertVizView, Kind
from bertlab.views.bertviz.in_words import describe
from bertlab.views.bertviz.numbers import PAIRS, attention_filters, numbered

TooLong = Literal["refuse", "cut"]
WEIGHT_BYTES, ELEMENT_BYTES = 7, 8
"""What a share of attention and an element of a query or key take in a page: 0.1234 and -0.1234, and a comma."""
SHAPES_PER_SECOND, MEGABYTES_PER_SECOND = 75_000, 4
"""What Chromium draws and what it reads in a second, on one core of an Intel Xeon of 2026's cloud."""


def controls(shown: Attended, kind: Kind) -> str:
    """The menus above the drawing; BertViz's script fills and reads them by their ids."""
    menus = []
    if kind != "model":
        menus.append('<label class="dropdown-label">Layer: <select id="layer"></select></label>')
    if kind == "neuron":
        menus.append('<label class="dropdown-label">Head: <select id="att_head"></select></label>')
    if shown.sentence_b_start is not None:
        options = "".join(
            f'<option value="{short if kind == "neuron" else number}">{html.escape(name)}</option>'
            for number, (name, short) in enumerate(PAIRS.items())
        )
        menus.append(f'<label class="dropdown-label">Attention: <select id="filter">{options}</select></label>')
    return " ".join(menus)


def fit_length(shown: Attended, kind: Kind, max_tokens: int, too_long: TooLong, shapes: int) -> tuple[Attended, str]:
    """The text, or its first `max_tokens` tokens, and the sentence that says so.

    Args:
        shapes: how many lines and boxes the browser would draw at once for the whole text

    Raises:
        ValueError: the text is longer and `too_long` is "refuse"; tokens, megabytes and seconds are stated.
    """
    length = len(shown.tokens)
    if length <= max_tokens:
        return shown, ""
    if too_long == "cut":
        return shown.cut(max_tokens), f"Cut: the first {max_tokens} of {length} tokens are shown."
    pair = shown.sentence_b_start is not None
    weights = sum(layer.size for layer in shown.layers)
    # For a pair a page has each weight twice, in "All" and between two sentences, and each vector three times.
    megabytes = (weights * WEIGHT_BYTES * (1 + pair) + (shown.numbers - weights) * ELEMENT_BYTES * (1 + 2 * pair)) / 1e6
    seconds = math.ceil(shapes / SHAPES_PER_SECOND + megabytes / MEGABYTES_PER_SECOND)
    raise ValueError(
        f"{length} tokens are too many for a {kind} view: it takes {max_tokens}. "
        f"It would put {megabytes:.1f} MB into the notebook and take a browser about {seconds} s. "
        f"Shorten the text, show its beginning (too_long='cut'), or insist (max_tokens={length})."
    )


def chosen(numbers: Sequence[int] | None, count: int, what: str) -> list[int]:
    """The layers or heads asked for, or all of them.

    Raises:
        ValueError: one that does not exist.
    """
    picked = list(range(count)) if numbers is None else [int(number) for number in numbers]
    wrong = [number for number in picked if not 0 <= number < count]
    if wrong or not picked:
        raise ValueError(f"{what} {wrong or picked}: there are {count}, numbered 0 to {count - 1}")
    return picked


def head_view(
    encode: Encode | None = None,
    text_a: str | None = None,
    text_b: str | None = None,
    *,
    tokens: Sequence[str] | None = None,
    attentions: Any = None,
    sentence_b_start: int | None = None,
    layer: int | None = None,
    heads: Sequence[int] | None = None,
    layers: Sequence[int] | None = None,
    max_tokens: int = 64,
    too_long: TooLong = "refuse",
) -> BertVizView:
    """Who looks where in one layer, a colour for each head; a click on a colour hides or shows its head.

    Without a mouse: Tab to the tokens and to the colours, arrows among them, Space for the click.

    >>> print(head_view(tokens=["so", "it", "is"], attentions=[[[[1 / 3] * 3] * 3] * 2]))
    BertViz head view of 3 tokens, 1 layer, 2 heads: so it is.
    Head 0.0: 3 of 3 tokens look most at the first one; strongest link: so to it (0.33).
    Head 0.1: 3 of 3 tokens look most at the first one; strongest link: so to it (0.33).

    Args:
        encode: gives (tokens, attentions) of a text or a pair; `pretrained.encoder(model, tokenizer)` is one
        attentions: instead of a text, one array (heads, query, key) a layer, a batch of one before it or not
        sentence_b_start: the first token of the second sentence; found by itself after the first [SEP]
        layer: the layer shown first
        heads: the heads shown first
        layers: the layers on the menu
        too_long: "refuse" a text of more than `max_tokens`, or "cut" it there

    Raises:
        ValueError: numbers that are no attention of these tokens; no such layer or head; too long a text.

    Source: Vig 2019, arXiv 1906.05714 (BertViz).
    """
    shown = read(encode, text_a, text_b, tokens=tokens, attentions=attentions, sentence_b_start=sentence_b_start)
    lines = shown.heads * len(shown.tokens) ** 2
    shown, note = fit_length(shown, "head", max_tokens, too_long, lines)
    menu = chosen(layers, len(shown.layers), "layers")
    first = menu[0] if layer is None else chosen([layer], len(shown.layers), "layer")[0]
    if first not in menu:
        raise ValueError(f"layer {first} is not among layers {menu}")
    drawn = chosen(heads, shown.heads, "heads")
    parameters = {
        "attention": numbered(attention_filters(_only(shown, menu))),
        "default_filter": "0",
        "root_div_id": "bertviz",
        "layer": first,
        "heads": drawn,
        "include_layers": menu,
    }
    height = 46 + 30 + math.ceil(22.5 * len(shown.tokens))
    label = describe("head", shown, [(first, each) for each in drawn])
    return BertVizView("head", label, parameters, controls(shown, "head"), height, note, squares=shown.heads)


def model_view(
    encode: Encode | None = None,
    text_a: str | None = None,
    text_b: str | None = None,
    *,
    tokens: Sequence[str] | None = None,
    attentions: Any = None,
    sentence_b_start: int | None = None,
    layers: Sequence[int] | None = None,
    heads: Sequence[int] | None = None,
    max_tokens: int = 32,
    too_long: TooLong = "refuse",
) -> BertVizView:
    """Every head of every layer as a thumbnail; a click, or arrows and Enter, enlarges one.

    Arguments and errors are those of `head_view`, but that `layers` and `heads` pick what is drawn at all.

    Source: Vig 2019, arXiv 1906.05714 (BertViz).
    """
    shown = read(encode, text_a, text_b, tokens=tokens, attentions=attentions, sentence_b_start=sentence_b_start)
    rows, columns = chosen(layers, len(shown.layers), "layers"), chosen(heads, shown.heads, "heads")
    lines = len(rows) * len(columns) * len(shown.tokens) ** 2
    shown, note = fit_length(shown, "model", max_tokens, too_long, lines)
    # BertViz sizes a thumbnail by this number; below eight they would outgrow the screen.
    size = max(len(columns), 8)
    parameters = {
        "attention": numbered(attention_filters(_only(shown, rows, columns))),
        "default_filter": "0",
        "root_div_id": "bertviz",
        "display_mode": "light",
        "include_layers": rows,
        "include_heads": columns,
        "total_heads": size,
    }
    grid = len(rows) * (len(shown.tokens) * 84 / size + 10) + 38
    height = 16 + math.ceil(max(grid, len(shown.tokens) * 18 + 55)) + 36 * (shown.sentence_b_start is not None)
    label = describe("model", shown, [(row, column) for row in rows for column in columns])
    return BertVizView("model", label, parameters, controls(shown, "model"), height, note)


def neuron_view(
    encode: Encode | None = None,
    text_a: str | None = None,
    text_b: str | None = None,
    *,
    tokens: Sequence[str] | None = None,
    attentions: Any = None,
    queries: Any = None,
    keys: Any = None,
    sentence_b_start: int | None = None,
    layer: int = 0,
    head: int = 0,
    max_tokens: int = 48,
    too_long: TooLong = "refuse",
) -> BertVizView:
    """How one head comes to its weights: query times key, element by element, summed, then the softmax.

    Rest on a token, then click the plus sign beside it to see its vectors; or Tab, arrows and Enter.

    Args:
        encode: as for `head_view`, giving (tokens, attentions, queries, keys)
        queries: one array (heads, query, head_dim) a layer, not yet divided by the root of head_dim
        keys: likewise (heads, key, head_dim)

    Raises:
        ValueError: as `head_view`; also when queries or keys are missing or misshapen.

    Source: Vig 2019, arXiv 1906.05714 (BertViz).
    """
    shown = read(
        encode, text_a, text_b, tokens=tokens, attentions=attentions, queries=queries, keys=keys,
        sentence_b_start=sentence_b_start,
    )  # fmt: skip
    if shown.queries is None or shown.keys is None:
        missing = "queries" if shown.queries is None else "keys"
        raise ValueError(
            f"a neuron view needs {missing}: give queries= and keys=, or an encode that returns "
            "(tokens, attentions, queries, keys)"
        )
    length, head_dim = shown.queries[0].shape[1:]
    shapes = 7 * length**2 + 3 * length * head_dim
    shown, note = fit_length(shown, "neuron", max_tokens, too_long, shapes)
    first, one = chosen([layer], len(shown.layers), "layer")[0], chosen([head], shown.heads, "head")[0]
    parameters = {
        "attention": attention_filters(shown),
        "default_filter": "all",
        "root_div_id": "bertviz",
        "display_mode": "light",
        "bidirectional": not shown.causal,
        "layer": first,
        "head": one,
    }
    height = 46 + 100 + 26 * len(shown.tokens)
    label = describe("neuron", shown, [(first, one)])
    return BertVizView("neuron", label, parameters, controls(shown, "neuron"), height, note)


def _only(shown: Attended, layers: Sequence[int], heads: Sequence[int] | None = None) -> Attended:
    picked = [shown.layers[layer] for layer in layers]
    if heads is not None:
        picked = [layer[list(heads)] for layer in picked]
    return Attended(shown.tokens, picked, None, None, shown.sentence_b_start, shown.whole_length)
