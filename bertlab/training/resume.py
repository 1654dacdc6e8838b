"""Stop a training run, and go on as if nothing had happened."""

import pickle
from dataclasses import asdict
from pathlib import Path

import torch

from bertlab.atomic import whole_file
from bertlab.model import BertForPreTraining
from bertlab.training.loop import Step
from bertlab.training.recipe import Recipe


def save_checkpoint(file: Path, step: Step, recipe: Recipe) -> None:
    """Write all that the next step depends on: parameters, optimiser, step number, random state.

    The batches need nothing: each is a function of seed and step. An interrupted write leaves the last one whole.

    Raises:
        OSError: the file cannot be written.
    """
    state = {
        "step": step.number,
        "recipe": recipe.as_dict(),
        "config": asdict(step.model.config),
        "model": step.model.state_dict(),
        "optimizer": step.optimizer.state_dict(),
        "random": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        state["random_cuda"] = torch.cuda.get_rng_state_all()
    try:
        with whole_file(file) as draft:
            torch.save(state, draft)
    except RuntimeError as error:  # torch's word for a full disk
        reason = str(error).partition("\n")[0]
        raise OSError(f"{file} cannot be written; is the disk full? ({reason})") from error


def load_checkpoint(file: Path, model: BertForPreTraining, optimizer: torch.optim.Optimizer, recipe: Recipe) -> int:
    """Put model, optimiser and random state back as they were, and return the step to begin with.

    On the CPU, a run that was stopped and resumed ends with exactly the parameters of one that was not.

    Raises:
        ValueError: the file is no checkpoint, or one of another recipe or size; the message names what differs.
    """
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
        known = {**state["recipe"], **state.get("config", {})}
    except (RuntimeError, EOFError, KeyError, TypeError, pickle.UnpicklingError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{file} cannot be read as a checkpoint ({reason}); delete it to start afresh") from error
    wanted = {**recipe.as_dict(), **asdict(model.config)}
    different = [
        f"{name} was {value}, is {wanted.get(name)}" for name, value in known.items() if value != wanted.get(name)
    ]
    if different:
        raise ValueError(
            f"{file} belongs to another run: {'; '.join(different)}. "
            "Train with the same settings, or into another folder"
        )
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["random"])
    if "random_cuda" in state and torch.cuda.device_count() == len(state["random_cuda"]):
        torch.cuda.set_rng_state_all(state["random_cuda"])
    return int(state["step"])
