"""Failures that were asked for and have not happened yet."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class CallFault:
    """Calls that will fail.

    Attributes:
        error: The error's name, such as `ThrottlingException`.
        operation: The operation that fails; any where it is `None`.
        times: How many calls fail; all from now on where it is `None`.
        message: What the error says.
        retry_after: Seconds, for the errors that have a `Retry-After`.
    """

    error: str
    operation: str | None = None
    times: int | None = 1
    message: str | None = None
    retry_after: int | None = None


@dataclass(frozen=True)
class BuildFault:
    """Builds of image versions that will fail.

    Attributes:
        reason: The builds' `stateReason`, such as `CONTAINER_BUILD_FAILED`.
        image: Name of the image whose build fails; any where it is `None`.
        times: How many builds fail; all from now on where it is `None`.
    """

    reason: str
    image: str | None = None
    times: int | None = 1


Fault = TypeVar("Fault", CallFault, BuildFault)


class Faults:
    """The failures to come, first come, first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[CallFault] = []
        self._builds: list[BuildFault] = []

    def add(self, fault: CallFault | BuildFault) -> None:
        """Ask for a failure."""
        with self._lock:
            if isinstance(fault, CallFault):
                self._calls.append(fault)
            else:
                self._builds.append(fault)

    def take_call(self, operation: str) -> CallFault | None:
        """Take the failure that a call of this operation meets, if any."""
        return self._take(self._calls, lambda fault: fault.operation in {None, operation})

    def take_build(self, image: str) -> BuildFault | None:
        """Take the failure that a build of this image meets, if any."""
        return self._take(self._builds, lambda fault: fault.image in {None, image})

    def pending(self) -> list[dict[str, Any]]:
        """List the failures that have not happened yet."""
        with self._lock:
            return [*map(asdict, self._calls), *map(asdict, self._builds)]

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._calls.clear()
            self._builds.clear()

    def _take(self, faults: list[Fault], meets: Callable[[Fault], bool]) -> Fault | None:
        with self._lock:
            for number, fault in enumerate(faults):
                if not meets(fault):
                    continue
                if fault.times == 1:
                    del faults[number]
                elif fault.times is not None:
                    faults[number] = replace(fault, times=fault.times - 1)
                return fault
        return None


faults = Faults()
