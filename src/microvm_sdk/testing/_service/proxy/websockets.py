"""WebSockets: a tunnel to a server on this machine, which does the handshake itself.

The proxy removes its own subprotocols from the client's request, and inspects nothing after that.
One thread passes bytes in both directions, because a TLS connection must not be used by two.
"""

import selectors
import socket
import ssl
from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._service.proxy import visits
from microvm_sdk.testing._service.proxy.credentials import (
    PROTOCOLS_HEADER,
    SUBPROTOCOL,
    credentials,
    is_own_subprotocol,
    subprotocols,
)
from microvm_sdk.testing._service.proxy.data_plane import as_seen_inside
from microvm_sdk.testing._service.proxy.forwarding import CONNECT_SECONDS, ForwardedTo, raw_target

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

_END_OF_HEAD = b"\r\n\r\n"
_LONGEST_HEAD = 64 * 1024
_HANDSHAKE_SECONDS = 60
_CHUNK = 64 * 1024
# How many bytes are kept for a side that reads slowly before the other side is not read.
_MOST_KEPT = 256 * 1024
# How often a tunnel checks whether its MicroVM still runs.
_CHECK_SECONDS = 0.25
_LAST_SEND_SECONDS = 5


def tunnel(microvm: str, environ: "WSGIEnvironment", client: socket.socket) -> bool:
    """Connect the client of a WebSocket to the software in a MicroVM, until one of them closes.

    It ends without a close frame (code 1006 for the client) when the MicroVM stops running.

    Args:
        microvm: The MicroVM's identifier or its endpoint.
        environ: The client's request.
        client: The client's connection.

    Returns:
        Whether the software has responded. If not, nothing has been sent to the client: the proxy
        rejects the request, or nothing that could speak WebSocket listens.
    """
    headers = Request(environ).headers
    token, port = credentials(headers)
    if visits.visit(microvm, token, port) != visits.FORWARDED:
        return False
    server = conditions.application(int(port))
    if not isinstance(server, ForwardedTo):
        return False
    try:
        connection = _connect(server)
    except OSError:
        return False
    with connection:
        try:
            connection.sendall(_request(server, environ))
            head, rest = _read_head(connection)
        except OSError:
            return False
        if not head:
            return False
        is_open = b" 101" in head.partition(b"\r\n")[0]
        if is_open:
            head = _with_subprotocol(head, headers)
        try:
            client.sendall(head + rest)
            if is_open:
                _Relay(client, connection, microvm).run()
            else:
                _send_the_rest(connection, client)
        except OSError:
            pass  # One of the two is gone, which ends the tunnel.
    return True


def _connect(server: ForwardedTo) -> socket.socket:
    connection = socket.create_connection(server.address, timeout=CONNECT_SECONDS)
    connection.settimeout(_HANDSHAKE_SECONDS)
    if server.is_secure:
        return ssl.create_default_context().wrap_socket(
            connection, server_hostname=server.address[0]
        )
    return connection


def _request(server: ForwardedTo, environ: "WSGIEnvironment") -> bytes:
    """Return the handshake as the software in the MicroVM gets it."""
    headers = Request(as_seen_inside(environ)).headers
    lines = [
        f"{name}: {value}"
        for name, value in headers.items()
        if name.lower() != PROTOCOLS_HEADER.lower()
    ]
    own = [protocol for protocol in subprotocols(headers) if not is_own_subprotocol(protocol)]
    if own:
        lines.append(f"{PROTOCOLS_HEADER}: {', '.join(own)}")
    target = server.path + raw_target(environ)
    return "\r\n".join([f"GET {target} HTTP/1.1", *lines, "", ""]).encode("latin-1")


def _read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of a response, and what has arrived after it; empty if there is none."""
    received = b""
    while _END_OF_HEAD not in received:
        chunk = connection.recv(_CHUNK)
        received += chunk
        if not chunk or len(received) > _LONGEST_HEAD:
            return b"", b""
    head, end, rest = received.partition(_END_OF_HEAD)
    return head + end, rest


def _with_subprotocol(head: bytes, headers: Headers) -> bytes:
    """Name the proxy's own subprotocol, if the software has chosen none of the client's."""
    lines = head.lower().split(b"\r\n")
    chosen = any(line.startswith(f"{PROTOCOLS_HEADER}:".lower().encode()) for line in lines)
    if chosen or SUBPROTOCOL not in subprotocols(headers):
        return head
    own = f"\r\n{PROTOCOLS_HEADER}: {SUBPROTOCOL}".encode()
    return head.removesuffix(_END_OF_HEAD) + own + _END_OF_HEAD


def _send_the_rest(server: socket.socket, client: socket.socket) -> None:
    """Send the rest of a response that is not a WebSocket."""
    server.settimeout(_LAST_SEND_SECONDS)
    while chunk := server.recv(_CHUNK):
        client.sendall(chunk)


class _Relay:
    """Passes bytes between two connections, which it makes non-blocking."""

    def __init__(self, client: socket.socket, server: socket.socket, microvm: str) -> None:
        self._microvm = microvm
        self._other = {client: server, server: client}
        # What is still to be sent to each.
        self._kept = {client: bytearray(), server: bytearray()}
        self._ended = False

    def run(self) -> None:
        """Pass bytes until either side closes its connection, or the MicroVM stops running."""
        for connection in self._other:
            connection.setblocking(False)
        with selectors.DefaultSelector() as selector:
            while not self._ended and visits.is_running(self._microvm):
                self._wait(selector)
                for connection in self._other:
                    self._receive(connection)
                    self._send(connection)
        for connection, kept in self._kept.items():
            connection.settimeout(_LAST_SEND_SECONDS)
            if self._ended and kept:
                connection.sendall(kept)

    def _wait(self, selector: selectors.BaseSelector) -> None:
        pending = False
        for connection in self._other:
            events = selectors.EVENT_WRITE if self._kept[connection] else 0
            if self._may_receive(connection):
                events |= selectors.EVENT_READ
                pending |= isinstance(connection, ssl.SSLSocket) and connection.pending() > 0
            if connection in selector.get_map():
                selector.unregister(connection)
            if events:
                selector.register(connection, events)
        selector.select(timeout=0 if pending else _CHECK_SECONDS)

    def _may_receive(self, connection: socket.socket) -> bool:
        return len(self._kept[self._other[connection]]) < _MOST_KEPT

    def _receive(self, connection: socket.socket) -> None:
        while not self._ended and self._may_receive(connection):
            try:
                chunk = connection.recv(_CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError:
                chunk = b""
            if chunk:
                visits.record_traffic(self._microvm)
            self._kept[self._other[connection]] += chunk
            self._ended = not chunk

    def _send(self, connection: socket.socket) -> None:
        kept = self._kept[connection]
        if not kept:
            return
        try:
            sent = connection.send(kept)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        del kept[:sent]
