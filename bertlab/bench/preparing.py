"""How fast rows are laid out and hidden, beside transformers' collator: no GPU should have to wait for this."""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bertlab.bench.contenders import needs_transformers
from bertlab.bench.reading import Turns
from bertlab.text import Tokenizer
from bertlab.training import Batch
from bertlab.training.masking import IGNORED


def preparation(turns: Turns, tokenizer: Tokenizer, seconds: float) -> tuple[float, float]:
    """Rows a second: ours, and those of transformers' DataCollatorForLanguageModeling.

    Ours draws the rows from the corpus, lays them out and hides pieces; theirs pads rows that are laid out, and hides.

    Raises:
        ImportError: transformers is not there.
    """
    transformers = needs_transformers()
    with TemporaryDirectory() as folder:
        vocab = Path(folder, "vocab.txt")
        vocab.write_text("\n".join(tokenizer.pieces) + "\n", encoding="utf-8")
        theirs = transformers.BertTokenizer(str(vocab))
    collate = transformers.DataCollatorForLanguageModeling(theirs, mlm_probability=0.15)
    laid_out = [rows_without_padding(batch) for batch in turns(0).drawn]

    def collated(number: int) -> int:
        return len(collate(laid_out[number % len(laid_out)])["input_ids"])

    return (
        rows_a_second(lambda number: len(turns.batch_of(number).input_ids), seconds),
        rows_a_second(collated, seconds),
    )


def rows_without_padding(batch: Batch) -> list[dict[str, list[int]]]:
    """The rows of a batch as the collator wants them: nothing hidden yet."""
    true = batch.input_ids.where(batch.labels == IGNORED, batch.labels)
    lengths = batch.attention_mask.sum(dim=-1).tolist()
    return [
        {"input_ids": ids[:length], "token_type_ids": segments[:length], "attention_mask": [1] * length}
        for ids, segments, length in zip(true.tolist(), batch.token_type_ids.tolist(), lengths, strict=True)
    ]


def rows_a_second(prepare: Callable[[int], int], seconds: float) -> float:
    """How many rows a second a function prepares, which is given the number of its call and says how many it did."""
    prepare(0)
    done, calls, began = 0, 1, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds or not done:
        done, calls = done + prepare(calls), calls + 1
    return done / took
