"""A model as an ONNX file: the same arithmetic as a list of operations, which runs without torch and without Python.

It takes ids, segments and mask, (batch, seq) each, of any batch and length, and gives the answers by our names.
"""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.export import Dim

from bertlab.atomic import whole_file
from bertlab.model.encoder import Bert
from bertlab.model.heads import BertForPreTraining
from bertlab.model.task_heads import TaskModel

INPUTS = ("input_ids", "token_type_ids", "attention_mask")
REMEDY = "pip install 'bertlab[onnx]'"


def named_answers(output: Any) -> dict[str, Tensor]:
    """What a model said, by name: a task model's scores, or the tensors of an output object."""
    said = output if isinstance(output, dict) else vars(output)
    return {name: value for name, value in said.items() if isinstance(value, Tensor)}


class AnswersInARow(nn.Module):
    """A model whose answers have no names: ONNX has tensors only, in an order."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """The answers, in the order in which the model names them."""
        return tuple(named_answers(self.model(input_ids, token_type_ids, attention_mask)).values())


@contextmanager
def without_chatter() -> Iterator[None]:
    """Nothing is said of what the exporter finds in torch itself: no vision models, an old name it still uses."""
    registration = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = registration.level
    registration.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*LeafSpec", category=FutureWarning)
            yield
    finally:
        registration.setLevel(level)


def write_onnx(model: Bert | BertForPreTraining | TaskModel, file: str | Path) -> list[str]:
    """Write a model to one file, as it is in eval mode, and give the names of its answers. It takes some seconds.

    Raises:
        ImportError: the packages that write it are not installed.
    """
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ImportError(f"writing an ONNX file needs {error.name}: {REMEDY}") from error

    was_training = model.training
    exported = AnswersInARow(model).eval()
    # Two rows of three: from 0 and 1 the exporter would conclude that a size is always so.
    example = tuple(torch.ones(2, 3, dtype=torch.long, device=next(model.parameters()).device) for _ in INPUTS)
    free = {0: Dim("batch"), 1: Dim("seq", max=model.config.max_position_embeddings)}
    as_the_first = {0: Dim.AUTO, 1: Dim.AUTO}
    try:
        with torch.no_grad():
            names = list(named_answers(model(*example)))
        with whole_file(Path(file)) as draft, without_chatter():
            torch.onnx.export(
                exported,
                example,
                draft,
                input_names=INPUTS,
                output_names=names,
                dynamic_shapes=(free, as_the_first, as_the_first),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    finally:
        model.train(was_training)
    return names


def read_onnx(file: str | Path) -> Callable[[Mapping[str, Tensor]], dict[str, np.ndarray]]:
    """The model in a file, as a function of what `as_tensors` gives: answers by name. It runs on the CPU.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: the package that runs it is not installed.
    """
    if not Path(file).is_file():
        raise FileNotFoundError(f"{file} is missing; write_onnx(model, file) makes one")
    try:
        from onnxruntime import InferenceSession
    except ImportError as error:
        raise ImportError(f"running an ONNX file needs onnxruntime: {REMEDY}") from error
    session = InferenceSession(str(file), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def run(tensors: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
        answers = session.run(names, {name: tensors[name].cpu().numpy() for name in INPUTS})
        return dict(zip(names, answers, strict=True))

    return run
