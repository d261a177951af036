"""Responses of a local service in this process, which never reach a network."""

import threading
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class CallerThread:
    """Calls functions where they are called: the counterpart of `Threads` in synchronous code."""

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function."""
        return function(*args, **kwargs)


class Body:
    """The body of a response, which one thread reads while another may close it."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        """Take what a WSGI application returned."""
        self._iterable = chunks
        self._chunks = iter(chunks)
        self._in_use = threading.Lock()
        self._is_closing = False
        self._is_closed = False

    def read(self) -> bytes | None:
        """Return the next part, `None` at the end. It may take as long as the application likes."""
        with self._in_use:
            chunk = None if self._is_closed else next(self._chunks, None)
        if self._is_closing:
            self.close()
        return chunk

    def close(self) -> None:
        """Close the body, without waiting for a thread that reads it: that one closes it then."""
        self._is_closing = True
        if self._in_use.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._in_use.release()

    def _close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            close: Any = getattr(self._iterable, "close", None)
            if close is not None:
                close()
