"""Blocking calls for asyncio: a limit for each event loop, and a cache of threads behind it.

A call takes a slot of its event loop, runs in a thread of the cache, and frees the slot when it has
returned. A call whose task is cancelled continues in its thread, but frees its slot at once, so
that calls that hang do not block others. The number of such abandoned calls is limited as well.

`complete` makes a call that must not be lost. It needs no slot.
"""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from threading import Thread
from typing import Any, ParamSpec, TypeVar

from microvm_sdk._async.thread_cache import THREAD_NAME, ThreadCache, outcome_of
from microvm_sdk._forks import reset_after_fork

P = ParamSpec("P")
T = TypeVar("T")

# The limit of calls that continue without a slot after their tasks were cancelled.
_ABANDONED_PER_SLOT = 10

_cache = ThreadCache()


class Threads:
    """Runs calls in threads, for the coroutines of any number of event loops."""

    def __init__(self, slots: int) -> None:
        """Set the limit.

        Args:
            slots: How many calls of an event loop may run at once, cancelled ones not counted.
        """
        self._slots = slots
        self._limits: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}
        self._under_way: set[Future[Any]] = set()
        self._abandoned: set[Future[Any]] = set()
        # In the child of a fork, the parent's calls are not under way.
        reset_after_fork(self, Threads._clear)

    def slot(self) -> asyncio.Semaphore:
        """Return the semaphore of this event loop's slots."""
        loop = asyncio.get_running_loop()
        limit = self._limits.get(loop)
        if limit is None:
            for closed in [known for known in self._limits if known.is_closed()]:
                self._limits.pop(closed, None)
            limit = self._limits[loop] = asyncio.Semaphore(self._slots)
        return limit

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread, in a copy of the current context.

        If the task is cancelled, the coroutine ends at once. A call that has not started is never
        made; one that has started continues in its thread, and its result is dropped.

        Args:
            function: What to call.
            *args: Its positional arguments.
            **kwargs: Its keyword arguments.

        Returns:
            What it returns.
        """
        slot = self.slot()
        await slot.acquire()
        free = slot.release
        try:
            call = await self._start(_in_context(partial(function, *args, **kwargs)))
            try:
                return await _result(call)
            except asyncio.CancelledError:
                if len(self._abandoned) >= self._slots * _ABANDONED_PER_SLOT:
                    # The call keeps its slot until it has returned.
                    _when_done(call, free)
                    free = _nothing
                else:
                    _add_until_done(call, self._abandoned)
                raise
        finally:
            free()

    async def complete(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread at once, and wait until it returns, even if cancelled.

        It needs no slot. The interpreter waits for the call when it exits.

        Args:
            function: What to call.
            *args: Its positional arguments.
            **kwargs: Its keyword arguments.

        Returns:
            What it returns.

        Raises:
            asyncio.CancelledError: The task was cancelled during the call, which has returned.
        """
        call = self.start(function, *args, **kwargs)
        interruption = await _until_done(call)
        if interruption is not None:
            raise interruption from call.exception()
        return call.result()

    def start(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Call a function in a thread at once, as `complete` does, and do not wait for it."""
        call = _in_context(partial(function, *args, **kwargs))
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        try:
            Thread(target=_deliver, args=(call, future), name=THREAD_NAME, daemon=False).start()
        except RuntimeError:
            # The process cannot start another thread, but one may be idle.
            future = _cache.start(call)
        _add_until_done(future, self._under_way)
        return future

    async def close(self, timeout: float) -> None:
        """Wait for the calls that are under way.

        Args:
            timeout: How long to wait, in seconds. Calls that take longer continue in their threads.
        """
        await _wait(self._under_way, asyncio.ALL_COMPLETED, timeout)

    async def _start(self, function: Callable[[], T]) -> "Future[T]":
        while True:
            try:
                call = _cache.start(function)
            except RuntimeError:  # noqa: PERF203  Each round waits for a call.
                # The process cannot start another thread. One of its threads will take the call.
                if not self._under_way:
                    raise
                await _wait(self._under_way, asyncio.FIRST_COMPLETED)
            else:
                _add_until_done(call, self._under_way)
                return call

    def _clear(self) -> None:
        self._limits = {}
        self._under_way = set()
        self._abandoned = set()


def _add_until_done(call: "Future[Any]", calls: "set[Future[Any]]") -> None:
    calls.add(call)
    call.add_done_callback(calls.discard)


def _nothing() -> None:
    pass


def _in_context(function: Callable[[], T]) -> Callable[[], T]:
    return partial(copy_context().run, function)


def _deliver(function: Callable[[], T], future: "Future[T]") -> None:
    outcome_of(function, future)()


def _when_done(call: "Future[Any]", notify: Callable[[], object]) -> None:
    """Call a function in this event loop when a call has returned."""
    loop = asyncio.get_running_loop()

    def in_thread(_: object) -> None:
        with contextlib.suppress(RuntimeError):  # The event loop is closed, so nobody waits.
            loop.call_soon_threadsafe(notify)

    call.add_done_callback(in_thread)


async def _wait(calls: "set[Future[Any]]", return_when: str, timeout: float | None = None) -> None:
    ends = []
    for call in list(calls):
        end = asyncio.get_running_loop().create_future()
        _when_done(call, partial(end.set_result, None))
        ends.append(end)
    if ends:
        await asyncio.wait(ends, timeout=timeout, return_when=return_when)


async def _result(call: "Future[T]") -> T:
    # If the task is cancelled, the traceback ends in this frame, whose arguments pytest shows by
    # default. So the arguments of the call, which may be secret, are not passed to it.
    return await asyncio.wrap_future(call)


async def _until_done(call: "Future[Any]") -> asyncio.CancelledError | None:
    """Wait until a call has returned, and return the first cancellation that arrived meanwhile."""
    interruption = None
    done = asyncio.Event()
    _when_done(call, done.set)
    with _shield():
        while not call.done():
            try:
                await done.wait()
            except asyncio.CancelledError as error:  # noqa: PERF203  Each round waits.
                interruption = interruption or error
    return interruption


def _shield() -> contextlib.AbstractContextManager[object]:
    """Return a context manager that shields the task from the cancellations of anyio's scopes.

    anyio cancels a task again in each iteration of the event loop until the task ends, which would
    keep the processor busy. It delivers no cancellation inside a shielded scope.
    """
    scope: Any = getattr(sys.modules.get("anyio"), "CancelScope", None)
    if scope is None or asyncio.current_task() is None:
        return contextlib.nullcontext()
    shield: contextlib.AbstractContextManager[object] = scope(shield=True)
    return shield
