"""Several processes train one model: `torchrun --nproc-per-node 2 -m bertlab train ...`.

Every process draws the whole batch of a step, which is a function of seed and step alone, and reads its share of the
rows. DistributedDataParallel averages the gradients. So a run is the same, but for rounding, with any number of
processes, and may be stopped with one number and resumed with another.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import torch
from torch import distributed, nn

from bertlab.training.batches import Batch
from bertlab.training.loop import Answers, Scalar, ask
from bertlab.training.masking import IGNORED

PATIENCE = timedelta(hours=2)
"""For so long processes wait for one another: the first one may be preparing a large corpus."""


@dataclass(frozen=True)
class Share(Batch):
    """Some rows of a batch. `num_tokens` is the whole batch's.

    Args:
        of_positions, of_rows: this share of all masked positions, of all rows, times the number of processes.
    """

    of_positions: float
    of_rows: float


@dataclass(frozen=True)
class ShareAnswers(Answers):
    """How the model did on a share; the losses and accuracies are the share's own."""

    of_positions: float
    of_rows: float

    @property
    def loss(self) -> Scalar:
        """The mean of these over all processes is the loss of the whole batch."""
        mlm = self.of_positions * self.mlm_loss
        return mlm if self.nsp_loss is None else mlm + self.of_rows * self.nsp_loss


class Asked(nn.Module):
    """A model with the questions it is asked, as one: DistributedDataParallel has to see which losses there are."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, batch: Share) -> ShareAnswers:
        """Let the model answer its share of a batch."""
        answers = ask(self.model, batch)  # type: ignore[arg-type]
        of_both = {field.name: getattr(answers, field.name) for field in fields(answers)}
        return ShareAnswers(**of_both, of_positions=batch.of_positions, of_rows=batch.of_rows)


@dataclass(frozen=True)
class Processes:
    """Who trains: `rank` of `world` processes, counted from 0. Number 0 alone writes.

    >>> Processes(rank=1, world=2).writes
    False
    """

    rank: int = 0
    world: int = 1

    @property
    def writes(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    def learner(self, model: nn.Module) -> nn.Module:
        """The model as the loop trains it: after each backward pass the gradients are the mean of all processes'."""
        if self.world == 1:
            return model
        # Rows without pairs ask nothing of the next-sentence head: then it has no gradient, as in one process.
        return nn.parallel.DistributedDataParallel(Asked(model), find_unused_parameters=True)

    def share(self, batch: Batch) -> Share:
        """This process's rows: every `world`-th, from number `rank` on.

        Raises:
            ValueError: there are fewer rows than processes, or none of this process's rows asks anything.
        """
        rows = torch.arange(self.rank, len(batch.input_ids), self.world)
        labels = batch.labels[rows]
        positions = (labels.flatten() != IGNORED).nonzero().flatten()
        if not len(rows) or not len(positions):
            raise ValueError(
                f"a batch of {len(batch.input_ids)} rows cannot be shared by {self.world} processes; "
                "raise batch_tokens (--batch-tokens), or start fewer processes"
            )
        next_sentence = batch.next_sentence_label
        return Share(
            input_ids=batch.input_ids[rows],
            token_type_ids=batch.token_type_ids[rows],
            attention_mask=batch.attention_mask[rows],
            labels=labels,
            positions=positions,
            next_sentence_label=None if next_sentence is None else next_sentence[rows],
            num_tokens=batch.num_tokens,
            of_positions=self.world * len(positions) / len(batch.positions),
            of_rows=self.world * len(rows) / len(batch.input_ids),
        )

    def sharing(self, batches: Callable[[int], Batch]) -> tuple[Callable[[int], Any], Callable[[Any, Any], Any]]:
        """What the loop reads, and how it asks."""
        if self.world == 1:
            return batches, ask
        return lambda step: self.share(batches(step)), lambda learner, share: learner(share)

    def any(self, mine: bool) -> bool:
        """Whether it is so in any process: all of them stop, or none does."""
        if self.world == 1:
            return mine
        said = torch.tensor([float(mine)], device="cuda" if distributed.get_backend() == "nccl" else "cpu")
        distributed.all_reduce(said, op=distributed.ReduceOp.MAX)
        return bool(said.item())

    @contextmanager
    def writer_first(self) -> Iterator[None]:
        """The block is run by the process that writes, and then by the others, who find what it has written."""
        if not self.writes:
            distributed.barrier()
        yield
        if self.writes and self.world > 1:
            distributed.barrier()


ALONE = Processes()


@contextmanager
def joined() -> Iterator[Processes]:
    """The processes that torchrun has started, one alone without it. Only the one that writes is heard."""
    if "WORLD_SIZE" not in os.environ:
        yield ALONE
        return
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=PATIENCE)
    processes = Processes(distributed.get_rank(), distributed.get_world_size())
    try:
        with ExitStack() as quiet:
            if not processes.writes:
                quiet.enter_context(redirect_stdout(quiet.enter_context(open(os.devnull, "w", encoding="utf-8"))))
            yield processes
    finally:
        distributed.destroy_process_group()
