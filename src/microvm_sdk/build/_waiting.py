"""The time that a deployment may take, and what it is waiting for."""

from collections.abc import Callable
from typing import TypeVar

from microvm_sdk._waits.busy import repeat_while_busy
from microvm_sdk._waits.pace import Pace
from microvm_sdk.exceptions import ServiceError, WaiterError
from microvm_sdk.models import Image, ImageVersion, Microvm

ResponseT = TypeVar("ResponseT")


class Waiting:
    """The pauses of a deployment. Its clock starts when it is made."""

    def __init__(self, name: str, *, timeout: float, poll_interval: float) -> None:
        """Start the clock.

        Args:
            name: Name of the image.
            timeout: How long to wait in all, in seconds.
            poll_interval: Longest pause between two polls, in seconds.
        """
        self.poll_interval = poll_interval
        self._name = name
        self._pace = Pace(timeout=timeout, poll_interval=poll_interval)

    @property
    def left(self) -> float:
        """Seconds until the timeout."""
        return max(0, self._pace.timeout - self._pace.elapsed)

    def pause(self, obstacle: str, *, at_least: float = 0) -> None:
        """Pause before the next poll.

        Args:
            obstacle: What the deployment is waiting for, for the error.
            at_least: Shortest pause, in seconds.

        Raises:
            WaiterError: Timed out.
        """
        if not self._pace.pause(at_least=at_least):
            raise self.timeout(obstacle, self._name)

    def pause_before_second_reading(self) -> None:
        """Pause for a second, unless it timed out: a listing may lag behind."""
        self._pace.pause(at_least=1)

    def pause_after(self, error: ServiceError) -> None:
        """Pause after an error, for at least its `retry_after_seconds`."""
        self.pause(str(error), at_least=error.retry_after_seconds or 0)

    def read(self, call: Callable[[], ResponseT]) -> ResponseT:
        """Make a call that changes nothing, again if the service throttles it."""
        return repeat_while_busy(call, self.pause_after)

    def timeout(
        self,
        obstacle: str,
        identifier: str,
        image_version: str | None = None,
        last_result: Image | ImageVersion | Microvm | None = None,
    ) -> WaiterError:
        """Make the error of a deployment that timed out."""
        return WaiterError(
            "deploy",
            f"{self._pace.timeout_reason}: {obstacle}",
            identifier=identifier,
            image_version=image_version,
            last_result=last_result,
            timed_out=True,
        )
