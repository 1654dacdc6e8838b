"""BERT, small enough to read and exact enough to trust.

`import bertlab` is instant: what needs torch is imported when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bertlab.pretrained import load, save

__version__ = "0.1.0"
__all__ = ["__version__", "load", "save"]


def __getattr__(name: str) -> Any:
    if name in ("load", "save"):
        from bertlab import pretrained

        return getattr(pretrained, name)
    raise AttributeError(f"module 'bertlab' has no attribute {name!r}")
