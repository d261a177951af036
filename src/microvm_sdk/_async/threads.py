"""Threads that run blocking calls for asyncio.

The threads of `concurrent.futures` delay the interpreter's exit until their calls have returned,
and a cancelled call there still occupies its thread. These threads do neither.
"""

import asyncio
import contextlib
import contextvars
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# A cancelled call frees its slot for another one. This limits how many of them may be under way.
_ABANDONED_PER_SLOT = 10


class Threads:
    """A pool of daemon threads for the coroutines of any number of event loops."""

    def __init__(self, slots: int) -> None:
        """Make a pool. Threads are started when they are needed.

        Args:
            slots: How many calls may be under way at once, cancelled ones aside.
        """
        self._use(_Workers(slots))

    def _use(self, workers: "_Workers") -> None:
        self._workers = workers
        # The threads reference the workers and not this object, so that they end when it is
        # deleted.
        weakref.finalize(self, workers.stop).atexit = False

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread, in a copy of the current context.

        If the task is cancelled, the coroutine ends at once. A call that has not begun is dropped;
        one that is under way continues in its thread, and its result is dropped.

        Args:
            function: What to call.
            *args: Its positional arguments.
            **kwargs: Its keyword arguments.

        Returns:
            What it returns.
        """
        if self._workers.process != os.getpid():
            # After a fork: the threads are the parent's.
            self._use(_Workers(self._workers.slots))
        return await _result(self._workers, _Call(partial(function, *args, **kwargs)))

    async def close(self, timeout: float) -> None:
        """Wait for the calls that are under way, and end the threads.

        Args:
            timeout: How long to wait, in seconds. Calls that take longer continue in their threads.
        """
        workers = self._workers
        self._use(_Workers(workers.slots))
        idle = asyncio.Event()
        loop = asyncio.get_running_loop()
        workers.call_when_idle(lambda: loop.call_soon_threadsafe(idle.set))
        try:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(idle.wait(), timeout)
        finally:
            workers.stop()


async def _result(workers: "_Workers", call: "_Call[T]") -> T:
    """Run a call.

    Tracebacks end here if the task is cancelled, and show the arguments of this frame, in pytest
    even by default. The arguments of the call may be secret, so they are not among them.
    """
    workers.submit(call)
    try:
        return await call.future
    except asyncio.CancelledError:
        workers.abandon(call)
        raise


class _Call(Generic[T]):
    """A call, from its request until its result is delivered."""

    def __init__(self, function: Callable[[], T]) -> None:
        self.function = function
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.context = contextvars.copy_context()
        self.result: Any = None
        self.error: BaseException | None = None
        self.under_way = False
        self.abandoned = False

    def run(self) -> None:
        """Run in a thread."""
        try:
            self.result = self.context.run(self.function)
        except StopIteration as stop:
            # A future refuses it, and would stay pending.
            self.error = RuntimeError("the call raised StopIteration")
            self.error.__cause__ = stop
        except BaseException as error:  # noqa: BLE001  The coroutine that waits raises it.
            self.error = error

    def deliver(self) -> None:
        """Pass the result to the event loop."""
        self.future.get_loop().call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)
        self.error = None  # Its traceback has this object: they would keep each other alive.


class _Workers:
    """The threads of a pool, and the calls that wait for one."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.process = os.getpid()
        self.lock = threading.Lock()
        self.backlog: deque[_Call[Any]] = deque()
        self.busy = 0
        """Threads with a call that a coroutine is waiting for."""
        self.abandoned = 0
        """Threads with a call that was cancelled."""
        self.free = 0
        """Threads that wait for a call."""
        self.handoff: SimpleQueue[_Call[Any] | None] = SimpleQueue()
        """Calls for free threads; `None` ends them all."""
        self.stopped = False
        self.when_idle: list[Callable[[], object]] = []

    def submit(self, call: _Call[Any]) -> None:
        """Run a call as soon as there is a slot for it."""
        with self.lock:
            self.backlog.append(call)
            try:
                self._start_calls()
            except BaseException:
                self.backlog.remove(call)
                raise

    def abandon(self, call: _Call[Any]) -> None:
        """Drop a cancelled call, or free its slot for another one."""
        if self.process != os.getpid():
            return
        with self.lock:
            if call in self.backlog:
                self.backlog.remove(call)
            elif call.under_way and self.abandoned < self.slots * _ABANDONED_PER_SLOT:
                call.under_way = False
                call.abandoned = True
                self.busy -= 1
                self.abandoned += 1
                self._start_calls()

    def call_when_idle(self, notify: Callable[[], object]) -> None:
        """Call a function, in some thread, once no call is under way."""
        with self.lock:
            idle = self._is_idle()
            if not idle:
                self.when_idle.append(notify)
        if idle:
            notify()

    def stop(self) -> None:
        """End the threads, busy ones after their calls."""
        # The garbage collector may call this in any thread, so it takes no lock.
        if self.process == os.getpid():
            self.handoff.put(None)

    def _is_idle(self) -> bool:
        return not (self.busy or self.abandoned or self.backlog)

    def _start_calls(self) -> None:
        """Pass calls to threads, as long as there are slots."""
        while self.backlog and self.busy < self.slots:
            call = self.backlog[0]
            if not call.future.cancelled():
                if self.free:
                    self.free -= 1
                elif not self._start_thread():
                    return
                call.under_way = True
                self.busy += 1
                self.handoff.put(call)
            self.backlog.popleft()

    def _start_thread(self) -> bool:
        try:
            threading.Thread(target=self._work, name="microvm_sdk", daemon=True).start()
        except RuntimeError:
            # The process can have no more threads. Those that it has take the call later.
            if not self.busy:
                raise
            return False
        return True

    def _work(self) -> None:
        stays = True
        while stays:
            call = self.handoff.get()
            if call is None:
                stays = self._stop_next()
                continue
            call.run()
            notify: list[Callable[[], object]] = []
            # Before the result is delivered, so that the next call finds this thread free.
            with self.lock:
                stays = self._finish(call)
                if self._is_idle():
                    notify, self.when_idle = self.when_idle, []
            _call_all([call.deliver, *notify])
            # While this thread waits, it must not keep the call and its result alive.
            del call

    def _stop_next(self) -> bool:
        """Pass the stop signal on to a free thread, and return whether this one has to stay."""
        with self.lock:
            self.stopped = True
            stays = not self.free  # for a call that is in the queue
            self.free -= not stays
            if self.free or stays:
                self.handoff.put(None)
        return stays

    def _finish(self, call: _Call[Any]) -> bool:
        """Count a call as finished, and return whether its thread has to stay."""
        if call.abandoned:
            self.abandoned -= 1
        else:
            call.under_way = False
            self.busy -= 1
        stays = bool(not self.stopped or self.backlog) and self.free + self.busy < self.slots
        self.free += stays
        self._start_calls()
        return stays


def _call_all(functions: list[Callable[[], object]]) -> None:
    for function in functions:
        # In a closed event loop, no coroutine is waiting.
        with contextlib.suppress(RuntimeError):
            function()
