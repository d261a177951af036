"""Which requests carry the token, which are sent again, and what becomes of the responses."""

import io
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from microvm_sdk import AsyncMicroVMClient, Microvm, Port, ThrottlingException
from microvm_sdk.connect import async_http_client

httpx2 = pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")

from wire import DENIED, MISSING, REJECTED, Wire  # noqa: E402  It needs httpx2.

pytestmark = pytest.mark.asyncio

PORTS = [Port(port=8080)]
OTHER = "https://elsewhere.example"


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def http(async_production: AsyncMicroVMClient, microvm: Microvm, wire: Wire) -> Any:
    return async_http_client(
        async_production, microvm, allowed_ports=PORTS, transport=wire.transport
    )


async def test_request_carries_the_token_and_the_port_without_showing_them(
    http: Any, wire: Wire, microvm: Microvm, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = await http.get("/health", headers={"X-Own": "kept"})
    (sent,) = wire.sent
    assert sent.url == f"https://{microvm.endpoint}/health"
    assert sent.headers["x-aws-proxy-auth"] == "token-1"
    assert sent.headers["x-aws-proxy-port"] == "8080"
    assert sent.headers["x-own"] == "kept"
    assert sent.headers["host"] == microvm.endpoint
    assert response.request.url == sent.url
    assert "x-aws-proxy-auth" not in response.request.headers
    assert "token-1" not in repr(http._transport.__dict__) + caplog.text


async def test_host_is_always_the_endpoint(http: Any, wire: Wire, microvm: Microvm) -> None:
    await http.get("/", headers={"Host": "another.example"})
    await http.get(f"HTTPS://{microvm.endpoint.upper()}:443/")
    assert [request.headers["host"] for request in wire.sent] == [microvm.endpoint] * 2
    assert wire.tokens() == ["token-1"] * 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        f"{OTHER}/",
        "http://{endpoint}/",
        "https://{endpoint}:8443/",
        "https://{endpoint}.example/",
        "https://sub.{endpoint}/",
        "https://{endpoint}./",
        "https://{endpoint}@elsewhere.example/",
        "https://{endpoint}:443@elsewhere.example:443/",
        "https://elsewhere.example#{endpoint}",
        "//elsewhere.example/",
    ],
)
async def test_no_redirect_sends_the_token_elsewhere(
    http: Any, wire: Wire, microvm: Microvm, status: int, location: str
) -> None:
    wire.redirect(location.format(endpoint=microvm.endpoint), status)
    response = await http.post("/start", content=b"body", follow_redirects=True)
    assert response.status_code == 200
    first, second = wire.sent
    assert first.headers["x-aws-proxy-auth"] == "token-1"
    assert second.url != first.url
    assert "token-1" not in str(second.headers.raw)


@pytest.mark.parametrize("userinfo", ["", "user:password@"])
@pytest.mark.parametrize("port", ["", ":443"])
async def test_redirect_on_the_own_host_carries_the_token(
    http: Any, wire: Wire, microvm: Microvm, userinfo: str, port: str
) -> None:
    wire.redirect(f"https://{userinfo}{microvm.endpoint}{port}/end")
    await http.get("/start", follow_redirects=True)
    assert wire.tokens() == ["token-1", "token-1"]


async def test_redirect_that_is_not_followed_shows_no_token(http: Any, wire: Wire) -> None:
    wire.redirect(f"{OTHER}/")
    response = await http.get("/start")
    assert "token-1" not in str(response.next_request.headers.raw)
    headers = {"Upgrade": "websocket", "Sec-WebSocket-Protocol": "chat"}
    response = await http.get("/start", headers=headers)
    assert "token-1" in wire.sent[1].headers["sec-websocket-protocol"]
    assert response.next_request.headers["sec-websocket-protocol"] == "chat"


