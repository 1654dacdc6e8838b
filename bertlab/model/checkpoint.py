"""A model on disk is a Hugging Face folder: config.json and model.safetensors, in its names and shapes.

What our parts are called there is one table. Everything else reads, checks against it, or writes by it.
"""

import dataclasses
import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from bertlab.model.config import BertConfig
from bertlab.model.heads import BertForPreTraining
from bertlab.model.weight_files import Stored, read_json, read_weights

# Our module: Hugging Face's. A star is the number of a layer.
NAMES = {
    "bert.embeddings.token": "bert.embeddings.word_embeddings",
    "bert.embeddings.position": "bert.embeddings.position_embeddings",
    "bert.embeddings.segment": "bert.embeddings.token_type_embeddings",
    "bert.embeddings.norm": "bert.embeddings.LayerNorm",
    "bert.layers.*.attention.query": "bert.encoder.layer.*.attention.self.query",
    "bert.layers.*.attention.key": "bert.encoder.layer.*.attention.self.key",
    "bert.layers.*.attention.value": "bert.encoder.layer.*.attention.self.value",
    "bert.layers.*.attention.output": "bert.encoder.layer.*.attention.output.dense",
    "bert.layers.*.attention_norm": "bert.encoder.layer.*.attention.output.LayerNorm",
    "bert.layers.*.feed_forward.expand": "bert.encoder.layer.*.intermediate.dense",
    "bert.layers.*.feed_forward.contract": "bert.encoder.layer.*.output.dense",
    "bert.layers.*.feed_forward_norm": "bert.encoder.layer.*.output.LayerNorm",
    "bert.pooler": "bert.pooler.dense",
    "mlm_head.transform": "cls.predictions.transform.dense",
    "mlm_head.norm": "cls.predictions.transform.LayerNorm",
    "mlm_head": "cls.predictions",
    "nsp_head": "cls.seq_relationship",
}
# What a folder may hold twice: the copy, and the weight that it must equal.
TIED = {
    "cls.predictions.decoder.weight": "bert.embeddings.word_embeddings.weight",
    "cls.predictions.decoder.bias": "cls.predictions.bias",
}
# Other spellings of the same weight: TensorFlow's, and those of a bare encoder (`BertModel`).
SPELLINGS = (
    (r"LayerNorm\.gamma$", "LayerNorm.weight"),
    (r"LayerNorm\.beta$", "LayerNorm.bias"),
    (r"^(embeddings|encoder|pooler)\.", r"bert.\1."),
)
# By this weight BERT is found within a larger model.
FIRST = "embeddings.word_embeddings.weight"
COUNTERS = ("bert.embeddings.position_ids", "bert.embeddings.token_type_ids")
HEADS = ("bert.pooler", "mlm_head", "nsp_head")
# What config.json must say, where it says anything: other values mean other arithmetic.
ONLY = {"hidden_act": "gelu", "position_embedding_type": "absolute", "add_cross_attention": False}
DTYPES = {"float32": torch.float32, "float16": torch.float16}


def hugging_face_name(name: str) -> str:
    """What Hugging Face calls one of our parameters.

    >>> hugging_face_name("bert.layers.3.feed_forward.expand.weight")
    'bert.encoder.layer.3.intermediate.dense.weight'
    """
    module, _, leaf = name.rpartition(".")
    layer = re.search(r"\d+", module)
    theirs = NAMES[re.sub(r"\d+", "*", module)]
    return f"{theirs.replace('*', layer[0]) if layer else theirs}.{leaf}"


def config_to_json(config: BertConfig) -> dict[str, Any]:
    """The content of config.json.

    `dtype` is what the weights are computed with, not what they are stored in: without it transformers
    computes in float16 whatever was stored so.
    """
    sizes = dataclasses.asdict(config)
    causal = sizes.pop("causal")
    return {
        "architectures": ["BertForPreTraining"],
        "model_type": "bert",
        **ONLY,
        "is_decoder": causal,
        "dtype": "float32",
        **sizes,
    }


