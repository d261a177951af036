"""The local service over HTTP, beside moto's other services, for any client of AWS."""

import json
import logging
import os
import selectors
import socket
import threading
import uuid
from collections.abc import Callable, Collection, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]
    DomainDispatcherApplication,
    create_backend_app,
)
from typing_extensions import Self
from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request as HttpRequest
from werkzeug.wrappers import Response

from microvm_sdk.client import MicroVMClient
from microvm_sdk.testing._control_requests import LARGEST_BODY as LARGEST_CONTROL_BODY
from microvm_sdk.testing._control_requests import PREFIX, respond
from microvm_sdk.testing._controls import Controls, servers_in_this_process
from microvm_sdk.testing._registration import register
from microvm_sdk.testing._request_origin import reason_to_refuse
from microvm_sdk.testing._service.http.dispatch import (
    LARGEST_BODY,
    LostResponseError,
    MicroVMResponse,
)
from microvm_sdk.testing._service.http.paths import is_path_of_service
from microvm_sdk.testing._service.http.wire import Request
from microvm_sdk.testing._service.proxy import data_plane
from microvm_sdk.testing._service.state.transitions import pace

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_LOGGER = logging.getLogger(__name__)

_DEFAULT_PACE_SECONDS = 0.2
_CHUNK = 64 * 1024
# How long a stop waits for requests that are being responded to.
_CLOSE_SECONDS = 5
# A client that is still sending does not read the response; so much is read to let it finish.
_MOST_DISCARDED = 64 * 1024 * 1024


