"""Where the time of a training step goes, by kinds of work."""

from collections.abc import Sequence

import torch
from torch.profiler import ProfilerActivity, profile

from bertlab.bench.contenders import Update
from bertlab.training import Batch

KINDS_OF_WORK = {
    "products of matrices": ("mm", "addmm", "bmm", "baddbmm", "linear", "nvjet", "gemm", "cutlass", "splitk"),
    "attention": ("attention", "sdpa", "fmha"),
    "fused by torch.compile": ("triton",),
    "softmax and loss": ("softmax", "nll_loss"),
    "GELU": ("gelu",),
    "LayerNorm": ("layer_norm", "gammabeta"),
    "optimiser": ("adam", "foreach_norm", "clip", "linalg_vector_norm", "foreach_mul", "multi_tensor", "lpnorm"),
    "embeddings and gathering": ("embedding", "index", "gather", "scatter"),
    "copies": ("copy", "contiguous", "cat", "memcpy"),
    "sums and masks": ("add", "mul", "div", "sum", "masked_fill", "where", "fill", "reduce", "elementwise"),
}
"""A kind, and what the names of its operators, and of a GPU's kernels, have in them; the first that fits counts."""

WHOLE_NAMES = ("mm", "addmm", "bmm", "baddbmm", "linear")
"""These count only where they are all of a name."""


def kind_of_work(operator: str) -> str:
    """What kind of work an operator of torch does.

    >>> kind_of_work("aten::_softmax_backward_data"), kind_of_work("aten::addmm"), kind_of_work("aten::item")
    ('softmax and loss', 'products of matrices', 'the rest')
    """
    name = operator.removeprefix("aten::").strip("_").lower()
    for kind, parts in KINDS_OF_WORK.items():
        if any(part == name if part in WHOLE_NAMES else part in name for part in parts):
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
