"""Files replaced whole: after an interrupted save there are the old ones or the new, never halves or a mixture.

A single file is written beside its place, and renamed. Several files are written in `.saving`, inside the folder they
are meant for. When all are there, it is renamed to `.saved`: one step, which happens or does not. From then on the new
files count and only have to be moved out; whoever finds `.saved` later finishes the moving first. A `.saving` that is
found is worthless.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SAVING, SAVED = ".saving", ".saved"


def _put_on_disk(file: Path) -> None:
    """To be called before a rename, or a power cut could leave the new name with no content."""
    with file.open("r+b") as written:
        os.fsync(written.fileno())


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """Give a path beside a file to write to; when the block ends well, what was written becomes the file."""
    # Always the same name, so that what a kill leaves behind is overwritten the next time; and the same ending, since
    # some libraries choose the format by it.
    draft = file.with_name(f".part-{file.name}")
    try:
        yield draft
        _put_on_disk(draft)
        os.replace(draft, file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write_whole(file: Path, content: bytes | str) -> Path:
    """Write one file, text as UTF-8 with \\n line ends; its folder is made where there is none.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     written = write_whole(Path(place, "new", "a.txt"), "one")
    ...     [file.name for file in written.parent.iterdir()]
    ['a.txt']
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as draft:
        draft.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return file


def finish_replacing(folder: Path, obsolete: Iterable[str] = ()) -> None:
    """Move in what an interrupted save left ready. Nothing happens when it left nothing.

    Args:
        obsolete: names of files that would be read in place of the new ones; they are removed.
    """
    saved = folder / SAVED
    if not saved.is_dir():
        return
    for name in obsolete:
        (folder / name).unlink(missing_ok=True)
    # Another process may be finishing the same save: a file that it moved is no longer ours to move.
    for file in sorted(saved.iterdir()):
        with suppress(FileNotFoundError):
            os.replace(file, folder / file.name)
    with suppress(FileNotFoundError):
        saved.rmdir()


@contextmanager
def replacing(folder: Path, obsolete: Iterable[str] = ()) -> Iterator[Path]:
    """Give an empty folder to write files in; when the block ends well, they replace those of the same names.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     with replacing(Path(place) / "new") as staging:
    ...         _ = (staging / "a.txt").write_text("one")
    ...     [file.name for file in (Path(place) / "new").iterdir()]
    ['a.txt']

    Other files in the folder stay as they are.

    Args:
        obsolete: names of files that would be read in place of the new ones; they are removed.
    """
    if folder.is_dir():
        finish_replacing(folder, obsolete)
    existed = folder.exists()
    staging = folder / SAVING
    try:
        if staging.exists():
            shutil.rmtree(staging)
        staging.mkdir(parents=True)
        yield staging
        for file in staging.iterdir():
            _put_on_disk(file)
        os.replace(staging, folder / SAVED)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        if not existed:
            with suppress(OSError):
                folder.rmdir()
        raise
    finish_replacing(folder, obsolete)