class Application:
    """The WSGI application: MicroVMs by host, this service by path, and moto for the rest."""

    def __init__(self, allowed_hosts: Collection[str] = ()) -> None:
        """Create moto's own application.

        Args:
            allowed_hosts: Host names and addresses that requests may be sent to, in lower case,
                besides loopback and AWS's own.
        """
        self._allowed_hosts = allowed_hosts
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._condition = threading.Condition()
        self._responding = 0
        self._closed = False

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Respond to a request.

        Args:
            environ: The request, as WSGI represents it.
            start_response: Starts the response.

        Returns:
            The body.
        """
        target = data_plane.find_target(environ)
        if target is not None:
            # The origin is the software's to check, as behind the real proxy; a page has no token.
            return data_plane.respond(*target, start_response)
        http = HttpRequest(environ)
        reason = reason_to_refuse(
            {name.lower(): value for name, value in http.headers.items()},
            {*self._allowed_hosts, _own_address(environ)},
        )
        if reason is not None:
            return _error(403, "AccessDeniedException", reason)(environ, start_response)
        path = data_plane.raw_target(environ).partition("?")[0]
        if path.startswith(PREFIX):
            response = self._respond(_control, http, path, LARGEST_CONTROL_BODY)
        elif is_path_of_service(path):
            response = self._respond(_serve, http, path, LARGEST_BODY)
        else:
            return cast("Iterable[bytes]", self._moto(environ, start_response))
        return response(environ, start_response)

    def close(self) -> None:
        """Wait for the requests that are being responded to, and respond to no others.

        A request whose body arrives after this does not change the state that another server, or a
        mock, has begun with.
        """
        with self._condition:
            self._closed = True
            self._condition.wait_for(lambda: self._responding == 0, timeout=_CLOSE_SECONDS)

    def _respond(
        self,
        respond: "Callable[[HttpRequest, str, bytes], Response]",
        http: HttpRequest,
        path: str,
        most: int,
    ) -> Response:
        try:
            content = _body(http, most)
        except (ClientDisconnected, OSError):
            return _error(400, "SerializationException", "The body of the request is incomplete")
        with self._condition:
            if self._closed:
                return _error(503, "ServiceException", "The local service has stopped")
            self._responding += 1
        try:
            return respond(http, path, content)
        finally:
            with self._condition:
                self._responding -= 1
                self._condition.notify_all()


def _own_address(environ: "WSGIEnvironment") -> str:
    """Return the address that the request was sent to; it listens on several if on `0.0.0.0`."""
    connection = environ.get("werkzeug.socket")
    return "" if connection is None else str(connection.getsockname()[0])


def _error(status: int, code: str, message: str) -> Response:
    headers = {
        "Content-Type": "application/json",
        "x-amzn-errortype": code,
        "x-amzn-RequestId": str(uuid.uuid4()),
    }
    return Response(json.dumps({"message": message}), status, headers)


def _serve(http: HttpRequest, path: str, content: bytes) -> Response:
    try:
        request = Request(
            http.method,
            path,
            str(http.environ.get("QUERY_STRING", "")),
            dict(http.headers.items()),
            content,
        )
        status, headers, body = MicroVMResponse().respond(request)
    except LostResponseError:
        raise  # The server closes the connection.
    except Exception:
        _LOGGER.exception("the local service failed at %s %s", http.method, path)
        text = "The local service failed; its log has the reason"
        return _error(500, "InternalServerException", text)
    return Response(body, status, headers)


def _control(http: HttpRequest, path: str, content: bytes) -> Response:
    status, body = respond(http.method, path.removeprefix(PREFIX), content)
    return Response(json.dumps(body), status, content_type="application/json")


def _body(http: HttpRequest, most: int) -> bytes:
    """Read a body; if it is longer than `most`, discard the rest."""
    body = http.stream.read(most + 1)
    if len(body) < min(http.content_length or 0, most + 1):
        raise ClientDisconnected
    left = _MOST_DISCARDED if len(body) > most else 0
    while left > 0:
        discarded = http.stream.read(_CHUNK)
        left = left - len(discarded) if discarded else 0
    return body


class QuietRequestHandler(WSGIRequestHandler):
    """Does not write a line for each request, and closes each connection.

    A connection that is kept alive would be served even after the server has stopped.
    """

    protocol_version = "HTTP/1.0"

    def parse_request(self) -> bool:
        """Parse the request line and the headers; respond with 400 if the URL is invalid."""
        if not super().parse_request():
            return False
        try:
            urlsplit(self.path)
        except ValueError:
            self.send_error(400, "Invalid URL")
            return False
        return True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


class ServingThread(threading.Thread):
    """Accepts connections until it is stopped.

    A stop takes effect immediately, as a fixture stops a server after each test; `serve_forever`
    would notice it at its next poll.
    """

    def __init__(self, server: BaseWSGIServer) -> None:
        """Prepare the thread of a server."""
        super().__init__(name="microvm-server", daemon=True)
        self._server = server
        self._stopping, self._stopped = socket.socketpair()

    def run(self) -> None:
        """Accept connections."""
        self._server.timeout = 0  # If a connection is gone again, `handle_request` does not wait.
        with selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            selector.register(self._stopped, selectors.EVENT_READ)
            while self._stopped not in [key.fileobj for key, _ in selector.select()]:
                self._server.handle_request()

    def stop(self) -> None:
        """Stop, and wait until it has."""
        with self._stopping, self._stopped:
            self._stopping.send(b"stop")
            self.join()


class MicroVMServer:
    """A local service in a thread of this process, over real HTTP.

    Any client whose endpoint can be set can call it: boto3, the AWS CLI, any other AWS SDK. moto's
    other services are there too. It shares its state with `mock_microvms()` in the same process,
    and so do two servers. The state is cleared when a mock begins or ends, and when the last server
    stops. States change in a fraction of a second while a server runs.

    It has no authentication, so it refuses what web pages send: requests with a foreign `Origin` or
    `Sec-Fetch-Site`, and requests for a `Host` that is neither loopback, the address it listens on,
    a host of AWS, nor in `allowed_hosts`.
    """

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, allowed_hosts: Iterable[str] = ()
    ) -> None:
        """Prepare the server; `start` or `with` starts it.

        Args:
            host: Address or name to listen on. There is no authentication: any address but loopback
                allows connections from other machines.
            port: Port to listen on, 0 to 65,535; 0 is a free one.
            allowed_hosts: Other host names that clients reach it by, such as that of its service
                in a compose file.

        Raises:
            ValueError: `host` is empty, which would be every address of this machine.
            TypeError: `allowed_hosts` is a string.
        """
        if not host.strip():
            msg = "host must be an address or a name, such as 127.0.0.1, and not empty"
            raise ValueError(msg)
        if isinstance(allowed_hosts, str):
            msg = f"allowed_hosts must be a list of names, not the string {allowed_hosts!r}"
            raise TypeError(msg)
        register()
        self._host = host
        self._wanted_port = port
        self._allowed_hosts = {host.lower(), *(name.lower() for name in allowed_hosts)}
        self._application: Application | None = None
        self._server: BaseWSGIServer | None = None
        self._thread: ServingThread | None = None

    @property
    def endpoint_url(self) -> str:
        """The URL to set as the clients' endpoint, such as `http://127.0.0.1:49152`.

        Raises:
            RuntimeError: The server is not running.
        """
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    @property
    def port(self) -> int:
        """The port that the server listens on.

        Raises:
            RuntimeError: The server is not running.
        """
        if self._server is None:
            msg = "the server is not running"
            raise RuntimeError(msg)
        return int(self._server.port)

    @property
    def controls(self) -> Controls:
        """Controls the service.

        Raises:
            RuntimeError: The server is not running.
        """
        return Controls(self.endpoint_url)

    def client(
        self, *, region_name: str = "us-east-1", config: Config | None = None
    ) -> MicroVMClient:
        """Create a client of the server.

        It has made-up credentials, and ignores the profiles, the endpoints and the proxies that are
        configured on this machine.

        Args:
            region_name: AWS region.
            config: Settings of the boto3 client.

        Returns:
            The client; close it, or use it in a `with` statement.

        Raises:
            RuntimeError: The server is not running.
        """
        core = botocore.session.Session(_NO_CONFIGURATION)
        session = boto3.Session(
            "testing", "testing", region_name=region_name, botocore_session=core
        )
        directly = Config(proxies={})
        return MicroVMClient(
            session=session,
            endpoint_url=self.endpoint_url,
            config=directly.merge(config) if config else directly,
        )

    def start(self) -> Self:
        """Begin to listen; returns when the server responds to requests.

        Returns:
            The server itself.

        Raises:
            OSError: The address or port cannot be bound.
            RuntimeError: It is already running.
        """
        if self._server is not None:
            msg = "the server is already running"
            raise RuntimeError(msg)
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # Bound here, because werkzeug ends the process if the port is in use.
        application = Application(self._allowed_hosts)
        with socket.create_server((self._host, self._wanted_port), family=family) as listening:
            self._server = make_server(
                self._host,
                self._wanted_port,
                application,
                threaded=True,
                request_handler=QuietRequestHandler,
                fd=listening.fileno(),
            )
        self._application = application
        with _running_lock:
            _running.add(self)
            servers_in_this_process.add(self.endpoint_url)
            pace.set_default(_DEFAULT_PACE_SECONDS)
        self._thread = ServingThread(self._server)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop; the last server of the process removes all images and MicroVMs.

        Does nothing if the server is not running.
        """
        if self._server is None or self._thread is None or self._application is None:
            return
        servers_in_this_process.discard(self.endpoint_url)
        self._thread.stop()
        self._server.server_close()
        self._application.close()
        self._server = self._thread = self._application = None
        with _running_lock:
            _running.discard(self)
            if not _running:
                pace.set_default(None)
                BackendDict.reset()
                reset_model_data()

    def __enter__(self) -> Self:
        """Start, as `start` does."""
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop, as `stop` does."""
        self.stop()


# Session variables with which botocore reads no profile and no files of this machine.
_NO_CONFIGURATION = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
_running_lock = threading.Lock()
_running: set[MicroVMServer] = set()
