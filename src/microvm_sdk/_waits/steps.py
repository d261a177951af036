"""What to do next in a wait, and what each poll means: without any I/O.

`steps` is a generator of the calls to make and the pauses between them. Its caller sends the
responses back: `waiters.wait` does, and `waiters.wait_async` in asyncio.
"""

import logging
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from microvm_sdk._waits.pace import Pace
from microvm_sdk.exceptions import (
    BuildError,
    ErrorKind,
    MicroVMError,
    ResourceNotFoundException,
    ServiceError,
    WaiterError,
)
from microvm_sdk.models import (
    BuildState,
    CloudWatchLogging,
    Image,
    ImageBuildSummary,
    ImageVersion,
    ImageVersionState,
)
from microvm_sdk.models._machinery.outcomes import Outcome, Verdict
from microvm_sdk.models._machinery.results import Result
from microvm_sdk.pagination import Page

ReturnedT = TypeVar("ReturnedT")
_LOGGER = logging.getLogger("microvm_sdk")


@dataclass(frozen=True)
class Call:
    """A call to make: the arguments of `MicroVMClient.call`."""

    model: type[Result]
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


Step: TypeAlias = Call | Report | Pause | Finished
Steps: TypeAlias = Generator[Step, Any, None]


@dataclass(frozen=True)
class Stage:
    """A call to repeat, and the states that end the repetition."""

    resource: str
    """What the call gets, as error texts call it, such as `image`."""
    call: Call
    outcome: Outcome[Any]


@dataclass(frozen=True)
class Waiter(Generic[ReturnedT]):
    """What to wait for: stages, one after the other. A wait returns the last one's model."""

    name: str
    """The method of the client."""
    identifier: str
    """ARN of the image, or id of the MicroVM."""
    image_version: str | None
    """The version, unless it waits for something else."""
    stages: tuple[Stage, ...]
    advice: Mapping[str, str] = field(default_factory=dict)
    """What the error of a timeout adds, by the last state."""


def steps(waiter: Waiter[Any], pace: Pace) -> Steps:
    """Decide what to do next in a wait, without doing it.

    Args:
        waiter: What to wait for.
        pace: When to poll, and when to give up.

    Yields:
        Steps. The caller carries each out, sends the result of a `Call` back or throws its
        error in, and stops after `Finished`.

    Raises:
        WaiterError: Timed out, or a failure state was reached.
        ServiceError: A poll failed with an error that does not belong to the wait.
    """
    progress = _Progress(waiter, pace)
    for stage in waiter.stages:
        verdict = Verdict.NOT_YET
        while verdict is not Verdict.SUCCESS:
            at_least = 0
            try:
                result = yield stage.call
            except ServiceError as error:
                if stage.outcome.gone and _is_not_found(stage.call, error):
                    progress.log(stage, None)
                    yield Finished(None)
                    return
                if not _is_throttled(stage.call, error):
                    raise
                progress.last_error = error
                at_least = error.retry_after_seconds or 0
            else:
                progress.record(stage, result)
                yield Report(progress.newest)
                verdict = stage.outcome.verdict(result.state)
                if verdict is Verdict.FAILURE:
                    raise (yield from _failure(progress))
            if verdict is Verdict.NOT_YET:
                seconds = pace.next_pause(at_least=at_least)
                if seconds is None:
                    raise progress.timeout()
                yield Pause(seconds)
    yield Finished(progress.newest)


def _is_not_found(call: Call, error: ServiceError) -> bool:
    # By its class: a gateway's 404 does not mean that the resource is gone.
    return _is_about(call, error) and isinstance(error, ResourceNotFoundException)


def _is_throttled(call: Call, error: ServiceError) -> bool:
    return _is_about(call, error) and error.kind is ErrorKind.THROTTLED


def _is_about(call: Call, error: ServiceError) -> bool:
    # The error may be that of another call, which an event handler of the program has made.
    return xform_name(error.operation_name) == call.method


class _Progress:
    """The progress of a wait."""

    def __init__(self, waiter: Waiter[Any], pace: Pace) -> None:
        self.waiter = waiter
        self.pace = pace
        self.newest: Any = None  # of the model that the wait returns
        self.last_result: Any = None
        self.last_state = ""  # as error texts describe it
        self.last_error: MicroVMError | None = None
        self.states: dict[str, str] = {}  # by the resource

    def record(self, stage: Stage, result: Any) -> None:
        """Record what a poll returned, and log its state if it is a new one."""
        state = str(result.state)
        reason = getattr(result, "state_reason", None)
        self.last_result = result
        self.last_state = f"{stage.resource} state: {state}" + (f" ({reason})" if reason else "")
        if stage.call.model is self.waiter.stages[-1].call.model:
            self.newest = result
        if self.states.get(stage.resource) != state:
            self.log(stage, state)
            self.states[stage.resource] = state

    def log(self, stage: Stage, state: str | None) -> None:
        """Log a change of state; `None` means that the resource is gone."""
        version = None if stage.call.model is Image else self.waiter.image_version
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
                "previous_state": self.states.get(stage.resource),
                "elapsed_seconds": elapsed,
            },
        )

    def timeout(self) -> WaiterError:
        """Make the error of a wait that timed out."""
        if self.last_result is None:
            last = f"no poll succeeded; last error: {self.last_error}"
        else:
            last = f"last {self.last_state}"
            advice = self.waiter.advice.get(self.last_result.state)
            last += f"; {advice}" if advice else ""
        reason = f"{self.pace.timeout_reason}; {last}"
        return self.error(reason, timed_out=True)

    def error(self, reason: str, **attributes: Any) -> WaiterError:
        """Make the error of this wait."""
        error_class = BuildError if "failed_builds" in attributes else WaiterError
        return error_class(
            self.waiter.name,
            reason,
            identifier=self.waiter.identifier,
            image_version=self.waiter.image_version,
            last_result=self.last_result,
            **attributes,
        )


def _failure(progress: _Progress) -> Generator[Step, Any, WaiterError]:
    """Make the error of a failure state; for a failed build, list the builds for their reasons."""
    result = progress.last_result
    reasons = [f"failed; {progress.last_state}"]
    if not isinstance(result, ImageVersion) or result.state is not ImageVersionState.FAILED:
        return progress.error(reasons[0])
    failed: list[ImageBuildSummary] = []
    try:
        failed = yield from _failed_builds(result)
    except (MicroVMError, BotoCoreError, ClientError) as error:
        reasons.append(f"its builds could not be listed: {error}")
    reasons += [
        f"build {build.build_id} ({build.architecture}, {build.chipset} "
        f"{build.chipset_generation}): {build.state_reason or 'no reason given'}"
        for build in failed
    ]
    return progress.error("; ".join(reasons), failed_builds=failed, log_group=log_group_of(result))


def log_group_of(version: ImageVersion) -> str | None:
    """Return the log group that has the output of a version's builds.

    Args:
        version: The version.

    Returns:
        Its name; `None` if the version's logs are disabled.
    """
    match version.logging:
        case None | CloudWatchLogging(log_group=None):
            return f"/aws/lambda-microvms/{version.image_arn.rpartition(':')[2]}"
        case CloudWatchLogging(log_group=group):
            return group
        case _:
            return None


def _failed_builds(version: ImageVersion) -> Generator[Step, Any, list[ImageBuildSummary]]:
    parameters = {"imageIdentifier": version.image_arn, "imageVersion": version.image_version}
    failed: list[ImageBuildSummary] = []
    tokens: list[str | None] = [None]
    while True:
        page: Page[ImageBuildSummary] = yield Call(
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
