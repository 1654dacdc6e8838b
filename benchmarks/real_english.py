"""How good the real-English model is: what its card says beyond the run's own table.

    python benchmarks/real_english.py RUN             # the folder that `bertlab train` wrote; asks data/models/mini

It asks the stored model about the run's held-out text at BERT's own masking rate, all places and by how frequent the
true piece is, and prints ten guesses at sentences that were written before it was asked anything.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int

from bertlab import load
from bertlab.corpora import piece_shares
from bertlab.model import BertForPreTraining
from bertlab.training import Batch, evaluate, fill_mask
from bertlab.training.prepare import PreparedText
from bertlab.training.pretraining import held_out_batches
from bertlab.training.run_folder import RunFolder

RANKS = (20, 100, 500, 2000, 8000)
"""Pieces by how frequent they are: the 20 commonest, the next 80, and so on."""

EXAMPLES = (
    "The [MASK] barked all night.",
    "She poured the tea into a [MASK].",
    "He had not slept, and his eyes were [MASK].",
    "I have not seen him [MASK] yesterday.",
    "If it rains we shall stay at [MASK].",
    "He put the money in the [MASK] and locked the door.",
    "Two and two make [MASK].",
    "The capital of France is [MASK].",
    "My brother's daughter is my [MASK].",
    "A computer is a kind of [MASK].",
)


def by_frequency(
    model: BertForPreTraining, batches: Sequence[Batch], ranks: Int[np.ndarray, " vocab"]
) -> list[tuple[int, int, float, float, float]]:
    """For each group of pieces: first and last rank, its share of the places, how many are right, nats."""
    asked, right, nats = (np.zeros(len(RANKS)) for _ in range(3))
    edges = np.array(RANKS)
    with torch.inference_mode():
        for batch in batches:
            output = model(batch.input_ids, batch.token_type_ids, batch.attention_mask, positions=batch.positions)
            true = batch.labels.flatten()[batch.positions]
            losses = torch.nn.functional.cross_entropy(output.prediction_logits, true, reduction="none")
            hits = output.prediction_logits.argmax(dim=-1) == true
            group = np.searchsorted(edges, ranks[true.numpy()], side="left")
            asked += np.bincount(group, minlength=len(RANKS))
            right += np.bincount(group, weights=hits.numpy(), minlength=len(RANKS))
            nats += np.bincount(group, weights=losses.numpy(), minlength=len(RANKS))
    first = [1, *(edges[:-1] + 1)]
    return [
        (int(one), int(last), count / asked.sum(), hit / count, nat / count)
        for one, last, count, hit, nat in zip(first, edges, asked, right, nats, strict=True)
    ]


def main() -> None:
    """Ask, and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--model", default="mini")
    parser.add_argument("--batches", type=int, default=12, help="of 65,536 tokens")
    options = parser.parse_args()
    run = RunFolder(options.run)
    text, recipe = PreparedText.load(run.training), run.known_recipe()
    if recipe is None:
        parser.error(f"{options.run} holds no run of bertlab train")
    model, tokenizer = load(options.model)
    special = tokenizer.special_ids
    batches = held_out_batches(text, replace(recipe, masking=0.15), options.batches)
    print(f"At 15%: {evaluate(model, batches, text.training, special)}\n")
    shares = piece_shares(text.training.ids, len(tokenizer), special)
    ranks = np.empty(len(tokenizer), dtype=np.int64)
    ranks[np.argsort(-shares, kind="stable")] = np.arange(1, len(tokenizer) + 1)
    print("| pieces, by how frequent they are | of the places | told right | nats |\n| --- | ---: | ---: | ---: |")
    for first, last, share, right, nats in by_frequency(model, batches, ranks):
        print(f"| {first:,} to {last:,} | {share:.0%} | {right:.1%} | {nats:.2f} |")
    print("\n| asked | its three best guesses |\n| --- | --- |")
    for example in EXAMPLES:
        guesses = ", ".join(
            f"{guess.piece} {guess.probability:.0%}" for guess in fill_mask(model, tokenizer, example, 3)[0]
        )
        print(f"| {example} | {guesses} |")


if __name__ == "__main__":
    main()
