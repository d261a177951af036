"""The threads that the asynchronous client calls in."""

import asyncio
import contextvars
import functools
import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from microvm_sdk._async import threads as _threads
from microvm_sdk._async.thread_cache import ThreadCache
from microvm_sdk._async.threads import Threads

pytestmark = pytest.mark.asyncio

SOON = 5.0  # Seconds; a call takes longer only if it hangs.


class Gate:
    """A blocking call that returns when it is allowed to."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.open = threading.Event()
        self.calls = 0

    def __call__(self, result: Any = None) -> Any:
        self.calls += 1
        self.begun.release()
        assert self.open.wait(SOON)
        return result

    async def entered(self, count: int = 1) -> None:
        for _ in range(count):
            assert await asyncio.to_thread(self.begun.acquire, timeout=SOON)


async def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.001)


def ours() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "microvm_sdk"}


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use threads that no other test has left idle, and that end soon."""
    monkeypatch.setattr(_threads, "_cache", ThreadCache(idle_seconds=0.02))
    before = ours()
    yield
    deadline = time.monotonic() + SOON
    while not ours() <= before:
        assert time.monotonic() < deadline, "threads that nobody needs must end"
        time.sleep(0.001)


async def test_results_and_errors_come_back() -> None:
    def fail() -> None:
        raise LookupError

    threads = Threads(2)
    assert await threads.run(divmod, 7, 2) == (3, 1)
    assert await threads.run(functools.partial(int, base=2), "101") == 5
    with pytest.raises(LookupError):
        await threads.run(fail)


async def test_stop_iteration_is_an_error_and_not_an_endless_wait() -> None:
    with pytest.raises(RuntimeError, match="StopIteration") as caught:
        await asyncio.wait_for(Threads(1).run(next, iter(())), SOON)
    assert isinstance(caught.value.__cause__, StopIteration)


async def test_calls_get_a_copy_of_the_callers_context_variables() -> None:
    variable = contextvars.ContextVar("variable", default=0)

    def read_and_set() -> int:
        seen = variable.get()
        variable.set(seen + 100)
        return seen

    variable.set(5)
    threads = Threads(1)
    assert [await threads.run(read_and_set), await threads.run(read_and_set)] == [5, 5]
    assert variable.get() == 5


@pytest.mark.usefixtures("no_threads")
async def test_as_many_threads_as_slots_and_no_more_than_needed() -> None:
    before = ours()
    threads, gate = Threads(3), Gate()
    for _ in range(5):
        await threads.run(int)
    assert len(ours() - before) == 1
    calls = [asyncio.create_task(threads.run(gate, number)) for number in range(10)]
    await gate.entered(3)
    assert (gate.calls, len(ours() - before)) == (3, 3)
    gate.open.set()
    assert await asyncio.gather(*calls) == list(range(10))
    assert gate.calls == 10
    assert len(ours() - before) == 3


class TestCancellation:
    async def test_it_returns_at_once_and_the_call_finishes_in_its_thread(self) -> None:
        threads, gate = Threads(1), Gate()
        task = asyncio.create_task(threads.run(gate))
        await gate.entered()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await threads.run(int) == 0  # The slot is free.
        gate.open.set()
        await asyncio.wait_for(threads.close(60), SOON)

    async def test_call_that_has_not_begun_is_dropped(self) -> None:
        threads, gate, dropped = Threads(1), Gate(), Gate()
        first = asyncio.create_task(threads.run(gate, "first"))
        await gate.entered()
        second = asyncio.create_task(threads.run(dropped))
        await asyncio.sleep(0)
        second.cancel()
        gate.open.set()
        assert await first == "first"
        with pytest.raises(asyncio.CancelledError):
            await second
        assert await threads.run(int) == 0
        assert dropped.calls == 0

    async def test_calls_that_hang_do_not_keep_their_places(self) -> None:
        threads, gate = Threads(2), Gate()
        for _ in range(5):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(threads.run(gate), 0.001)
        await gate.entered(5)
        assert await asyncio.wait_for(threads.run(int), SOON) == 0
        gate.open.set()
        await asyncio.wait_for(threads.close(60), SOON)

    async def test_calls_that_hang_are_limited(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_threads, "_ABANDONED_PER_SLOT", 2)
        threads, gate = Threads(1), Gate()
        tasks = []
        for _ in range(4):
            tasks.append(asyncio.create_task(threads.run(gate)))
            await asyncio.sleep(0.01)
            tasks[-1].cancel()
        await asyncio.wait(tasks)
        assert gate.calls == 3
        gate.open.set()
        assert await asyncio.wait_for(threads.run(int), SOON) == 0

    async def test_traceback_does_not_show_the_arguments(self) -> None:
        threads, gate = Threads(1), Gate()

        async def call() -> None:
            with pytest.raises(asyncio.CancelledError) as caught:
                await threads.run(gate, "hunter2")
            last = caught.traceback[-1]
            assert last.path.name == "threads.py"
            assert "hunter2" not in repr(last.frame.f_locals)

        task = asyncio.create_task(call())
        await gate.entered()
        task.cancel()
        await task
        gate.open.set()


