"""The data plane: the software that a test puts behind the MicroVMs' endpoints.

`visits` decides which requests reach it.
"""

import functools
import itertools
import logging
import re
import ssl
import uuid
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

import urllib3
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.wrappers import Request

from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._endpoints import endpoints
from microvm_sdk.testing._service.proxy import visits
from microvm_sdk.testing._service.proxy.credentials import credentials, wants_websocket
from microvm_sdk.testing._service.proxy.forwarding import ForwardedTo, own_response, raw_target

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_LOGGER = logging.getLogger(__name__)

_HTTP2_HEADER = "X-aws-proxy-force-h2"
_OWN_HEADERS = "HTTP_X_AWS_PROXY_"
# The path on the server under which a MicroVM is reached, for clients that cannot choose a `Host`.
_PATH = re.compile(r"(?P<prefix>/microvm-sdk/microvms/(?P<microvm>[^/?]+))(?P<rest>.*)")
ENDPOINT = r"[^.:/]+\.lambda-microvm\.[a-z0-9-]+\.on\.aws"
"""The pattern of the endpoints of MicroVMs."""
_HOST = re.compile(f"({ENDPOINT})(?::[0-9]+)?", re.IGNORECASE)


class BrokenResponseError(ConnectionError):
    """The software in a MicroVM failed after it had sent a part of its response."""


def find_target(environ: "WSGIEnvironment") -> "tuple[str, WSGIEnvironment] | None":
    """Find the MicroVM that a request to the server is for.

    Args:
        environ: The request.

    Returns:
        The MicroVM's identifier or endpoint, and the request without the path that names the
        MicroVM; `None` if the request is not for a MicroVM.
    """
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, ssl.SSLSocket):
        # Each MicroVM has an address of its own here, so the request need not name it.
        address, port = connection.getsockname()[:2]
        return f"{address}:{port}", environ
    path = _PATH.fullmatch(raw_target(environ))
    if path is not None:
        rest = path["rest"] if path["rest"].startswith("/") else f"/{path['rest']}"
        moved = {
            "RAW_URI": rest,
            "REQUEST_URI": rest,
            "SCRIPT_NAME": path["prefix"],
            "PATH_INFO": unquote(rest.partition("?")[0], "latin-1"),
        }
        return path["microvm"], environ | moved
    host = str(environ.get("HTTP_HOST", ""))
    if endpoints.is_address(host):
        return host, environ
    endpoint = _endpoint(host)
    return None if endpoint is None else (endpoint, environ)


def _endpoint(host: str) -> str | None:
    """Return the endpoint in a `Host` header, without the port."""
    match = _HOST.fullmatch(host)
    return None if match is None else match[1].lower()


def respond(
    microvm: str, environ: "WSGIEnvironment", start_response: "StartResponse"
) -> Iterable[bytes]:
    """Respond to a request to a MicroVM's endpoint.

    Args:
        microvm: The MicroVM's identifier or its endpoint.
        environ: The request.
        start_response: Starts the response.

    Returns:
        The body of the response: the application's, or the proxy's own. Iterating over it raises
        `BrokenResponseError` if the application fails after it has sent a part of it.
    """
    request = Request(environ)
    token, port = credentials(request.headers)
    decision = visits.visit(microvm, token, port)
    if decision != visits.FORWARDED:
        return own_response(decision.status, decision.text)(environ, start_response)
    application = conditions.application(int(port))
    wants_http2 = _HTTP2_HEADER in request.headers
    if application is None or (wants_http2 and not _speaks_http2(application)):
        # Nothing listens on the port, or it does not understand HTTP/2.
        return own_response(HTTPStatus.BAD_GATEWAY)(environ, start_response)
    if wants_websocket(request.headers):
        return _refuse_websocket(application, environ)(environ, start_response)
    response = _Response(microvm)
    try:
        response.start(application, as_seen_inside(environ))
    except Exception:
        _LOGGER.exception("the application behind port %s failed", port)
        response.close()
        text = "The application failed; the log of the local service has the reason"
        return own_response(HTTPStatus.INTERNAL_SERVER_ERROR, text)(environ, start_response)
    start_response(*response.head)
    return response


