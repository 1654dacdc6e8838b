"""BERT's tokenizer: text in, ids out, and back."""

import json
import os
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from bertlab.atomic import replacing
from bertlab.text.encoding import Batch, Encoding, Span, Stretch, kept_lengths, padded
from bertlab.text.known import Known
from bertlab.text.normalize import split_words, traced_words
from bertlab.text.vocabulary import OBSOLETE, PAD, SPECIAL_PIECES, UNK, check_pieces, read_folder, read_vocab
from bertlab.text.wordpiece import PREFIX, join_text, longest_match


def whole_pieces(never_split: Sequence[str], read_specials: bool) -> re.Pattern[str] | None:
    """What finds pieces that are taken as they stand in the raw text; None where there are none.

    Raises:
        ValueError: one of them has a space inside.
    """
    for word in never_split:
        if not word or word.split() != [word]:
            raise ValueError(f"never_split has {word!r}; give single words without spaces")
    patterns = {word: rf"(?<!\w){re.escape(word)}(?!\w)" for word in never_split}
    if read_specials:
        patterns |= {piece: re.escape(piece) for piece in SPECIAL_PIECES}
    longest_first = sorted(patterns, key=len, reverse=True)
    return re.compile("(" + "|".join(patterns[word] for word in longest_first) + ")") if patterns else None


