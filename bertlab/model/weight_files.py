"""Tensors from a folder's weight files: safetensors or `.bin`, in one file or in parts. It knows no BERT."""

import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

# In the order in which transformers looks for them. Beside each there may be an index of parts in its stead.
WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")


@dataclass
class Stored:
    """One weight as it lies on the disk, with where it was found and under what name."""

    tensor: Tensor
    file: Path
    key: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key} has shape {tuple(self.tensor.shape)}"


def read_json(file: Path) -> Any:
    """The content of a JSON file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not JSON.
    """
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing: {file.parent} is not the folder of a model")
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file} is not JSON ({error}); download or save the folder again") from error


def read_tensors(file: Path) -> dict[str, Tensor]:
    """All tensors in one file. A `.bin` is read as weights only: no code in it is run.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, or holds more than weights.
    """
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing, so the weights are not whole; download or save them again")
    try:
        if file.suffix == ".safetensors":
            return load_file(file)
        tensors = torch.load(file, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, OSError, EOFError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(
            f"{file} cannot be read as weights and nothing else ({reason}). Download it again; "
            "a .bin that holds code is not opened here: save it as safetensors where it was made"
        ) from error
    if not isinstance(tensors, dict) or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
        raise ValueError(f"{file} holds no plain dictionary of weights; save it as safetensors where it was made")
    return tensors


def read_weights(folder: Path) -> tuple[list[Stored], Path]:
    """All weights of a folder, and the file that lists them: the only one, or the index of parts.

    Raises:
        FileNotFoundError: there are no weights, or a part of them is missing.
        ValueError: a file is damaged, or holds more than weights.
    """
    for name in WEIGHT_FILES:
        whole, index = folder / name, folder / f"{name}.index.json"
        if whole.is_file():
            listed, files = whole, [whole]
        elif index.is_file():
            content = read_json(index)
            if not isinstance(content, dict) or not isinstance(content.get("weight_map"), dict):
                raise ValueError(f"{index} has no weight_map, which says where each weight is")
            listed, files = index, [folder / part for part in sorted(set(content["weight_map"].values()))]
        else:
            continue
        return [Stored(tensor, file, key) for file in files for key, tensor in read_tensors(file).items()], listed
    raise FileNotFoundError(
        f"{folder} holds no weights: no {' and no '.join(WEIGHT_FILES)}, whole or in parts. TensorFlow's "
        "(tf_model.h5, bert_model.ckpt) are not read; most models on the Hub are there in both forms"
    )
