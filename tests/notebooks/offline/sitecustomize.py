"""Put on a lesson's path: from then on Python reaches this machine and nothing else."""

import socket
from typing import Any


def _is_here(address: Any) -> bool:
    return not isinstance(address, tuple) or str(address[0]) in ("127.0.0.1", "::1", "localhost", "")


def _guard(name: str) -> None:
    original = getattr(socket.socket, name)

    def guarded(self: socket.socket, address: Any, *rest: Any) -> Any:
        if not _is_here(address):
            raise OSError(f"no network in a lesson: something asked for {address}")
        return original(self, address, *rest)

    setattr(socket.socket, name, guarded)


for _name in ("connect", "connect_ex"):
    _guard(_name)

_look_up = socket.getaddrinfo


def _only_here(host: Any, *rest: Any, **more: Any) -> Any:
    if host is not None and not _is_here((host,)):
        raise OSError(f"no network in a lesson: something asked for the address of {host}")
    return _look_up(host, *rest, **more)


socket.getaddrinfo = _only_here  # type: ignore[assignment]
