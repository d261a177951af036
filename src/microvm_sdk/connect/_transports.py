"""httpx2 transports that add a token below everything that handles redirects, hooks and logs.

httpx2 follows redirects above its transports, so a header that a transport adds to a copy of a
request is in no other request.
"""

from collections.abc import Iterator
from typing import cast

import httpx2

from microvm_sdk.connect._rejections import REJECTED_TOKEN, RejectionReader
from microvm_sdk.connect._route import InProcessService, Route
from microvm_sdk.connect._tokens import TokenSource
from microvm_sdk.models import AuthToken

_SUBPROTOCOLS_HEADER = "Sec-WebSocket-Protocol"


class MicroVMTransport(httpx2.BaseTransport):
    """Sends requests to one MicroVM, with its token."""

    def __init__(
        self,
        inner: httpx2.BaseTransport,
        *,
        route: Route,
        tokens: TokenSource,
        port: int,
        closes_inner: bool,
    ) -> None:
        """Wrap a transport.

        Args:
            inner: What sends the requests.
            route: Where to send them.
            tokens: Where the token comes from.
            port: The MicroVM's port.
            closes_inner: Whether the inner transport is closed with this one.
        """
        self._inner = inner
        self._route = route
        self._tokens = tokens
        self._port = port
        self._closes_inner = closes_inner

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; if the proxy rejects its token, once more with a new one."""
        token = self._tokens.token()
        response = self._inner.handle_request(_with_token(request, token, self._route, self._port))
        if not _rejects_token(response):
            return response
        self._tokens.invalidate(token)
        if not _can_be_sent_again(request):
            return response
        response.close()
        token = self._tokens.token()
        return self._inner.handle_request(_with_token(request, token, self._route, self._port))

    def close(self) -> None:
        """Close the connections."""
        if self._closes_inner:
            self._inner.close()


def _with_token(
    request: httpx2.Request, token: AuthToken, route: Route, port: int
) -> httpx2.Request:
    """Return a copy of a request that carries the token, and goes where the route leads."""
    headers = httpx2.Headers(request.headers)
    if headers.get("upgrade", "").lower() == "websocket":
        protocols = token.websocket_subprotocols(port)
        if _SUBPROTOCOLS_HEADER in headers:
            protocols.append(headers[_SUBPROTOCOLS_HEADER])
        headers[_SUBPROTOCOLS_HEADER] = ", ".join(protocols)
    else:
        headers.update(token.headers(port))
    url = request.url
    if route.via is not None:
        headers["Host"] = route.endpoint
        via = httpx2.URL(route.via)
        url = via.copy_with(raw_path=via.raw_path.rstrip(b"/") + url.raw_path)
    return httpx2.Request(
        request.method, url, headers=headers, stream=request.stream, extensions=request.extensions
    )


def _can_be_sent_again(request: httpx2.Request) -> bool:
    return isinstance(request.stream, httpx2.ByteStream)


def _rejects_token(response: httpx2.Response) -> bool:
    """Return whether the proxy rejects the token. The body can still be read from the start."""
    if not RejectionReader.concerns(response.status_code, response.headers):
        return False
    stream = cast("httpx2.SyncByteStream", response.stream)
    reader = RejectionReader()
    rest = iter(stream)
    try:
        if all(reader.read(chunk) for chunk in rest):
            reader.end()
    except BaseException:
        stream.close()
        raise
    response.stream = _Replayed(reader.chunks, rest, stream)
    return reader.sentence in REJECTED_TOKEN


class _Replayed(httpx2.SyncByteStream):
    """A stream of which some has been read, from the start."""

    def __init__(
        self, chunks: list[bytes], rest: Iterator[bytes], stream: httpx2.SyncByteStream
    ) -> None:
        self._chunks = chunks
        self._rest = rest
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
        yield from self._rest

    def close(self) -> None:
        self._stream.close()


class InProcessTransport(httpx2.BaseTransport):
    """Hands requests to a local service in this process."""

    def __init__(self, service: InProcessService) -> None:
        """Take the service."""
        self._service = service

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the service's response."""
        request.read()
        return _respond(self._service, request)


def _respond(service: InProcessService, request: httpx2.Request) -> httpx2.Response:
    sent = [(name.decode("latin-1"), text.decode("latin-1")) for name, text in request.headers.raw]
    status, headers, body = service(request.method, str(request.url), sent, request.content)
    raw = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers]
    return httpx2.Response(status, headers=raw, content=iter(body))
