"""Waiting for a state: poll a resource until its state ends the wait.

A `Waiter` says what to poll and which states end it; the states stand beside their enums, in
`microvm_sdk.models`. `steps` decides what each poll means, without any I/O: it yields the calls to
make and the pauses between them. `wait` carries these steps out, `wait_async` does so in asyncio.

To add a waiter, declare an `Outcome` beside the enum, a function here that returns the `Waiter`,
and a method of the client.
"""

import logging
from collections.abc import Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast

from botocore.exceptions import BotoCoreError

from microvm_sdk._pace import Pace, sleep, sleep_async
from microvm_sdk.exceptions import (
    ErrorKind,
    MicroVMError,
    ResourceNotFoundException,
    ServiceError,
    WaiterError,
)
from microvm_sdk.models import (
    BuildState,
    Image,
    ImageBuildSummary,
    ImageState,
    ImageVersion,
    ImageVersionState,
    Microvm,
    MicrovmState,
)
from microvm_sdk.models._outcomes import Outcome, Verdict
from microvm_sdk.models._results import ResultT
from microvm_sdk.models.image import IMAGE_DELETED, IMAGE_READY, IMAGE_SETTLED
from microvm_sdk.models.image_version import IMAGE_VERSION_DELETED, IMAGE_VERSION_READY
from microvm_sdk.models.microvm import MICROVM_RUNNING, MICROVM_SUSPENDED, MICROVM_TERMINATED
from microvm_sdk.pagination import Page

WaitedT = TypeVar("WaitedT", Image, ImageVersion, Microvm)

_LOGGER = logging.getLogger("microvm_sdk")


@dataclass(frozen=True)
class Request(Generic[ResultT]):
    """A call to make: the arguments of `MicroVMClient.call`."""

    model: type[ResultT]
    method: str
    parameters: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Report:
    """A poll that succeeded, to pass to `on_poll`."""

    result: Any


@dataclass(frozen=True)
class Pause:
    """A pause to make."""

    seconds: float


@dataclass(frozen=True)
class Finished:
    """The end of a wait that succeeded."""

    result: Any


Step: TypeAlias = Request[Any] | Report | Pause | Finished
Steps: TypeAlias = Generator[Step, Any, None]


@dataclass(frozen=True)
class Stage:
    """A request to repeat, and the states that end the repetition."""

    request: Request[Any]
    outcome: Outcome[Any]


@dataclass(frozen=True)
class Waiter(Generic[WaitedT]):
    """What to wait for: stages, one after the other. A wait returns the last one's model."""

    name: str
    """The method of the client."""
    identifier: str
    image_version: str | None
    stages: tuple[Stage, ...]


def image_ready(image: str) -> Waiter[Image]:
    """Wait until an image is created or updated."""
    return Waiter("wait_until_image_ready", image, None, (_image(image, IMAGE_READY),))


def image_deleted(image: str) -> Waiter[Image]:
    """Wait until an image is deleted."""
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


def image_version_deleted(image: str, version: str) -> Waiter[ImageVersion]:
    """Wait until a version is deleted."""
    stages = (_version(image, version, IMAGE_VERSION_DELETED),)
    return Waiter("wait_until_image_version_deleted", image, version, stages)


def microvm_running(microvm: str) -> Waiter[Microvm]:
    """Wait until a MicroVM is running."""
    return Waiter(
        "wait_until_microvm_running", microvm, None, (_microvm(microvm, MICROVM_RUNNING),)
    )


def microvm_suspended(microvm: str) -> Waiter[Microvm]:
    """Wait until a MicroVM is suspended."""
    stages = (_microvm(microvm, MICROVM_SUSPENDED),)
    return Waiter("wait_until_microvm_suspended", microvm, None, stages)


def microvm_terminated(microvm: str) -> Waiter[Microvm]:
    """Wait until a MicroVM is terminated."""
    stages = (_microvm(microvm, MICROVM_TERMINATED),)
    return Waiter("wait_until_microvm_terminated", microvm, None, stages)


def _image(image: str, outcome: Outcome[ImageState]) -> Stage:
    return Stage(Request(Image, "get_microvm_image", {"imageIdentifier": image}), outcome)


def _version(image: str, version: str, outcome: Outcome[ImageVersionState]) -> Stage:
    parameters = {"imageIdentifier": image, "imageVersion": version}
    return Stage(Request(ImageVersion, "get_microvm_image_version", parameters), outcome)