async def test_websocket_carries_the_token_as_subprotocols_before_its_own(
    http: Any, wire: Wire
) -> None:
    await http.get("/", headers={"Upgrade": "websocket", "Sec-WebSocket-Protocol": "chat, v2"})
    await http.get("/", headers={"Upgrade": "WebSocket"})
    own, none = wire.sent
    three = "lambda-microvms, lambda-microvms.authentication.token-1, lambda-microvms.port.8080"
    assert own.headers["sec-websocket-protocol"] == f"{three}, chat, v2"
    assert none.headers["sec-websocket-protocol"] == three
    assert wire.tokens() == [None, None]


@pytest.mark.parametrize("text", [MISSING, REJECTED, REJECTED + b"\n"])
@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain; charset=utf-8"}])
async def test_rejected_token_is_renewed_and_the_request_sent_again(
    http: Any, wire: Wire, text: bytes, headers: dict[str, str]
) -> None:
    wire.reject("token-1", content=text, headers=headers)
    response = await http.post("/", content=b"same")
    assert response.status_code == 200
    assert "x-aws-proxy-auth" not in response.request.headers
    assert [request.content for request in wire.sent] == [b"same", b"same"]
    response = await http.get("/")
    assert response.status_code == 200
    assert wire.tokens() == ["token-1", "token-2", "token-2"]


async def test_token_that_is_rejected_twice_is_renewed_once(http: Any, wire: Wire) -> None:
    wire.reject("token-1", "token-2")
    response = await http.get("/")
    assert (response.status_code, response.content) == (403, REJECTED)
    assert wire.tokens() == ["token-1", "token-2"]


@pytest.mark.parametrize(
    ("headers", "is_rejection"),
    [
        ({"content-length": str(len(MISSING))}, True),
        ({"content-length": str(len(REJECTED))}, True),
        ({"content-length": str(len(DENIED))}, False),
        ({"content-length": "0"}, False),
        ({"content-length": str(len(REJECTED)), "content-type": "application/json"}, False),
        ({"content-length": str(len(REJECTED)), "content-encoding": "gzip"}, False),
        ({}, False),
    ],
)
async def test_rejected_head_request_is_recognized_by_its_length(
    http: Any, wire: Wire, headers: dict[str, str], is_rejection: bool
) -> None:
    wire.reject("token-1", content=None, headers=headers)
    response = await http.head("/")
    assert response.status_code == (200 if is_rejection else 403)
    assert wire.tokens() == (["token-1", "token-2"] if is_rejection else ["token-1"])


@pytest.mark.parametrize(
    "body",
    [
        {"content": b"bytes"},
        {"json": {"a": 1}},
        {"data": {"a": "1"}},
        {"files": {"file": io.BytesIO(b"content")}},
        {"files": {"file": b"content"}, "data": {"a": "1"}},
    ],
)
async def test_body_that_can_be_sent_again_is(http: Any, wire: Wire, body: Any) -> None:
    wire.reject("token-1")
    response = await http.post("/", **body)
    assert response.status_code == 200
    first, second = wire.sent
    assert first.content == second.content != b""


async def test_stream_is_not_sent_again_and_the_next_request_has_a_new_token(
    http: Any, wire: Wire
) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    wire.reject("token-1")
    response = await http.post("/", content=stream())
    assert (response.status_code, response.content) == (403, REJECTED)
    response = await http.post("/", content=stream())
    assert response.status_code == 200
    assert wire.tokens() == ["token-1", "token-2"]


@pytest.mark.parametrize(
    ("status", "text", "headers"),
    [
        (403, DENIED, {}),
        (403, b'{"message": "not yours"}', {"content-type": "application/json"}),
        (403, REJECTED, {"content-type": "application/json"}),
        (403, REJECTED + b", says the application", {}),
        (403, b"", {}),
        (403, b"Token", {}),
        (403, b"no" * 5000, {"content-type": "text/plain"}),
        (401, REJECTED, {}),
        (502, REJECTED, {}),
        (500, REJECTED, {}),
    ],
)
async def test_other_response_is_returned_unchanged(
    http: Any, wire: Wire, status: int, text: bytes, headers: dict[str, str]
) -> None:
    wire.respond = lambda _: httpx2.Response(status, content=text, headers=headers)
    response = await http.get("/")
    assert (response.status_code, response.content) == (status, text)
    assert wire.tokens() == ["token-1"]


