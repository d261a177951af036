"""httpx2 transports that add a token below everything that handles redirects, hooks and logs.

httpx2 follows redirects above its transports, so a header that a transport adds to a copy of a
request is in no other request.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import cast

import httpx2

from microvm_sdk._calls.tracebacks import without_tracebacks
from microvm_sdk.connect._rejections import REJECTED_TOKEN, RejectionReader
from microvm_sdk.connect._route import InProcessService, Route
from microvm_sdk.connect._tokens import AsyncTokenSource, TokenSource
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
        response = self._send(request, token)
        if not _rejects_token(response):
            return response
        self._tokens.invalidate(token)
        if not _can_be_sent_again(request):
            return response
        response.close()
        return self._send(request, self._tokens.token())

    def close(self) -> None:
        """Close the connections."""
        if self._closes_inner:
            self._inner.close()

    def _send(self, request: httpx2.Request, token: AuthToken) -> httpx2.Response:
        try:
            return self._inner.handle_request(_with_token(request, token, self._route, self._port))
        except httpx2.TransportError as error:
            raise without_tracebacks(error)  # noqa: B904  It keeps its own cause.


class AsyncMicroVMTransport(httpx2.AsyncBaseTransport):
    """`MicroVMTransport` for httpx2's asynchronous client."""

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        *,
        route: Route,
        tokens: AsyncTokenSource,
        port: int,
        closes_inner: bool,
    ) -> None:
        """Wrap a transport, as `MicroVMTransport` does."""
        self._inner = inner
        self._route = route
        self._tokens = tokens
        self._port = port
        self._closes_inner = closes_inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; if the proxy rejects its token, once more with a new one."""
        token = await self._tokens.token()
        response = await self._send(request, token)
        if not await _rejects_token_async(response):
            return response
        self._tokens.invalidate(token)
        if not _can_be_sent_again(request):
            return response
        await response.aclose()
        return await self._send(request, await self._tokens.token())

    async def aclose(self) -> None:
        """Close the connections."""
        if self._closes_inner:
            await self._inner.aclose()

    async def _send(self, request: httpx2.Request, token: AuthToken) -> httpx2.Response:
        try:
            return await self._inner.handle_async_request(
                _with_token(request, token, self._route, self._port)
            )
        except httpx2.TransportError as error:
            raise without_tracebacks(error)  # noqa: B904  It keeps its own cause.


def _with_token(
    request: httpx2.Request, token: AuthToken, route: Route, port: int
) -> httpx2.Request:
    """Return a copy of a request, with the token, and addressed by the route."""
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


async def _rejects_token_async(response: httpx2.Response) -> bool:
    if not RejectionReader.concerns(response.status_code, response.headers):
        return False
    stream = cast("httpx2.AsyncByteStream", response.stream)
    reader = RejectionReader()
    rest = aiter(stream)
    try:
        async for chunk in rest:
            if not reader.read(chunk):
                break
        else:
            reader.end()
    except BaseException:
        await stream.aclose()
        raise
    response.stream = _AsyncReplayed(reader.chunks, rest, stream)
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


class _AsyncReplayed(httpx2.AsyncByteStream):
    def __init__(
        self, chunks: list[bytes], rest: AsyncIterator[bytes], stream: httpx2.AsyncByteStream
    ) -> None:
        self._chunks = chunks
        self._rest = rest
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
        async for chunk in self._rest:
            yield chunk

    async def aclose(self) -> None:
        if isinstance(self._rest, AsyncGenerator):
            await self._rest.aclose()
        await self._stream.aclose()


class UnreachableTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """What other hosts are reached with inside `mock_microvms()`: nothing."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Refuse a request."""
        host = request.url.host
        msg = f"inside mock_microvms() no request leaves the process: {host} is unreachable"
        raise httpx2.ConnectError(msg)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Refuse a request."""
        return self.handle_request(request)


class InProcessTransport(httpx2.BaseTransport):
    """Hands requests to a local service in this process."""

    def __init__(self, service: InProcessService) -> None:
        """Take the service."""
        self._service = service

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the service's response."""
        request.read()
        return _respond(self._service, request)


class AsyncInProcessTransport(httpx2.AsyncBaseTransport):
    """Hands requests to a local service in this process, in a thread."""

    def __init__(self, service: InProcessService) -> None:
        """Take the service."""
        self._service = service

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the service's response."""
        await request.aread()
        return await asyncio.to_thread(self._respond, request)

    def _respond(self, request: httpx2.Request) -> httpx2.Response:
        response = _respond(self._service, request)
        # An asynchronous client cannot iterate over the body of a WSGI application.
        content = b"".join(cast("httpx2.SyncByteStream", response.stream))
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=httpx2.ByteStream(content)
        )


def _respond(service: InProcessService, request: httpx2.Request) -> httpx2.Response:
    sent = [(name.decode("latin-1"), text.decode("latin-1")) for name, text in request.headers.raw]
    status, headers, body = service(request.method, str(request.url), sent, request.content)
    raw = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers]
    return httpx2.Response(status, headers=raw, content=iter(body))
