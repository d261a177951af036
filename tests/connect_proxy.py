"""An HTTP proxy on this machine that opens tunnels and records what clients send it to do so."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread


@dataclass
class ConnectProxy:
    """The proxy."""

    url: str
    requests: list[str] = field(default_factory=list)
    """The request line and headers of each request."""
    tunneled: list[bytes] = field(default_factory=list)
    """What clients sent through the tunnels."""


class _Server(ThreadingTCPServer):
    daemon_threads = True
    proxy: ConnectProxy


class _Handler(StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        lines = list(iter(lambda: self.rfile.readline().decode().strip(), ""))
        self.server.proxy.requests.append("\n".join(lines))
        host, _, port = lines[0].split()[1].partition(":")
        with socket.create_connection((host, int(port))) as target:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            Thread(target=_copy, args=(target, self.connection), daemon=True).start()
            _copy(self.connection, target, self.server.proxy.tunneled)


def _copy(source: socket.socket, target: socket.socket, log: list[bytes] | None = None) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            if log is not None:
                log.append(data)
            target.sendall(data)


@contextmanager
def serving_proxy() -> Iterator[ConnectProxy]:
    """Serve while the block runs."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.proxy = ConnectProxy(f"127.0.0.1:{server.server_address[1]}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.proxy
        finally:
            server.shutdown()
            thread.join()
