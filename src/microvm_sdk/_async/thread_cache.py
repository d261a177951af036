"""A cache of daemon threads: each runs one function at a time, and knows nothing of asyncio.

The threads of `concurrent.futures` delay the interpreter's exit until their calls have returned.
Those of this cache do not. They are shared by everything in the process that uses the cache.

A thread that has run its function is idle until it gets the next one. The thread that was used last
is taken first, so that those that are not needed end. There is no lock: threads are handed out with
operations that are atomic in the interpreter.
"""

from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from microvm_sdk._forks import reset_after_fork

T = TypeVar("T")

_IDLE_SECONDS = 10.0
THREAD_NAME = "microvm_sdk"


class ThreadCache:
    """Threads that run functions."""

    def __init__(self, idle_seconds: float = _IDLE_SECONDS) -> None:
        """Create a cache without threads.

        Args:
            idle_seconds: How long a thread waits for its next function before it ends.
        """
        self.idle_seconds = idle_seconds
        self.idle: dict[_Worker, None] = {}
        # In the child of a fork, the threads do not exist.
        reset_after_fork(self, ThreadCache._clear)

    def start(self, function: Callable[[], T]) -> "Future[T]":
        """Call a function in a thread that is idle, or in a new one.

        Args:
            function: What to call.

        Returns:
            The call, which has started. It cannot be cancelled.

        Raises:
            RuntimeError: No thread is idle, and the process cannot start another one.
        """
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        try:
            worker, _ = self.idle.popitem()
        except KeyError:
            worker = _Worker(self)
        worker.jobs.put((function, future))
        return future

    def _clear(self) -> None:
        self.idle.clear()


class _Worker:
    """A thread of a cache."""

    def __init__(self, cache: ThreadCache) -> None:
        self.jobs: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self._cache = cache
        Thread(target=self._work, name=THREAD_NAME, daemon=True).start()

    def _work(self) -> None:
        idle = self._cache.idle
        while True:
            try:
                function, future = self.jobs.get(timeout=self._cache.idle_seconds)
            except Empty:
                if idle.pop(self, "taken") == "taken":
                    continue  # The job for this thread is about to arrive.
                return
            deliver = outcome_of(function, future)
            idle[self] = None  # Before the delivery, so that the next call finds this thread idle.
            deliver()
            # While the thread is idle, it must not keep the call and its result alive.
            del function, future, deliver


def outcome_of(function: Callable[[], T], future: "Future[T]") -> Callable[[], None]:
    """Call a function.

    Args:
        function: What to call.
        future: What gets its result, or what it raises.

    Returns:
        A function that passes on the outcome.
    """
    result, error = _call(function)
    if error is None:
        return lambda: future.set_result(result)
    return lambda: future.set_exception(error)


def _call(function: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    # The frames of the error's traceback do not refer to the future, which keeps the error.
    try:
        return function(), None
    except StopIteration as stop:
        # A coroutine cannot raise `StopIteration`.
        error = RuntimeError("the call raised StopIteration")
        error.__cause__ = stop
        return None, error
    except BaseException as error:  # noqa: BLE001  It is raised where the call is waited for.
        return None, error
