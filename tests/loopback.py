"""An HTTP server on this machine that sends canned responses and records the requests."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Canned:
    """A response to send."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut_at: int | None = None
    """Where the connection breaks, in bytes of the body."""

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps({} if self.body is None else self.body).encode()


@dataclass(frozen=True)
class Received:
    """A request that arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    port: int = 0
    """The port of the connection's other end."""


@dataclass
class Loopback:
    """The server: the last of `responses` is repeated."""

    endpoint_url: str
    responses: list[Canned] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)

    def respond_with(self, *responses: Canned) -> None:
        self.responses[:] = responses
        self.requests.clear()


def case(name: str) -> Canned:
    """Load a sample response: `update_microvm_image_version/minimal`, `recorded/…`."""
    content = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return Canned(content["status"], content["body"], content["headers"])


def case_names(folder: str) -> list[str]:
    """List the sample responses under a folder."""
    return sorted(
        str(path.relative_to(CASES).with_suffix("")) for path in (CASES / folder).rglob("*.json")
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client may close its connection before it has read everything.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving() -> Iterator[Loopback]:
    """Serve while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def respond(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            url = urlsplit(self.path)
            loopback.requests.append(
                Received(
                    self.command,
                    url.path,
                    parse_qs(url.query),
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                    self.client_address[1],
                )
            )
            canned = (
                loopback.responses.pop(0) if len(loopback.responses) > 1 else loopback.responses[0]
            )
            self.send_response_only(canned.status)
            if "date" not in canned.headers:
                self.send_header("date", self.date_time_string())
            for name, value in canned.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(canned.content)))
            self.end_headers()
            self.wfile.write(canned.content[: canned.cut_at])
            self.close_connection = canned.cut_at is not None

        do_DELETE = do_GET = do_PATCH = do_POST = do_PUT = respond  # noqa: N815  The names are http.server's.

        def log_message(self, *_: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    loopback = Loopback(f"http://127.0.0.1:{server.server_port}", [Canned()])
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
