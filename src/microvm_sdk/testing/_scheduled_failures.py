"""The failures that a test has scheduled and that have not happened yet."""

import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Annotated, Any, ClassVar, Literal, TypeGuard, TypeVar

from pydantic import Field
from pydantic.dataclasses import dataclass

from microvm_sdk.testing._control_parameters import (
    IMAGE_CHANGES,
    MOST_SECONDS,
    STRICT,
    ErrorName,
    ImageChange,
    ImageName,
    Operation,
    Text,
    Times,
)
from microvm_sdk.testing._service.http.service_model import shape_members

Transition = Literal["run", "suspend", "resume"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class _OfCalls:
    """A failure of calls."""

    operation: Operation | None = None
    """The operation that fails; any operation when it is `None`."""
    times: Times = 1
    """How many calls fail; every call from now on when it is `None`."""

    def applies_to(self, operation: str, _image: str | None) -> bool:
        """Whether a call of this operation fails."""
        return self.operation in {None, operation}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class CallFailure(_OfCalls):
    """Calls that fail with an error of the service."""

    control: ClassVar = "fail_calls"
    path: ClassVar = "failures/calls"
    error: ErrorName
    """Name of the error, such as `ThrottlingException`."""
    message: str | None = None
    """The error's message."""
    retry_after: Annotated[int, Field(ge=0, le=MOST_SECONDS)] | None = None
    """Seconds, for errors that have a `Retry-After` header."""

    def __post_init__(self) -> None:
        if self.retry_after is not None and "retryAfterSeconds" not in shape_members(self.error):
            msg = f"{self.error} has no Retry-After"
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class GatewayFailure(_OfCalls):
    """Calls to which the gateway in front of the service responds, with an HTML page."""

    control: ClassVar = "fail_at_gateway"
    path: ClassVar = "failures/gateway"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LostResponse(_OfCalls):
    """Calls that take effect, and whose response does not arrive."""

    control: ClassVar = "lose_responses"
    path: ClassVar = "failures/lost-responses"
    status_code: Literal[502, 504] | None = None
    """The status of the gateway's page that arrives instead; no response when it is `None`."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BusyImage:
    """Changes that are refused because the image is changing already."""

    control: ClassVar = "make_image_busy"
    path: ClassVar = "failures/busy-images"
    image: ImageName | None = None
    """Name of the image; any image when it is `None`."""
    operation: ImageChange | None = None
    """The operation that is refused; every change when it is `None`."""
    status_code: Literal[400, 409] = 409
    """409 for `ConflictException`, 400 for `ValidationException`."""
    times: Times = 1
    """How many calls are refused; every call from now on when it is `None`."""

    def applies_to(self, operation: str, image: str | None) -> bool:
        """Whether a call of this operation on this image is refused."""
        return (
            operation in IMAGE_CHANGES
            and self.operation in {None, operation}
            and self.image in {None, image}
        )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class _OfImage:
    """A failure of what is made of an image."""

    image: ImageName | None = None
    """Name of the image; any image when it is `None`."""
    times: Times = 1
    """How many versions or MicroVMs fail; all from now on when it is `None`."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BuildFailure(_OfImage):
    """Builds of image versions that fail."""

    control: ClassVar = "fail_next_build"
    path: ClassVar = "failures/builds"
    reason: Text = "The container image build failed."
    """The `stateReason` of the builds."""
    output: str | None = None
    """The last lines of the build's log; the reason when it is `None`."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class HangingBuild(_OfImage):
    """Builds of image versions that never end."""

    control: ClassVar = "hang_next_build"
    path: ClassVar = "failures/hanging-builds"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MicrovmFailure(_OfImage):
    """MicroVMs that are terminated although the call was accepted."""

    control: ClassVar = "fail_next_microvm"
    path: ClassVar = "failures/microvms"
    at: Transition
    """The call after which the MicroVM is terminated."""
    reason: Text
    """The `stateReason` of the MicroVM."""


CallFailures = CallFailure | GatewayFailure | LostResponse | BusyImage
BuildFailures = BuildFailure | HangingBuild
Failure = CallFailures | BuildFailures | MicrovmFailure
F = TypeVar("F", bound=Failure)


class ScheduledFailures:
    """The scheduled failures, which happen in the order in which they were scheduled."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: list[Failure] = []

    def add(self, failure: Failure) -> None:
        """Schedule a failure."""
        with self._lock:
            self._failures.append(failure)

    def next_for_call(self, operation: str, image: str | None) -> CallFailures | None:
        """Return the failure of a call, if there is one, and count it.

        Args:
            operation: The operation.
            image: Name of the image in the request, if there is one.
        """

        def applies(failure: Failure) -> TypeGuard[CallFailures]:
            return isinstance(failure, CallFailures) and failure.applies_to(operation, image)

        return self._next(applies)

    def next_for_build(self, image: str) -> BuildFailures | None:
        """Return the failure of a build of this image, if there is one, and count it."""

        def applies(failure: Failure) -> TypeGuard[BuildFailures]:
            return isinstance(failure, BuildFailures) and failure.image in {None, image}

        return self._next(applies)

    def next_for_microvm(self, at: Transition, image: str) -> MicrovmFailure | None:
        """Return the failure of a MicroVM of this image, if there is one, and count it."""

        def applies(failure: Failure) -> TypeGuard[MicrovmFailure]:
            return (
                isinstance(failure, MicrovmFailure)
                and failure.at == at
                and failure.image in {None, image}
            )

        return self._next(applies)

    def as_dicts(self) -> list[dict[str, Any]]:
        """List the failures that have not happened yet, each with the name of its control."""
        with self._lock:
            return [{"control": each.control, **asdict(each)} for each in self._failures]

    def clear(self) -> None:
        """Remove all failures."""
        with self._lock:
            self._failures.clear()

    def _next(self, applies: Callable[[Failure], TypeGuard[F]]) -> F | None:
        with self._lock:
            for number, failure in enumerate(self._failures):
                if not applies(failure):
                    continue
                if failure.times == 1:
                    del self._failures[number]
                elif failure.times is not None:
                    self._failures[number] = replace(failure, times=failure.times - 1)
                return failure
        return None


scheduled_failures = ScheduledFailures()
