"""What this machine can do, with the reason in a sentence."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import torch

from bertlab.model import Bert, BertConfig


def choose_device() -> torch.device:
    """The fastest device there is: CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


class Precision(NamedTuple):
    """In which numbers to multiply, and why."""

    name: str
    reason: str


def choose_precision(device: torch.device) -> Precision:
    """bfloat16 where it is faster, else float32, with the reason in a sentence.

    On a CPU it is measured, for a fifth of a second or so: whether bfloat16 helps cannot be told from the CPU's name.
    """
    if device.type == "cuda":
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return Precision("bfloat16", "this GPU multiplies bfloat16 in hardware")
        return Precision("float32", "this GPU has no bfloat16")
    if device.type != "cpu":
        return Precision("float32", f"bfloat16 is not proven on {device.type}")
    ratio = _seconds_of_products(torch.float32) / _seconds_of_products(torch.bfloat16)
    name = "bfloat16" if ratio > 1.2 else "float32"
    return Precision(name, f"products in bfloat16 take {1 / ratio:.2f} times as long as in float32 on this CPU")


def _seconds_of_products(dtype: torch.dtype) -> float:
    """The shortest of a few timings of one matrix product."""
    left, right = torch.ones(1024, 512, dtype=dtype), torch.ones(512, 512, dtype=dtype)
    seconds = []
    for _ in range(12):
        started = time.perf_counter()
        left @ right
        seconds.append(time.perf_counter() - started)
    return min(seconds[2:])


@torch.no_grad()
def milliseconds(
    asked: BertConfig | Bert,
    seq: int,
    *,
    batch: int = 1,
    runs: int = 5,
    measured_layers: int | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """How long an encoder reads here: the mean of a few runs, after one to warm up.

    Of a size that is asked about the parameters are random, which takes the same time as learned ones. It runs where
    the encoder lies, in float32 if it is built here, with the threads that torch has.

    Args:
        asked: a size to build, or an encoder that is there.
        batch: rows of `seq` tokens.
        measured_layers: of a size, build and run so many layers only, and take the time times the others: quicker, a
            guess.
        clock: what tells the time, in seconds. `time.thread_time` counts what one thread computes, however busy the
            machine is: for runs on one thread.

    Raises:
        ValueError: fewer layers are asked of an encoder that is there.
    """
    if measured_layers and isinstance(asked, Bert):
        raise ValueError("an encoder that is there runs with all its layers; give its config to measure fewer")
    config = asked if isinstance(asked, BertConfig) else asked.config
    size = config.replace(num_hidden_layers=measured_layers or config.num_hidden_layers)
    model = asked if isinstance(asked, Bert) else Bert(size).eval()
    left_out = config.num_hidden_layers / measured_layers if measured_layers else 1
    rows = torch.full((batch, seq), config.vocab_size - 1, device=model.embeddings.token.weight.device)
    model(rows)
    started = clock()
    for _ in range(runs):
        model(rows)
    return 1000 * (clock() - started) / runs * left_out


def times_of_one_thread(encoders: Mapping[str, Bert], seq: int, turns: int = 5) -> dict[str, list[float]]:
    """How long each encoder reads a row on one thread, in milliseconds, for each turn in which all come once.

    What counts is the time that this thread computes: other programs make it wait, and that is no work of the model.
    A small encoder reads several times in a turn, since some systems count this time in steps of 16 ms.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        one = partial(milliseconds, seq=seq, clock=time.thread_time)
        runs = {name: max(1, round(100 / max(one(encoder, runs=1), 1))) for name, encoder in encoders.items()}
        each = [{name: one(encoder, runs=runs[name]) for name, encoder in encoders.items()} for _ in range(turns)]
        return {name: [turn[name] for turn in each] for name in encoders}
    finally:
        torch.set_num_threads(threads)
