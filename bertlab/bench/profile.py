"""Where the time of a training step goes, by kinds of work."""

from collections.abc import Sequence

import torch
from torch.profiler import ProfilerActivity, profile

from bertlab.bench.contenders import Update
from bertlab.training import Batch

KINDS_OF_WORK = {
    "products of matrices": ("mm", "addmm", "bmm", "baddbmm", "linear"),
    "softmax and loss": ("softmax", "nll_loss"),
    "GELU": ("gelu",),
    "LayerNorm": ("layer_norm",),
    "optimiser": ("adam", "foreach_norm", "clip", "linalg_vector_norm", "foreach_mul"),
    "embeddings and gathering": ("embedding", "index"),
    "copies": ("copy", "contiguous", "cat"),
    "sums and masks": ("add", "mul", "div", "sum", "masked_fill", "where", "fill"),
}
"""A kind, and what the names of its operators have in them; the first kind that fits counts."""


def kind_of_work(operator: str) -> str:
    """What kind of work an operator of torch does.

    >>> kind_of_work("aten::_softmax_backward_data"), kind_of_work("aten::addmm"), kind_of_work("aten::item")
    ('softmax and loss', 'products of matrices', 'the rest')
    """
    name = operator.removeprefix("aten::").strip("_")
    for kind, parts in KINDS_OF_WORK.items():
        if name in parts or (kind != "products of matrices" and any(part in name for part in parts)):
            return kind
    return "the rest"


def where_time_goes(update: Update, batches: Sequence[Batch], device: torch.device) -> dict[str, float]:
    """The share of each kind of work in some updates, the largest first. The profiler itself costs a little."""
    on_gpu = device.type == "cuda"
    with profile(activities=[ProfilerActivity.CUDA if on_gpu else ProfilerActivity.CPU]) as profiled:
        for batch in batches:
            update(batch)
        if on_gpu:
            torch.cuda.synchronize()
    spent: dict[str, float] = {}
    for event in profiled.key_averages():
        kind = kind_of_work(event.key)
        spent[kind] = spent.get(kind, 0.0) + (event.self_device_time_total if on_gpu else event.self_cpu_time_total)
    total = sum(spent.values())
    return {kind: time / total for kind, time in sorted(spent.items(), key=lambda each: -each[1])}
