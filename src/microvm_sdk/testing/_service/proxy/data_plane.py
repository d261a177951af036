"""The data plane: the software that a test puts behind the MicroVMs' endpoints.

`visits` decides which requests reach it. ASGI applications and WebSockets are not supported.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Request, Response

from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._service.proxy import visits
from microvm_sdk.testing._service.proxy.token_format import HEADER

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_LOGGER = logging.getLogger(__name__)

_PORT_HEADER = "X-aws-proxy-port"
# The path on the server under which a MicroVM is reached, for clients that cannot choose a `Host`.
_PATH = re.compile(r"(?P<prefix>/microvm-sdk/microvms/(?P<microvm>[^/?]+))(?P<rest>.*)")
_ENDPOINT = re.compile(r"(?P<microvm>[^.:/]+\.lambda-microvm\.[a-z0-9-]+\.on\.aws)(?::[0-9]+)?")
# They apply to one connection only, so a proxy does not forward them.
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_CONNECT_SECONDS = 5


def find_target(environ: "WSGIEnvironment") -> "tuple[str, WSGIEnvironment] | None":
    """Find the MicroVM that a request to the server is for.

    Args:
        environ: The request.

    Returns:
        The MicroVM's identifier or endpoint, and the request as it is at its root; `None` if it is
        not for a MicroVM.
    """
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
    host = _ENDPOINT.fullmatch(environ.get("HTTP_HOST", ""))
    return None if host is None else (host["microvm"], environ)


def respond(
    microvm: str, environ: "WSGIEnvironment", start_response: "StartResponse"
) -> Iterable[bytes]:
    """Respond to a request to a MicroVM's endpoint.

    Args:
        microvm: The MicroVM's identifier or its endpoint.
        environ: The request.
        start_response: Starts the response.

    Returns:
        The body of the response: the application's, or the proxy's own.
    """
    request = Request(environ)
    if request.headers.get("Upgrade", "").lower() == "websocket":
        text = "The local service does not support WebSockets"
        return _own_response(HTTPStatus.NOT_IMPLEMENTED, text)(environ, start_response)
    port = request.headers.get(_PORT_HEADER)
    decision = visits.visit(microvm, request.headers.get(HEADER), port)
    if decision.status != HTTPStatus.OK:
        return _own_response(decision.status, decision.text)(environ, start_response)
    application = conditions.application(int(port or visits.DEFAULT_PORT))
    if application is None:
        # Nothing listens on the port.
        return _own_response(HTTPStatus.BAD_GATEWAY)(environ, start_response)
    try:
        body = application(_as_seen_inside(environ), start_response)
    except Exception:
        _LOGGER.exception("the application behind port %s failed", port or visits.DEFAULT_PORT)
        text = "The application failed; the log of the local service has the reason"
        return _own_response(HTTPStatus.INTERNAL_SERVER_ERROR, text)(environ, start_response)
    return _Traffic(body, microvm)


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
    # The body is complete, however it would have been sent.
    framing = {"transfer-encoding", "content-length"}
    kept = [(name, value) for name, value in headers if name.lower() not in framing]
    builder = EnvironBuilder(
        method=method, path=target, base_url=f"http://{host}", headers=kept, data=body
    )
    try:
        environ = builder.get_environ()
    finally:
        builder.close()

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return respond(host, environ, start_response)

    chunks, status, response_headers = run_wsgi_app(application, environ)
    return int(status.split()[0]), list(response_headers), chunks


class ForwardedTo:
    """A WSGI application that forwards requests to a server at a URL."""

    def __init__(self, url: str) -> None:
        """Take the server's URL.

        Raises:
            ValueError: It is not an HTTP URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            msg = f"url must be an http or https URL without a query, got {url!r}"
            raise ValueError(msg)
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=None), retries=False
        )

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Forward a request."""
        request = Request(environ)
        headers = urllib3.HTTPHeaderDict()
        for name, value in request.headers.items():
            if name.lower() not in _HOP_BY_HOP | {"content-length"}:
                headers.add(name, value)
        try:
            response = self._pool.request(
                request.method,
                self._url + raw_target(environ),
                body=request.get_data(cache=False),
                headers=headers,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except HTTPError:
            # Nothing listens there.
            return _own_response(HTTPStatus.BAD_GATEWAY)(environ, start_response)
        kept = [
            (name, value)
            for name, value in response.headers.items()
            if name.lower() not in _HOP_BY_HOP
        ]
        start_response(f"{response.status} {response.reason or 'Unknown'}", kept)
        return _Body(response)


def raw_target(environ: "WSGIEnvironment") -> str:
    """Return the path and the query as they were sent, percent-encoded.

    WSGI's own path is decoded, and loses a slash in a name.
    """
    sent = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    if not sent:
        path, query = quote(environ.get("PATH_INFO", "")), environ.get("QUERY_STRING")
        return f"{path or '/'}?{query}" if query else path or "/"
    if "://" in sent.partition("?")[0]:
        # The client of a proxy sends a whole URL.
        parts = urlsplit(sent)
        return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return sent


class _Body:
    """The body of a forwarded response."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.stream(decode_content=False)

    def close(self) -> None:
        self._response.close()


class _Traffic:
    """A body that counts as traffic for the idle policy, part by part."""

    def __init__(self, body: Iterable[bytes], microvm: str) -> None:
        self._body = body
        self._microvm = microvm

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._body:
            visits.record_traffic(self._microvm)
            yield chunk

    def close(self) -> None:
        close: Any = getattr(self._body, "close", None)
        if close is not None:
            close()


def _as_seen_inside(environ: "WSGIEnvironment") -> "WSGIEnvironment":
    """Return a request as the software in the MicroVM gets it: without the proxy's own headers."""
    own = {f"HTTP_{name.upper().replace('-', '_')}" for name in (HEADER, _PORT_HEADER)}
    inside = {name: value for name, value in environ.items() if name not in own}
    return inside | {"REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http"}


def _own_response(status: int, text: str = "") -> Response:
    response = Response(text, status, content_type="text/plain")
    if not text:
        del response.headers["Content-Type"]
    return response
