"""The commands that train: `bertlab train` on text, `train-story` and `record-story` on the story world."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from bertlab.cli.numbers import at_least_one

if TYPE_CHECKING:
    from bertlab.training.processes import Processes

# As in `bertlab.model.config`, which cannot be asked: it needs torch.
PRESETS = ("tiny", "mini", "small", "medium", "base", "large")


def train(options: argparse.Namespace) -> int:
    """Train a BERT on your own text files."""
    from bertlab.training.processes import joined

    with joined() as processes:
        return _train(options, processes)


def _train(options: argparse.Namespace, processes: "Processes") -> int:
    from bertlab.model import BertConfig
    from bertlab.training import Recipe, Stage, choose_device, choose_precision
    from bertlab.training.pretraining import prepare_run, pretrain
    from bertlab.training.run_folder import RunFolder

    run = RunFolder(options.out)
    device = choose_device()
    if options.precision:
        precision, reason = options.precision, "as asked"
    elif begun := run.known_recipe():  # measured anew it might come out otherwise, and that would be another run
        precision, reason = begun.precision, "as this run began"
    else:
        precision, reason = choose_precision(device)
        if processes.any(precision == "bfloat16"):  # all in the same, though each measures for itself
            precision = "bfloat16"
    print(f"device {device}, {precision}: {reason}" + f"; {processes.world} processes" * (processes.world > 1))
    recipe = Recipe(
        steps=options.steps,
        batch_tokens=options.batch_tokens,
        stages=tuple(Stage(*stage) for stage in options.row_lengths),
        learning_rate=options.learning_rate,
        warmup_steps=options.warmup,
        masking=options.masking,
        next_sentence=options.nsp,
        sentence_pairs=options.sentence_pairs,
        precision=precision,
        seed=options.seed,
    )
    with processes.writer_first():
        text = prepare_run(
            run,
            options.corpus,
            vocab_size=options.vocab_size,
            vocab_file=options.vocab,
            lowercase=not options.cased,
            held_out=options.held_out,
            encoding=options.encoding,
        )
    print(f"training on {text.training}\nheld out    {text.held_out}")
    config = BertConfig.preset(
        options.preset,
        vocab_size=len(text.tokenizer),
        max_position_embeddings=max(recipe.row_lengths),
        hidden_dropout_prob=options.dropout,
        attention_probs_dropout_prob=options.dropout,
        pad_token_id=text.tokenizer.pad_id,
    )
    asked = {"command": options.command_line, "keep_every": options.keep_every}
    result = pretrain(run, text, config, recipe, processes=processes, **asked)
    if result is None:
        return 130
    print(f"{result}\nsaved in {options.out}; try: bertlab guess --model {shlex.quote(str(options.out))}")
    return 0


def train_story(options: argparse.Namespace) -> int:
    """Train a BERT, or its causal GPT, on the story world, whose best possible loss is known."""
    from bertlab.training import choose_device, choose_precision
    from bertlab.training.run_folder import RunFolder
    from bertlab.training.twins import story_recipe, train_twin

    run = RunFolder(options.out)
    begun = run.known_recipe()
    precision = options.precision or (begun.precision if begun else choose_precision(choose_device()).name)
    print(f"device {choose_device()}, {precision}")
    given = {"steps": options.steps} if options.steps else {}
    result = train_twin(
        run,
        options.size,
        causal=options.causal,
        recipe=story_recipe(options.size, precision=precision, seed=options.seed, **given),
        command=options.command_line,
        documents=options.documents,
        keep_every=options.keep_every,
    )
    if result is None:
        return 130
    print(f"saved in {options.out}, with its card in README.md")
    return 0


def record_story(options: argparse.Namespace) -> int:
    """Train a small BERT on the pocket world, and keep what it says of fixed texts while it learns."""
    from bertlab.training.recorded_story import record_story as record

    recording = record(options.out, command=options.command_line, steps=options.steps, seed=options.seed)
    print(f"{len(recording.moments)} moments in {options.out}")
    return 0


def row_lengths(text: str) -> list[tuple[float, int]]:
    """`128`, or `8,16,32:0.2,128:0.4`: a length may name the share of the steps at which it starts.

    Without shares, the lengths before the last share the first 40% evenly.

    >>> row_lengths("8,128")
    [(0.0, 8), (0.4, 128)]
    >>> row_lengths("8,32:0.1,128:0.25")
    [(0.0, 8), (0.1, 32), (0.25, 128)]

    Raises:
        argparse.ArgumentTypeError: it is not written so.
    """
    stages = []
    parts = text.split(",")
    for number, part in enumerate(parts):
        length, colon, starts = part.partition(":")
        try:
            stages.append((float(starts) if colon else 0.4 * number / max(1, len(parts) - 1), int(length)))
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"{part!r} is not LENGTH or LENGTH:START; write 128, or 8,16,32:0.2,128:0.4"
            ) from None
    return stages


def add_training(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `train`, `train-story` and `record-story` to the commands."""
    command = commands.add_parser("train", help=train.__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    command.set_defaults(run=train)
    command.add_argument(
        "--corpus", type=Path, nargs="+", required=True, help="text files or folders of them", metavar="PATH"
    )
    command.add_argument(
        "--out", type=Path, required=True, help="folder for the model; an interrupted run goes on there"
    )
    command.add_argument("--preset", default="tiny", choices=PRESETS, help="size of the model")
    command.add_argument("--steps", type=int, default=2000)
    command.add_argument("--batch-tokens", type=int, default=2048, help="tokens a step")
    command.add_argument(
        "--row-lengths", type=row_lengths, default="8,16,32,64,128", help="short rows first; LENGTH[:START],... "
    )
    command.add_argument("--learning-rate", type=float, default=6e-4)
    command.add_argument("--warmup", type=int, default=100, help="steps")
    command.add_argument("--masking", type=float, default=0.15, help="share of the tokens that is chosen")
    command.add_argument(
        "--dropout", type=float, default=0.0, help="probability; text read only a few times needs none"
    )
    command.add_argument("--nsp", action=argparse.BooleanOptionalAction, default=True, help="next sentence prediction")
    command.add_argument(
        "--sentence-pairs",
        action="store_true",
        help="rows with pairs hold two sentences as the text has them, instead of being filled to their end",
    )
    command.add_argument("--vocab-size", type=int, default=8000, help="pieces to learn from the corpus")
    command.add_argument("--vocab", type=Path, help="a vocab.txt to use instead", metavar="FILE")
    command.add_argument("--cased", action="store_true", help="keep capitals and accents")
    command.add_argument("--encoding", help="of the text files, where it is not UTF-8")
    command.add_argument("--held-out", type=float, default=0.01, help="share of each file's end kept from training")
    command.add_argument(
        "--precision", choices=["float32", "bfloat16"], help="chosen by a short measurement if left out"
    )
    command.add_argument("--keep-every", type=at_least_one, default=500, help="steps between two checkpoints")
    command.add_argument("--seed", type=int, default=0)

    command = commands.add_parser("train-story", help=train_story.__doc__)
    command.set_defaults(run=train_story)
    command.add_argument("size", choices=["pocket", "full"], help="of the world, and of the model")
    command.add_argument(
        "--causal", action="store_true", help="the GPT twin: sees the left side only, says what is next"
    )
    command.add_argument(
        "--out", type=Path, required=True, help="folder for the model; an interrupted run goes on there"
    )
    command.add_argument("--steps", type=at_least_one, help="instead of what the size needs")
    command.add_argument("--documents", type=at_least_one, help="stories to tell, instead of what the size needs")
    command.add_argument(
        "--precision", choices=["float32", "bfloat16"], help="chosen by a short measurement if left out"
    )
    command.add_argument("--keep-every", type=at_least_one, default=500, help="steps between two checkpoints")
    command.add_argument("--seed", type=int, default=0)

    command = commands.add_parser(
        "record-story", help=record_story.__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    command.set_defaults(run=record_story)
    command.add_argument("--out", type=Path, required=True, help="folder for the recording")
    command.add_argument("--steps", type=at_least_one, default=16_000)
    command.add_argument("--seed", type=int, default=0)
