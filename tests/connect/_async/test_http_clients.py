"""HTTP clients of a MicroVM: which requests carry the token, and which never do."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from microvm_sdk import AllPorts, Microvm, MicroVMClient, Port, PortRange, ThrottlingException
from microvm_sdk.connect import async_http_client

httpx2 = pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")
trustme = pytest.importorskip("trustme")

from endpoint import Endpoint, serving_endpoint  # noqa: E402  It needs the extra.
from loopback import Canned, Received  # noqa: E402  It follows the skip above.

PORTS = [Port(port=8080)]
OTHER = "https://elsewhere.example"
MISSING = b"Request missing authentication"
REJECTED = b"Token authentication failed"
DENIED = b"Access to port denied"


class Wire:
    """A transport that records the requests and returns the responses of `respond`."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.respond: Callable[[Any], Any] = lambda _: httpx2.Response(200)
        self.transport = httpx2.MockTransport(self._handle)

    def _handle(self, request: Any) -> Any:
        request.read()
        self.sent.append(request)
        return self.respond(request)

    def tokens(self) -> list[str | None]:
        return [request.headers.get("x-aws-proxy-auth") for request in self.sent]

    def reject(self, *rejected: str, body: bytes = REJECTED, **headers: str) -> None:
        """Respond with 403 to these tokens."""

        def respond(request: Any) -> Any:
            if request.headers["x-aws-proxy-auth"] in rejected:
                return httpx2.Response(403, headers=headers, content=body)
            return httpx2.Response(200)

        self.respond = respond


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def http(async_production: AsyncMicroVMClient, microvm: Microvm, wire: Wire) -> Iterator[Any]:
    async with async_http_client(async_production, microvm, allowed_ports=PORTS, transport=wire.transport) as http:
        yield http


async def test_request_carries_the_token_and_the_port_without_showing_them(
    http: Any, wire: Wire, microvm: Microvm
) -> None:
    response = await http.get("/health", headers={"X-Own": "kept"})
    (sent,) = wire.sent
    assert sent.url == f"https://{microvm.endpoint}/health"
    assert sent.headers["x-aws-proxy-auth"] == "token-1"
    assert sent.headers["x-aws-proxy-port"] == "8080"
    assert sent.headers["x-own"] == "kept"
    assert sent.headers["host"] == microvm.endpoint
    assert response.request.url == sent.url
    assert "x-aws-proxy-auth" not in response.request.headers
    assert "token-1" not in repr(http._transport.__dict__)


@pytest.mark.parametrize(
    ("allowed", "arguments", "expected"),
    [
        ([Port(port=3000)], {}, "3000"),
        ([Port(port=3000), Port(port=3001)], {}, "8080"),
        ([PortRange(start_port=1, end_port=9)], {}, "8080"),
        ([AllPorts()], {}, "8080"),
        ([AllPorts()], {"port": 5000}, "5000"),
    ],
)
async def test_port_is_the_only_allowed_one_or_8080(
    microvm: Microvm, wire: Wire, allowed: Any, arguments: Any, expected: str, *, production: Any
) -> None:
    async with async_http_client(
        async_production, microvm, allowed_ports=iter(allowed), transport=wire.transport, **arguments
    ) as http:
        await http.get("/")
    assert wire.sent[0].headers["x-aws-proxy-port"] == expected


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize(
    "location",
    [
        f"{OTHER}/",
        "http://{endpoint}/",
        "https://{endpoint}.example/",
        "https://{endpoint}@elsewhere.example/",
        "https://elsewhere.example#{endpoint}",
        "//elsewhere.example/",
    ],
)
async def test_no_redirect_sends_the_token_elsewhere(
    http: Any, wire: Wire, microvm: Microvm, status: int, location: str
) -> None:
    target = location.format(endpoint=microvm.endpoint)

    def respond(request: Any) -> Any:
        if request.url.path == "/start":
            return httpx2.Response(status, headers={"Location": target})
        return httpx2.Response(200)

    wire.respond = respond
    response = await http.post("/start", content=b"body", follow_redirects=True)
    assert response.status_code == 200
    first, second = wire.sent
    assert first.headers["x-aws-proxy-auth"] == "token-1"
    assert second.url != first.url
    assert "token-1" not in str(second.headers.raw)


async def test_redirect_on_the_own_host_carries_the_token(
    http: Any, wire: Wire, microvm: Microvm
) -> None:
    def respond(request: Any) -> Any:
        if request.url.path == "/start":
            return httpx2.Response(302, headers={"Location": f"https://{microvm.endpoint}/end"})
        return httpx2.Response(200)

    wire.respond = respond
    await http.get("/start", follow_redirects=True)
    assert wire.tokens() == ["token-1", "token-1"]


