"""When to poll next, and when to give up: shared by everything that polls."""

import time
from typing import Any

_FIRST_PAUSE = 0.2
_GROWTH = 1.5
# `time.sleep` and `asyncio.sleep` raise an `OverflowError` for very long durations.
_LONGEST_PAUSE = 24 * 60 * 60.0
# Replaces infinity, and integers that are too large for a float.
_NO_LIMIT = 1e300


class Pace:
    """When to poll next, and when to give up.

    The pauses start at 0.2 seconds and grow by half up to the interval. The last one ends at the
    timeout, so there is always a final poll.

    Any loop that polls can use it; the asynchronous form is `await pace.pause_async()`:

    ```
    pace = Pace(timeout=60, poll_interval=0.5)
    while not ready():
        if not pace.pause():
            raise WaiterError(...)
    ```
    """

    def __init__(self, *, timeout: float, poll_interval: float) -> None:
        """Start the clock.

        Args:
            timeout: How long to poll, in seconds: 0 or more. `float("inf")` means no limit.
            poll_interval: Longest pause between two polls, in seconds: more than 0.

        Raises:
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout is negative, or the interval is not positive.
        """
        check_pace(timeout, poll_interval)
        self.timeout = timeout
        self._limit = float(min(timeout, _NO_LIMIT))
        self._longest = float(min(poll_interval, _LONGEST_PAUSE))
        self._next = min(_FIRST_PAUSE, self._longest)
        self._started = time.monotonic()
        self._paused = 0.0
        self._ended = False

    @property
    def elapsed(self) -> float:
        """Seconds since the start, or the sum of the pauses if that is more.

        The sum counts in tests whose clock does not advance, such as freezegun's.
        """
        return max(time.monotonic() - self._started, self._paused)

    @property
    def timeout_reason(self) -> str:
        """How error texts begin after a timeout."""
        return f"timed out after {self.timeout:.10g} seconds"

    def next_pause(self, *, at_least: float = 0) -> float | None:
        """Return how long to pause before the next poll. The caller pauses.

        Args:
            at_least: Shortest pause, in seconds, such as the `retry_after_seconds` of an error.

        Returns:
            Seconds, or `None` if it timed out.
        """
        left = self._limit - self.elapsed
        if self._ended or left <= 0:
            return None
        pause = min(max(self._next, at_least), _LONGEST_PAUSE)
        self._next = min(self._next * _GROWTH, self._longest)
        if pause >= left:
            pause = left
            self._ended = True
        self._paused += pause
        return pause

    def pause(self, *, at_least: float = 0) -> bool:
        """Sleep until the next poll.

        Args:
            at_least: Shortest pause, in seconds.

        Returns:
            `False`, without sleeping, if it timed out.
        """
        seconds = self.next_pause(at_least=at_least)
        if seconds is None:
            return False
        sleep(seconds)
        return True

    async def pause_async(self, *, at_least: float = 0) -> bool:
        """Sleep until the next poll, in asyncio; otherwise as `pause`."""
        seconds = self.next_pause(at_least=at_least)
        if seconds is None:
            return False
        await sleep_async(seconds)
        return True


def sleep(seconds: float) -> None:
    """Sleep. Tests replace `time` in this module."""
    time.sleep(seconds)


async def sleep_async(seconds: float) -> None:
    """Sleep in asyncio, without occupying a thread."""
    import asyncio  # noqa: PLC0415  Programs without asyncio do not pay for the import.

    await asyncio.sleep(seconds)


def check_pace(timeout: Any, poll_interval: Any, *, timeout_name: str = "timeout") -> None:
    """Refuse a timeout or an interval that `Pace` does not accept.

    Args:
        timeout: How long to poll, in seconds.
        poll_interval: Longest pause between two polls, in seconds.
        timeout_name: What the caller's function calls the timeout.

    Raises:
        TypeError: The timeout or the interval is not a number.
        ValueError: The timeout is negative, or the interval is not positive.
    """
    _require_number(timeout_name, timeout)
    _require_number("poll_interval", poll_interval)
    if not timeout >= 0:
        msg = f"{timeout_name} must be 0 seconds or more, got {timeout!r}"
        raise ValueError(msg)
    if not poll_interval > 0:
        msg = f"poll_interval must be more than 0 seconds, got {poll_interval!r}"
        raise ValueError(msg)


def _require_number(name: str, seconds: Any) -> None:
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        msg = f"{name} must be a number of seconds, got {seconds!r}"
        raise TypeError(msg)
