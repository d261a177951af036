"""The WSGI application of the server: this service, its MicroVMs, its controls and moto."""

import json
import logging
import threading
import uuid
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, cast

from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request as HttpRequest
from werkzeug.wrappers import Response

from microvm_sdk.testing._control_requests import LARGEST_BODY as LARGEST_CONTROL_BODY
from microvm_sdk.testing._control_requests import PREFIX, respond
from microvm_sdk.testing._request_origin import reason_to_refuse
from microvm_sdk.testing._service.http.dispatch import (
    LARGEST_BODY,
    LostResponseError,
    MicroVMResponse,
)
from microvm_sdk.testing._service.http.paths import is_path_of_service
from microvm_sdk.testing._service.http.wire import Request
from microvm_sdk.testing._service.proxy import data_plane
from microvm_sdk.testing._service.proxy.forwarding import raw_target

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_LOGGER = logging.getLogger(__name__)

_CHUNK = 64 * 1024
# How long `close` waits for the requests in progress.
_CLOSE_SECONDS = 5
# A client that is still sending does not read the response, so the rest of a body that is too large
# is read, up to this size.
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
        path = raw_target(environ).partition("?")[0]
        if path.startswith(PREFIX):
            response = self._respond(_control, http, path, LARGEST_CONTROL_BODY)
        elif is_path_of_service(path):
            response = self._respond(_serve, http, path, LARGEST_BODY)
        else:
            return cast("Iterable[bytes]", self._moto(environ, start_response))
        return response(environ, start_response)

    def close(self) -> None:
        """Wait for the requests in progress, and reject new ones.

        A request whose body arrives later must not change the state of the next server or mock.
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
