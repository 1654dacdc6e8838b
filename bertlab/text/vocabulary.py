"""A vocabulary as a file: one piece a line, and the number of the line, from 0, is the id."""

import os
from collections.abc import Sequence
from pathlib import Path

PAD, UNK, CLS, SEP, MASK = SPECIAL_PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""The five pieces that are no part of any word."""


def check_pieces(pieces: Sequence[str], source: str = "the vocabulary") -> None:
    """Refuses a vocabulary in which an id would be ambiguous or a special piece is missing.

    Raises:
        ValueError: a piece occurs twice or is empty, or a special piece is missing; the message names the lines.
    """
    line_of: dict[str, int] = {}
    for line, piece in enumerate(pieces, start=1):
        if not piece:
            raise ValueError(f"{source}: line {line} is empty; every line must hold a piece")
        if piece in line_of:
            raise ValueError(
                f"{source}: line {line} repeats {piece!r} of line {line_of[piece]}; keep one of them"
            )
        line_of[piece] = line
    missing = [piece for piece in SPECIAL_PIECES if piece not in line_of]
    if missing:
        raise ValueError(
            f"{source}: none of its {len(pieces)} lines is {' or '.join(missing)}; add one for each"
        )


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


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Writes a text file completely or not at all."""
    unfinished = Path(f"{os.fspath(path)}.unfinished")
    unfinished.write_bytes(text.encode("utf-8"))
    os.replace(unfinished, path)
