"""From a name or a folder to a model and its tokenizer, and back: the one place where text and model meet."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor, nn

from bertlab.atomic import finish_replacing, replacing
from bertlab.model import Bert, BertForPreTraining
from bertlab.model.checkpoint import read_model, write_model
from bertlab.model.theirs import check_product, look_inside
from bertlab.paths import data_path
from bertlab.text import Tokenizer
from bertlab.text.vocabulary import OBSOLETE

# Names on the Hub without an owner. Other names without an owner are taken for a slip of the pen.
WELL_KNOWN = (
    "bert-base-uncased",
    "bert-base-cased",
    "bert-base-chinese",
    "bert-base-multilingual-cased",
    "bert-large-uncased",
    "bert-large-cased",
)
HUB_FILES = ("config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json")
HUB_WEIGHTS = (
    ("model.safetensors", "model.safetensors.index.json", "model-*.safetensors"),
    ("pytorch_model.bin", "pytorch_model.bin.index.json", "pytorch_model-*.bin"),
)

Layers = list[Float32[np.ndarray, "heads query key"]]


def names() -> list[str]:
    """The trained models that come with bertlab, for `load`."""
    try:
        models = data_path("models")
    except FileNotFoundError:
        return []
    return sorted(file.parent.name for file in models.glob("*/config.json"))


def find_folder(name: str | Path) -> Path:
    """The folder that a name stands for: itself, one under `data/models`, or a download from the Hub.

    Raises:
        FileNotFoundError: there is no such folder, and the name is none of the Hub's; the message lists what is.
        ConnectionError: it cannot be downloaded.
        ImportError: the package that downloads is not installed.
    """
    if Path(name).is_dir():
        return Path(name)
    if str(name) in names():
        return data_path("models", str(name))
    if str(name) in WELL_KNOWN or re.fullmatch(r"[A-Za-z0-9][\w.-]*/[\w.-]+", str(name)):
        return download(str(name))
    raise FileNotFoundError(
        f"{str(name)!r} is no folder here and no model of bertlab's. {what_comes_with_bertlab()} Otherwise give a "
        f"folder, or a name on the Hugging Face Hub: owner/name, or one of {', '.join(WELL_KNOWN)}"
    )


def what_comes_with_bertlab() -> str:
    """One sentence on the models that need no network."""
    return f"Models that come with bertlab: {', '.join(map(repr, names())) or 'none yet'}."


def how_to_bring(hub_id: str) -> str:
    """One sentence on how a model of the Hub comes to a machine without a network.

    >>> print(how_to_bring("google/bert_uncased_L-2_H-128_A-2").split("'")[1])
    hf download google/bert_uncased_L-2_H-128_A-2 config.json vocab.txt tokenizer.json tokenizer_config.json \
model.safetensors --local-dir bert_uncased_L-2_H-128_A-2
    """
    folder, wanted = hub_id.split("/")[-1], " ".join([*HUB_FILES, "model.safetensors"])
    return (
        f"Without a network: on a machine that has one, 'hf download {hub_id} {wanted} --local-dir {folder}' "
        "(of pip install huggingface_hub; pytorch_model.bin where there is no model.safetensors) makes a folder; "
        f"bring it here and give its path, load('{folder}')"
    )


def download(hub_id: str) -> Path:
    """The folder of a Hub model, fetched once and kept in the Hub's own cache.

    Raises:
        ConnectionError: it cannot be reached and was not fetched before, or there is no such model.
        ImportError: the package that downloads is not installed.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ImportError(
            f"{hub_id!r} is no folder here; to fetch it from the Hugging Face Hub, pip install 'bertlab[hub]'"
        ) from error
    folder, wanted = Path(), list(HUB_FILES)
    try:
        for weights in HUB_WEIGHTS:
            wanted += weights
            folder = Path(snapshot_download(hub_id, allow_patterns=wanted))
            if any(file for pattern in weights for file in folder.glob(pattern)):
                break
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ConnectionError(
            f"{hub_id!r} is no folder here, and the Hugging Face Hub did not give it ({reason}). "
            f"Is there a network, and is the name right? {how_to_bring(hub_id)}. {what_comes_with_bertlab()}"
        ) from error
    return folder


def check_vocabulary(model: BertForPreTraining, tokenizer: Tokenizer, where: str) -> None:
    """One row of numbers for each piece, no more and no less.

    Raises:
        ValueError: they differ in number.
    """
    if len(tokenizer) != model.config.vocab_size:
        raise ValueError(
            f"{where} has {len(tokenizer)} pieces, but config.json says vocab_size {model.config.vocab_size} and "
            f"the token embedding has shape {tuple(model.bert.embeddings.token.weight.shape)}: "
            "this vocabulary belongs to another model"
        )


