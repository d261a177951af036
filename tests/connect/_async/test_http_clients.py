"""Where an HTTP client of a MicroVM sends requests, and with which of httpx2's settings."""

import logging
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest

from microvm_sdk import AllPorts, AsyncMicroVMClient, Microvm, Port, PortRange
from microvm_sdk.connect import async_http_client

httpx2 = pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")
trustme = pytest.importorskip("trustme")

from connect_proxy import serving_proxy  # noqa: E402  It follows the skips above.
from endpoint import Endpoint, serving_endpoint  # noqa: E402  It needs the extra.
from loopback import Canned, Received  # noqa: E402  It follows the skips above.
from wire import REJECTED, Wire  # noqa: E402  It needs httpx2.

pytestmark = pytest.mark.asyncio

PORTS = [Port(port=8080)]
OTHER = "https://elsewhere.example"


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def connect(async_production: AsyncMicroVMClient, microvm: Microvm) -> Any:
    """Return `async_http_client` without its first arguments."""
    return partial(async_http_client, async_production, microvm, allowed_ports=PORTS)


def inner_transport(http: Any) -> Any:
    return http._transport_for_url(http.base_url)._inner


@pytest.mark.parametrize(
    ("allowed", "arguments", "expected"),
    [
        ([Port(port=3000)], {}, "3000"),
        ([Port(port=3000), Port(port=3001)], {}, "8080"),
        ([PortRange(start_port=1, end_port=9)], {}, "8080"),
        ([AllPorts()], {}, "8080"),
        ([AllPorts()], {"port": 1}, "1"),
        ([AllPorts()], {"port": 65535}, "65535"),
    ],
)
async def test_port_is_the_only_allowed_one_or_8080(
    connect: Any, wire: Wire, allowed: Any, arguments: Any, expected: str
) -> None:
    arguments = {"allowed_ports": iter(allowed), "transport": wire.transport, **arguments}
    async with connect(**arguments) as http:
        await http.get("/")
    assert wire.sent[0].headers["x-aws-proxy-port"] == expected


@pytest.mark.parametrize(
    ("via", "target"),
    [
        ("http://emulator:5000", "http://emulator:5000/path/a%2Fb?q=1"),
        ("https://emulator/behind/", "https://emulator/behind/path/a%2Fb?q=1"),
    ],
)
async def test_via_gets_every_request_with_the_endpoint_as_host(
    connect: Any, microvm: Microvm, wire: Wire, via: str, target: str
) -> None:
    async with connect(via=via, transport=wire.transport) as http:
        response = await http.get("/path/a%2Fb?q=1")
        # Software behind a server without TLS redirects to http.
        await http.get(f"http://{microvm.endpoint}/")
        await http.get(f"ws://{microvm.endpoint}/")
        await http.get(f"{OTHER}/")
        await http.get(f"http://{microvm.endpoint}:9000/")
    first, second, third, *others = wire.sent
    assert str(first.url) == target
    assert first.headers["host"] == second.headers["host"] == microvm.endpoint
    assert second.url.host == third.url.host == "emulator"
    assert [str(request.url) for request in others] == [
        f"{OTHER}/",
        f"http://{microvm.endpoint}:9000/",
    ]
    assert wire.tokens() == ["token-1", "token-1", "token-1", None, None]
    assert response.url == f"https://{microvm.endpoint}/path/a%2Fb?q=1"