class Stream(httpx2.AsyncByteStream):  # type: ignore[misc,name-defined]  # importorskip has no types.
    """A body that arrives once, in parts, may break off, and records what is done with it."""

    def __init__(self, *chunks: bytes, breaks_off: bool = False) -> None:
        self.chunks = chunks
        self.breaks_off = breaks_off
        self.read = 0
        self.has_ended = False
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.has_ended:
            return
        try:
            for chunk in self.chunks:
                self.read += 1
                yield chunk
            if self.breaks_off:
                msg = "the connection broke off"
                raise httpx2.RemoteProtocolError(msg)
        finally:
            self.has_ended = True

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        ({"content-type": "text/event-stream"}, 0),
        ({"content-type": "text/plain", "content-length": "500"}, 0),
        ({"content-type": "text/plain", "content-length": "9" * 5000}, 0),
        ({"content-type": "text/plain", "content-encoding": "gzip"}, 0),
        ({"content-type": "text/plain"}, 1),
    ],
)
async def test_body_of_the_application_is_streamed(
    http: Any, wire: Wire, headers: dict[str, str], read: int
) -> None:
    stream = Stream(b"data: 1", b"data: 2")
    wire.respond = lambda _: httpx2.Response(403, headers=headers, stream=stream)
    async with http.stream("GET", "/") as response:
        assert stream.read == read
        assert [chunk async for chunk in response.aiter_raw()] == [b"data: 1", b"data: 2"]
    assert stream.closed


@pytest.mark.parametrize(
    "chunks",
    [
        (b"no en", b"try"),
        (REJECTED[:10], b" or not, says the application"),
        (REJECTED, b", says the application"),
        (b"", DENIED[:3], DENIED[3:]),
    ],
)
async def test_plain_text_403_in_several_chunks_is_returned_whole(
    http: Any, wire: Wire, chunks: tuple[bytes, ...]
) -> None:
    stream = Stream(*chunks)
    wire.respond = lambda _: httpx2.Response(403, stream=stream)
    response = await http.get("/")
    assert (response.status_code, response.content) == (403, b"".join(chunks))
    assert stream.closed
    assert wire.tokens() == ["token-1"]


@pytest.mark.parametrize("chunks", [(), (b"no en",), (REJECTED[:10],), (REJECTED,), (b"n", b"o")])
async def test_plain_text_403_that_breaks_off_is_an_error(
    http: Any, wire: Wire, chunks: tuple[bytes, ...]
) -> None:
    stream = Stream(*chunks, breaks_off=True)
    wire.respond = lambda _: httpx2.Response(403, stream=stream)
    with pytest.raises(httpx2.RemoteProtocolError, match="broke off") as raised:
        await http.get("/")
    assert raised.value.request.url.path == "/"
    assert stream.closed
    assert wire.tokens() == ["token-1"]


async def test_plain_text_403_that_is_not_read_to_its_end_is_closed(http: Any, wire: Wire) -> None:
    stream = Stream(b"no en", b"try", b"!")
    wire.respond = lambda _: httpx2.Response(403, stream=stream)
    async with http.stream("GET", "/") as response:
        async for chunk in response.aiter_raw():
            assert chunk == b"no en"
            break
    assert (stream.read, stream.has_ended, stream.closed) == (1, True, True)


async def test_rejection_in_pieces_is_recognized_and_closed(http: Any, wire: Wire) -> None:
    stream = Stream(REJECTED[:5], REJECTED[5:])
    wire.reject("token-1", content=None, stream=stream)
    response = await http.get("/")
    assert response.status_code == 200
    assert stream.closed


async def test_failed_renewal_raises(
    http: Any,
    wire: Wire,
    async_production: AsyncMicroVMClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await http.get("/")

    async def fail(**_: object) -> None:
        raise ThrottlingException({"Error": {"Code": "ThrottlingException"}}, "Create")

    monkeypatch.setattr(async_production, "create_microvm_auth_token", fail)
    wire.reject("token-1")
    with pytest.raises(ThrottlingException):
        await http.get("/")
