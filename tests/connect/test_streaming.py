"""A response in process that its application has not finished."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from microvm_sdk import AsyncMicroVMClient, Microvm, Port
from microvm_sdk.connect import _route, async_http_client
from microvm_sdk.connect._in_process import Body


class Paused:
    """A body that waits before its second part."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.closed = threading.Event()
        self.times_closed = 0

    def __iter__(self) -> Iterator[bytes]:
        yield b"first"
        assert self.go_on.wait(10)
        yield b"second"

    def close(self) -> None:
        self.times_closed += 1
        self.closed.set()


@pytest.mark.asyncio
async def test_task_that_waits_for_the_next_part_can_be_cancelled(
    async_production: AsyncMicroVMClient, microvm: Microvm, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")
    paused = Paused()
    service = [lambda: lambda *_: (200, [], paused)]
    monkeypatch.setattr(_route, "local_services", service)
    http: Any = async_http_client(async_production, microvm, allowed_ports=[Port(port=80)])
    parts: list[bytes] = []

    async def read() -> None:
        async with http.stream("GET", "/") as response:
            async for part in response.aiter_raw():
                parts.append(part)  # noqa: PERF401  It never has them all.

    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(read(), 0.1)
    assert parts == [b"first"]
    # The thread that waits closes the body, which nobody else can close meanwhile.
    assert not paused.closed.is_set()
    paused.go_on.set()
    assert paused.closed.wait(10)
    await http.aclose()


def test_body_is_closed_once_by_whom_comes_last() -> None:
    paused = Paused()
    body = Body(paused)
    assert body.read() == b"first"
    thread = threading.Thread(target=body.read)
    thread.start()
    while not body._in_use.locked():
        pass
    body.close()
    assert paused.times_closed == 0
    paused.go_on.set()
    thread.join(10)
    assert paused.times_closed == 1
    body.close()
    assert paused.times_closed == 1
    assert body.read() is None


def test_body_of_a_list_has_nothing_to_close() -> None:
    body = Body([b"a", b"b"])
    assert list(iter(body.read, None)) == [b"a", b"b"]
    body.close()
