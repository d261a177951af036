"""The failures that a test has scheduled and that have not happened yet."""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar


@dataclass(frozen=True)
class CallFailure:
    """Calls that will fail.

    Attributes:
        error: Name of the error, such as `ThrottlingException`.
        operation: The operation that fails; any operation when it is `None`.
        times: How many calls fail; every call from now on when it is `None`.
        message: The error's message.
        retry_after: Seconds, for errors that have a `Retry-After` header.
    """

    error: str
    operation: str | None = None
    times: int | None = 1
    message: str | None = None
    retry_after: int | None = None


@dataclass(frozen=True)
class BuildFailure:
    """Builds of image versions that will fail.

    Attributes:
        reason: The `stateReason` of the builds.
        image: Name of the image whose build fails; any image when it is `None`.
        times: How many versions fail; every version from now on when it is `None`.
    """

    reason: str
    image: str | None = None
    times: int | None = 1


Failure = TypeVar("Failure", CallFailure, BuildFailure)


class ScheduledFailures:
    """The scheduled failures, which happen in the order in which they were scheduled."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[CallFailure] = []
        self._builds: list[BuildFailure] = []

    def add(self, failure: CallFailure | BuildFailure) -> None:
        """Schedule a failure."""
        with self._lock:
            if isinstance(failure, CallFailure):
                self._calls.append(failure)
            else:
                self._builds.append(failure)

    def next_for_call(self, operation: str) -> CallFailure | None:
        """Return the failure of a call of this operation, if there is one, and count it."""
        return self._next(self._calls, lambda failure: failure.operation in {None, operation})

    def next_for_build(self, image: str) -> BuildFailure | None:
        """Return the failure of a build of this image, if there is one, and count it."""
        return self._next(self._builds, lambda failure: failure.image in {None, image})

    def as_dicts(self) -> list[dict[str, Any]]:
        """List the failures that have not happened yet."""
        with self._lock:
            return [*map(asdict, self._calls), *map(asdict, self._builds)]

    def clear(self) -> None:
        """Remove all failures."""
        with self._lock:
            self._calls.clear()
            self._builds.clear()

    def _next(self, failures: list[Failure], applies: Callable[[Failure], bool]) -> Failure | None:
        with self._lock:
            for number, failure in enumerate(failures):
                if not applies(failure):
                    continue
                if failure.times == 1:
                    del failures[number]
                elif failure.times is not None:
                    failures[number] = replace(failure, times=failure.times - 1)
                return failure
        return None


scheduled_failures = ScheduledFailures()
