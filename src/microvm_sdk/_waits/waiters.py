"""Waiting for a state: poll a resource until its state ends the wait.

A `Waiter` defines what to poll and which states end the wait; the states are declared beside their
enums, in `microvm_sdk.models`. `_waits.steps.steps` decides what each poll means, and `wait` or
`wait_async` does what it decides.

To add a waiter, declare an `Outcome` beside the enum, a function here that returns the `Waiter`,
and a method of the client.
"""

from collections.abc import Callable, Coroutine
from inspect import isawaitable
from typing import Any, ClassVar, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from typing_extensions import Self

from microvm_sdk._waits.pace import Pace, sleep, sleep_async
from microvm_sdk._waits.steps import (
    Call,
    Finished,
    Pause,
    ReturnedT,
    Stage,
    Steps,
    Waiter,
    steps,
)
from microvm_sdk.exceptions import MicroVMError
from microvm_sdk.models import (
    Image,
    ImageState,
    ImageVersion,
    ImageVersionState,
    Microvm,
    MicrovmState,
)
from microvm_sdk.models._machinery.outcomes import Outcome
from microvm_sdk.models._machinery.results import ResultT
from microvm_sdk.models.image import IMAGE_DELETED, IMAGE_READY, IMAGE_SETTLED
from microvm_sdk.models.image_version import IMAGE_VERSION_DELETED, IMAGE_VERSION_READY
from microvm_sdk.models.microvm import MICROVM_RUNNING, MICROVM_SUSPENDED, MICROVM_TERMINATED


def image_ready(image: str) -> Waiter[Image]:
    """Wait until an image is created or updated."""
    return Waiter("wait_until_image_ready", image, None, (_image(image, IMAGE_READY),))


def image_deleted(image: str) -> Waiter[Image | None]:
    """Wait until an image is deleted; `None` once the service does not know it."""
    return Waiter("wait_until_image_deleted", image, None, (_image(image, IMAGE_DELETED),))


def image_version_ready(image: str, version: str) -> Waiter[ImageVersion]:
    """Wait until a version is built and its image can be changed again."""
    stages = (
        _version(image, version, IMAGE_VERSION_READY),
        _image(image, IMAGE_SETTLED),
        # Again: its status may have changed while the image settled.
        _version(image, version, IMAGE_VERSION_READY),
    )
    return Waiter("wait_until_image_version_ready", image, version, stages)


def image_version_deleted(image: str, version: str) -> Waiter[ImageVersion | None]:
    """Wait until a version is deleted; `None` once the service does not know it."""
    stages = (_version(image, version, IMAGE_VERSION_DELETED),)
    return Waiter("wait_until_image_version_deleted", image, version, stages)


def microvm_running(microvm: str) -> Waiter[Microvm]:
    """Wait until a MicroVM is running."""
    stages = (_microvm(microvm, MICROVM_RUNNING),)
    advice = {MicrovmState.SUSPENDED.value: "resume_microvm resumes it"}
    return Waiter("wait_until_microvm_running", microvm, None, stages, advice)


def microvm_suspended(microvm: str) -> Waiter[Microvm]:
    """Wait until a MicroVM is suspended."""
    stages = (_microvm(microvm, MICROVM_SUSPENDED),)
    return Waiter("wait_until_microvm_suspended", microvm, None, stages)


def microvm_terminated(microvm: str) -> Waiter[Microvm]:
    """Wait until a MicroVM is terminated."""
    stages = (_microvm(microvm, MICROVM_TERMINATED),)
    return Waiter("wait_until_microvm_terminated", microvm, None, stages)


def _image(image: str, outcome: Outcome[ImageState]) -> Stage:
    return Stage("image", Call(Image, "get_microvm_image", {"imageIdentifier": image}), outcome)


def _version(image: str, version: str, outcome: Outcome[ImageVersionState]) -> Stage:
    parameters = {"imageIdentifier": image, "imageVersion": version}
    return Stage("version", Call(ImageVersion, "get_microvm_image_version", parameters), outcome)


def _microvm(microvm: str, outcome: Outcome[MicrovmState]) -> Stage:
    return Stage("MicroVM", Call(Microvm, "get_microvm", {"microvmIdentifier": microvm}), outcome)