async def test_redirect_that_is_not_followed_shows_no_token(http: Any, wire: Wire) -> None:
    wire.respond = lambda _: httpx2.Response(302, headers={"Location": f"{OTHER}/"})
    response = await http.get("/")
    assert "token-1" not in str(response.next_request.headers.raw)


@pytest.mark.parametrize("body", [MISSING, REJECTED, REJECTED + b"\n"])
@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain; charset=utf-8"}])
async def test_rejected_token_is_renewed_and_the_request_sent_again(
    http: Any, wire: Wire, body: bytes, headers: dict[str, str]
) -> None:
    wire.reject("token-1", body=body, **headers)
    assert await http.post("/", content=b"same").status_code == 200
    assert wire.tokens() == ["token-1", "token-2"]
    assert [request.content for request in wire.sent] == [b"same", b"same"]
    assert await http.get("/").status_code == 200
    assert wire.tokens() == ["token-1", "token-2", "token-2"]


async def test_token_that_is_rejected_twice_is_renewed_once(http: Any, wire: Wire) -> None:
    wire.reject("token-1", "token-2")
    response = await http.get("/")
    assert (response.status_code, response.content) == (403, REJECTED)
    assert wire.tokens() == ["token-1", "token-2"]


async def test_body_that_cannot_be_sent_again_is_not_sent_again(http: Any, wire: Wire) -> None:
    wire.reject("token-1")
    response = await http.post("/", content=iter([b"a", b"b"]))
    assert (response.status_code, response.content) == (403, REJECTED)
    assert await http.post("/", content=iter([b"a", b"b"])).status_code == 200
    assert wire.tokens() == ["token-1", "token-2"]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (DENIED, {}),
        (b'{"message": "not yours"}', {"content-type": "application/json"}),
        (REJECTED, {"content-type": "application/json"}),
        (REJECTED + b", says the application", {}),
        (b"", {}),
        (b"Token", {}),
        (b"no" * 5000, {"content-type": "text/plain"}),
    ],
)
async def test_other_403_is_returned_unchanged(
    http: Any, wire: Wire, body: bytes, headers: dict[str, str]
) -> None:
    wire.reject("token-1", body=body, **headers)
    response = await http.get("/")
    assert (response.status_code, response.content) == (403, body)
    assert wire.tokens() == ["token-1"]