def _microvm(microvm: str, outcome: Outcome[MicrovmState]) -> Stage:
    return Stage(Request(Microvm, "get_microvm", {"microvmIdentifier": microvm}), outcome)


class Call(Protocol):
    """`MicroVMClient.call`."""

    def __call__(self, model: type[ResultT], method: str, /, **parameters: Any) -> ResultT:
        """Call an operation."""
        ...


def wait(
    waiter: Waiter[WaitedT],
    call: Call,
    *,
    timeout: float,
    poll_interval: float,
    on_poll: Callable[[WaitedT], object] | None = None,
) -> WaitedT:
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
    return cast(
        "WaitedT",
        wait_until_gone(
            waiter, call, timeout=timeout, poll_interval=poll_interval, on_poll=on_poll
        ),
    )


def wait_until_gone(
    waiter: Waiter[WaitedT],
    call: Call,
    *,
    timeout: float,
    poll_interval: float,
    on_poll: Callable[[WaitedT], object] | None = None,
) -> WaitedT | None:
    """Wait for a deletion: as `wait`, but `None` once the service does not know the resource."""
    remaining = steps(waiter, Pace(timeout=timeout, poll_interval=poll_interval))
    step = next(remaining)
    while not isinstance(step, Finished):
        result = None
        if isinstance(step, Request):
            try:
                result = call(step.model, step.method, **step.parameters)
            except (MicroVMError, BotoCoreError) as error:
                step = remaining.throw(error)
                continue
        elif isinstance(step, Pause):
            sleep(step.seconds)
        elif on_poll is not None:
            on_poll(step.result)
        step = remaining.send(result)
    finished: WaitedT | None = step.result
    return finished


class AsyncCall(Protocol):
    """`AsyncMicroVMClient.call`."""

    def __call__(
        self, model: type[ResultT], method: str, /, **parameters: Any
    ) -> Coroutine[Any, Any, ResultT]:
        """Call an operation."""
        ...


async def wait_async(
    waiter: Waiter[WaitedT],
    call: AsyncCall,
    *,
    timeout: float,
    poll_interval: float,
    on_poll: Callable[[WaitedT], object] | None = None,
) -> WaitedT:
    """Wait in asyncio: as `wait`, with `on_poll` a plain function or a coroutine function."""
    return cast(
        "WaitedT",
        await wait_until_gone_async(
            waiter, call, timeout=timeout, poll_interval=poll_interval, on_poll=on_poll
        ),
    )


async def wait_until_gone_async(
    waiter: Waiter[WaitedT],
    call: AsyncCall,
    *,
    timeout: float,
    poll_interval: float,
    on_poll: Callable[[WaitedT], object] | None = None,
) -> WaitedT | None:
    """Wait for a deletion in asyncio: as `wait_until_gone`."""
    remaining = steps(waiter, Pace(timeout=timeout, poll_interval=poll_interval))
    step = next(remaining)
    while not isinstance(step, Finished):
        result = None
        if isinstance(step, Request):
            try:
                result = await call(step.model, step.method, **step.parameters)
            except (MicroVMError, BotoCoreError) as error:
                step = remaining.throw(error)
                continue
        elif isinstance(step, Pause):
            await sleep_async(step.seconds)
        elif on_poll is not None:
            returned = on_poll(step.result)
            if isawaitable(returned):
                await returned
        step = remaining.send(result)
    finished: WaitedT | None = step.result
    return finished


def steps(waiter: Waiter[Any], pace: Pace) -> Steps:
    """Decide what to do next in a wait, without doing it.

    Args:
        waiter: What to wait for.
        pace: When to poll, and when to give up.

    Yields:
        Steps. The caller carries each out, sends the result of a `Request` back or throws its
        error in, and stops after `Finished`.

    Raises:
        WaiterError: Timed out, or a failure state was reached.
        ServiceError: A poll failed with an error that does not belong to the wait.
    """
    course = _Course(waiter, pace)
    for stage in waiter.stages:
        verdict = Verdict.NOT_YET
        while verdict is not Verdict.SUCCESS:
            at_least = 0
            try:
                result = yield stage.request
            except ServiceError as error:
                # By its class: a gateway's 404 does not mean that the resource is gone.
                if stage.outcome.gone and isinstance(error, ResourceNotFoundException):
                    course.log(None)
                    yield Finished(None)
                    return
                if error.kind is not ErrorKind.THROTTLED:
                    raise
                course.last_error = error
                at_least = error.retry_after_seconds or 0
            else:
                course.saw(result)
                yield Report(course.newest)
                verdict = stage.outcome.verdict(result.state)
                if verdict is Verdict.FAILURE:
                    raise (yield from _failure(course))
            if verdict is Verdict.NOT_YET:
                seconds = pace.next_pause(at_least=at_least)
                if seconds is None:
                    raise course.timeout()
                yield Pause(seconds)
    yield Finished(course.newest)


