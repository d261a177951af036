"""Waits under freezegun, which stops `time.monotonic` too."""

import asyncio

import pytest
from freezegun import freeze_time
from loopback import Canned, Loopback, case

from microvm_sdk import AsyncMicroVMClient, MicroVMClient, WaiterError

PENDING = Canned(body={**case("recorded/vms-lifecycle/get-until-running").body, "state": "PENDING"})


def test_wait_times_out(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(PENDING)
    with freeze_time("2026-01-01"), pytest.raises(WaiterError, match="timed out"):
        client.wait_until_microvm_running(microvm_identifier="m", timeout=0.2, poll_interval=0.05)
    assert len(loopback.requests) == 5


def test_asynchronous_wait_times_out(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(PENDING)

    async def wait() -> None:
        await AsyncMicroVMClient(client=client).wait_until_microvm_running(
            microvm_identifier="m", timeout=0.2, poll_interval=0.05
        )

    frozen = freeze_time("2026-01-01", real_asyncio=True)
    with frozen, pytest.raises(WaiterError, match="timed out"):
        asyncio.run(wait())
    assert len(loopback.requests) == 5
