"""Documents from text files: a paragraph a line, a blank line between documents."""

import codecs
import io
import lzma
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

Document = list[str]
"""The paragraphs of one document, in order."""

SUFFIXES = (".txt", ".txt.xz")

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# A sentence ends at . ! ? (or their full-width forms), with closing quotes and brackets. The narrow forms end one only
# before a space; what then opens is caught. An abbreviation before a name still splits: pretraining can live with that.
_SENTENCE_END = re.compile(r"""[.!?]["'”’»)\]]*(?=\s+["'“‘„«(\[]*([^\W_]))|[。！？][”’」』]*""")


def split_sentences(paragraph: str) -> list[str]:
    """Cut a paragraph after each sentence.

    >>> split_sentences('He ran. "Stop!" she cried. Nobody, e.g. the cat, did.')
    ['He ran.', '"Stop!" she cried.', 'Nobody, e.g. the cat, did.']
    """
    found = _SENTENCE_END.finditer(paragraph)
    ends = [each.end() for each in found if not (each[1] or "").islower()]
    pieces = [paragraph[a:b].strip() for a, b in zip([0, *ends], [*ends, len(paragraph)], strict=True)]
    return [piece for piece in pieces if piece]


def _is_text(file: Path) -> bool:
    """By its name; hidden files, such as macOS leaves beside others, are not meant."""
    return file.name.lower().endswith(SUFFIXES) and not file.name.startswith(".") and file.is_file()


def find_text_files(paths: Iterable[str | Path]) -> list[Path]:
    """The text files that are meant: a file is itself, a folder all `.txt` and `.txt.xz` in it, sorted.

    Raises:
        FileNotFoundError: a path does not exist, or a folder holds no text.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if _is_text(file))
            if not inside:
                raise FileNotFoundError(f"{path} holds no text: no file in it ends in {' or '.join(SUFFIXES)}")
            files += inside
        elif path.is_file():
            files.append(path)
        else:
            raise FileNotFoundError(f"{path} does not exist; give a text file, or a folder of .txt files")
    return files


def read_text(file: Path, encoding: str | None = None) -> str:
    """The whole text of a file, in its own encoding: UTF-8, what its byte order mark says, or what you name.

    An encoding is never guessed from the bytes: a wrong guess trains a model on garbage without a word.

    Raises:
        ValueError: the bytes do not decode, the .xz is damaged, or no encoding has that name; file, line, byte and
            remedy are named.
    """
    raw = file.read_bytes()
    if file.suffix == ".xz":
        try:
            raw = lzma.decompress(raw)
        except lzma.LZMAError as error:
            raise ValueError(f"{file} is damaged or no .xz file: {error}; fetch it again") from None
    chosen = encoding or _marked(raw)
    try:
        text = raw.decode(chosen)
    except LookupError:
        raise ValueError(f"no encoding is called {chosen!r}; some that are: utf-8, utf-16, cp1252, gb18030") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].decode(chosen, errors="ignore").count("\n") + 1
        raise ValueError(
            f"{file}, line {line}: byte 0x{error.object[error.start]:02x} is not {chosen}; "
            "name the file's own encoding (--encoding cp1252, say) or save it as UTF-8"
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ValueError(
            f"{file}, line {line}: a NUL character; this is no text, or UTF-16 without its mark "
            "(then name it: --encoding utf-16-le)"
        )
    return text


def read_lines(file: Path, encoding: str | None = None) -> Iterator[str]:
    """The lines of `read_text`, one after another: of a large file never more than a little is held.

    Raises:
        ValueError: see `read_text`; after the lines that stand before the fault.
    """
    try:
        with _unpacked(file) as raw:
            with io.TextIOWrapper(raw, encoding or _marked(raw.peek(4))) as text:
                for line in text:
                    if "\0" in line:
                        raise ValueError("a NUL character")
                    yield from line.splitlines()
    except (ValueError, LookupError, lzma.LZMAError, EOFError):
        read_text(file, encoding)  # says what is wrong, and where
        raise


def _unpacked(file: Path) -> io.BufferedReader:
    return io.BufferedReader(lzma.open(file)) if file.suffix == ".xz" else file.open("rb")


def _marked(beginning: bytes) -> str:
    """The encoding that a byte order mark tells, else UTF-8."""
    return next((name for mark, name in _BYTE_ORDER_MARKS if beginning.startswith(mark)), "utf-8")


def read_documents(paths: Sequence[str | Path] | str | Path, encoding: str | None = None) -> Iterator[Document]:
    """One document after another from files and folders. A blank line, or a file's end, ends a document.

    Raises:
        FileNotFoundError: see `find_text_files`.
        ValueError: see `read_text`.
    """
    paths = [paths] if isinstance(paths, str | Path) else paths
    for file in find_text_files(paths):
        document: Document = []
        for line in read_lines(file, encoding):
            if line.strip():
                document.append(line.strip())
            elif document:
                yield document
                document = []
        if document:
            yield document
