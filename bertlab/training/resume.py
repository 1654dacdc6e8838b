"""Stop a training run, and go on as if nothing had happened."""

import os
import pickle
from pathlib import Path

import torch

from bertlab.model import BertForPreTraining
from bertlab.training.loop import Step
from bertlab.training.recipe import Recipe


def save_checkpoint(file: Path, step: Step, recipe: Recipe) -> None:
    """Write all that the next step depends on: parameters, optimiser, step number, random state.

    The batches need nothing: each is a function of seed and step. An interrupted write leaves the last one whole.
    """
    beside = file.with_name(file.name + ".part")
    state = {
        "step": step.number,
        "recipe": recipe.as_dict(),
        "model": step.model.state_dict(),
        "optimizer": step.optimizer.state_dict(),
        "random": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        state["random_cuda"] = torch.cuda.get_rng_state_all()
    torch.save(state, beside)
    os.replace(beside, file)


def load_checkpoint(file: Path, model: BertForPreTraining, optimizer: torch.optim.Optimizer, recipe: Recipe) -> int:
    """Put model, optimiser and random state back as they were, and return the step to begin with.

    On the CPU, a run that was stopped and resumed ends with exactly the parameters of one that was not.

    Raises:
        ValueError: the file is no checkpoint, or one of another recipe; the message names what differs.
    """
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ValueError(f"{file} cannot be read as a checkpoint ({error}); delete it to start afresh") from error
    wanted = recipe.as_dict()
    different = [
        f"{name} was {saved}, is {wanted.get(name)}"
        for name, saved in state["recipe"].items()
        if saved != wanted.get(name)
    ]
    if different:
        raise ValueError(
            f"{file} belongs to another recipe: {'; '.join(different)}. "
            "Train with the same settings, or into another folder"
        )
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["random"])
    if "random_cuda" in state and torch.cuda.device_count() == len(state["random_cuda"]):
        torch.cuda.set_rng_state_all(state["random_cuda"])
    return int(state["step"])
