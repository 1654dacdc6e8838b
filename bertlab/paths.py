"""Where the files that come with bertlab lie: the checkout's own, or the copy that a wheel carries."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_path(*parts: str) -> Path:
    """A file or folder under `data/`.

    >>> data_path("vocab").name
    'vocab'

    Raises:
        FileNotFoundError: there is no such file; the message names the whole path.
    """
    return _existing("data", *parts)


def notebooks_path(*parts: str) -> Path:
    """A file or folder under `notebooks/`: the lessons as they were published, without a learner's work.

    >>> notebooks_path("src").name
    'src'

    Raises:
        FileNotFoundError: there is no such file; the message names the whole path.
    """
    return _existing("notebooks", *parts)


def constraints_path() -> Path:
    """`constraints.txt`: the exact versions last proven together.

    >>> constraints_path().name
    'constraints.txt'

    Raises:
        FileNotFoundError: there is no such file; the message names the whole path.
    """
    return _existing("constraints.txt")


def _existing(*parts: str) -> Path:
    checkout = _PACKAGE.parent
    root = checkout if (checkout / "pyproject.toml").is_file() else _PACKAGE / "_share"
    path = root.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: this copy of bertlab is not whole. "
            "Clone the repository again, or reinstall the package."
        )
    return path