class _Course:
    """What a wait has seen so far."""

    def __init__(self, waiter: Waiter[Any], pace: Pace) -> None:
        self.waiter = waiter
        self.pace = pace
        self.newest: Any = None  # of the model that the wait returns
        self.last_result: Any = None
        self.last_error: MicroVMError | None = None
        self.states: dict[type[Any], str] = {}

    def saw(self, result: Any) -> None:
        """Remember what a poll returned, and log its state if it is a new one."""
        self.last_result = result
        if isinstance(result, self.waiter.stages[-1].request.model):
            self.newest = result
        if self.states.get(type(result)) != result.state:
            self.log(result)
            self.states[type(result)] = result.state

    def log(self, result: Any) -> None:
        """Log a change of state; `None` stands for a resource that is gone."""
        version = None if isinstance(result, Image) else self.waiter.image_version
        state = None if result is None else str(result.state)
        elapsed = round(self.pace.elapsed, 3)
        _LOGGER.info(
            "%s: %s is %s after %.1f s",
            self.waiter.name,
            self.waiter.identifier
            if version is None
            else f"{self.waiter.identifier} version {version}",
            state or "gone",
            elapsed,
            extra={
                "waiter_name": self.waiter.name,
                "identifier": self.waiter.identifier,
                "image_version": version,
                "state": state,
                "previous_state": self.states.get(self.waiter.stages[0].request.model)
                if result is None
                else self.states.get(type(result)),
                "elapsed_seconds": elapsed,
            },
        )

    def timeout(self) -> WaiterError:
        """Make the error of a wait that timed out."""
        if self.last_result is None:
            last = f"no poll succeeded; last error: {self.last_error}"
        else:
            last = f"last {_state(self.last_result)}"
        reason = f"timed out after {self.pace.timeout:g} seconds; {last}"
        return self.error(reason, timed_out=True)

    def error(self, reason: str, **attributes: Any) -> WaiterError:
        """Make the error of this wait."""
        return WaiterError(
            self.waiter.name,
            reason,
            identifier=self.waiter.identifier,
            image_version=self.waiter.image_version,
            last_result=self.last_result,
            **attributes,
        )


def _state(result: Any) -> str:
    kinds = ((Image, "image"), (ImageVersion, "version"), (Microvm, "MicroVM"))
    kind = next(kind for model, kind in kinds if isinstance(result, model))
    reason = getattr(result, "state_reason", None)
    return f"{kind} state: {result.state}" + (f" ({reason})" if reason else "")


def _failure(course: _Course) -> Generator[Step, Any, WaiterError]:
    """Make the error of a failure state; for a failed build, list the builds for their reasons."""
    result = course.last_result
    reasons = [f"failed; {_state(result)}"]
    failed: list[ImageBuildSummary] = []
    if isinstance(result, ImageVersion) and result.state is ImageVersionState.FAILED:
        try:
            failed = yield from _failed_builds(result)
        except (MicroVMError, BotoCoreError) as error:
            reasons.append(f"its builds could not be listed: {error}")
        reasons += [
            f"build {build.build_id} ({build.architecture}, {build.chipset} "
            f"{build.chipset_generation}): {build.state_reason or 'no reason given'}"
            for build in failed
        ]
    return course.error("; ".join(reasons), failed_builds=failed)


def _failed_builds(version: ImageVersion) -> Generator[Step, Any, list[ImageBuildSummary]]:
    parameters = {"imageIdentifier": version.image_arn, "imageVersion": version.image_version}
    failed: list[ImageBuildSummary] = []
    tokens: list[str | None] = [None]
    while True:
        page: Page[ImageBuildSummary] = yield Request(
            Page[ImageBuildSummary],
            "list_microvm_image_builds",
            {**parameters, "nextToken": tokens[-1]},
        )
        failed += [build for build in page.items if build.build_state == BuildState.FAILED]
        if not page.next_token:
            return failed
        if page.next_token in tokens:
            msg = "the service repeats a page token"
            raise MicroVMError(msg)
        tokens.append(page.next_token)
