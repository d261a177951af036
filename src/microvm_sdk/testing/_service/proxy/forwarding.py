"""Forwarding requests to a server on this machine."""

import socket
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

# These headers apply to one connection only, so a proxy does not forward them.
HOP_BY_HOP = frozenset(
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
CONNECT_SECONDS = 5
# What an HTTP/2 client sends first: the preface and a SETTINGS frame, here an empty one. A server
# responds with a SETTINGS frame.
_HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_FRAME_TYPE = slice(3, 4)
_SETTINGS = b"\x04"


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
        self.is_secure = parts.scheme == "https"
        """Whether the server is called over TLS."""
        self.address = (parts.hostname, parts.port or (443 if self.is_secure else 80))
        """The server's host and port."""
        self.path = parts.path.rstrip("/")
        """The path that precedes that of each request."""
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=None), retries=False
        )

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Forward a request; 502 if nothing listens there."""
        request = Request(environ)
        headers = urllib3.HTTPHeaderDict()
        for name, value in request.headers.items():
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
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
            return own_response(HTTPStatus.BAD_GATEWAY)(environ, start_response)
        kept = [
            (name, value)
            for name, value in response.headers.items()
            if name.lower() not in HOP_BY_HOP
        ]
        start_response(f"{response.status} {response.reason or 'Unknown'}", kept)
        return _Body(response)

    def speaks_http2(self) -> bool:
        """Whether the server speaks HTTP/2 without TLS (h2c)."""
        try:
            with socket.create_connection(self.address, timeout=CONNECT_SECONDS) as connection:
                connection.sendall(_HTTP2_PREFACE)
                return connection.recv(9)[_FRAME_TYPE] == _SETTINGS
        except OSError:
            return False


class _Body:
    """The body of a forwarded response."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.stream(decode_content=False)

    def close(self) -> None:
        self._response.close()


def raw_target(environ: "WSGIEnvironment") -> str:
    """Return the path and the query as they were sent, percent-encoded.

    WSGI's own path is decoded, so that an encoded slash in a name becomes a separator.
    """
    sent = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    if not sent:
        path, query = quote(environ.get("PATH_INFO", "")), environ.get("QUERY_STRING")
        return f"{path or '/'}?{query}" if query else path or "/"
    if "://" in sent.partition("?")[0]:
        # A client that is configured to use a proxy sends a whole URL.
        parts = urlsplit(sent)
        return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return sent


def own_response(status: int, text: str = "") -> Response:
    """Return a response of the proxy itself: plain text, or empty."""
    response = Response(text, status, content_type="text/plain")
    if not text:
        del response.headers["Content-Type"]
    return response