class TestClosing:
    async def test_it_waits_for_running_calls_including_cancelled_ones(self) -> None:
        threads, gate = Threads(2), Gate()
        tasks = [asyncio.create_task(threads.run(gate, number)) for number in range(2)]
        await gate.entered(2)
        tasks[0].cancel()
        closing = asyncio.create_task(threads.close(SOON))
        await asyncio.sleep(0.01)
        assert not closing.done()
        gate.open.set()
        await closing
        assert await tasks[1] == 1

    async def test_it_does_not_wait_longer_than_the_timeout(self) -> None:
        threads, gate = Threads(1), Gate()
        task = asyncio.create_task(threads.run(gate))
        await gate.entered()
        await threads.close(0.01)
        gate.open.set()
        await task

    async def test_it_can_be_used_again(self) -> None:
        threads = Threads(1)
        for _ in range(2):
            assert await threads.run(int) == 0
            await threads.close(SOON)
            await threads.close(SOON)


async def test_thread_that_waits_keeps_neither_call_nor_result() -> None:
    class Thing:
        pass

    threads, argument = Threads(1), Thing()
    result = await threads.run(lambda _: Thing(), argument)
    references = [weakref.ref(argument), weakref.ref(result)]
    del argument, result
    await eventually(lambda: [reference() for reference in references] == [None, None])


@pytest.mark.usefixtures("no_threads")
async def test_process_that_can_start_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError

    threads, gate = Threads(2), Gate()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        for _ in range(3):  # The slot is free again each time.
            with pytest.raises(RuntimeError):
                await threads.run(int)
            with pytest.raises(RuntimeError):
                await threads.complete(int)
    first = asyncio.create_task(threads.run(gate))
    await gate.entered()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        second = asyncio.create_task(threads.run(int))
        await asyncio.sleep(0)
        gate.open.set()
        assert await asyncio.wait_for(second, SOON) == 0
        assert await threads.complete(int) == 0  # In the thread that is idle.
    await first


class TestCallsThatMustNotBeLost:
    async def test_they_need_no_slot(self) -> None:
        threads, gate = Threads(1), Gate()
        call = asyncio.create_task(threads.run(gate))
        await gate.entered()
        assert await asyncio.wait_for(threads.complete(divmod, 7, 2), SOON) == (3, 1)
        gate.open.set()
        await call

    async def test_cancellation_is_raised_when_the_call_has_returned(self) -> None:
        def fail() -> None:
            gate()
            raise LookupError

        threads, gate = Threads(1), Gate()
        task = asyncio.create_task(threads.complete(fail))
        await gate.entered()
        for number in range(3):
            task.cancel(f"cancelled {number}")
            await asyncio.sleep(0)
        assert not task.done()
        gate.open.set()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        # Python 3.10 raises another one to whoever awaits a task.
        cancelled = caught.value.__context__ if not caught.value.args else caught.value
        assert isinstance(cancelled, asyncio.CancelledError)
        assert cancelled.args == ("cancelled 0",)
        assert isinstance(cancelled.__cause__, LookupError)

    async def test_closing_waits_for_them(self) -> None:
        threads, gate = Threads(1), Gate()
        call = threads.start(gate, 7)
        await gate.entered()
        closing = asyncio.create_task(threads.close(SOON))
        await asyncio.sleep(0.01)
        assert not closing.done()
        gate.open.set()
        await closing
        assert call.result() == 7


async def test_event_loops_that_have_ended_are_forgotten() -> None:
    threads = Threads(1)

    async def crowd() -> None:
        await asyncio.gather(*(threads.run(int) for _ in range(3)))

    def in_loop() -> "weakref.ref[asyncio.AbstractEventLoop]":
        loop = asyncio.new_event_loop()
        loop.run_until_complete(crowd())
        loop.close()
        return weakref.ref(loop)

    references = [await asyncio.to_thread(in_loop) for _ in range(3)]
    await crowd()
    gc.collect()
    assert [reference() for reference in references] == [None] * 3


@pytest.mark.asyncio(loop_scope="function")
async def test_many_calls_of_several_threads_all_come_back() -> None:
    threads = Threads(4)

    def loop_of_its_own(number: int) -> list[int]:
        async def calls() -> list[int]:
            return list(await asyncio.gather(*(threads.run(int, number) for _ in range(50))))

        return asyncio.run(calls())

    found = await asyncio.gather(*(asyncio.to_thread(loop_of_its_own, n) for n in range(4)))
    assert found == [[n] * 50 for n in range(4)]
