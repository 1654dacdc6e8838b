"""Attention in the form that BertViz's scripts read: nested lists, four digits, a slice a menu entry."""

from typing import Any

import numpy as np

from bertlab.views.attended import Attended

DIGITS = 4
PAIRS = {"All": "all", "Sentence A -> Sentence A": "aa", "Sentence B -> Sentence B": "bb",
          "Sentence A -> Sentence B": "ab", "Sentence B -> Sentence A": "ba"}  # fmt: skip
"""The "Attention" menu, and BertViz's short names: the first letter looks, the second is looked at."""


def rounded(array: np.ndarray) -> list[Any]:
    """Nested lists with four digits after the point: six times shorter when written, nothing seen is lost.

    >>> rounded(np.array([1 / 3]))
    [0.3333]
    """
    return np.round(array, DIGITS).tolist()


def byte_of_sign() -> dict[str, int]:
    """GPT-2 writes a text as bytes, each as one visible sign; this leads from the sign back to its byte.

    Printable bytes stand for themselves, and the rest, the space among them, for the signs from 256 on.

    Source: Radford et al. 2019, section 2.2, and the file encoder.py beside it.
    """
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    rest = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + place): byte for place, byte in enumerate(rest)}


_BYTES = byte_of_sign()


def readable(token: str) -> str:
    """A token as a person reads it: signs for a space become one, and GPT-2's signs for bytes the letters they make.

    >>> readable("Ġriver"), readable("ä¸Ńæĸĩ"), readable("▁bank"), readable("Ċ"), readable("Ġ")
    (' river', '中文', ' bank', '⏎', '␣')
    """
    try:
        token = bytes(_BYTES[sign] for sign in token).decode("utf-8")
    except (KeyError, UnicodeDecodeError):  # no bytes, or a part of a letter
        token = token.replace("Ġ", " ")
    token = token.replace("▁", " ").replace("</w>", "").replace("\n", "⏎")
    return token if token.strip() else token.replace(" ", "␣")


def attention_filters(shown: Attended) -> dict[str, dict[str, Any]]:
    """What the view's "Attention" menu offers: everything, and for a pair each sentence looking at each.

    The keys are "all", "aa", "bb", "ab" and "ba"; the first letter looks, the second is looked at.
    """
    length, b = len(shown.tokens), shown.sentence_b_start
    whole = slice(0, length)
    parts = {"all": (whole, whole)}
    if b is not None:
        spans = {"a": slice(0, b), "b": slice(b, length)}
        parts |= {name: (spans[name[0]], spans[name[1]]) for name in list(PAIRS.values())[1:]}
    tokens = [readable(token) for token in shown.tokens]
    filters: dict[str, dict[str, Any]] = {}
    for name, (left, right) in parts.items():
        filters[name] = {
            "attn": [rounded(layer[:, left, right]) for layer in shown.layers],
            "left_text": tokens[left],
            "right_text": tokens[right],
        }
        if shown.queries is not None and shown.keys is not None:
            filters[name]["queries"] = [rounded(layer[:, left]) for layer in shown.queries]
            filters[name]["keys"] = [rounded(layer[:, right]) for layer in shown.keys]
    return filters


def numbered(filters: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The same filters as head and model view want them: a list, each with the name on the menu."""
    names = {short: name for name, short in PAIRS.items()}
    return [{"name": names[short] if len(filters) > 1 else None, **part} for short, part in filters.items()]