class Stream(httpx2.SyncByteStream):  # type: ignore[misc,name-defined]  # importorskip has no types.
    """A body that counts what was read of it."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks
        self.read = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.read += 1
            yield chunk

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        ({"content-type": "text/event-stream"}, 0),
        ({"content-type": "text/plain", "content-length": "500"}, 0),
        ({"content-type": "text/plain", "content-encoding": "gzip"}, 0),
        ({"content-type": "text/plain"}, 1),
    ],
)
async def test_body_of_the_application_is_streamed(
    http: Any, wire: Wire, headers: dict[str, str], read: int
) -> None:
    stream = Stream(b"data: 1", b"data: 2")
    wire.respond = lambda _: httpx2.Response(403, headers=headers, stream=stream)
    with http.stream("GET", "/") as response:
        assert stream.read == read
        assert list(response.iter_raw()) == [b"data: 1", b"data: 2"]
    assert stream.closed


async def test_rejection_in_pieces_is_recognized_and_closed(http: Any, wire: Wire) -> None:
    stream = Stream(REJECTED[:5], REJECTED[5:])

    def respond(request: Any) -> Any:
        if request.headers["x-aws-proxy-auth"] == "token-1":
            return httpx2.Response(403, stream=stream)
        return httpx2.Response(200)

    wire.respond = respond
    assert await http.get("/").status_code == 200
    assert stream.closed


@pytest.mark.parametrize("status", [401, 502, 500])
async def test_other_errors_are_not_repeated(http: Any, wire: Wire, status: int) -> None:
    wire.respond = lambda _: httpx2.Response(status, content=REJECTED)
    assert await http.get("/").status_code == status
    assert len(wire.sent) == 1


async def test_twenty_threads_with_a_rejected_token_cause_one_renewal(http: Any, wire: Wire) -> None:
    together = threading.Barrier(20)

    def respond(request: Any) -> Any:
        if request.headers["x-aws-proxy-auth"] == "token-1":
            together.wait(10)
            return httpx2.Response(403, content=REJECTED)
        return httpx2.Response(200)

    wire.respond = respond
    with ThreadPoolExecutor(20) as threads:
        responses = list(threads.map(lambda _: await http.get("/"), range(20)))
    assert {response.status_code for response in responses} == {200}
    assert sorted(map(str, wire.tokens())) == ["token-1"] * 20 + ["token-2"] * 20


async def test_failed_renewal_raises(
    http: Any, wire: Wire, async_production: AsyncMicroVMClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await http.get("/").status_code == 200

    def fail(**_: object) -> None:
        raise ThrottlingException({"Error": {"Code": "ThrottlingException"}}, "Create")

    monkeypatch.setattr(production, "create_microvm_auth_token", fail)
    wire.reject("token-1")
    with pytest.raises(ThrottlingException):
        await http.get("/")


async def test_websocket_carries_the_token_as_subprotocols_before_its_own(http: Any, wire: Wire) -> None:
    await http.get("/", headers={"Upgrade": "websocket", "Sec-WebSocket-Protocol": "chat, v2"})
    await http.get("/", headers={"Upgrade": "WebSocket"})
    own, none = wire.sent
    three = "lambda-microvms, lambda-microvms.authentication.token-1, lambda-microvms.port.8080"
    assert own.headers["sec-websocket-protocol"] == f"{three}, chat, v2"
    assert none.headers["sec-websocket-protocol"] == three
    assert wire.tokens() == [None, None]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"http2": True}, "http2 must be off"),
        ({"mounts": {}}, "mounts cannot be given"),
        ({"base_url": "https://other"}, "base_url cannot be given"),
        ({"follow_redirect": True}, "follow_redirect"),
    ],
)
async def test_arguments_that_would_bypass_the_transport_are_refused(
    async_production: AsyncMicroVMClient, microvm: Microvm, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        http_client(async_production, microvm, allowed_ports=PORTS, **arguments)


@pytest.mark.parametrize("via", ["emulator:5000", "ftp://emulator", "http://", "http://a?b=c"])
async def test_via_must_be_an_http_url(async_production: AsyncMicroVMClient, microvm: Microvm, via: str) -> None:
    with pytest.raises(ValueError, match="via must be an http or https URL"):
        http_client(async_production, microvm, allowed_ports=PORTS, via=via)


@pytest.mark.parametrize(
    ("via", "target"),
    [
        ("http://emulator:5000", "http://emulator:5000/path/a%2Fb?q=1"),
        ("https://emulator/behind/", "https://emulator/behind/path/a%2Fb?q=1"),
    ],
)
async def test_via_gets_every_request_with_the_endpoint_as_host(
    async_production: AsyncMicroVMClient, microvm: Microvm, wire: Wire, via: str, target: str
) -> None:
    async with async_http_client(
        async_production, microvm, allowed_ports=PORTS, via=via, transport=wire.transport
    ) as http:
        response = await http.get("/path/a%2Fb?q=1")
        # Software behind a server without TLS redirects to http.
        await http.get(f"http://{microvm.endpoint}/")
        await http.get(f"{OTHER}/")
    first, second, third = wire.sent
    assert str(first.url) == target
    assert first.headers["host"] == second.headers["host"] == microvm.endpoint
    assert second.url.host == "emulator"
    assert third.url == f"{OTHER}/"
    assert wire.tokens() == ["token-1", "token-1", None]
    assert response.url == f"https://{microvm.endpoint}/path/a%2Fb?q=1"


@pytest.mark.parametrize(
    "service",
    ["http://127.0.0.1:5000", "http://localhost:4566/", "https://[::1]:1", "http://a.localhost:80"],
)
async def test_client_of_a_server_on_loopback_reaches_the_microvm_through_it(
    microvm: Microvm, wire: Wire, service: str, async_production: AsyncMicroVMClient
) -> None:
    local = MicroVMClient(region_name="eu-west-1", endpoint_url=service)
    local.create_microvm_auth_token = production.create_microvm_auth_token  # type: ignore[method-assign]  # made for AWS.
    async with async_http_client(local, microvm, allowed_ports=PORTS, transport=wire.transport) as http:
        await http.get("/a")
    (sent,) = wire.sent
    assert str(sent.url) == service.rstrip("/").removesuffix(":80") + "/a"
    assert sent.headers["host"] == microvm.endpoint


@pytest.mark.parametrize(
    "service",
    [
        "https://vpce-1-abc.lambda-microvms.eu-west-1.vpce.amazonaws.com",
        "https://lambda-fips.us-east-1.amazonaws.com",
        "https://lambda.eu-west-1.api.aws",
        "http://10.0.0.5:8080",
        "http://localstack:4566",
        "http://localhost.localstack.cloud:4566",
        "https://lambda.internal",
    ],
)
async def test_any_other_endpoint_is_production(
    microvm: Microvm, wire: Wire, service: str, async_production: AsyncMicroVMClient
) -> None:
    remote = MicroVMClient(region_name="eu-west-1", endpoint_url=service)
    remote.create_microvm_auth_token = production.create_microvm_auth_token  # type: ignore[method-assign]  # made for AWS.
    async with async_http_client(remote, microvm, allowed_ports=PORTS, transport=wire.transport) as http:
        await http.get("/a")
    assert str(wire.sent[0].url) == f"https://{microvm.endpoint}/a"


PROXIES: list[dict[str, str]] = [
    {},
    {"HTTPS_PROXY": "http://proxy:1"},
    {"HTTPS_PROXY": "proxy:1"},
    {"HTTP_PROXY": "http://proxy:1"},
    {"ALL_PROXY": "http://proxy:2"},
    {"HTTPS_PROXY": "http://proxy:1", "ALL_PROXY": "http://proxy:2"},
    {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "*"},
    {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "on.aws"},
    {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": ".on.aws,other"},
    {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "aws.example"},
]


def proxy_of(transport: Any) -> str | None:
    proxy = getattr(transport._pool, "_proxy_url", None)
    return None if proxy is None else f"{proxy.host.decode()}:{proxy.port}"


@pytest.mark.parametrize(
    ("environment", "arguments"),
    [
        *((environment, {}) for environment in PROXIES),
        (PROXIES[1], {"trust_env": False}),
        (PROXIES[1], {"proxy": "http://given:9"}),
    ],
)
async def test_proxy_is_the_one_that_httpx2_would_use(
    async_production: AsyncMicroVMClient,
    microvm: Microvm,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    arguments: dict[str, Any],
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name.lower(), value)
    url = httpx2.URL(f"https://{microvm.endpoint}/")
    with (
        httpx2.Client(**arguments) as plain,
        http_client(async_production, microvm, allowed_ports=PORTS, **arguments) as http,
    ):
        expected = proxy_of(plain._transport_for_url(url))
        assert proxy_of(http._transport_for_url(url)._inner) == expected


async def test_server_on_loopback_is_reached_without_the_proxies_of_the_environment(
    client: MicroVMClient, microvm: Microvm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:1")
    url = httpx2.URL(f"https://{microvm.endpoint}/")
    async with async_http_client(client, microvm, allowed_ports=PORTS) as http:
        assert proxy_of(http._transport_for_url(url)._inner) is None


async def test_given_proxy_has_priority_over_a_given_transport_as_in_httpx2(
    async_production: AsyncMicroVMClient, microvm: Microvm, wire: Wire
) -> None:
    url = httpx2.URL(f"https://{microvm.endpoint}/")
    async with async_http_client(
        async_production,
        microvm,
        allowed_ports=PORTS,
        transport=wire.transport,
        proxy="http://given:9",
    ) as http:
        assert proxy_of(http._transport_for_url(url)._inner) == "given:9"


async def test_limits_reach_the_connections(async_production: AsyncMicroVMClient, microvm: Microvm) -> None:
    url = httpx2.URL(f"https://{microvm.endpoint}/")
    limits = httpx2.Limits(max_connections=3)
    async with async_http_client(async_production, microvm, allowed_ports=PORTS, limits=limits) as http:
        assert http._transport_for_url(url)._inner._pool._max_connections == 3


class Closed(httpx2.BaseTransport):  # type: ignore[misc,name-defined]  # importorskip has no types.
    def __init__(self) -> None:
        self.times = 0

    def close(self) -> None:
        self.times += 1


async def test_given_transport_is_closed_once(async_production: AsyncMicroVMClient, microvm: Microvm) -> None:
    given = Closed()
    http_client(async_production, microvm, allowed_ports=PORTS, transport=given).close()
    assert given.times == 1


async def test_own_connections_are_closed(
    async_production: AsyncMicroVMClient, microvm: Microvm, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Any] = []

    def close(transport: Any) -> None:
        closed.append(transport)

    monkeypatch.setattr(httpx2.HTTPTransport, "close", close)
    http = http_client(async_production, microvm, allowed_ports=PORTS)
    inner = http._transport_for_url(http.base_url)._inner
    http.close()
    assert inner in closed


@pytest.fixture(scope="session")
def authority() -> Any:
    return trustme.CA()


@pytest.fixture
def endpoint(authority: Any) -> Iterator[Endpoint]:
    with serving_endpoint(authority) as endpoint:
        yield endpoint


async def test_redirect_over_tls_leaks_no_token(
    async_production: AsyncMicroVMClient,
    at: Callable[[str], Microvm],
    endpoint: Endpoint,
    authority: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serving_endpoint(authority) as elsewhere:
        for host in (elsewhere.host, elsewhere.host.replace("localhost", "127.0.0.1")):
            location = {"location": f"https://{host}/stolen"}
            endpoint.respond = lambda _, location=location: Canned(307, b"", location)  # type: ignore[misc]
            with (
                caplog.at_level(logging.DEBUG),
                http_client(
                    async_production,
                    at(endpoint.host),
                    allowed_ports=PORTS,
                    verify=endpoint.trust,
                    follow_redirects=True,
                ) as http,
            ):
                response = await http.post("/start", content=b"body")
            assert response.text == "hello"
            assert [each.url.path for each in response.history] == ["/start"]
            assert "token" not in str(response.history[0].request.headers)
    assert len(endpoint.requests) == len(elsewhere.requests) == 2
    assert all("x-aws-proxy-auth" in request.headers for request in endpoint.requests)
    assert not any("token" in str(request.headers) for request in elsewhere.requests)
    assert "send_request_headers" in caplog.text
    assert "token-" not in caplog.text


async def test_errors_show_the_token_in_no_traceback(
    async_production: AsyncMicroVMClient, at: Callable[[str], Microvm], monkeypatch: pytest.MonkeyPatch
) -> None:
    httpcore2 = pytest.importorskip("httpcore2")
    stream = pytest.importorskip("httpcore2._backends.sync").SyncStream
    slow = httpcore2.WriteTimeout("slow")

    def time_out(*_: object, **__: object) -> None:
        raise slow

    monkeypatch.setattr(stream, "write", time_out)
    with (
        serving_endpoint(trustme.CA()) as endpoint,
        http_client(
            production, at(endpoint.host), allowed_ports=PORTS, verify=endpoint.trust
        ) as http,
        pytest.raises(httpx2.WriteTimeout) as raised,
    ):
        await http.get("/")
    assert "token-1" not in str(raised.getrepr(style="long", funcargs=True))
    assert raised.value.__cause__ is slow
    assert raised.value.request.url.path == "/"


async def test_certificate_is_verified(
    async_production: AsyncMicroVMClient, at: Callable[[str], Microvm], endpoint: Endpoint
) -> None:
    microvm = at(endpoint.host)
    with (
        http_client(async_production, microvm, allowed_ports=PORTS) as http,
        pytest.raises(httpx2.ConnectError, match="certificate"),
    ):
        await http.get("/")
    assert endpoint.requests == []
    async with async_http_client(async_production, microvm, allowed_ports=PORTS, verify=False) as http:
        assert await http.get("/").text == "hello"


async def test_websocket_is_opened_again_with_a_new_token(
    async_production: AsyncMicroVMClient, microvm: Microvm, caplog: pytest.LogCaptureFixture
) -> None:
    def respond(request: Received) -> Canned:
        if "token-1" in request.headers["sec-websocket-protocol"]:
            return Canned(403, REJECTED, {"content-type": "text/plain"})
        return Canned(101, headers={"sec-websocket-protocol": "chat"})

    # httpx2's synchronous WebSockets read and write in two threads. TLS, which OpenSSL does not
    # allow this for, is tested with the asynchronous ones.
    with (
        serving_endpoint() as endpoint,
        caplog.at_level(logging.DEBUG),
        http_client(
            async_production, microvm, allowed_ports=PORTS, via=f"http://{endpoint.host}"
        ) as http,
    ):
        endpoint.respond = respond
        for url in ("/live", f"wss://{microvm.endpoint}/live"):
            with http.websocket(url, subprotocols=["chat"]) as socket:
                socket.send_text("hello")
                assert socket.receive_text() == "hello"
                assert socket.subprotocol == "chat"
    protocols = [request.headers["sec-websocket-protocol"] for request in endpoint.requests]
    three = "lambda-microvms, lambda-microvms.authentication.{}, lambda-microvms.port.8080, chat"
    assert protocols == [three.format(f"token-{number}") for number in (1, 2, 2)]
    assert not any("x-aws-proxy-auth" in request.headers for request in endpoint.requests)
    assert "token-" not in caplog.text