def config_from_json(content: Any, file: Path) -> BertConfig:
    """The configuration that a config.json describes; what it leaves out is as in BERT-Base.

    Raises:
        ValueError: it is not a BERT that this package computes; file, key and value are named.
    """
    if not isinstance(content, dict) or content.get("model_type") != "bert":
        found = content.get("model_type") if isinstance(content, dict) else content
        raise ValueError(f"{file}: model_type is {found!r}, not 'bert': this folder holds another kind of model")
    for key, only in ONLY.items():
        if content.get(key, only) != only:
            raise ValueError(f"{file}: {key} is {content[key]!r}; bertlab computes only {only!r}")
    values: dict[str, Any] = {}
    for field in dataclasses.fields(BertConfig):
        key = "is_decoder" if field.name == "causal" else field.name
        value = content.get(key, field.default)
        if key == "pad_token_id" and value is None:
            value = field.default
        kind = type(field.default)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise ValueError(f"{file}: {key} is {value!r}, which is no {kind.__name__}")
        values[field.name] = value
    try:
        return BertConfig(**values)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error


def read_config(folder: Path) -> BertConfig:
    """The configuration of the model in a folder.

    Raises:
        FileNotFoundError: there is no config.json.
        ValueError: it is not a BERT that this package computes; file, key and value are named.
    """
    file = folder / "config.json"
    return config_from_json(read_json(file), file)


def present_name(key: str) -> str:
    """What Hugging Face calls a weight today, whichever way the folder spells it.

    >>> present_name("embeddings.LayerNorm.gamma")
    'bert.embeddings.LayerNorm.weight'
    """
    for old, new in SPELLINGS:
        key = re.sub(old, new, key)
    return key


def prefix_of(keys: Iterable[str]) -> str:
    """What stands before BERT's own names, because it was saved as a part of something else.

    >>> prefix_of(["module.bert.embeddings.word_embeddings.weight", "module.cls.predictions.bias"])
    'module.'
    >>> prefix_of(["embeddings.word_embeddings.weight", "encoder.layer.0.output.dense.bias"])
    ''

    Raises:
        ValueError: there is more than one BERT.
    """
    found = {key.removesuffix(FIRST).removesuffix("bert.") for key in keys if key.endswith(FIRST)}
    if len(found) > 1:
        raise ValueError(f"{' and '.join(sorted(found))} are two encoders; keep the weights of one")
    return found.pop() if found else ""


def untie(stored: dict[str, Stored]) -> None:
    """Leave one of each pair of weights that must be equal.

    Raises:
        ValueError: they differ: the model was trained with an output matrix of its own.
    """
    for copy, original in TIED.items():
        if copy in stored:
            twin = stored.pop(copy)
            kept = stored.setdefault(original, twin)
            if not torch.equal(kept.tensor, twin.tensor):
                raise ValueError(
                    f"{twin} and is not the same as {kept.key}, of shape {tuple(kept.tensor.shape)}, as it is in "
                    "BERT: this model says a piece with other numbers than it reads it with"
                )


def read_stored(folder: Path) -> tuple[dict[str, Stored], Path]:
    """All weights of a folder by their present name, and the file that lists them.

    What lies outside the prefix is no part of BERT, and left out.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged, or holds more than one BERT.
    """
    weights, listed = read_weights(folder)
    try:
        prefix = prefix_of(weight.key for weight in weights)
    except ValueError as error:
        raise ValueError(f"{listed}: {error}") from error
    stored = {present_name(each.key.removeprefix(prefix)): each for each in weights if each.key.startswith(prefix)}
    untie(stored)
    return stored, listed


