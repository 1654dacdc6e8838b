"""Where the files that come with bertlab lie: the checkout's own, or the copy that a wheel carries."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _root() -> Path:
    checkout = _PACKAGE.parent
    return checkout if (checkout / "pyproject.toml").is_file() else _PACKAGE / "_share"


def data_path(*parts: str) -> Path:
    """A file or folder under `data/`.

    >>> data_path("vocab").name
    'vocab'

    Raises:
        FileNotFoundError: there is no such file; the message names the whole path.
    """
    return _existing(_root() / "data" / Path(*parts))


def notebooks_path(*parts: str) -> Path:
    """A file or folder under `notebooks/`: the lessons as they were published, without a learner's work.

    Raises:
        FileNotFoundError: there is no such file; the message names the whole path.
    """
    return _existing(_root() / "notebooks" / Path(*parts))


def _existing(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: this copy of bertlab is not whole. "
            "Clone the repository again, or reinstall the package."
        )
    return path
