"""A MicroVM's endpoint on this machine: HTTP and WebSockets, with a certificate made for it."""

import base64
import hashlib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import trustme
from loopback import Canned, Received
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, TextMessage

_WEBSOCKET_KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def respond_with_200(_: Received) -> Canned:
    return Canned(body=b"hello")


@dataclass
class Endpoint:
    """The server: `respond` makes its responses, a WebSocket echoes text."""

    host: str
    """Its name and port."""
    authority: trustme.CA | None
    respond: Callable[[Received], Canned] = respond_with_200
    requests: list[Received] = field(default_factory=list)

    @property
    def trust(self) -> ssl.SSLContext:
        """A context that trusts the server's certificate."""
        context = ssl.create_default_context()
        if self.authority is not None:
            self.authority.configure_trust(context)
        return context


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    endpoint: Endpoint

    def handle_error(self, *_: object) -> None:
        """Log nothing about clients that close their connections early."""


class _Handler(BaseHTTPRequestHandler):
    """Sends the responses of its server's endpoint."""

    server: "_Server"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def respond(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        received = Received(self.command, self.path, {}, headers, body)
        self.server.endpoint.requests.append(received)
        canned = self.server.endpoint.respond(received)
        if canned.status == 101:
            self.open_websocket(headers["sec-websocket-key"], canned.headers)
            return
        self.send_response(canned.status)
        for name, value in canned.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(canned.content)))
        self.end_headers()
        self.wfile.write(canned.content[: canned.cut_at])
        self.close_connection = canned.cut_at is not None

    do_GET = do_POST = respond  # noqa: N815  The names are http.server's.

    def open_websocket(self, key: str, headers: dict[str, str]) -> None:
        digest = hashlib.sha1((key + _WEBSOCKET_KEY).encode()).digest()  # noqa: S324  RFC 6455.
        self.send_response(101)
        self.send_header("upgrade", "websocket")
        self.send_header("connection", "upgrade")
        self.send_header("sec-websocket-accept", base64.b64encode(digest).decode())
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        websocket = Connection(ConnectionType.SERVER)
        while data := self.connection.recv(4096):
            websocket.receive_data(data)
            for event in websocket.events():
                if isinstance(event, TextMessage):
                    self.wfile.write(websocket.send(TextMessage(data=event.data)))
                elif isinstance(event, CloseConnection):
                    self.wfile.write(websocket.send(event.response()))
                    return

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving_endpoint(authority: trustme.CA | None = None) -> Iterator[Endpoint]:
    """Serve on a port of its own while the block runs, over TLS if there is an authority."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if authority is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.endpoint = Endpoint(f"localhost:{server.server_port}", authority)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
