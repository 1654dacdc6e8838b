"""A BertViz view in words, for whoever does not see it: what is drawn, and of each head what one would see in it."""

from collections.abc import Sequence

import numpy as np

from bertlab.views.attended import Attended
from bertlab.views.bertviz.drawing import Kind
from bertlab.views.bertviz.numbers import readable

HEADS_TOLD = 16
"""Of so many heads each has a line of its own; of more, the mean of the first one's layer is told."""


def describe(kind: Kind, shown: Attended, heads: Sequence[tuple[int, int]]) -> str:
    """The view in words: its tokens, and for each head, as (layer, head), where most tokens look.

    >>> shown = Attended(["a", "b"], [np.array([[[0.2, 0.8], [0.5, 0.5]]])])
    >>> print(describe("head", shown, [(0, 0)]))
    BertViz head view of 2 tokens, 1 layer, 1 head: a b.
    Head 0.0: 1 of 2 tokens looks most at the one before; strongest link: a to b (0.80).
    """
    layers, each = len(shown.layers), shown.heads
    tokens = [readable(token).strip() for token in shown.tokens]
    words = [
        f"BertViz {kind} view of {len(tokens)} token{'s' * (len(tokens) > 1)}, {layers} layer{'s' * (layers > 1)}, "
        f"{each} head{'s' * (each > 1)}: {' '.join(tokens)}."
    ]
    if shown.whole_length is not None:
        words.append(f"Cut: the text has {shown.whole_length} tokens.")
    layer = heads[0][0]
    if len(heads) <= HEADS_TOLD:
        words += [line for layer, head in heads if (line := _of_head(shown, tokens, layer, head))]
    elif (link := shown.strongest_link(layer)) is not None:
        query, key, share = link
        strongest = f"{tokens[query]} looks at {tokens[key]} ({share:.2f})"
        words.append(f"Strongest link in layer {layer}, heads averaged: {strongest}.")
    return "\n".join(words)


def _of_head(shown: Attended, tokens: Sequence[str], layer: int, head: int) -> str | None:
    """Where most tokens look, and if there is a hole, where it and [CLS] do; else the strongest link between words."""
    link = shown.strongest_link(layer, head)
    if link is None:
        return None
    shares = shown.layers[layer][head]
    at, seen = np.arange(len(tokens)), shares.argmax(axis=-1)
    kinds = {
        "the one before": seen == at - 1, "the next one": seen == at + 1, "ITSELF": seen == at,
        f"the first one{', [CLS]' * (tokens[0] == '[CLS]')}": seen == 0,
        f"the last one{', [SEP]' * (tokens[-1] == '[SEP]')}": seen == len(tokens) - 1,
    }  # fmt: skip
    most = max(kinds, key=lambda kind: float(kinds[kind].sum()))
    count = int(kinds[most].sum())
    most = most.replace("ITSELF", "itself" if count == 1 else "themselves")
    told = f"Head {layer}.{head}: {count} of {len(tokens)} tokens look{'s' * (count == 1)} most at {most}"
    if tokens.count("[MASK]") == 1:
        asked = [place for place, token in enumerate(tokens) if token in ("[CLS]", "[MASK]")]
        named = (f"{tokens[place]} most at {tokens[seen[place]]} ({shares[place].max():.2f})" for place in asked)
        return f"{told}; {', '.join(named)}."
    query, key, share = link
    return f"{told}; strongest link: {tokens[query]} to {tokens[key]} ({share:.2f})."
