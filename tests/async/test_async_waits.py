"""Waits of the asynchronous client: the same pace and results as the synchronous client's."""

import asyncio
from typing import Any

import pytest
from fake_time import FakeTime
from loopback import Canned, Loopback, case

from microvm_sdk import (
    AsyncMicroVMClient,
    Image,
    ImageVersion,
    Microvm,
    MicroVMClient,
    MicrovmState,
    WaiterError,
)

pytestmark = pytest.mark.asyncio

IMAGE = "arn:aws:lambda:us-east-2:123456789012:microvm-image:example-image"
MICROVM = case("recorded/vms-lifecycle/get-until-running").body
VERSION = case("recorded/images-lifecycle/version-until-built").body
IMAGE_BODY = case("recorded/images-lifecycle/get-until-created").body
NOT_FOUND = case("recorded/errors-not-found/get-image-missing")
THROTTLED = Canned(429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException"})


def state(name: str, body: Any = MICROVM) -> Canned:
    return Canned(body={**body, "state": name})


def microvm(state: str) -> Microvm:
    return Microvm.model_validate({**MICROVM, "state": state})


@pytest.fixture
def fake_sleep(fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    yields = asyncio.sleep

    async def sleep(seconds: float) -> None:
        fake_time.sleep(seconds)
        await yields(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return fake_time


async def test_wait_polls_at_the_same_pace_and_returns_the_model(
    async_client: AsyncMicroVMClient, loopback: Loopback, fake_sleep: FakeTime
) -> None:
    loopback.respond_with(*[state("PENDING")] * 3, THROTTLED, state("RUNNING"))
    found = await async_client.wait_until_microvm_running(microvm_identifier="microvm-1")
    assert found.state is MicrovmState.RUNNING
    assert fake_sleep.pauses == [0.2, 0.3, 0.45, 0.675]


async def test_version_waits_for_its_image(
    async_client: AsyncMicroVMClient, loopback: Loopback, fake_sleep: FakeTime
) -> None:
    loopback.respond_with(
        state("IN_PROGRESS", VERSION),
        state("SUCCESSFUL", VERSION),
        state("UPDATING", IMAGE_BODY),
        state("UPDATED", IMAGE_BODY),
        state("SUCCESSFUL", VERSION),
    )
    polled: list[str] = []
    version = await async_client.wait_until_image_version_ready(
        image_identifier=IMAGE,
        image_version="1.0",
        on_poll=lambda version: polled.append(version.state),
    )
    assert isinstance(version, ImageVersion)
    assert polled == ["IN_PROGRESS", *["SUCCESSFUL"] * 4]
    assert fake_sleep.pauses == [0.2, 0.3]


async def test_failures_have_the_same_attributes(
    async_client: AsyncMicroVMClient, loopback: Loopback
) -> None:
    build = case("recorded/images-lifecycle/list-builds").body["items"][0]
    loopback.respond_with(
        state("FAILED", VERSION), Canned(body={"items": [{**build, "buildState": "FAILED"}]})
    )
    with pytest.raises(WaiterError) as caught:
        await async_client.wait_until_image_version_ready(
            image_identifier=IMAGE, image_version="1.0"
        )
    assert len(caught.value.failed_builds) == 1
    assert caught.value.image_version == "1.0"


async def test_wait_times_out_and_deletions_end_when_gone(
    async_client: AsyncMicroVMClient, loopback: Loopback, fake_sleep: FakeTime
) -> None:
    loopback.respond_with(state("PENDING"))
    with pytest.raises(WaiterError, match="timed out after 30 seconds"):
        await async_client.wait_until_microvm_running(microvm_identifier="m", timeout=30)
    assert sum(fake_sleep.pauses) == pytest.approx(30)
    loopback.respond_with(state("DELETING", IMAGE_BODY), NOT_FOUND)
    assert await async_client.wait_until_image_deleted(image_identifier=IMAGE) is None
    loopback.respond_with(state("DELETED", IMAGE_BODY))
    assert isinstance(await async_client.wait_until_image_deleted(image_identifier=IMAGE), Image)


@pytest.mark.usefixtures("fake_sleep")
async def test_on_poll_may_be_a_coroutine_function(
    async_client: AsyncMicroVMClient, loopback: Loopback
) -> None:
    polled: list[str] = []

    async def remember(microvm: Microvm) -> None:
        await asyncio.sleep(0)
        polled.append(microvm.state)

    loopback.respond_with(state("PENDING"), state("RUNNING"))
    await async_client.wait_until_microvm_running(microvm_identifier="m", on_poll=remember)
    assert polled == ["PENDING", "RUNNING"]

    async def fail(_: Microvm) -> None:
        raise LookupError

    loopback.respond_with(state("PENDING"))
    with pytest.raises(LookupError):
        await async_client.wait_until_microvm_running(microvm_identifier="m", on_poll=fail)


async def test_many_waits_hold_no_threads_between_polls(
    client: MicroVMClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep, all_asleep, wake = 0, asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        nonlocal asleep
        asleep += 1
        if asleep == len(waits):
            all_asleep.set()
        await wake.wait()

    def call(*_: Any, **__: Any) -> Microvm:
        return microvm("RUNNING" if wake.is_set() else "PENDING")

    monkeypatch.setattr("microvm_sdk._waits.waiters.sleep_async", sleep)
    monkeypatch.setattr(client, "call", call)
    async_client = AsyncMicroVMClient(client=client, max_concurrency=8)
    wait = async_client.wait_until_microvm_running
    waits = [asyncio.create_task(wait(microvm_identifier=f"m-{n}")) for n in range(200)]
    await asyncio.wait_for(all_asleep.wait(), 30)
    # It waits for calls that are under way: there is none.
    await asyncio.wait_for(async_client._threads.close(60), 5)
    found = await asyncio.wait_for(async_client.get_microvm(microvm_identifier="m"), 5)
    assert found.state is MicrovmState.PENDING
    wake.set()
    assert {found.state for found in await asyncio.gather(*waits)} == {MicrovmState.RUNNING}


async def test_many_waits_share_half_of_the_rate_that_the_service_allows(
    async_client: AsyncMicroVMClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    wanted = 3 * 500
    polled = asyncio.Event()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == wanted:
            polled.set()
        await asyncio.sleep(0)

    monkeypatch.setattr("microvm_sdk._waits.waiters.sleep_async", sleep)

    async def pending(*_: Any, **__: Any) -> Microvm:
        return microvm("PENDING")

    monkeypatch.setattr(async_client, "call", pending)
    wait = async_client.wait_until_microvm_running
    waits = [
        asyncio.create_task(wait(microvm_identifier=f"m-{n}", timeout=1e6, poll_interval=1))
        for n in range(500)
    ]
    await asyncio.wait_for(polled.wait(), 30)
    for each in waits:
        each.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    # Each pauses for 10 s, so together they poll 50 times a second.
    assert min(pauses[500:]) == 500 / 50
    # A wait on its own polls as often as it says.
    alone = asyncio.create_task(wait(microvm_identifier="m", timeout=1e6, poll_interval=1))
    pauses.clear()
    polled.clear()
    wanted = 10
    await asyncio.wait_for(polled.wait(), 30)
    alone.cancel()
    assert (pauses[0], pauses[-1]) == (0.2, 1)


async def test_cancelled_wait_ends_at_once(
    async_client: AsyncMicroVMClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(async_client.sync_client, "call", lambda *_, **__: microvm("PENDING"))
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(
            async_client.wait_until_microvm_running(microvm_identifier="m", poll_interval=60), 0.01
        )
    assert await async_client.get_microvm(microvm_identifier="m") == microvm("PENDING")
