"""A vocabulary as a file: one piece a line, and the number of the line, from 0, is the id."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PAD, UNK, CLS, SEP, MASK = SPECIAL_PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""The five pieces that are no part of any word."""

# Other libraries read these before vocab.txt: left lying, they would bring back a vocabulary that was replaced.
OBSOLETE = ("tokenizer.json", "special_tokens_map.json", "added_tokens.json")


def check_pieces(pieces: Sequence[str], source: str = "the vocabulary") -> None:
    """Refuses a vocabulary in which an id would be ambiguous or a special piece is missing.

    Raises:
        ValueError: a piece occurs twice or is empty, or a special piece is missing; the message names the lines.
    """
    line_of: dict[str, int] = {}
    for line, piece in enumerate(pieces, start=1):
        if not piece:
            raise ValueError(f"{source}: line {line} is empty; every line must hold a piece")
        if "\n" in piece or piece.endswith("\r"):
            raise ValueError(f"{source}: {piece!r}, of line {line}, has a line end in it; take it out")
        if piece in line_of:
            raise ValueError(f"{source}: line {line} repeats {piece!r} of line {line_of[piece]}; keep one of them")
        line_of[piece] = line
    missing = [piece for piece in SPECIAL_PIECES if piece not in line_of]
    if missing:
        raise ValueError(f"{source}: none of its {len(pieces)} lines is {' or '.join(missing)}; add one for each")


def read_vocab(path: str | os.PathLike[str]) -> list[str]:
    """The pieces of a vocabulary file in the order of their ids.

    Raises:
        ValueError: the file is not UTF-8, or is no vocabulary (see `check_pieces`).
    """
    try:
        text = Path(path).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8: {error}; save it as UTF-8") from error
    # Only \n ends a line: some pieces are characters that Python too takes for line ends.
    lines = text.removesuffix("\n").split("\n")
    pieces = [line.removesuffix("\r") for line in lines]
    check_pieces(pieces, str(path))
    return pieces


def read_json_vocab(path: str | os.PathLike[str]) -> tuple[list[str], dict[str, Any]]:
    """The pieces in a `tokenizer.json` of the library `tokenizers`, and its settings by BERT's names for them.

    Raises:
        ValueError: it is no WordPiece, or its ids leave gaps, or it is no vocabulary (see `check_pieces`).
    """
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    kind = content["model"].get("type", "WordPiece")
    if kind != "WordPiece":
        raise ValueError(f"{path} is a tokenizer of the kind {kind}; only WordPiece is BERT's")
    vocab: dict[str, int] = content["model"]["vocab"]
    pieces = sorted(vocab, key=vocab.__getitem__)
    for expected, piece in enumerate(pieces):
        if vocab[piece] != expected:
            raise ValueError(f"{path} gives {piece!r} the id {vocab[piece]}, and no piece the id {expected}")
    check_pieces(pieces, str(path))
    normalizer = content.get("normalizer") or {}
    settings = {"do_lower_case": normalizer.get("lowercase", True), "strip_accents": normalizer.get("strip_accents")}
    return pieces, settings


def read_folder(folder: str | os.PathLike[str]) -> tuple[list[str], dict[str, Any]]:
    """The pieces and the settings of a tokenizer from a Hugging Face folder.

    Raises:
        FileNotFoundError: the folder has neither `vocab.txt` nor `tokenizer.json`.
        ValueError: what it has is no vocabulary of WordPiece.
    """
    folder = Path(folder)
    settings: dict[str, Any] = {}
    if (folder / "vocab.txt").exists():
        pieces = read_vocab(folder / "vocab.txt")
    elif (folder / "tokenizer.json").exists():
        pieces, settings = read_json_vocab(folder / "tokenizer.json")
    else:
        raise FileNotFoundError(f"{folder} holds neither vocab.txt nor tokenizer.json; name a folder that does")
    if (folder / "tokenizer_config.json").exists():
        settings |= json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    return pieces, settings