class CallMethod(Protocol):
    """`MicroVMClient.call`."""

    def __call__(self, model: type[ResultT], method: str, /, **parameters: Any) -> ResultT:
        """Call an operation."""
        ...


def wait(
    waiter: Waiter[ReturnedT],
    call: CallMethod,
    *,
    timeout: float,
    poll_interval: float,
    on_poll: Callable[[Any], object] | None,
) -> ReturnedT:
    """Wait until a state ends the wait.

    Args:
        waiter: What to wait for.
        call: Calls an operation.
        timeout: How long to wait, in seconds: 0 or more. 0 polls once.
        poll_interval: Longest pause between two polls, in seconds: more than 0.
        on_poll: Called after every successful poll with the model that is returned in the end.

    Returns:
        The model that the last poll returned.

    Raises:
        WaiterError: Timed out, or a failure state was reached.
        ServiceError: A poll failed. Throttling errors are retried.
        TypeError: The timeout or the interval is not a number.
        ValueError: The timeout or the interval is out of range.
    """
    pace = Pace(timeout=timeout, poll_interval=poll_interval)
    result: ReturnedT = carry_out(steps(waiter, pace), call, on_poll)
    return result


def carry_out(remaining: Steps, call: CallMethod, on_report: Callable[[Any], object] | None) -> Any:
    """Carry out the steps that a generator decides on.

    Args:
        remaining: The generator.
        call: Calls an operation.
        on_report: Called with what the generator reports.

    Returns:
        The result that the generator finishes with.
    """
    step = next(remaining)
    while not isinstance(step, Finished):
        result = None
        if isinstance(step, Call):
            try:
                result = call(step.model, step.method, **step.parameters)
            except (MicroVMError, BotoCoreError, ClientError) as error:
                step = remaining.throw(error)
                continue
        elif isinstance(step, Pause):
            sleep(step.seconds)
        elif on_report is not None:
            on_report(step.result)
        step = remaining.send(result)
    return step.result


class AsyncCallMethod(Protocol):
    """`AsyncMicroVMClient.call`."""

    def __call__(
        self, model: type[ResultT], method: str, /, **parameters: Any
    ) -> Coroutine[Any, Any, ResultT]:
        """Call an operation."""
        ...


async def wait_async(
    waiter: Waiter[ReturnedT],
    call: AsyncCallMethod,
    *,
    timeout: float,
    poll_interval: float,
    on_poll: Callable[[Any], object] | None,
) -> ReturnedT:
    """Wait in asyncio: as `wait`, with `on_poll` a plain function or a coroutine function."""
    with _SharedPace(timeout=timeout, poll_interval=poll_interval) as pace:
        result: ReturnedT = await carry_out_async(steps(waiter, pace), call, on_poll)
    return result


class _SharedPace(Pace):
    """A pace whose pauses grow with the number of waits under way in the process.

    The service allows an account about 100 Get calls a second, and a program can easily start
    hundreds of waits in asyncio. Together they make at most half as many.
    """

    _POLLS_PER_SECOND = 50
    _under_way: ClassVar["set[_SharedPace]"] = set()

    def __enter__(self) -> Self:
        self._under_way.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._under_way.discard(self)

    def next_pause(self, *, at_least: float = 0) -> float | None:
        shared = len(self._under_way) / self._POLLS_PER_SECOND
        return super().next_pause(at_least=max(at_least, shared))


async def carry_out_async(
    remaining: Steps, call: AsyncCallMethod, on_report: Callable[[Any], object] | None
) -> Any:
    """Carry out steps in asyncio: as `carry_out`."""
    step = next(remaining)
    while not isinstance(step, Finished):
        result = None
        if isinstance(step, Call):
            try:
                result = await call(step.model, step.method, **step.parameters)
            except (MicroVMError, BotoCoreError, ClientError) as error:
                step = remaining.throw(error)
                continue
        elif isinstance(step, Pause):
            await sleep_async(step.seconds)
        elif on_report is not None:
            returned = on_report(step.result)
            if isawaitable(returned):
                await returned
        step = remaining.send(result)
    return step.result
