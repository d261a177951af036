"""The local service over HTTP, for whatever can talk to AWS: with the rest of moto beside it."""

from __future__ import annotations

import json
import logging
import socket
import threading
import uuid
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, urlsplit

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request as HttpRequest
from werkzeug.wrappers import Response

from microvm_sdk.testing._admin import LARGEST_BODY as LARGEST_CONTROL_BODY
from microvm_sdk.testing._admin import PREFIX, respond
from microvm_sdk.testing._controls import Controls, servers_in_this_process
from microvm_sdk.testing._registration import register
from microvm_sdk.testing._service import data_plane
from microvm_sdk.testing._service.lifecycle import pace
from microvm_sdk.testing._service.responses import LARGEST_BODY, MicroVMResponse
from microvm_sdk.testing._service.urls import is_ours
from microvm_sdk.testing._service.wire import Request

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIEnvironment

    from typing_extensions import Self
    from werkzeug.serving import BaseWSGIServer

log = logging.getLogger(__name__)

DEFAULT_PACE_SECONDS = 0.2
# A stop waits so long at most; a fixture stops a server after each test.
STOP_WITHIN_SECONDS = 0.02
CHUNK = 64 * 1024
# A client that is still sending does not read the answer; so much is read to let it finish.
MOST_DISCARDED = 64 * 1024 * 1024


class Application:
    """The WSGI application: MicroVMs by host, this service by path, and moto for the rest."""

    def __init__(self) -> None:
        """Prepare moto's own application."""
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request.

        Args:
            environ: The request, as WSGI has it.
            start_response: Takes the status and headers.

        Returns:
            The body.
        """
        target = data_plane.find_target(environ)
        if target is not None:
            return data_plane.respond(*target, start_response)
        path = _raw_path(environ)
        if path.startswith(PREFIX):
            return _steer(environ, path)(environ, start_response)
        if is_ours(path):
            return _serve(environ, path)(environ, start_response)
        return cast("Iterable[bytes]", self._moto(environ, start_response))


def _raw_path(environ: WSGIEnvironment) -> str:
    """Give the path as it was sent: WSGI's own is decoded, and a slash in a name would be lost."""
    sent = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    if not sent:
        return quote(environ.get("PATH_INFO", ""))
    before_query = sent.partition("?")[0]
    # A proxy's client sends a whole URL; a path that begins with two slashes is none.
    return urlsplit(before_query).path if "://" in before_query else before_query


def _serve(environ: WSGIEnvironment, path: str) -> Response:
    http = HttpRequest(environ)
    try:
        request = Request(
            http.method,
            path,
            environ.get("QUERY_STRING", ""),
            dict(http.headers.items()),
            _body(http, LARGEST_BODY),
        )
        status, headers, body = MicroVMResponse().respond(request)
    except Exception:
        log.exception("the local service failed at %s %s", http.method, path)
        status, body = 500, b'{"message": "The local service failed; its log has the reason"}'
        headers = {
            "Content-Type": "application/json",
            "x-amzn-errortype": "InternalServerException",
            "x-amzn-RequestId": str(uuid.uuid4()),
        }
    return Response(body, status, headers)


def _body(http: HttpRequest, most: int) -> bytes:
    """Read a body; if it is longer than `most`, discard the rest."""
    body = http.stream.read(most + 1)
    left = MOST_DISCARDED if len(body) > most else 0
    while left > 0:
        discarded = http.stream.read(CHUNK)
        left = left - len(discarded) if discarded else 0
    return body


def _steer(environ: WSGIEnvironment, path: str) -> Response:
    http = HttpRequest(environ)
    content = _body(http, LARGEST_CONTROL_BODY)
    status, body = respond(http.method, path.removeprefix(PREFIX), content)
    return Response(json.dumps(body), status, content_type="application/json")


class QuietRequestHandler(WSGIRequestHandler):
    """Does not write a line for each request, and closes each connection.

    A connection that is kept alive would be served on after the server has stopped.
    """

    protocol_version = "HTTP/1.0"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


class MicroVMServer:
    """A local service in a thread of this process, over real HTTP.

    Whatever can be told an endpoint can talk to it: boto3, the AWS CLI, any other AWS SDK. The
    rest of AWS that moto has is there too. It shares its state with `mock_microvms()` in the same
    process, and so do two servers: one service, several doors; a mock that begins or ends makes
    the service forget. States change in a fraction of a second while a server runs.

    Attributes:
        controls: Steers the service.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Prepare the server; it begins with `start` or `with`.

        Args:
            host: The address to listen on. There is no authentication: let only this machine in.
            port: The port; a free one where it is 0.
        """
        register()
        self._host = host
        self._wanted_port = port
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def endpoint_url(self) -> str:
        """The URL to give to clients, such as `http://127.0.0.1:49152`.

        Raises:
            RuntimeError: The server does not run.
        """
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    @property
    def port(self) -> int:
        """The port that the server listens on.

        Raises:
            RuntimeError: The server does not run.
        """
        if self._server is None:
            msg = "the server does not run"
            raise RuntimeError(msg)
        return int(self._server.port)

    @property
    def controls(self) -> Controls:
        """Steers the service.

        Raises:
            RuntimeError: The server does not run.
        """
        return Controls(self.endpoint_url)

    def start(self) -> Self:
        """Begin to listen; returns when requests are answered.

        Returns:
            The server itself.

        Raises:
            OSError: The address or port cannot be had.
            RuntimeError: It runs already.
        """
        if self._server is not None:
            msg = "the server runs already"
            raise RuntimeError(msg)
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # Bound here: werkzeug would end the process where the port is taken.
        with socket.create_server((self._host, self._wanted_port), family=family) as listening:
            self._server = make_server(
                self._host,
                self._wanted_port,
                Application(),
                threaded=True,
                request_handler=QuietRequestHandler,
                fd=listening.fileno(),
            )
        with _running_lock:
            _running.add(self)
            servers_in_this_process.add(self.endpoint_url)
            pace.set_default(DEFAULT_PACE_SECONDS)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": STOP_WITHIN_SECONDS},
            name="microvm-server",
            daemon=True,
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """End; the last server of the process forgets all images and MicroVMs.

        Does nothing where it does not run.
        """
        if self._server is None or self._thread is None:
            return
        servers_in_this_process.discard(self.endpoint_url)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = self._thread = None
        with _running_lock:
            _running.discard(self)
            if not _running:
                pace.set_default(None)
                BackendDict.reset()
                reset_model_data()

    def __enter__(self) -> Self:
        """Begin, as `start` does."""
        return self.start()

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End, as `stop` does."""
        self.stop()


_running_lock = threading.Lock()
_running: set[MicroVMServer] = set()