def respond_in_process(
    method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes
) -> tuple[int, list[tuple[str, str]], Iterable[bytes]]:
    """Respond to a request to a MicroVM's endpoint that never leaves the process.

    Args:
        method: The method.
        url: The URL; its host is the endpoint.
        headers: The headers.
        body: The body.

    Returns:
        The status, the headers and the body of the response.
    """
    host = urlsplit(url).netloc
    target = url.partition(host)[2] or "/"
    # These describe how the body would have been sent; here it is complete.
    framing = {"transfer-encoding", "content-length"}
    kept = [(name, value) for name, value in headers if name.lower() not in framing]
    environ = create_environ(
        method=method, path=target, base_url=f"http://{host}", headers=kept, data=body
    )
    application = functools.partial(respond, _endpoint(host) or host)
    chunks, status, response_headers = run_wsgi_app(application, environ)
    return int(status.split()[0]), list(response_headers), chunks


def dispatch(request: Any, full_url: str, headers: Any) -> tuple[int, Any, bytes]:
    """Respond to a request that moto's mock intercepted: one that `requests` has sent.

    Args:
        request: The request, in moto's form.
        full_url: The URL.
        headers: The headers.

    Returns:
        Status, headers and body.
    """
    sent = [(str(name), str(value)) for name, value in headers.items()]
    # Only one of the two is still percent-encoded; which one depends on moto's version.
    urls = (full_url, urljoin(full_url, raw_target(request.environ)))
    url = max(urls, key=lambda each: each.count("%"))
    status, received, chunks = respond_in_process(request.method, url, sent, request.get_data())
    return status, urllib3.HTTPHeaderDict(received), b"".join(chunks)


def as_seen_inside(environ: "WSGIEnvironment") -> "WSGIEnvironment":
    """Return a request as the software in the MicroVM gets it.

    All headers that begin with `X-aws-proxy-` are the proxy's, and it adds the request's id.
    """
    inside = {name: value for name, value in environ.items() if not name.startswith(_OWN_HEADERS)}
    return inside | {
        "HTTP_X_AMZN_REQUESTID": str(uuid.uuid4()),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
    }


class _Response:
    """The response of an application, each part of which counts as traffic for the idle policy."""

    def __init__(self, microvm: str) -> None:
        self._microvm = microvm
        self._body: Iterable[bytes] = ()
        self._first: list[bytes] = []
        self._rest: Iterator[bytes] = iter(())
        self.head: tuple[Any, ...] = ()

    def start(self, application: "WSGIApplication", environ: "WSGIEnvironment") -> None:
        """Call the application, and wait until it has started its response."""

        def start_response(*head: Any) -> Any:
            # The third argument, if any, is an error after which the application starts again.
            self.head = head[:2]
            return self._first.append

        self._body = application(environ, start_response)
        self._rest = iter(self._body)
        self._first.extend(itertools.islice(self._rest, 1))
        if not self.head:
            msg = "the application did not call start_response"
            raise TypeError(msg)

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in itertools.chain(self._first, self._rest):
                visits.record_traffic(self._microvm)
                yield chunk
        except Exception as error:
            # The status has been sent, so all that a server can do is close the connection.
            _LOGGER.exception("the application failed after a part of its response")
            msg = f"the software in the MicroVM failed during its response: {error}"
            raise BrokenResponseError(msg) from error

    def close(self) -> None:
        close: Any = getattr(self._body, "close", None)
        if close is not None:
            close()


def _refuse_websocket(
    application: "WSGIApplication", environ: "WSGIEnvironment"
) -> "WSGIApplication":
    """Return the response to a request for a WebSocket that `websockets.tunnel` did not take."""
    if isinstance(application, ForwardedTo) and "werkzeug.socket" in environ:
        return own_response(HTTPStatus.BAD_GATEWAY)
    text = "WebSockets need MicroVMServer, and Controls.serve with the URL of a server"
    return own_response(HTTPStatus.NOT_IMPLEMENTED, text)


def _speaks_http2(application: "WSGIApplication") -> bool:
    return isinstance(application, ForwardedTo) and application.speaks_http2()
