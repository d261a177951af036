"""httpx2 transports that add a token below everything that handles redirects, hooks and logs.

httpx2 follows redirects above its transports, so a header that a transport adds to its own copy of
a request is in no other request.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import cast

import httpx2

from microvm_sdk._async.threads import Threads
from microvm_sdk._calls.tracebacks import without_tracebacks
from microvm_sdk._forks import reset_after_fork
from microvm_sdk.connect._async_token_source import AsyncTokenSource
from microvm_sdk.connect._in_process import Body
from microvm_sdk.connect._rejections import (
    REJECTED_TOKEN,
    RejectionReader,
    can_be_rejection,
    rejects_token_of_head,
)
from microvm_sdk.connect._requests import rewinder, with_token
from microvm_sdk.connect._route import InProcessService, Route
from microvm_sdk.models import AuthToken


class AsyncMicroVMTransport(httpx2.AsyncBaseTransport):
    """Sends requests to one MicroVM, with its token."""

    def __init__(
        self,
        connect: Callable[[], httpx2.AsyncBaseTransport],
        *,
        route: Route,
        tokens: AsyncTokenSource,
        port: int,
        given: httpx2.AsyncBaseTransport | None,
    ) -> None:
        """Wrap a transport.

        Args:
            connect: Returns the transport that sends the requests. It is called again in the child
                of a fork, because two processes cannot share a connection.
            route: Where to send them.
            tokens: The source of the token.
            port: The MicroVM's port.
            given: The transport that the caller passed, which httpx2 closes itself.
        """
        self._connect = connect
        self._inner: httpx2.AsyncBaseTransport | None = connect()
        self._route = route
        self._tokens = tokens
        self._port = port
        self._given = given
        reset_after_fork(self, AsyncMicroVMTransport._reset)

    def _reset(self) -> None:
        self._inner = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; if the proxy rejects its token, once more with a new one."""
        url = request.url
        if not self._route.owns(url.scheme, url.host, url.port):
            # Another port of the same host, which httpx2's patterns match, too.
            return await self._connected().handle_async_request(request)
        rewind = rewinder(request.stream)
        token = await self._tokens.token()
        response = await self._send(request, token)
        if not await _rejects_token(request, response):
            return response
        self._tokens.invalidate(token)
        if rewind is None or not rewind():
            return response
        await response.aclose()
        return await self._send(request, await self._tokens.token())

    async def aclose(self) -> None:
        """Close the connections."""
        if self._inner is not None and self._inner is not self._given:
            await self._inner.aclose()

    async def _send(self, request: httpx2.Request, token: AuthToken) -> httpx2.Response:
        try:
            return await self._connected().handle_async_request(
                with_token(request, token, self._route, self._port)
            )
        except httpx2.TransportError as error:
            raise without_tracebacks(error)  # noqa: B904  It keeps its own cause.

    def _connected(self) -> httpx2.AsyncBaseTransport:
        inner = self._inner
        if inner is None:
            inner = self._inner = self._connect()
        return inner


async def _rejects_token(request: httpx2.Request, response: httpx2.Response) -> bool:
    """Return whether the proxy rejects the token. The body can still be read from the start."""
    if request.method == "HEAD":
        return rejects_token_of_head(response.status_code, response.headers)
    if not can_be_rejection(response.status_code, response.headers):
        return False
    stream = cast("httpx2.AsyncByteStream", response.stream)
    reader = RejectionReader()
    replayed = _AsyncReplayedStream(reader.chunks, aiter(stream), stream)
    try:
        async for chunk in replayed.rest:
            if not reader.read(chunk):
                break
        else:
            reader.end()
    except BaseException:
        await replayed.aclose()
        raise
    response.stream = replayed
    return reader.sentence in REJECTED_TOKEN


class _AsyncReplayedStream(httpx2.AsyncByteStream):
    """A stream from its start, although some of it has been read."""

    def __init__(
        self, chunks: list[bytes], rest: AsyncIterator[bytes], stream: httpx2.AsyncByteStream
    ) -> None:
        self._chunks = chunks
        self.rest = rest
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
        async for chunk in self.rest:
            yield chunk

    async def aclose(self) -> None:
        try:
            if isinstance(self.rest, AsyncGenerator):
                await self.rest.aclose()
        finally:
            await self._stream.aclose()


class AsyncUnreachableTransport(httpx2.AsyncBaseTransport):
    """Refuses requests to other hosts inside `mock_microvms()`."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Refuse a request."""
        host = request.url.host
        msg = f"inside mock_microvms() no request leaves the process: {host} is unreachable"
        raise httpx2.ConnectError(msg)


class AsyncInProcessTransport(httpx2.AsyncBaseTransport):
    """Hands requests to a local service in this process."""

    def __init__(self, service: InProcessService) -> None:
        """Take the service."""
        self._service = service

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the service's response."""
        content = await request.aread()
        sent = [
            (name.decode("latin-1"), text.decode("latin-1")) for name, text in request.headers.raw
        ]
        threads = Threads(1)
        status, received, chunks = await threads.run(
            self._service, request.method, str(request.url), sent, content
        )
        headers = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in received]
        stream = _AsyncInProcessStream(Body(chunks), threads)
        return httpx2.Response(status, headers=headers, stream=stream)


class _AsyncInProcessStream(httpx2.AsyncByteStream):
    """The body of a local service's response, in the parts that the application produces."""

    def __init__(self, body: Body, threads: Threads) -> None:
        self._body = body
        self._threads = threads

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while (chunk := await self._threads.run(self._body.read)) is not None:
                yield chunk
        except ConnectionError as error:
            # A server that fails midway closes the connection, and this is what httpx2 raises then.
            raise httpx2.RemoteProtocolError(str(error)) from error

    async def aclose(self) -> None:
        self._body.close()
