"""Responses of a local service in this process, which never reach a network."""

import threading
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class CallerThread:
    """Calls functions in the caller's own thread: the synchronous counterpart of `Threads`."""

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function."""
        return function(*args, **kwargs)


class Body:
    """The body of a response, which one thread may close while another reads it."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        """Take what a WSGI application returned."""
        self._iterable = chunks
        self._chunks = iter(chunks)
        self._in_use = threading.Lock()
        self._is_closing = False
        self._is_closed = False

    def read(self) -> bytes | None:
        """Return the next part, or `None` at the end. It takes as long as the application does."""
        with self._in_use:
            chunk = None if self._is_closed else next(self._chunks, None)
        if self._is_closing:
            self.close()
        return chunk

    def close(self) -> None:
        """Close the body. If another thread is reading it, that thread closes it afterwards."""
        self._is_closing = True
        if self._in_use.acquire(blocking=False):
            try:
                if not self._is_closed:
                    self._is_closed = True
                    close: Any = getattr(self._iterable, "close", None)
                    if close is not None:
                        close()
            finally:
                self._in_use.release()
