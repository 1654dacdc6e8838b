"""What `bertlab train` does, from text files to a trained BERT in a folder, and on again after a stop."""

import datetime
import platform
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import torch
from tqdm import tqdm

from bertlab.corpora import TokenizedCorpus, find_text_files
from bertlab.model import BertConfig, BertForPreTraining
from bertlab.polite import polite_stop
from bertlab.pretrained import save
from bertlab.text import Tokenizer
from bertlab.training.batches import Batch, PretrainingBatches
from bertlab.training.evaluation import Evaluation, evaluate
from bertlab.training.loop import Step, new_model, new_optimizer, train
from bertlab.training.on_gpu import at_full_speed
from bertlab.training.pairs import can_pair
from bertlab.training.prepare import PreparedText, learn_vocabulary, read_on, start_reading
from bertlab.training.processes import ALONE, Processes
from bertlab.training.recipe import Recipe, Stage
from bertlab.training.resume import load_checkpoint
from bertlab.training.run_folder import RunFolder
from bertlab.training.runtime import choose_device
from bertlab.training.sentence_pairs import SentencePairBatches


def prepare_run(
    run: RunFolder,
    corpus: list[Path],
    *,
    vocab_size: int,
    vocab_file: Path | None,
    lowercase: bool,
    held_out: float,
    encoding: str | None,
) -> PreparedText:
    """The text as ids: from an earlier start in this folder, or read anew."""
    # The run's own files are no text, should its folder lie among the texts.
    files = [file for file in find_text_files(corpus) if run.folder.resolve() not in file.resolve().parents]
    sources = {
        "files": [[file.name, file.stat().st_size] for file in files],
        "vocabulary": str(vocab_file or vocab_size),
        "lowercase": lowercase,
        "held_out": held_out,
        "encoding": encoding,
    }
    if run.is_prepared(sources):
        return PreparedText.load(run.training)
    run.refuse_foreign_files()
    if run.is_preparing(sources):
        print("going on to read where it was interrupted")
        tokenizer = Tokenizer.from_folder(run.training)
    else:
        if vocab_file:
            tokenizer = Tokenizer.from_vocab_file(vocab_file, lowercase=lowercase)
        else:
            print(f"learning a vocabulary of {vocab_size:,} pieces")
            tokenizer = learn_vocabulary(files, vocab_size, lowercase, encoding)
        start_reading(tokenizer, run.training)
        run.note_preparing(sources)
    print(f"reading {len(files)} file(s)")
    text = read_on(files, run.training, held_out, encoding)
    run.note_prepared(sources)
    return text


class Batches(Protocol):
    """What can be read: `PretrainingBatches`, `SentencePairBatches`, `DocumentBatches`."""

    def __call__(self, step: int) -> Batch:
        """The batch that a step reads."""

    def held_out(self, number: int) -> Batch:
        """A batch that no step reads."""


Read = Callable[[TokenizedCorpus, Tokenizer, Recipe], Batches]
"""How a corpus becomes batches."""


def read_as_told(
    corpus: TokenizedCorpus, tokenizer: Tokenizer, recipe: Recipe
) -> PretrainingBatches | SentencePairBatches:
    """The batches that the recipe wants: rows filled to their end, or two sentences a row."""
    read = SentencePairBatches if recipe.sentence_pairs else PretrainingBatches
    return read(corpus, tokenizer, recipe)


Examine = Callable[[BertForPreTraining, PreparedText], str]
"""How good a finished model is, in Markdown."""


def held_out_batches(text: PreparedText, recipe: Recipe, count: int, read: Read = read_as_told) -> list[Batch]:
    """Always the same batches of unseen text, in the recipe's longest rows; without pairs where it has none."""
    paired = can_pair(text.held_out)
    recipe = replace(
        recipe,
        next_sentence=recipe.next_sentence and paired,
        sentence_pairs=recipe.sentence_pairs and paired,
        stages=(Stage(0.0, max(recipe.row_lengths)),),
    )
    batches = read(text.held_out, text.tokenizer, recipe)
    return [batches.held_out(number) for number in range(count)]


