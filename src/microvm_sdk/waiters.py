"""Waiting for a state, on botocore's waiter engine.

`waiters-2.json` says, in botocore's own format, which states end a wait and how. The methods of
`MicroVMClient` say what to look at.
"""

import json
import time
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, Generic, Protocol, TypeVar, cast

from botocore.exceptions import BotoCoreError
from botocore.exceptions import WaiterError as BotocoreWaiterError
from botocore.waiter import Waiter, WaiterModel

from microvm_sdk._calls import Calls
from microvm_sdk.exceptions import (
    MicroVMError,
    ResourceNotFoundException,
    ServiceError,
    ThrottlingException,
    WaiterError,
)
from microvm_sdk.models import (
    BuildState,
    Image,
    ImageBuildSummary,
    ImageVersion,
    ImageVersionState,
    Microvm,
)
from microvm_sdk.pagination import Page, Paginator

WaitedT = TypeVar("WaitedT", Image, ImageVersion, Microvm)

# The wait is timed here; the engine only judges what it is shown.
_NO_LIMIT = {"Delay": 0, "MaxAttempts": 10**9}


class Clock(Protocol):
    """What `time` offers a waiter; tests put another one in place of `waiters.time`."""

    def monotonic(self) -> float:
        """Tell the time, in seconds."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


@cache
def _waiter_model() -> WaiterModel:
    text = files("microvm_sdk").joinpath("waiters-2.json").read_text(encoding="utf-8")
    return WaiterModel(json.loads(text))


class Wait:
    """One wait: its name for errors, its deadline, its pace."""

    def __init__(self, method: str, timeout: float, poll_interval: float) -> None:
        """Begin a wait.

        Args:
            method: The method that waits.
            timeout: How long to wait, in seconds.
            poll_interval: Time between two looks, in seconds.

        Raises:
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout is negative, or the interval is not positive.
        """
        _require_number("timeout", timeout)
        _require_number("poll_interval", poll_interval)
        if not timeout >= 0:
            msg = f"timeout must be 0 seconds or more, got {timeout!r}"
            raise ValueError(msg)
        if not poll_interval > 0:
            msg = f"poll_interval must be more than 0 seconds, got {poll_interval!r}"
            raise ValueError(msg)
        self.method = method
        self.timeout = timeout
        self.poll_interval = poll_interval
        self.clock: Clock = time
        self.deadline: float = self.clock.monotonic() + timeout

    def until(self, waiter: str, look: Callable[[], WaitedT]) -> WaitedT:
        """Look until a state ends the wait.

        Args:
            waiter: Name of the waiter in the waiter model.
            look: Looks at the resource.

        Returns:
            What the last look showed.

        Raises:
            WaiterError: The time was up, or a state was reached that is a failure.
            ServiceError: A look was answered with an error that the waiter does not expect.
        """
        return cast("WaitedT", self.until_gone(waiter, look))

    def until_gone(self, waiter: str, look: Callable[[], WaitedT]) -> WaitedT | None:
        """Look until a state ends the wait, or the resource is not found.

        Args:
            waiter: Name of the waiter in the waiter model: one that takes not found as success.
            look: Looks at the resource.

        Returns:
            What the last look showed; `None` where there was nothing to see.

        Raises:
            WaiterError: The time was up, or a state was reached that is a failure.
            ServiceError: A look was answered with an error that the waiter does not expect.
        """
        looks: _Looks[WaitedT] = _Looks(self, look)
        config: Any = _waiter_model().get_waiter(waiter)  # botocore-stubs have it for a mapping.
        engine = Waiter(waiter, config, looks)
        try:
            engine.wait(WaiterConfig=_NO_LIMIT)
        except BotocoreWaiterError as error:
            if looks.error is not None:
                raise looks.error from looks.error.__cause__
            raise WaiterError(
                self.method, f"failed, {looks.seen()}", last_result=looks.result
            ) from error
        return looks.result


def _require_number(name: str, seconds: Any) -> None:
    if not isinstance(seconds, (int, float)):
        msg = f"{name} must be a number of seconds, got {seconds!r}"
        raise TypeError(msg)


class _Looks(Generic[WaitedT]):
    """The looks of a wait, in the form that botocore's engine calls."""

    def __init__(self, wait: Wait, look: Callable[[], WaitedT]) -> None:
        self.wait = wait
        self.look: Callable[[], WaitedT] = look
        self.result: WaitedT | None = None
        self.error: ServiceError | None = None
        self.begun = False

    def __call__(self) -> dict[str, Any]:
        if self.begun:
            self.pause()
        self.begun = True
        self.error = None
        try:
            self.result = self.look()
        except ServiceError as error:
            self.error = error
            if isinstance(error, ResourceNotFoundException):
                self.result = None
            return dict(error.response)
        return {"state": str(self.result.state)}

    def pause(self) -> None:
        clock = self.wait.clock
        left = self.wait.deadline - clock.monotonic()
        if left <= 0:
            raise WaiterError(
                self.wait.method,
                f"timed out after {self.wait.timeout:g} seconds, {self.seen()}",
                last_result=self.result,
                timed_out=True,
            )
        pause = self.wait.poll_interval
        if isinstance(self.error, ThrottlingException):
            pause = max(pause, self.error.retry_after_seconds or 0)
        clock.sleep(min(pause, left))

    def seen(self) -> str:
        """Say what the last look showed."""
        if self.result is None:
            return f"last answer: {self.error}"
        reason = getattr(self.result, "state_reason", None)
        return f"last seen {self.result.state}" + (f" ({reason})" if reason else "")


def wait_for_version(calls: Calls, wait: Wait, image: str, version: str) -> ImageVersion:
    """Wait until a version is built and its image can be changed again.

    Args:
        calls: Where to call.
        wait: The wait.
        image: ARN of the image.
        version: Number of the version.

    Returns:
        The version.

    Raises:
        WaiterError: The time was up, or the version cannot become ready; a failed one comes with
            its failed builds.
    """

    def look_at_version() -> ImageVersion:
        return calls.call(
            ImageVersion, "get_microvm_image_version", imageIdentifier=image, imageVersion=version
        )

    def look_at_image() -> Image:
        return calls.call(Image, "get_microvm_image", imageIdentifier=image)

    try:
        wait.until("ImageVersionReady", look_at_version)
        wait.until("ImageSettled", look_at_image)
        # Again: its status may have changed while the image settled.
        return wait.until("ImageVersionReady", look_at_version)
    except WaiterError as error:
        result = error.last_result
        if isinstance(result, ImageVersion) and result.state == ImageVersionState.FAILED:
            raise _with_failed_builds(error, calls, result) from error.__cause__
        raise


def _with_failed_builds(error: WaiterError, calls: Calls, version: ImageVersion) -> WaiterError:
    """Add to a failed version's error what its builds say, for the version seldom says it."""
    builds = Paginator(
        calls,
        Page[ImageBuildSummary],
        "list_microvm_image_builds",
        imageIdentifier=version.image_arn,
        imageVersion=version.image_version,
    )
    try:
        failed = [build for build in builds if build.build_state == BuildState.FAILED]
    except (MicroVMError, BotoCoreError) as problem:
        reason = f"{error.reason}; its builds could not be listed: {problem}"
        return WaiterError(error.waiter_name, reason, last_result=version)
    told = [
        f"build {build.build_id} ({build.architecture}, {build.chipset} "
        f"{build.chipset_generation}): {build.state_reason or 'no reason given'}"
        for build in failed
    ]
    return WaiterError(
        error.waiter_name,
        "; ".join([error.reason, *told]),
        last_result=version,
        failed_builds=failed,
    )
