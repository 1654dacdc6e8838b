"""AttentionLab as a plain web page of this machine, for a talk without JupyterLab: Python's own server is enough."""

import ipaddress
import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import getaddrinfo, gethostname
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from bertlab.views.attention_lab.lab import AttentionLab

LARGEST = 100_000
"""Bytes of a question; a page of ours sends a few hundred."""


def is_loopback(host: str) -> bool:
    """Does an address reach this machine only, by whatever name?

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)

    Raises:
        OSError: there is no such address.
    """
    return all(ipaddress.ip_address(found[4][0]).is_loopback for found in getaddrinfo(host, None))


def lab_server(lab: AttentionLab, host: str = "127.0.0.1", port: int = 0, anyone: bool = False) -> ThreadingHTTPServer:
    """A server that shows the lab; `serve_forever()` starts it, and `server_port` is the port it found.

    Args:
        port: 0 for a free one.
        anyone: also under an address that other machines reach. There is no password: whoever reaches it can ask.

    Raises:
        ValueError: other machines reach the address, and `anyone` was not said.
        OSError: there is no such address here, or the port is taken.
    """
    loopback = is_loopback(host)
    if not anyone and not loopback:
        raise ValueError(
            f"other machines reach {host}, and the lab asks for no password; take 127.0.0.1, or say --anyone"
        )
    # A page elsewhere could have its own name lead here, and ask in the name of who looks at it.
    known = {host, "localhost", "127.0.0.1", "[::1]", f"[{host}]"} if loopback else None
    page = lab.served_page()
    one_at_a_time = Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/":
                self.send_error(HTTPStatus.NOT_FOUND)
            else:
                self.reply(page, "text/html; charset=utf-8")

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/answer":
                self.send_error(HTTPStatus.NOT_FOUND)
            elif not length.isdecimal() or int(length) > LARGEST:
                self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            else:
                try:
                    question = json.loads(self.rfile.read(int(length)))
                except (ValueError, RecursionError):
                    self.send_error(HTTPStatus.BAD_REQUEST)
                    return
                with one_at_a_time:
                    answer = lab.answer(question)
                self.reply(json.dumps(answer), "application/json")

        def parse_request(self) -> bool:
            """Refuse whoever comes under a name that is not this server's, or from a page that is not."""
            if not super().parse_request():
                return False
            asked = self.headers.get("Host", "")
            origin = self.headers.get("Origin")
            name = asked.rpartition(":")[0] or asked
            if (known is not None and name not in known) or (origin and urlsplit(origin).netloc != asked):
                self.send_error(HTTPStatus.FORBIDDEN, "this server answers to its own name and its own page only")
                return False
            return True

        def reply(self, content: str, kind: str) -> None:
            body = content.encode("utf-8")
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", "default-src 'self' 'unsafe-inline' data:")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """A line for every keystroke would tell nobody anything."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = getaddrinfo(host, port)[0][0]

    return Server((host, port), Handler)


def serve(
    lab: AttentionLab, host: str, port: int, *, anyone: bool = False, opened: Callable[[str], Any] = print
) -> None:
    """Show the lab until somebody presses Ctrl-C.

    Args:
        opened: is told the address, in a thread of its own: opening a browser may take as long as it likes.

    Raises:
        ValueError, OSError: as `lab_server` does.
    """
    with lab_server(lab, host, port, anyone) as server:
        name = gethostname() if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
        Thread(target=opened, args=(f"http://{name}:{server.server_port}/",), daemon=True).start()
        server.serve_forever()