def pretrain(
    run: RunFolder,
    text: PreparedText,
    config: BertConfig,
    recipe: Recipe,
    *,
    command: str,
    read: Read = read_as_told,
    examine: Examine | None = None,
    log_every: int = 10,
    keep_every: int = 500,
    processes: Processes = ALONE,
) -> Evaluation | None:
    """Train until the recipe's last step, or until somebody stops it; then None, and the same call goes on.

    Args:
        command: how to do this again; for the model card.
        read: how the text becomes batches.
        examine: what the card says of how good the finished model is; if left out, a table of the result.
        log_every, keep_every: steps between two lines of metrics, between two checkpoints.
        processes: who trains. Of several the first one writes, and what it notes of a step is how its share went.
    """
    batches = read(text.training, text.tokenizer, recipe)
    device = choose_device()
    model = new_model(config, recipe).to(device)
    optimizer = new_optimizer(model, recipe)
    first_step = 0
    with processes.writer_first():
        if run.checkpoint.exists():
            first_step = load_checkpoint(run.checkpoint, model, optimizer, recipe)
        else:
            torch.manual_seed(recipe.seed)  # for dropout
            run.note_recipe(recipe)
        history = run.history_until(first_step)
    if processes.rank:  # what is dropped out is another choice in each process
        torch.manual_seed(recipe.seed + (processes.rank << 32) + first_step)
    if history and "result" in history[-1]:
        print("this run is finished; train for longer into another folder, with more steps from the start")
        return Evaluation(**history[-1]["result"])
    if first_step:
        print(f"going on after step {first_step:,} of {recipe.steps:,}")
    if recipe.has_pairs(max(recipe.row_lengths)) and not can_pair(text.held_out):
        print("the held-out text has no pairs to ask about: the next sentence is learned, but not measured")
    counted = [numbers for numbers in history if "seconds" in numbers]
    seconds, tokens = (counted[-1]["seconds"], counted[-1]["tokens"]) if counted else (0.0, 0)
    started = perf_counter() - seconds

    asked, special_ids = held_out_batches(text, recipe, count=24, read=read), text.tokenizer.special_ids
    bar = tqdm(total=recipe.steps, initial=first_step, unit="step", disable=not processes.writes)
    read_share, ask = processes.sharing(batches)
    if device.type == "cuda" and processes.world == 1 and isinstance(batches, PretrainingBatches):
        read_share, ask = at_full_speed(batches, device)
    learner = processes.learner(model)
    with polite_stop() as stop, bar:
        for step in train(learner, read_share, recipe, ask=ask, optimizer=optimizer, first_step=first_step):
            seconds, tokens = perf_counter() - started, tokens + step.tokens
            last = step.number == recipe.steps
            stopping = processes.any(bool(stop)) and not last
            keeping = step.number % keep_every == 0 or last or stopping
            bar.update()
            if processes.writes and (step.number % log_every == 0 or keeping):
                run.note(**metrics(step), seconds=round(seconds, 2), tokens=tokens)
                bar.set_description_str(f"rows of {step.row_length}")
                bar.set_postfix_str(describe(step, config.causal))
            if keeping and processes.writes:
                run.note(step=step.number, held_out=asdict(evaluate(model, asked, text.training, special_ids)))
                run.keep(replace(step, model=model), recipe, text.tokenizer)
            if stopping:
                print(f"\nstopped after step {step.number:,}; the same command goes on from there")
                return None

    result = evaluate(model, held_out_batches(text, recipe, count=100, read=read), text.training, special_ids)
    if not processes.writes:
        return result
    card = model_card(
        causal=config.causal,
        command=command,
        processes=processes.world,
        seconds=seconds,
        tokens=tokens,
        recipe=recipe,
        text=text,
        findings=examine(model, text) if examine else table(result, text, recipe),
    )
    save(model, text.tokenizer, run.folder, card=card)
    run.note(step=recipe.steps, result=asdict(result))  # last of all: where it is, the run is finished
    return result


def metrics(step: Step) -> dict[str, Any]:
    """The numbers of a step that are worth a line."""
    names = ("row_length", "learning_rate", "loss", "mlm_loss", "mlm_accuracy", "nsp_loss", "nsp_accuracy")
    return {"step": step.number} | {name: getattr(step, name) for name in names}


def describe(step: Step, causal: bool) -> str:
    """The end of the progress bar."""
    words = "next words" if causal else "masked words"
    nsp = "" if step.nsp_accuracy is None else f", next sentence {step.nsp_accuracy:.0%}"
    return f"{step.mlm_loss:.3f} nats, {words} {step.mlm_accuracy:.1%}{nsp}, {step.tokens_per_second:,.0f} tokens/s"


def table(result: Evaluation, text: PreparedText, recipe: Recipe) -> str:
    """How good a model is on held-out text, in Markdown."""
    nsp = (
        ""
        if result.nsp_accuracy is None
        else f"| next sentence or random, told right | {result.nsp_accuracy:.1%} | 50.0% |\n"
    )
    return f"""Asked about text it never saw ({text.held_out}),
at {result.positions:,} positions, {recipe.masking:.0%} of the tokens, 80/10/10:

| | this model | without looking |
| --- | --- | --- |
| pieces told right (a tenth of them stand in the row) | {result.mlm_accuracy:.1%} | {result.unigram_accuracy:.1%} |
| loss in nats | {result.mlm_loss:.3f} | {result.unigram_loss:.3f} |
{nsp}
"Without looking" always guesses the commonest piece, and spreads its trust as pieces are frequent in the training text.
"""


def model_card(
    *,
    causal: bool,
    command: str,
    processes: int,
    seconds: float,
    tokens: int,
    recipe: Recipe,
    text: PreparedText,
    findings: str,
) -> str:
    """How a model was made and how good it is: the README.md of its folder."""
    device, threads = choose_device(), torch.get_num_threads()
    name = torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} {device.type}"
    rows = ", ".join(map(str, recipe.row_lengths))
    pairs = ", pairs of sentences as the text has them" * recipe.sentence_pairs
    several = f"{processes} processes of " if processes > 1 else ""
    return f"""# A mini {"GPT, BERT's left-to-right twin," if causal else "BERT"} trained by bertlab

Made on {datetime.date.today().isoformat()} with

    {command}

on {name}, {several}{threads} thread{"s" * (threads > 1)}, torch {torch.__version__}, {recipe.precision},
in {seconds / 60:.0f} minutes:
{recipe.steps:,} steps, {tokens / 1e6:.1f} million tokens, rows of at most {rows} pieces{pairs}.
Text: {text.training}.

{findings}"""
