"""Accepting connections and reading requests, of the server and of the MicroVMs' addresses."""

import contextlib
import queue
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._service.proxy import data_plane
from microvm_sdk.testing._service.proxy.websockets import tunnel

_HANDSHAKE_SECONDS = 10
_PAUSE_SECONDS = 0.05


class QuietRequestHandler(WSGIRequestHandler):
    """Handles one request per connection, and logs none.

    A connection that is kept alive would be served even after the server has stopped.
    """

    # A response without a length is sent in chunks, so that clients notice if it breaks off.
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        """Handle the connection's only request."""
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.settimeout(_HANDSHAKE_SECONDS)
            try:
                self.connection.do_handshake()
            except OSError:
                return  # The client does not trust the certificate, or has disconnected.
            self.connection.settimeout(None)
        with contextlib.suppress(ssl.SSLError):
            super().handle()

    def parse_request(self) -> bool:
        """Parse the request line and the headers; respond with 400 if the URL is invalid."""
        if not super().parse_request():
            return False
        self.close_connection = True
        try:
            urlsplit(self.path)
        except ValueError:
            self.send_error(400, "Invalid URL")
            return False
        return True

    def run_wsgi(self) -> None:
        """Respond to the request, unless it becomes a WebSocket."""
        if self.headers.get("Upgrade", "").lower() == "websocket":
            target = data_plane.find_target(self.make_environ())
            if target is not None and tunnel(*target, self.connection):
                return
        super().run_wsgi()

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002  Python's.
        """Return the `Date` of a response, by the local service's clock."""
        return clock.http_date()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


class ServingThread(threading.Thread):
    """Accepts the connections of a server and of other sockets, until it is stopped.

    It stops immediately, because a fixture stops a server after each test; `serve_forever` would
    notice only at its next poll.
    """

    def __init__(self, server: BaseWSGIServer) -> None:
        """Prepare the thread; the server responds to all requests."""
        super().__init__(name="microvm-server", daemon=True)
        self._server = server
        self._waker, self._woken = socket.socketpair()
        self._changes: queue.SimpleQueue[Callable[[selectors.BaseSelector], bool]] = (
            queue.SimpleQueue()
        )

    def run(self) -> None:
        """Accept connections."""
        self._server.timeout = 0  # `handle_request` does not wait if the client has disconnected.
        with selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            running = True
            while running:
                for key, _ in selector.select():
                    if key.fileobj is self._server:
                        self._server.handle_request()
                    elif key.fileobj is self._woken:
                        self._woken.recv(1)
                        running = self._changes.get()(selector)
                    else:
                        self._accept(cast("socket.socket", key.fileobj), key.data)

    def listen(self, listener: socket.socket, tls: ssl.SSLContext) -> None:
        """Accept connections of another socket, too.

        Args:
            listener: The socket, which listens and does not block.
            tls: How its connections are secured.
        """

        def register(selector: selectors.BaseSelector) -> bool:
            selector.register(listener, selectors.EVENT_READ, tls)
            return True

        self._change(register)

    def close(self, listener: socket.socket) -> None:
        """Close a socket that was given to `listen`."""

        def unregister(selector: selectors.BaseSelector) -> bool:
            selector.unregister(listener)
            listener.close()
            return True

        self._change(unregister)

    def stop(self) -> None:
        """Stop, and wait for the end of the thread."""
        with self._waker, self._woken:
            self._change(lambda _selector: False)
            self.join()

    def _change(self, change: Callable[[selectors.BaseSelector], bool]) -> None:
        """Make the thread call a function, which returns whether the thread goes on."""
        self._changes.put(change)
        self._waker.send(b"x")

    def _accept(self, listener: socket.socket, tls: ssl.SSLContext) -> None:
        try:
            connection, address = listener.accept()
        except BlockingIOError:
            return  # The client has disconnected.
        except OSError:
            time.sleep(_PAUSE_SECONDS)  # The process has no file descriptor left.
            return
        connection.setblocking(True)
        try:
            # The handshake takes place in the thread of the connection.
            secured = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        except OSError:
            connection.close()
            return
        self._server.process_request(secured, address)
