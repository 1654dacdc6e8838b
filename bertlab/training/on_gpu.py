"""What keeps a GPU busy: rows laid out and hidden where the model is, and the model's small operations fused.

Which stretches of text a batch holds is drawn on the CPU, one step ahead; the rows that become of them never travel.
No line here waits for the device.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from bertlab.model import LanguageModel
from bertlab.training.batches import Batch, PretrainingBatches
from bertlab.training.loop import Answers, ask
from bertlab.training.masking import IGNORED, at_least_one, lowest
from bertlab.training.pairs import Pairs

PIECES_AT_ONCE = 2**26

COMPILING_PAYS = 3000
"""Steps with the longest rows that win back what torch.compile takes: on an H100 22 seconds, at some 8 ms a step."""


class BatchesOnDevice:
    """The batches of `PretrainingBatches`, made on the device that trains.

    A batch is a function of seed and step alone, as there, and its rows hold the same stretches of text. As many pieces
    of a row are hidden; which ones, and what stands there instead, is the device's own luck, so the shares of 80/10/10
    hold on average. `positions` has room for the most that a row may hide, so that all batches of one row length have
    one shape: what is left of it names places that nobody asks about (their label is -100).

    Args:
        device: where the model is. The corpus has to fit there, 4 bytes a piece.
    """

    def __init__(self, batches: PretrainingBatches, device: torch.device) -> None:
        self.batches, self.device = batches, device
        ids, tokenizer = batches.corpus.ids, batches.tokenizer
        self._text = torch.empty(len(ids), dtype=torch.int32, device=device)
        for begin in range(0, len(ids), PIECES_AT_ONCE):
            some = slice(begin, begin + PIECES_AT_ONCE)
            self._text[some] = torch.from_numpy(ids[some].astype(np.int32)).to(device)
        is_ordinary = torch.ones(len(tokenizer), dtype=torch.bool)
        is_ordinary[tokenizer.special_ids] = False
        self._is_ordinary, self._ordinary = is_ordinary.to(device), is_ordinary.nonzero().flatten().to(device)
        self._ahead = ThreadPoolExecutor(max_workers=1, thread_name_prefix="next step's stretches")
        self._coming: dict[int, Future[tuple[Pairs, int]]] = {}

    def __call__(self, step: int) -> Batch:
        """The batch that a step reads."""
        pairs, seed = self._coming[step].result() if step in self._coming else self._draw(step)
        self._coming = {step + 1: self._ahead.submit(self._draw, step + 1)}
        row_length = self.batches.recipe.row_length_at(step)
        ids, segments, real = self._lay_out(pairs, row_length)
        shown, labels, positions = self._hide(ids, torch.Generator(self.device).manual_seed(seed))
        is_random = pairs.is_random
        return Batch(
            input_ids=shown,
            token_type_ids=segments,
            attention_mask=real,
            labels=labels,
            positions=positions,
            next_sentence_label=None if is_random is None else self._send(is_random.astype(np.int64)),
            num_tokens=int((pairs.lengths + 2 + (pairs.b_stop > pairs.b_start)).sum()),
        )

    def _draw(self, step: int) -> tuple[Pairs, int]:
        """Which stretches of text, and the seed of what is hidden."""
        recipe = self.batches.recipe
        rng = np.random.default_rng((recipe.seed, step))
        # Step `recipe.steps` is never read: drawing it ahead does no harm.
        pairs = self.batches.stretches(recipe.row_length_at(step), rng)
        return pairs, int(rng.integers(2**63))

    def _send(self, numbers: Int[np.ndarray, "..."]) -> Int[Tensor, "..."]:
        return torch.from_numpy(numbers).to(self.device, non_blocking=True)

    def _lay_out(
        self, pairs: Pairs, row_length: int
    ) -> tuple[Int[Tensor, "batch seq"], Int[Tensor, "batch seq"], Int[Tensor, "batch seq"]]:
        """As `build_rows` does: (input_ids, token_type_ids, attention_mask)."""
        tokenizer = self.batches.tokenizer
        limits = self._send(np.stack([pairs.a_start, pairs.a_stop, pairs.b_start, pairs.b_stop]))
        a_start, a_stop, b_start, b_stop = limits[:, :, None]
        column = torch.arange(row_length, device=self.device)
        a_sep = 1 + a_stop - a_start
        b_sep = a_sep + b_stop - b_start + (b_stop > b_start)

        in_a, in_b = (column >= 1) & (column < a_sep), (column > a_sep) & (column < b_sep)
        place = torch.where(in_b, b_start + column - a_sep - 1, a_start + column - 1)
        ids = self._text[place.clamp(0, len(self._text) - 1)].long().where(in_a | in_b, tokenizer.pad_id)
        ids = ids.where((column != a_sep) & (column != b_sep), tokenizer.sep_id).where(column > 0, tokenizer.cls_id)
        return ids, ((column > a_sep) & (column <= b_sep)).long(), (column <= b_sep).long()

    def _hide(
        self, ids: Int[Tensor, "batch seq"], luck: torch.Generator
    ) -> tuple[Int[Tensor, "batch seq"], Int[Tensor, "batch seq"], Int[Tensor, " positions"]]:
        """As `mask_tokens` does: (input_ids, labels), and where to ask."""
        recipe, ordinary = self.batches.recipe, self._is_ordinary[ids]

        order, fate = torch.rand((2, *ids.shape), generator=luck, device=self.device)
        chosen = lowest(order.masked_fill(~ordinary, 2.0), at_least_one(ordinary.sum(dim=-1), recipe.masking))
        drawn = torch.randint(len(self._ordinary), ids.shape, generator=luck, device=self.device)
        another = self._ordinary[drawn]
        instead = another.where(fate < recipe.replaced, self.batches.tokenizer.mask_id).where(
            fate < 1 - recipe.kept, ids
        )
        return instead.where(chosen, ids), ids.where(chosen, IGNORED), places_to_ask(chosen, recipe.masking)


def places_to_ask(chosen: Bool[Tensor, "batch seq"], masking: float) -> Int[Tensor, " positions"]:
    """The chosen places as indices into the flattened tokens, and others as if each row had as many as it may have.

    >>> places = places_to_ask(torch.tensor([[False, True, True, False], [False, True, False, False]]), 0.9)
    >>> len(places), {1, 2, 5} <= set(places.tolist())
    (4, True)
    """
    most = at_least_one(torch.tensor([chosen.shape[1] - 2]), masking)
    return chosen.flatten().int().topk(len(chosen) * int(most)).indices


Ask = Callable[[LanguageModel, Batch], Answers]


def ask_fused(row_length: int) -> Ask:
    """`ask`, with its many small operations fused by torch.compile for rows of one length; others are asked as ever.

    The first such batch takes half a minute or so.
    """
    fused = torch.compile(ask, dynamic=False)

    def either(model: LanguageModel, batch: Batch) -> Answers:
        return (fused if batch.input_ids.shape[1] == row_length else ask)(model, batch)

    return either


def at_full_speed(batches: PretrainingBatches, device: torch.device) -> tuple[BatchesOnDevice, Ask]:
    """What the loop reads on a GPU, and how it asks: fused where the run is long, and Triton there to compile with."""
    recipe = batches.recipe
    longest = recipe.stages[-1]
    pays = (1 - longest.starts) * recipe.steps >= COMPILING_PAYS and find_spec("triton") is not None
    return BatchesOnDevice(batches, device), ask_fused(longest.row_length) if pays else ask
