"""Token sources of tasks. What they share with those of threads: `test_token_source`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tokens import Clocks

from microvm_sdk import AsyncMicroVMClient, AuthToken, MicroVMClient, Port, ThrottlingException
from microvm_sdk.connect import AsyncTokenSource

pytestmark = pytest.mark.asyncio

THROTTLED = ThrottlingException({"Error": {"Code": "ThrottlingException"}}, "Create")


class Client(AsyncMicroVMClient):
    """Creates `token-1`, `token-2` and so on, or does what `act` does."""

    calls = 0
    act: Callable[[], Awaitable[object]] | None = None

    async def create_microvm_auth_token(self, **_: Any) -> AuthToken:
        self.calls += 1
        number = self.calls
        if self.act is not None:
            await self.act()
        return AuthToken.model_validate({"authToken": {"X-aws-proxy-auth": f"token-{number}"}})


@pytest.fixture
def client(production: MicroVMClient) -> Client:
    return Client(client=production)


@pytest.fixture
def source(client: Client) -> AsyncTokenSource:
    return AsyncTokenSource(client, microvm_identifier="microvm-1", allowed_ports=[Port(port=80)])


async def auth(source: AsyncTokenSource) -> str:
    return (await source.headers())["X-aws-proxy-auth"]


async def test_token_is_created_once_for_many_tasks(
    source: AsyncTokenSource, client: Client
) -> None:
    headers = await asyncio.gather(*(source.headers(3000) for _ in range(20)))
    assert headers == [{"X-aws-proxy-auth": "token-1", "X-aws-proxy-port": "3000"}] * 20
    assert (await source.websocket_subprotocols())[1].endswith("token-1")
    assert client.calls == 1
    assert "token-1" not in repr(source)


async def test_twenty_tasks_with_a_rejected_token_cause_one_renewal(
    source: AsyncTokenSource, client: Client
) -> None:
    rejected = await source.token()

    async def renew() -> str:
        source.invalidate(rejected)
        return await auth(source)

    assert set(await asyncio.gather(*(renew() for _ in range(20)))) == {"token-2"}
    assert client.calls == 2


async def test_other_tasks_use_the_old_token_while_one_renews_it(
    source: AsyncTokenSource, client: Client, clocks: Clocks
) -> None:
    old = await auth(source)
    clocks.seconds += 720
    go_on = asyncio.Event()
    client.act = go_on.wait
    renewal = asyncio.create_task(auth(source))
    await asyncio.sleep(0)
    assert await auth(source) == old
    go_on.set()
    assert await renewal == await auth(source) == "token-2"


async def test_tasks_that_wait_for_a_renewal_share_its_failure(
    source: AsyncTokenSource, client: Client
) -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise THROTTLED

    client.act = fail
    raised = await asyncio.gather(*(auth(source) for _ in range(16)), return_exceptions=True)
    assert raised == [THROTTLED] * 16
    assert client.calls == 1
    client.act = None
    assert await auth(source) == "token-2"


async def test_renewal_that_fails_for_a_while_is_put_off_while_the_token_is_valid(
    source: AsyncTokenSource, client: Client, clocks: Clocks
) -> None:
    async def fail() -> None:
        raise THROTTLED

    assert await auth(source) == "token-1"
    clocks.seconds += 720
    client.act = fail
    assert [await auth(source) for _ in range(3)] == ["token-1"] * 3
    assert client.calls == 2
    source.invalidate("token-1")
    with pytest.raises(ThrottlingException):
        await auth(source)


async def test_token_that_took_long_to_arrive_is_returned_once(
    source: AsyncTokenSource, client: Client, clocks: Clocks
) -> None:
    async def take_long() -> None:
        clocks.seconds += 800

    client.act = take_long
    assert [await auth(source) for _ in range(2)] == ["token-1", "token-2"]


async def test_task_that_waits_for_a_cancelled_renewal_makes_its_own(
    source: AsyncTokenSource, client: Client
) -> None:
    client.act = asyncio.Event().wait
    renewal = asyncio.create_task(auth(source))
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(auth(source)) for _ in range(3)]
    await asyncio.sleep(0)
    client.act = None
    renewal.cancel()
    assert await asyncio.gather(*waiting) == ["token-2"] * 3
    with pytest.raises(asyncio.CancelledError):
        await renewal


async def test_cancelled_wait_leaves_the_renewal_alone(
    source: AsyncTokenSource, client: Client
) -> None:
    go_on = asyncio.Event()
    client.act = go_on.wait
    renewal = asyncio.create_task(auth(source))
    await asyncio.sleep(0)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(auth(source), 0.01)
    go_on.set()
    assert await renewal == "token-1"
    assert client.calls == 1


async def test_source_outlives_an_event_loop_in_which_a_renewal_was_under_way(
    source: AsyncTokenSource, client: Client
) -> None:
    def in_a_loop_of_its_own() -> None:
        loop = asyncio.new_event_loop()
        client.act = asyncio.Event().wait
        abandoned = loop.create_task(auth(source))
        loop.run_until_complete(asyncio.sleep(0))
        client.act = None
        assert not abandoned.done()
        loops.append((loop, abandoned))

    loops: list[Any] = []
    await asyncio.to_thread(in_a_loop_of_its_own)
    assert await asyncio.wait_for(auth(source), 5) == "token-2"
    (loop, abandoned) = loops[0]
    abandoned.cancel()
    await asyncio.to_thread(loop.run_until_complete, asyncio.sleep(0))
    loop.close()
    assert await auth(source) == "token-2"