def check_weights(stored: dict[str, Stored], shapes: dict[str, tuple[int, ...]], listed: Path) -> list[str]:
    """Compare what is stored with what the configuration asks for; gives our names of all that heads lack.

    Weights outside the encoder that we have no place for (a classifier, say) are left alone.

    Raises:
        ValueError: a weight is missing, misshapen, or too many; file, key and shapes are named.
    """
    config_file = listed.parent / "config.json"
    ours = {hugging_face_name(name): name for name in shapes}
    for key, weight in stored.items():
        if key.startswith("bert.") and key not in ours and key not in COUNTERS:
            raise ValueError(f"{weight}, but the model that {config_file} describes has no such weight")
        if key in ours and tuple(weight.tensor.shape) != shapes[ours[key]]:
            raise ValueError(f"{weight}, but {config_file} asks for {shapes[ours[key]]}")
        if key in ours and not weight.tensor.is_floating_point():
            raise ValueError(f"{weight.file}: {weight.key} holds {weight.tensor.dtype}; only floats are read")
    missing = [key for key in ours if key not in stored]
    begun = tuple(head for head in HEADS if any(key in stored and ours[key].startswith(head) for key in ours))
    for key in missing:
        if not ours[key].startswith(HEADS) or ours[key].startswith(begun):
            raise ValueError(f"{listed}: {key} is missing; {config_file} asks for shape {shapes[ours[key]]}")
    return [ours[key] for key in missing]


def read_model(folder: str | Path, *, new_heads: bool = False) -> BertForPreTraining:
    """The model in a Hugging Face folder, in float32 and in eval mode.

    Args:
        new_heads: start a head that the folder has not (pooler, MLM, NSP) at random, instead of refusing.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: the folder is not BERT, or its weights are not those that its config.json describes.
    """
    config = read_config(Path(folder))
    stored, listed = read_stored(Path(folder))
    with torch.device("meta"):
        model = BertForPreTraining(config)
    shapes = {name: tuple(weight.shape) for name, weight in model.state_dict().items()}
    missing = check_weights(stored, shapes, listed)
    if missing and not new_heads:
        raise ValueError(
            f"{listed} has no {', '.join(map(hugging_face_name, missing))}: not a BERT with both its heads. "
            "new_heads=True starts at random what is missing; it then knows nothing until it is trained"
        )
    state = BertForPreTraining(config).state_dict() if missing else {}
    for name in shapes.keys() - set(missing):
        # A copy, even where it is float32 already: a tensor read from safetensors is a window into the file.
        state[name] = stored[hugging_face_name(name)].tensor.to(torch.float32, copy=True)
    model.load_state_dict(state, assign=True)
    return model.eval()


def write_model(
    model: BertForPreTraining, folder: str | Path, dtype: Literal["float32", "float16"] = "float32"
) -> None:
    """Write config.json and model.safetensors into a folder. `bertlab.save` replaces a whole folder at once.

    Args:
        dtype: how the weights are stored. float16 halves the file and keeps about 3 digits of each.

    Raises:
        OSError: the disk is full, or the folder cannot be written to.
        ValueError: a weight is too large for float16.
    """
    weights = {}
    for name, weight in model.state_dict().items():
        stored = weight.detach().to("cpu", DTYPES[dtype]).contiguous()
        if stored.isinf().sum() > weight.isinf().sum():
            raise ValueError(f"{name} reaches {weight.abs().max():.3g}, and float16 ends at 65504; save it as float32")
        weights[hugging_face_name(name)] = stored
    write_folder(weights, config_to_json(model.config), Path(folder))


def write_folder(weights: dict[str, Tensor], config: dict[str, Any], folder: Path) -> None:
    """Write weights and configuration, both by Hugging Face's names.

    Raises:
        OSError: the disk is full, or the folder cannot be written to.
    """
    file = folder / "model.safetensors"
    try:
        save_file(weights, file, metadata={"format": "pt"})
    except SafetensorError as error:
        raise OSError(f"{file} cannot be written: {error}") from error
    text = json.dumps(config, indent=2, ensure_ascii=False) + "\n"
    (folder / "config.json").write_text(text, encoding="utf-8", newline="\n")
    # safetensors shuts its file to everyone but the owner, and a teacher shares the folder.
    shutil.copymode(folder / "config.json", file)
