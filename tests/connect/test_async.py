"""The asynchronous counterparts. What they share with the synchronous ones is tested there."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from fake_time import FakeTime
from loopback import Canned, Loopback, case

from microvm_sdk import (
    AccessDeniedException,
    AsyncMicroVMClient,
    AuthToken,
    Microvm,
    MicroVMClient,
    Port,
    ResponseValidationError,
    ThrottlingException,
    WaiterError,
)
from microvm_sdk._waits import pace
from microvm_sdk.connect import (
    AsyncTokenSource,
    _tokens,
    async_http_client,
    async_wait_until_responding,
)
from microvm_sdk.lifecycle import async_running

pytestmark = pytest.mark.asyncio

IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
PORTS = [Port(port=8080)]
BODY = case("recorded/vms-lifecycle/get-until-running").body
STARTED = Canned(body={**BODY, "state": "PENDING"})
RUNNING = Canned(body={**BODY, "state": "RUNNING"})
DENIED = Canned(403, {"message": "not allowed"}, {"x-amzn-errortype": "AccessDeniedException"})


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    time = FakeTime()
    monkeypatch.setattr(pace, "time", time)

    async def sleep(seconds: float) -> None:
        time.sleep(seconds)

    monkeypatch.setattr(pace, "sleep_async", sleep)
    return time


@pytest.fixture
def async_client(client: MicroVMClient) -> AsyncMicroVMClient:
    return AsyncMicroVMClient(client=client)


def calls(loopback: Loopback) -> list[str]:
    """Return the names of the calls that were made."""
    names = {"POST": "run", "GET": "get", "DELETE": "terminate"}
    return [names[request.method] for request in loopback.requests]


def token(number: int) -> Canned:
    return Canned(body={"authToken": {"X-aws-proxy-auth": f"token-{number}"}})


class TestTokenSource:
    @pytest.fixture
    def source(self, async_client: AsyncMicroVMClient, loopback: Loopback) -> AsyncTokenSource:
        loopback.respond_with(token(1), token(2))
        return AsyncTokenSource(async_client, microvm_identifier="microvm-1", allowed_ports=PORTS)

    async def test_token_is_created_once_for_many_tasks(
        self, source: AsyncTokenSource, loopback: Loopback
    ) -> None:
        headers = await asyncio.gather(*(source.headers(3000) for _ in range(20)))
        assert headers == [{"X-aws-proxy-auth": "token-1", "X-aws-proxy-port": "3000"}] * 20
        assert (await source.websocket_subprotocols())[1].endswith("token-1")
        assert len(loopback.requests) == 1

    async def test_twenty_tasks_with_a_rejected_token_cause_one_renewal(
        self, source: AsyncTokenSource, loopback: Loopback
    ) -> None:
        rejected = await source.token()

        async def renew() -> AuthToken:
            source.invalidate(rejected)
            return await source.token()

        renewed = set(await asyncio.gather(*(renew() for _ in range(20))))
        assert [each.headers()["X-aws-proxy-auth"] for each in renewed] == ["token-2"]
        assert len(loopback.requests) == 2

    async def test_other_tasks_use_the_old_token_while_one_renews_it(
        self, source: AsyncTokenSource
    ) -> None:
        old = await source.token()
        assert source._cached is not None
        # 90 % of its lifetime has passed.
        source._cached.lifetime = 1000
        early = _tokens._Moment.now()
        source._cached.requested_at = _tokens._Moment(early.monotonic - 900, early.wall - 900)
        async with source._renewal:
            assert await source.token() == old
        assert await source.token() != old

    async def test_failed_renewal_raises_and_is_tried_again(
        self, source: AsyncTokenSource, loopback: Loopback
    ) -> None:
        source.invalidate(await source.token())
        throttled = Canned(429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException"})
        loopback.respond_with(throttled, token(3))
        with pytest.raises(ThrottlingException):
            await source.token()
        assert (await source.headers())["X-aws-proxy-auth"] == "token-3"
        assert "token-3" not in repr(source)


class TestRunning:
    async def test_microvm_is_started_awaited_and_terminated(
        self, async_client: AsyncMicroVMClient, loopback: Loopback
    ) -> None:
        loopback.respond_with(STARTED, RUNNING, Canned())
        async with async_running(async_client, image_identifier=IMAGE) as microvm:
            assert microvm.state == "RUNNING"
            assert calls(loopback) == ["run", "get"]
        assert calls(loopback) == ["run", "get", "terminate"]

    async def test_cancelled_block_terminates_the_microvm(
        self, async_client: AsyncMicroVMClient, loopback: Loopback
    ) -> None:
        loopback.respond_with(STARTED, RUNNING, Canned())
        entered = asyncio.Event()

        async def block() -> None:
            async with async_running(async_client, image_identifier=IMAGE):
                entered.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(block())
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert calls(loopback) == ["run", "get", "terminate"]

    @pytest.mark.parametrize("cancellations", [1, 3])
    async def test_microvm_that_starts_while_the_task_is_cancelled_is_terminated(
        self,
        cancellations: int,
        async_client: AsyncMicroVMClient,
        loopback: Loopback,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        call = async_client.sync_client.call
        started, go_on = threading.Event(), threading.Event()

        def call_when_allowed(*arguments: Any, **parameters: Any) -> Any:
            started.set()
            assert go_on.wait(10)
            return call(*arguments, **parameters)

        monkeypatch.setattr(async_client.sync_client, "call", call_when_allowed)
        loopback.respond_with(STARTED, Canned())

        async def block() -> None:
            async with async_running(async_client, image_identifier=IMAGE):
                pytest.fail("the block must not run")

        task = asyncio.create_task(block())
        assert await asyncio.to_thread(started.wait, 10)
        for _ in range(cancellations):
            task.cancel()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert calls(loopback) == ["run", "terminate"]

    async def test_failure_to_terminate_is_raised_or_a_note(
        self, async_client: AsyncMicroVMClient, loopback: Loopback
    ) -> None:
        loopback.respond_with(STARTED, RUNNING, DENIED)
        with pytest.raises(AccessDeniedException):
            async with async_running(async_client, image_identifier=IMAGE):
                pass
        loopback.respond_with(STARTED, RUNNING, DENIED)
        error = ValueError("mine")
        with pytest.raises(ValueError, match="mine") as raised:
            async with async_running(async_client, image_identifier=IMAGE):
                raise error
        assert raised.value is error
        assert "could not be terminated" in error.__notes__[0]

    async def test_microvm_whose_response_is_invalid_is_terminated(
        self, async_client: AsyncMicroVMClient, loopback: Loopback
    ) -> None:
        loopback.respond_with(Canned(body={"microvmId": "microvm-1", "state": "PENDING"}), Canned())
        with pytest.raises(ResponseValidationError):
            async with async_running(async_client, image_identifier=IMAGE):
                pytest.fail("the block must not run")
        assert calls(loopback) == ["run", "terminate"]


class TestWaitUntilResponding:
    async def test_it_waits_while_the_proxy_responds_with_502(
        self,
        async_client: AsyncMicroVMClient,
        loopback: Loopback,
        microvm: Microvm,
        time: FakeTime,
    ) -> None:
        loopback.respond_with(token(1), Canned(502, b""), RUNNING, Canned(200, b"hello"))
        status = await async_wait_until_responding(
            async_client, microvm, allowed_ports=PORTS, path="/health"
        )
        assert status == 200
        assert time.pauses == [0.2]
        assert loopback.requests[-1].headers["x-aws-proxy-auth"] == "token-1"

    async def test_end_of_the_microvm_and_the_timeout_are_errors(
        self, async_client: AsyncMicroVMClient, loopback: Loopback, microvm: Microvm
    ) -> None:
        ended = Canned(body={**BODY, "state": "TERMINATED"})
        loopback.respond_with(token(1), Canned(502, b""), ended)
        with pytest.raises(WaiterError, match=r"async_wait_until_responding .*TERMINATED"):
            await async_wait_until_responding(async_client, microvm, allowed_ports=PORTS)
        refused = Canned(400, {"message": "no"}, {"x-amzn-errortype": "ValidationException"})
        loopback.respond_with(refused, ended)
        with pytest.raises(WaiterError, match="TERMINATED"):
            await async_wait_until_responding(async_client, microvm, allowed_ports=PORTS)
        loopback.respond_with(token(1), *[Canned(502, b""), RUNNING] * 9)
        with pytest.raises(WaiterError, match="timed out after 1 seconds"):
            await async_wait_until_responding(async_client, microvm, allowed_ports=PORTS, timeout=1)


class TestHttpClient:
    @pytest.fixture
    def httpx2(self) -> Any:
        return pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")

    @pytest.fixture
    def production(
        self, production: MicroVMClient, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncMicroVMClient:
        client = AsyncMicroVMClient(client=production)

        async def create(**parameters: Any) -> AuthToken:
            return production.create_microvm_auth_token(**parameters)

        monkeypatch.setattr(client, "create_microvm_auth_token", create)
        return client

    @pytest.fixture
    def sent(self) -> list[Any]:
        return []

    @pytest.fixture
    def http(
        self, production: AsyncMicroVMClient, microvm: Microvm, httpx2: Any, sent: list[Any]
    ) -> Any:
        async def respond(request: Any) -> Any:
            await request.aread()
            sent.append(request)
            if request.url.path == "/away":
                return httpx2.Response(307, headers={"Location": "https://elsewhere.example/"})
            if request.headers.get("x-aws-proxy-auth") == "token-1":
                return httpx2.Response(403, content=b"Token authentication failed")
            if request.url.path == "/denied":
                return httpx2.Response(403, content=b"Access to port denied")
            return httpx2.Response(200)

        return async_http_client(
            production,
            microvm,
            allowed_ports=PORTS,
            transport=httpx2.MockTransport(respond),
        )

    def tokens(self, sent: list[Any]) -> list[str | None]:
        return [request.headers.get("x-aws-proxy-auth") for request in sent]

    async def test_rejected_token_is_renewed_and_the_request_sent_again(
        self, http: Any, sent: list[Any]
    ) -> None:
        async with http:
            response = await http.post("/", content=b"same")
        assert response.status_code == 200
        assert "x-aws-proxy-auth" not in response.request.headers
        assert self.tokens(sent) == ["token-1", "token-2"]
        assert [request.content for request in sent] == [b"same", b"same"]

    async def test_other_403_is_returned_unchanged(self, http: Any, sent: list[Any]) -> None:
        async with http:
            await http.get("/")
            response = await http.get("/denied")
        assert (response.status_code, response.content) == (403, b"Access to port denied")
        assert self.tokens(sent) == ["token-1", "token-2", "token-2"]

    async def test_body_that_cannot_be_sent_again_is_not_sent_again(
        self, http: Any, sent: list[Any]
    ) -> None:
        async def body() -> Any:
            yield b"a"

        async with http:
            response = await http.post("/", content=body())
        assert (response.status_code, response.text) == (403, "Token authentication failed")
        assert self.tokens(sent) == ["token-1"]

    async def test_no_redirect_sends_the_token_elsewhere(self, http: Any, sent: list[Any]) -> None:
        async with http:
            await http.get("/away", follow_redirects=True)
        assert self.tokens(sent) == ["token-1", None]

    async def test_environment_limits_and_proxy_reach_the_connections(
        self, production: AsyncMicroVMClient, microvm: Microvm, httpx2: Any
    ) -> None:
        async with async_http_client(
            production,
            microvm,
            allowed_ports=PORTS,
            limits=httpx2.Limits(max_connections=3),
            proxy="http://given:9",
        ) as http:
            pool = http._transport_for_url(http.base_url)._inner._pool
            assert pool._max_connections == 3
            assert pool._proxy_url.host == b"given"

    @pytest.mark.usefixtures("httpx2")
    @pytest.mark.parametrize("name", ["mounts", "base_url"])
    async def test_arguments_that_would_bypass_the_transport_are_refused(
        self, production: AsyncMicroVMClient, microvm: Microvm, name: str
    ) -> None:
        arguments: dict[str, Any] = {name: None}
        with pytest.raises(TypeError, match=name):
            async_http_client(
                production,
                microvm,
                allowed_ports=PORTS,
                **arguments,
            )

    @pytest.mark.usefixtures("httpx2")
    async def test_websocket_over_tls(
        self, production: AsyncMicroVMClient, at: Callable[[str], Microvm]
    ) -> None:
        trustme = pytest.importorskip("trustme")
        from endpoint import serving_endpoint  # noqa: PLC0415  It needs the extra.

        with serving_endpoint(trustme.CA()) as endpoint:
            endpoint.respond = lambda _: Canned(101)
            async with (
                async_http_client(
                    production,
                    at(endpoint.host),
                    allowed_ports=PORTS,
                    verify=endpoint.trust,
                ) as http,
                http.websocket("/live") as socket,
            ):
                await socket.send_text("hello")
                assert await socket.receive_text() == "hello"
            protocols = endpoint.requests[0].headers["sec-websocket-protocol"]
            assert protocols == (
                "lambda-microvms, lambda-microvms.authentication.token-1, lambda-microvms.port.8080"
            )