class Tokenizer:
    """BERT's tokenizer: cleans a text, cuts it into words and every word into pieces of its vocabulary.

    It gives the ids of Google's own tokenizer, but for a few rare characters (see `normalize.py`) and one rule: a
    special piece written out in the text, such as [MASK], is that special piece, as it is in the library
    `tokenizers`. With `read_specials=False` it is text like any other, as for Google.

    >>> tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##kind", "##ness", "!"])
    >>> tokenizer.tokenize("Unkindness!")
    ['un', '##kind', '##ness', '!']
    >>> tokenizer("Unkindness!").input_ids
    [2, 5, 6, 7, 8, 3]

    Args:
        pieces: the vocabulary; the place of a piece is its id.
        strip_accents: None means the same as `lowercase`, as in BERT.
        never_split: pieces of the vocabulary that are taken whole wherever they stand as a word in the raw text.
        read_specials: whether special pieces written out in a text count as such.

    Raises:
        ValueError: a piece occurs twice or is empty, a special piece is missing, or a word of `never_split` is no
            piece.
    """

    def __init__(
        self,
        pieces: Sequence[str],
        lowercase: bool = True,
        *,
        strip_accents: bool | None = None,
        never_split: Iterable[str] = (),
        read_specials: bool = True,
    ) -> None:
        check_pieces(pieces)
        self.pieces = list(pieces)
        self.vocab = {piece: number for number, piece in enumerate(self.pieces)}
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.never_split = tuple(never_split)
        self.read_specials = read_specials
        for word in self.never_split:
            if word not in self.vocab:
                raise ValueError(
                    f"never_split has {word!r}, which is none of the {len(self.pieces)} pieces; "
                    "add it to the vocabulary, or leave it out"
                )
        self.pad_id, self.unk_id, self.cls_id, self.sep_id, self.mask_id = (self.vocab[p] for p in SPECIAL_PIECES)
        self.special_ids = [self.pad_id, self.unk_id, self.cls_id, self.sep_id, self.mask_id]
        self._whole = whole_pieces(self.never_split, read_specials)
        self._known = Known(self.encode_stretch)
        self._known_ids = Known(self._ids_of)
        self._known_words = Known(self._pieces_of)
        self._known_word_ids = Known(self._word_ids_of)

    @classmethod
    def from_vocab_file(cls, path: str | os.PathLike[str], lowercase: bool = True) -> "Tokenizer":
        """The tokenizer of a vocabulary file: one piece a line, the first line is id 0."""
        return cls(read_vocab(path), lowercase)

    @classmethod
    def from_folder(cls, folder: str | os.PathLike[str]) -> "Tokenizer":
        """The tokenizer of a Hugging Face folder: `vocab.txt` with `tokenizer_config.json`, or `tokenizer.json`.

        Raises:
            FileNotFoundError: the folder has neither `vocab.txt` nor `tokenizer.json`.
            ValueError: what it has is no vocabulary of WordPiece.
        """
        pieces, config = read_folder(folder)
        return cls(
            pieces,
            config.get("do_lower_case", True),
            strip_accents=config.get("strip_accents"),
            never_split=config.get("never_split") or (),
            read_specials=not config.get("split_special_tokens", False),
        )

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Writes `vocab.txt` and `tokenizer_config.json`, from which `from_folder` and `transformers` read it.

        Files in which other libraries would find the vocabulary that was there before are removed.
        """
        config: dict[str, object] = {
            "tokenizer_class": "BertTokenizer",
            "do_lower_case": self.lowercase,
            "strip_accents": self.strip_accents,
            "tokenize_chinese_chars": True,
        }
        if self.never_split:
            config["never_split"] = list(self.never_split)
        if not self.read_specials:
            config["split_special_tokens"] = True
        with replacing(Path(folder), OBSOLETE) as staging:
            # Bytes, so that Windows too ends a line by \n.
            (staging / "vocab.txt").write_bytes("".join(piece + "\n" for piece in self.pieces).encode("utf-8"))
            (staging / "tokenizer_config.json").write_bytes((json.dumps(config, indent=2) + "\n").encode("utf-8"))

    def __len__(self) -> int:
        return len(self.pieces)

    def __repr__(self) -> str:
        return f"Tokenizer({len(self)} pieces, {'uncased' if self.lowercase else 'cased'})"

    def encode_stretch(self, stretch: str) -> Stretch:
        """The pieces of a stretch of text that no space touches: the work itself, without any memory."""
        ids: list[int] = []
        spans: list[Span] = []
        begin = 0
        for part, is_piece in self._parts_of(stretch):
            if is_piece:
                ids.append(self.vocab[part])
                spans.append((begin, begin + len(part)))
            else:
                for word, origins in traced_words(part, self.lowercase, self.strip_accents):
                    for piece, first, last in self._known_words[word]:
                        ids.append(self.vocab[piece])
                        spans.append((begin + origins[first], begin + origins[last - 1] + 1))
            begin += len(part)
        return Stretch(ids, spans)

    def _parts_of(self, stretch: str) -> list[tuple[str, bool]]:
        """A stretch cut at the pieces that are taken as they stand; whether each part is one."""
        # Splitting by a group gives text and found piece in turn.
        parts = self._whole.split(stretch) if self._whole else [stretch]
        return [(part, place % 2 == 1) for place, part in enumerate(parts)]

    def _pieces_of(self, word: str) -> list[tuple[str, int, int]]:
        """The pieces of a word, each with the place of its first character and of the one after its last."""
        found = longest_match(word, self.vocab)
        if found is None:
            return [(UNK, 0, len(word))]
        pieces = []
        start = 0
        for piece in found:
            end = start + len(piece) - (len(PREFIX) if start > 0 else 0)
            pieces.append((piece, start, end))
            start = end
        return pieces

    def encode_ids(self, text: str) -> list[int]:
        """The ids of a text alone, without [CLS] and [SEP]: the fast way through much text."""
        return list(chain.from_iterable(map(self._known_ids.__getitem__, text.split(" "))))

    def _ids_of(self, stretch: str) -> tuple[int, ...]:
        """The ids of a stretch as `encode_stretch` finds them, without asking where in the text each stands."""
        ids: list[int] = []
        for part, is_piece in self._parts_of(stretch):
            if is_piece:
                ids.append(self.vocab[part])
            else:
                for word in split_words(part, self.lowercase, self.strip_accents):
                    ids += self._known_word_ids[word]
        return tuple(ids)

    def _word_ids_of(self, word: str) -> tuple[int, ...]:
        return tuple(self.vocab[piece] for piece in longest_match(word, self.vocab) or [UNK])

    def encode_with_offsets(self, text: str) -> Stretch:
        """The ids of a text alone, and the characters of the text that each of them stands for."""
        ids: list[int] = []
        spans: list[Span] = []
        begin = 0
        for stretch in text.split(" "):
            known = self._known[stretch]
            ids += known.ids
            spans += [(begin + start, begin + end) for start, end in known.spans]
            begin += len(stretch) + 1
        return Stretch(ids, spans)

    def tokenize(self, text: str) -> list[str]:
        """The pieces of a text, without [CLS] and [SEP]."""
        return [self.pieces[number] for number in self.encode_ids(text)]

    def tokenize_with_offsets(self, text: str) -> list[tuple[str, int, int]]:
        """The pieces of a text, each with the characters it stands for: `text[start:end]`."""
        ids, spans = self.encode_with_offsets(text)
        return [(self.pieces[number], start, end) for number, (start, end) in zip(ids, spans, strict=True)]

    def __call__(self, text_a: str, text_b: str | None = None, *, max_length: int | None = None) -> Encoding:
        """Encodes [CLS] a [SEP], or [CLS] a [SEP] b [SEP].

        Args:
            max_length: pieces in all, special ones included; the longer text is cut first.

        Raises:
            ValueError: `max_length` does not even hold the special pieces.
        """
        texts = [self.encode_with_offsets(text_a)]
        if text_b is not None:
            texts.append(self.encode_with_offsets(text_b))
        if max_length is not None:
            room = max_length - 1 - len(texts)
            if room < 0:
                raise ValueError(
                    f"max_length={max_length} has no room for the {1 + len(texts)} special pieces; "
                    f"give {2 + len(texts)} or more"
                )
            lengths = kept_lengths([len(text.ids) for text in texts], room)
            texts = [Stretch(text.ids[:n], text.spans[:n]) for text, n in zip(texts, lengths, strict=True)]

        ids, segments, spans = [self.cls_id], [0], [(0, 0)]
        for segment, text in enumerate(texts):
            ids += [*text.ids, self.sep_id]
            segments += [segment] * (len(text.ids) + 1)
            spans += [*text.spans, (0, 0)]
        return Encoding([self.pieces[number] for number in ids], ids, segments, [1] * len(ids), spans)

    def batch(
        self,
        texts_a: Sequence[str],
        texts_b: Sequence[str] | None = None,
        *,
        max_length: int | None = None,
        pad_to: int | None = None,
    ) -> Batch:
        """Encodes several texts, or pairs of texts, and pads them to the longest.

        Args:
            max_length: pieces in each, special ones included; what is longer is cut.
            pad_to: pieces to pad to instead of the longest.

        Raises:
            ValueError: there are not as many second texts as first ones, or a text is longer than `pad_to`.
        """
        if texts_b is not None and len(texts_b) != len(texts_a):
            raise ValueError(f"{len(texts_a)} first texts but {len(texts_b)} second ones; give as many of each")
        seconds = [None] * len(texts_a) if texts_b is None else texts_b
        encodings = [self(a, b, max_length=max_length) for a, b in zip(texts_a, seconds, strict=True)]
        longest = max((len(encoding) for encoding in encodings), default=0)
        length = longest if pad_to is None else pad_to
        if longest > length:
            raise ValueError(f"a text has {longest} pieces, more than pad_to={pad_to}; give max_length={pad_to} too")
        return Batch(
            tokens=[padded(e.tokens, PAD, length) for e in encodings],
            input_ids=[padded(e.input_ids, self.pad_id, length) for e in encodings],
            token_type_ids=[padded(e.token_type_ids, 0, length) for e in encodings],
            attention_mask=[padded(e.attention_mask, 0, length) for e in encodings],
            offsets=[padded(e.offsets, (0, 0), length) for e in encodings],
        )

    def decode(self, ids: Iterable[int], skip_special_tokens: bool = True) -> str:
        """The text that ids spell, as far as it can be known: spaces and capitals that were lost stay lost.

        Raises:
            IndexError: an id is not in the vocabulary.
        """
        skipped = set(self.special_ids) if skip_special_tokens else set()
        pieces = []
        for number in ids:
            if not 0 <= number < len(self.pieces):
                raise IndexError(f"id {number} is not in the vocabulary of {len(self.pieces)} pieces")
            if number not in skipped:
                pieces.append(self.pieces[number])
        return join_text(pieces)