def load(name: str | Path, *, new_heads: bool = False) -> tuple[BertForPreTraining, Tokenizer]:
    """A trained model, in eval mode, with the tokenizer it was trained with: `load("mini")`.

    >>> import tempfile
    >>> from bertlab.model import BertConfig
    >>> tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "yes"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(BertForPreTraining(BertConfig.preset("tiny", vocab_size=6)), tokenizer, folder)
    ...     model, tokenizer = load(folder)
    >>> model.config, tokenizer.pieces[5]
    (BertConfig(2 layers x 128, 2 heads, 6 pieces, 512 positions, looks both ways), 'yes')

    Args:
        name: a Hugging Face folder, a model that comes with bertlab, or a name on the Hugging Face Hub.
        new_heads: start a head that the folder has not (pooler, MLM, NSP) at random, instead of refusing.

    Raises:
        FileNotFoundError: there is no such model, or a file of it is missing.
        ConnectionError: it cannot be downloaded.
        ValueError: the folder is not BERT, or its files do not fit one another; file, key and shapes are named.
    """
    folder = find_folder(name)
    finish_replacing(folder, OBSOLETE)
    model = read_model(folder, new_heads=new_heads)
    tokenizer = Tokenizer.from_folder(folder)
    vocabulary = "vocab.txt" if (folder / "vocab.txt").exists() else "tokenizer.json"
    check_vocabulary(model, tokenizer, str(folder / vocabulary))
    return model, tokenizer


def save(
    model: BertForPreTraining,
    tokenizer: Tokenizer,
    folder: str | Path,
    *,
    dtype: Literal["float32", "float16"] = "float32",
    card: str | None = None,
) -> None:
    """Write a Hugging Face folder, all of it or nothing: `load` and transformers' AutoModel read it.

    Other files in the folder stay, but for those that would be read in place of the new vocabulary.

    Args:
        dtype: how weights are stored; either way they are computed with as float32.
        card: the content of README.md; None leaves the one that is there.

    Raises:
        ValueError: tokenizer and model have not the same number of pieces, or a weight is too large for float16.
    """
    check_vocabulary(model, tokenizer, "the tokenizer")
    with replacing(Path(folder), OBSOLETE) as staging:
        write_model(model, staging, dtype)
        tokenizer.save(staging)
        if card is not None:
            (staging / "README.md").write_text(card, encoding="utf-8", newline="\n")


def as_tensors(encoding: Any, device: torch.device | str | None = None) -> dict[str, Tensor]:
    """What a model takes, (batch, seq) each, from an Encoding (a batch of one) or a Batch.

    >>> tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "yes"])
    >>> as_tensors(tokenizer("yes"))["input_ids"]
    tensor([[2, 5, 3]])
    """
    rows = {key: getattr(encoding, key) for key in ("input_ids", "token_type_ids", "attention_mask")}
    return {key: torch.atleast_2d(torch.tensor(row, dtype=torch.long, device=device)) for key, row in rows.items()}


def _read_text(tokenizer: Any, text_a: str, text_b: str | None) -> tuple[list[str], dict[str, Tensor]]:
    if isinstance(tokenizer, Tokenizer):
        encoding = tokenizer(text_a, text_b)
        return list(encoding.tokens), as_tensors(encoding)
    tensors = dict(tokenizer(text_a, text_b, return_tensors="pt"))
    return tokenizer.convert_ids_to_tokens(tensors["input_ids"][0].tolist()), tensors


def _as_arrays(layers: Any) -> Layers:
    return [layer[0].float().cpu().numpy() for layer in layers]


def encoder(model: nn.Module, tokenizer: Any, *, queries_keys: bool = False) -> Callable[..., tuple[Any, ...]]:
    """What the views take: `encode(text_a, text_b=None) -> (tokens, attentions)`, one array a layer.

    Model and tokenizer may be ours or transformers': BERT and its kin, GPT-2 and its kin, whatever fast attention they
    were loaded with. The model answers as in eval mode, even amid training.

    Args:
        queries_keys: give (tokens, attentions, queries, keys), as the neuron view wants them; queries and keys
            have one array (heads, seq, head_dim) a layer, before the division by the root of head_dim. Where
            positions turn them (rotary) or heads share their keys, they are as they are multiplied.

    Raises:
        ValueError: when it is called: the text is too long or has no token, a transformers model keeps no
            attentions, or its attention is not the softmax of queries and keys alone.
    """

    @torch.no_grad()
    def encode(text_a: str, text_b: str | None = None) -> tuple[Any, ...]:
        tokens, tensors = _read_text(tokenizer, text_a, text_b)
        device = next(model.parameters()).device
        tensors = {key: tensor.to(device) for key, tensor in tensors.items()}
        was_training = model.training
        model.eval()
        try:
            if isinstance(model, Bert | BertForPreTraining):
                output = model(**tensors, output_attentions=True, output_queries_keys=True)
                attentions, queries, keys = output.attentions, output.queries, output.keys
            else:
                attentions, queries, keys = look_inside(model, tensors)
        finally:
            model.train(was_training)
        if not queries_keys:
            return tokens, _as_arrays(attentions)
        check_product(type(model).__name__, attentions, queries, keys)
        return tokens, _as_arrays(attentions), _as_arrays(queries), _as_arrays(keys)

    return encode
