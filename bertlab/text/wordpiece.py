"""From a word to its pieces, at every place the longest piece that the vocabulary holds; and back to text.

Source: Wu et al. 2016, arXiv 1609.08144, section 4.1; google-research/bert, tokenization.py, WordpieceTokenizer.
"""

from collections.abc import Container, Iterable

PREFIX = "##"
"""What a piece begins with when it continues a word."""

LONGEST_WORD = 200
"""Characters in a word above which it is unknown as a whole. The library `tokenizers` gives up above 100."""


def longest_match(word: str, vocab: Container[str], longest_word: int = LONGEST_WORD) -> list[str] | None:
    """The pieces of a word, or None where no pieces of the vocabulary cover it.

    The search is greedy: it never takes a shorter piece now for a better one later, and it gives the whole word
    up when it is stuck.

    >>> longest_match("unkindness", {"un", "##kind", "##kin", "##ness"})
    ['un', '##kind', '##ness']
    >>> longest_match("unkindly", {"un", "##kind", "##ness"}) is None
    True

    Args:
        longest_word: characters above which a word is not even tried.
    """
    if len(word) > longest_word:
        return None
    pieces = []
    start = 0
    while start < len(word):
        prefix = PREFIX if start > 0 else ""
        end = len(word)
        while prefix + word[start:end] not in vocab:
            end -= 1
            if end == start:
                return None
        pieces.append(prefix + word[start:end])
        start = end
    return pieces


def join_pieces(left: str, right: str) -> str:
    """The piece that two neighbours make together.

    >>> join_pieces("##kin", "##d"), join_pieces("un", "##kind")
    ('##kind', 'unkind')
    """
    return left + right.removeprefix(PREFIX)


# Pieces that begin so stand in running text without a space before them.
CLINGING = (".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re")


def join_text(pieces: Iterable[str]) -> str:
    """Pieces as running text: continuations joined, and no space before a full stop and its like.

    >>> join_text(["un", "##kind", "!"])
    'unkind!'

    Source: `tokenizers`, decoders/wordpiece.rs, with cleanup.
    """
    text = ""
    for place, piece in enumerate(pieces):
        if place == 0 or piece.startswith(CLINGING):
            text += piece
        elif piece.startswith(PREFIX):
            text += piece.removeprefix(PREFIX)
        else:
            text += " " + piece
    return text
