"""Ours beside a peer's, in turns within one process: what a busy machine does to one, it does to all."""

import statistics
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import torch
from torch.autograd.graph import saved_tensors_hooks

from bertlab.bench.contenders import OURS, SHIPPED, TUNED, Update, contender, variants_on
from bertlab.bench.reading import Turn, Turns
from bertlab.model import BertConfig
from bertlab.training import Batch, Recipe

LEAST_TURNS = 3

Entry = tuple[str, str]
"""A variant and its precision."""


@dataclass(frozen=True)
class Row:
    """How fast one contender was in one setting.

    Args:
        tokens_per_second: real ones, padding not counted: the median of its turns.
        ratio_to_transformers: how many times as fast as a user gets it, in float32; the median over the turns.
        ratio_to_tuned: how many times as fast as the tuned one in the same precision.
        least, most: of `ratio_to_transformers`, over the turns.
        kept_megabytes: what one step keeps for its backward pass, the parameters not counted; None on a GPU.
        peak_megabytes: the most that torch held on the GPU during a turn, above what lay there before; None on a CPU.
    """

    preset: str
    variant: str
    precision: str
    batch: str
    tokens_per_second: float
    ratio_to_transformers: float
    ratio_to_tuned: float
    least: float
    most: float
    turns: int
    kept_megabytes: float | None
    peak_megabytes: float | None

    def __str__(self) -> str:
        memory = (
            f"keeps {self.kept_megabytes:,.0f} MB"
            if self.kept_megabytes is not None
            else f"at most {self.peak_megabytes:,.0f} MB"
        )
        return (
            f"{self.preset:6} {self.batch:5} {self.precision:8} {self.variant:25} {self.tokens_per_second:>12,.0f} "
            f"tokens/s, {self.ratio_to_transformers:5.2f} times transformers ({self.least:.2f} to {self.most:.2f}), "
            f"{self.ratio_to_tuned:5.2f} times tuned; {memory}"
        )


def race(
    preset: str,
    config: BertConfig,
    turns: Turns,
    precisions: Sequence[str],
    seconds: float,
    device: torch.device,
    who: Sequence[str] | None = None,
) -> Iterator[Row]:
    """All contenders in all precisions on the same rows, in turns, each time in another order; one row for each.

    Whatever its own precision, each is compared with transformers as a user gets it, in float32, and with the tuned one
    of its own precision.

    Args:
        seconds: for so long, all together, but at least three turns.
        who: contenders; all of this device if left out. `transformers` in float32 runs in any case.
    """
    entries = [(variant, precision) for precision in precisions for variant in who or variants_on(device)]
    entered = {
        (variant, precision): contender(variant, config, Recipe(steps=2**40, precision=precision), device)
        for variant, precision in dict.fromkeys([(SHIPPED, "float32"), *entries])
    }

    def read_by(variant: str, turn: Turn) -> list[Batch]:
        return turn.ours if variant == OURS else turn.drawn

    kept, first = {}, turns(0)
    for (variant, precision), update in entered.items():  # which warms them up as well
        widest = max(read_by(variant, first), key=lambda batch: batch.input_ids.numel())
        if device.type == "cpu":
            kept[variant, precision] = kept_megabytes(update, widest)
        else:  # where the second and third batch may still be compiled for
            measured(update, read_by(variant, first), device)

    speeds: dict[Entry, list[float]] = {entry: [] for entry in entered}
    peaks = dict.fromkeys(entered, 0.0)
    order, began = deque(entered), time.perf_counter()
    for number in count(1):
        turn = turns(number)
        order.rotate(1)
        for entry in order:
            took, peak = measured(entered[entry], read_by(entry[0], turn), device)
            speeds[entry].append(turn.num_tokens / took)
            peaks[entry] = max(peaks[entry], peak)
        if number >= LEAST_TURNS and time.perf_counter() - began > seconds:
            break

    def times_as_fast(entry: Entry, other: Entry) -> list[float]:
        return [mine / theirs for mine, theirs in zip(speeds[entry], speeds[other], strict=True)]

    for entry in entries:
        variant, precision = entry
        beside = times_as_fast(entry, (SHIPPED, "float32"))
        yield Row(
            preset=preset,
            variant=variant,
            precision=precision,
            batch=turns.kind,
            tokens_per_second=statistics.median(speeds[entry]),
            ratio_to_transformers=statistics.median(beside),
            ratio_to_tuned=statistics.median(times_as_fast(entry, (TUNED, precision))),
            least=min(beside),
            most=max(beside),
            turns=len(beside),
            kept_megabytes=kept.get(entry),
            peak_megabytes=peaks[entry] if device.type == "cuda" else None,
        )


def measured(update: Update, batches: list[Batch], device: torch.device) -> tuple[float, float]:
    """Seconds for these updates, and on a GPU the megabytes they took at most above what was there."""
    if device.type == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
    started = time.perf_counter()
    for batch in batches:
        loss = update(batch)
    loss.item()  # waits for the device
    took = time.perf_counter() - started
    return took, (torch.cuda.max_memory_allocated() - before) / 1e6 if device.type == "cuda" else 0.0


def kept_megabytes(update: Update, batch: Batch) -> float:
    """What one update keeps from its forward for its backward pass, each number once, parameters among them only where
    they were copied (as into bfloat16)."""
    seen: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        if not isinstance(tensor, torch.nn.Parameter):
            storage = tensor.untyped_storage()
            seen[storage.data_ptr()] = storage  # kept alive, so that no address is used twice
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        update(batch)
    return sum(storage.nbytes() for storage in seen.values()) / 1e6


def matmul_peak(precision: str, device: torch.device, size: int | None = None, tries: int = 5) -> float:
    """The most operations a second that a product of two square matrices reaches here, two for each multiplication."""
    enough, products = (8192, 20) if device.type == "cuda" else (2048, 1)
    size = size or enough
    dtype = getattr(torch, precision)
    left, right = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    best = float("inf")
    for _ in range(tries + 1):
        started = time.perf_counter()
        for _ in range(products):
            product = left @ right
        product[0, 0].item()  # waits for the device
        best = min(best, (time.perf_counter() - started) / products)
    return 2 * size**3 / best
