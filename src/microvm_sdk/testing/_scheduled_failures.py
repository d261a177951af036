"""The failures that a test has scheduled and that have not happened yet."""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Literal, TypeGuard, TypeVar

Transition = Literal["run", "suspend", "resume"]

# The operations that change an image, which a busy image refuses.
IMAGE_CHANGES = (
    "DeleteMicrovmImage",
    "DeleteMicrovmImageVersion",
    "UpdateMicrovmImage",
    "UpdateMicrovmImageVersion",
)


@dataclass(frozen=True, kw_only=True)
class CallFailure:
    """Calls that fail with an error of the service."""

    control: ClassVar = "fail_calls"
    error: str
    """Name of the error, such as `ThrottlingException`."""
    operation: str | None = None
    """The operation that fails; any operation when it is `None`."""
    message: str | None = None
    """The error's message."""
    retry_after: int | None = None
    """Seconds, for errors that have a `Retry-After` header."""
    times: int | None = 1
    """How many calls fail; every call from now on when it is `None`."""

    def applies_to(self, operation: str, _image: str | None) -> bool:
        """Whether a call of this operation fails."""
        return self.operation in {None, operation}


@dataclass(frozen=True, kw_only=True)
class GatewayFailure:
    """Calls to which the gateway in front of the service responds, with an HTML page."""

    control: ClassVar = "fail_at_gateway"
    operation: str | None = None
    """The operation that fails; any operation when it is `None`."""
    times: int | None = 1
    """How many calls fail; every call from now on when it is `None`."""

    def applies_to(self, operation: str, _image: str | None) -> bool:
        """Whether a call of this operation fails."""
        return self.operation in {None, operation}


@dataclass(frozen=True, kw_only=True)
class BusyImage:
    """Changes that are refused because the image is changing already."""

    control: ClassVar = "make_image_busy"
    image: str | None = None
    """Name of the image; any image when it is `None`."""
    operation: str | None = None
    """The operation that is refused; every change when it is `None`."""
    status_code: Literal[400, 409] = 409
    """409 for `ConflictException`, 400 for `ValidationException`."""
    times: int | None = 1
    """How many calls are refused; every call from now on when it is `None`."""

    def applies_to(self, operation: str, image: str | None) -> bool:
        """Whether a call of this operation on this image is refused."""
        return (
            operation in IMAGE_CHANGES
            and self.operation in {None, operation}
            and self.image in {None, image}
        )


@dataclass(frozen=True, kw_only=True)
class BuildFailure:
    """Builds of image versions that fail."""

    control: ClassVar = "fail_next_build"
    reason: str
    """The `stateReason` of the builds."""
    image: str | None = None
    """Name of the image whose build fails; any image when it is `None`."""
    times: int | None = 1
    """How many versions fail; every version from now on when it is `None`."""


@dataclass(frozen=True, kw_only=True)
class HangingBuild:
    """Builds of image versions that never end."""

    control: ClassVar = "hang_next_build"
    image: str | None = None
    """Name of the image whose build hangs; any image when it is `None`."""
    times: int | None = 1
    """How many versions hang; every version from now on when it is `None`."""


@dataclass(frozen=True, kw_only=True)
class MicrovmFailure:
    """MicroVMs that are terminated although the call was accepted."""

    control: ClassVar = "fail_next_microvm"
    at: Transition
    """The call after which the MicroVM is terminated."""
    reason: str
    """The `stateReason` of the MicroVM."""
    image: str | None = None
    """Name of the MicroVM's image; any image when it is `None`."""
    times: int | None = 1
    """How many MicroVMs; every one from now on when it is `None`."""


CallFailures = CallFailure | GatewayFailure | BusyImage
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