PROXIES: list[dict[str, str]] = [
    {},
    {"HTTPS_PROXY": "http://proxy:1"},
    {"HTTPS_PROXY": "proxy:1"},
    {"HTTP_PROXY": "http://proxy:1"},
    {"ALL_PROXY": "http://proxy:2"},
    {"HTTPS_PROXY": "http://proxy:1", "ALL_PROXY": "http://proxy:2"},
    *(
        {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": hosts}
        for hosts in [
            "*",
            "on.aws",
            "*.on.aws",
            ".on.aws,other",
            "aws.example",
            "{endpoint}",
            "https://{endpoint}",
            "{endpoint}:443",
        ]
    ),
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
    connect: Any,
    microvm: Microvm,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    arguments: dict[str, Any],
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name.lower(), value.format(endpoint=microvm.endpoint))
    plain = httpx2.AsyncClient(**arguments)
    expected = proxy_of(plain._transport_for_url(httpx2.URL(f"https://{microvm.endpoint}/")))
    assert proxy_of(inner_transport(connect(**arguments))) == expected


async def test_server_on_loopback_is_reached_without_the_proxies_of_the_environment(
    async_client: AsyncMicroVMClient, microvm: Microvm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:1")
    http = async_http_client(async_client, microvm, allowed_ports=PORTS)
    assert proxy_of(inner_transport(http)) is None


async def test_given_proxy_has_priority_over_a_given_transport_as_in_httpx2(
    connect: Any, wire: Wire
) -> None:
    http = connect(transport=wire.transport, proxy="http://given:9")
    assert proxy_of(inner_transport(http)) == "given:9"


async def test_limits_reach_the_connections(connect: Any) -> None:
    http = connect(limits=httpx2.Limits(max_connections=3), http1=False)
    assert inner_transport(http)._pool._max_connections == 3
    assert not inner_transport(http)._pool._http1


async def test_certificates_are_loaded_once_and_only_for_own_connections(
    connect: Any, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Mock(wraps=httpx2.create_ssl_context)
    monkeypatch.setattr(httpx2, "create_ssl_context", load)
    connect()
    load.assert_called_once_with(verify=True, cert=None, trust_env=True)
    connect(transport=wire.transport)
    assert load.call_count == 1
    load.side_effect = lambda **_: ssl.create_default_context()
    cert = ("cert.pem", "key.pem")
    arguments = {"verify": False, "cert": cert, "trust_env": False}
    connect(transport=wire.transport, proxy="http://given:9", **arguments)
    load.assert_called_with(**arguments)


class Closed(httpx2.AsyncBaseTransport):  # type: ignore[misc,name-defined]  # importorskip has no types.
    def __init__(self) -> None:
        self.times = 0

    async def aclose(self) -> None:
        self.times += 1


async def test_given_transport_is_closed_once(connect: Any) -> None:
    given = Closed()
    async with connect(transport=given):
        pass
    assert given.times == 1


async def test_own_connections_are_closed(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Any] = []

    async def close(transport: Any) -> None:
        closed.append(transport)

    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "aclose", close)
    async with connect() as http:
        inner = inner_transport(http)
    assert inner in closed


@pytest.fixture(scope="module")
def authority() -> Any:
    return trustme.CA()


@pytest.fixture
def endpoint(authority: Any) -> Iterator[Endpoint]:
    with serving_endpoint(authority) as endpoint:
        yield endpoint


@pytest.fixture
def connect_to_endpoint(
    async_production: AsyncMicroVMClient, at: Callable[[str], Microvm], endpoint: Endpoint
) -> Any:
    """Return `connect` for a MicroVM whose endpoint is on this machine, over TLS."""
    microvm = at(endpoint.host)
    return partial(async_http_client, async_production, microvm, allowed_ports=PORTS)


@pytest.fixture
def http(connect_to_endpoint: Any, endpoint: Endpoint) -> Any:
    return connect_to_endpoint(verify=endpoint.trust, follow_redirects=True)


async def test_redirect_over_tls_leaks_no_token(
    http: Any, endpoint: Endpoint, authority: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with serving_endpoint(authority) as elsewhere, caplog.at_level(logging.DEBUG):
        for host in (elsewhere.host, elsewhere.host.replace("localhost", "127.0.0.1")):
            location = {"location": f"https://{host}/stolen"}
            endpoint.respond = lambda _, location=location: Canned(307, b"", location)  # type: ignore[misc]
            response = await http.post("/start", content=b"body")
            assert response.text == "hello"
            assert [each.url.path for each in response.history] == ["/start"]
            assert "token" not in str(response.history[0].request.headers)
        await http.aclose()
    assert len(endpoint.requests) == len(elsewhere.requests) == 2
    assert all("x-aws-proxy-auth" in request.headers for request in endpoint.requests)
    assert not any("token" in str(request.headers) for request in elsewhere.requests)
    assert "send_request_headers" in caplog.text
    assert "token-" not in caplog.text


async def test_proxy_with_credentials_sees_no_token_and_the_endpoint_no_credentials(
    connect_to_endpoint: Any, endpoint: Endpoint
) -> None:
    with serving_proxy() as proxy:
        proxy_url = f"http://user:password@{proxy.url}"
        async with connect_to_endpoint(verify=endpoint.trust, proxy=proxy_url) as http:
            response = await http.get("/")
            assert response.text == "hello"
    (opened,) = proxy.requests
    assert opened.startswith(f"CONNECT {endpoint.host} ")
    assert "proxy-authorization: basic" in opened.lower()
    assert "token" not in opened.lower()
    assert b"token-1" not in b"".join(proxy.tunneled)
    (request,) = endpoint.requests
    assert request.headers["x-aws-proxy-auth"] == "token-1"
    assert "proxy-authorization" not in request.headers


async def test_403_that_breaks_off_on_the_wire_is_an_error(http: Any, endpoint: Endpoint) -> None:
    endpoint.respond = lambda _: Canned(403, REJECTED, {"content-type": "text/plain"}, cut_at=10)
    with pytest.raises(httpx2.TransportError):
        await http.get("/")
    await http.aclose()
    assert len(endpoint.requests) == 1


async def test_errors_show_the_token_in_no_traceback(
    http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpcore2 = pytest.importorskip("httpcore2")
    slow = httpcore2.WriteTimeout("slow")

    async def time_out(*_: object, **__: object) -> None:
        raise slow

    monkeypatch.setattr(httpcore2.AsyncHTTP11Connection, "_send_request_headers", time_out)
    with pytest.raises(httpx2.WriteTimeout) as raised:
        await http.get("/")
    await http.aclose()
    assert "token-1" not in str(raised.getrepr(style="long", funcargs=True))
    assert raised.value.__cause__ is slow
    assert raised.value.request.url.path == "/"


async def test_certificate_is_verified(connect_to_endpoint: Any, endpoint: Endpoint) -> None:
    async with connect_to_endpoint() as http:
        with pytest.raises(httpx2.ConnectError, match="certificate"):
            await http.get("/")
    assert endpoint.requests == []
    async with connect_to_endpoint(verify=False) as http:
        response = await http.get("/")
        assert response.text == "hello"


async def test_websocket_is_opened_again_with_a_new_token(
    connect: Any, microvm: Microvm, caplog: pytest.LogCaptureFixture
) -> None:
    def respond(request: Received) -> Canned:
        if request.path == "/moved":
            return Canned(307, b"", {"location": f"http://{elsewhere.host}/stolen"})
        if "token-1" in request.headers["sec-websocket-protocol"]:
            return Canned(403, REJECTED, {"content-type": "text/plain"})
        return Canned(101, headers={"sec-websocket-protocol": "chat"})

    # httpx2's synchronous WebSockets read and write in two threads. TLS, which OpenSSL does not
    # allow this for, is tested with the asynchronous ones.
    with serving_endpoint() as endpoint, serving_endpoint() as elsewhere:
        endpoint.respond = respond
        elsewhere.respond = lambda _: Canned(101)
        with caplog.at_level(logging.DEBUG):
            async with connect(via=f"http://{endpoint.host}") as http:
                for url in ("/live", f"wss://{microvm.endpoint}/live"):
                    async with http.websocket(url, subprotocols=["chat"]) as socket:
                        await socket.send_text("hello")
                        assert await socket.receive_text() == "hello"
                        assert socket.subprotocol == "chat"
                async with http.websocket("/moved", follow_redirects=True) as socket:
                    await socket.send_text("hello")
    protocols = [request.headers["sec-websocket-protocol"] for request in endpoint.requests]
    three = "lambda-microvms, lambda-microvms.authentication.{}, lambda-microvms.port.8080"
    assert protocols[:3] == [three.format(f"token-{number}") + ", chat" for number in (1, 2, 2)]
    assert not any("x-aws-proxy-auth" in request.headers for request in endpoint.requests)
    (redirected,) = elsewhere.requests
    assert "token-" not in caplog.text + str(redirected.headers)
