"""`async_running`. What it shares with `running` is tested there."""

import asyncio
import threading
from typing import Any

import pytest
from fake_time import FakeTime
from loopback import Canned, Loopback, case

from microvm_sdk import (
    AccessDeniedException,
    AsyncMicroVMClient,
    MicroVMClient,
    ResponseValidationError,
)
from microvm_sdk._waits import pace
from microvm_sdk.lifecycle import async_running

pytestmark = pytest.mark.asyncio

IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
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
