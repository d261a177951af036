"""Conditions that apply until the next reset: settings, lag, rates, software in MicroVMs."""

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import pydantic.dataclasses
from pydantic import Field

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._control_parameters import STRICT, Count, Seconds

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

LARGEST_PAGE = 50


@pydantic.dataclasses.dataclass(frozen=True, kw_only=True, config=STRICT)
class Settings:
    """The conditions that are a single value each."""

    artifacts_required: bool = False
    """Whether a build fails if its code artifact is not in moto's S3."""
    calls_hooks: bool = False
    """Whether the service calls the hooks that versions have enabled."""
    boot_seconds: Seconds = 0
    """How long after a MicroVM's start the software in it begins to listen."""
    concurrent_builds: Count | None = None
    """How many versions an account may build at once; `None` for no limit."""
    extra_suspended_seconds: Seconds = 0
    """How much longer than its `suspendedDurationSeconds` a MicroVM stays suspended."""
    hook_timeouts_shown: bool = False
    """Whether versions have the default timeouts of hooks that were enabled without one."""
    latest_active_version_held: bool = False
    """Whether `latestActiveImageVersion` stays when the newest version becomes inactive."""
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 10
    """How many items a page has if the request does not say."""


@dataclass(frozen=True)
class Lag:
    """How far the reads of one operation lag behind a change."""

    reads: int
    """How many calls of the operation, after each change, do not show it."""
    delay: timedelta
    """How long they do not show it."""


class RateLimit:
    """How many calls of an operation each account may make in each region."""

    def __init__(self, per_second: float, burst: int) -> None:
        """Allow a full burst.

        Args:
            per_second: How many calls become possible each second.
            burst: How many calls are possible at most, after a pause.
        """
        self._per_second = per_second
        self._burst = burst
        self._left: dict[tuple[str, str], tuple[float, datetime]] = {}

    def allows(self, caller: tuple[str, str]) -> bool:
        """Return whether a caller may make a call now, and count the call if so."""
        now = clock.now()
        left, since = self._left.get(caller, (self._burst, now))
        gained = max(0.0, (now - since).total_seconds()) * self._per_second
        left = min(self._burst, left + gained)
        allowed = left >= 1
        self._left[caller] = (left - allowed, now)
        return allowed


class Conditions:
    """The conditions of the local service."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lags: dict[str, Lag] = {}
        self._rates: dict[str, RateLimit] = {}
        self._applications: dict[int, WSGIApplication] = {}
        self.settings = Settings()
        """The conditions that are a single value each."""

    @property
    def boot_time(self) -> timedelta:
        """How long after a MicroVM's start the software in it begins to listen."""
        return timedelta(seconds=self.settings.boot_seconds)

    def set(self, **settings: Any) -> None:
        """Change some of the settings."""
        with self._lock:
            self.settings = replace(self.settings, **settings)

    def lags(self) -> dict[str, Lag]:
        """Return the lags by operation."""
        with self._lock:
            return dict(self._lags)

    def set_lag(self, operation: str, lag: Lag) -> None:
        """Make the reads of an operation lag."""
        with self._lock:
            self._lags[operation] = lag

    def unset_lag(self, operation: str) -> None:
        """Make an operation show each change immediately."""
        with self._lock:
            self._lags.pop(operation, None)

    def set_rate(self, operation: str, limit: RateLimit) -> None:
        """Limit the rate of an operation."""
        with self._lock:
            self._rates[operation] = limit

    def unset_rate(self, operation: str) -> None:
        """Remove the limit of an operation."""
        with self._lock:
            self._rates.pop(operation, None)

    def allows(self, operation: str, caller: tuple[str, str]) -> bool:
        """Return whether a rate allows a call, and count the call if so.

        Args:
            operation: The operation.
            caller: The account and the region.
        """
        with self._lock:
            limit = self._rates.get(operation)
            return limit is None or limit.allows(caller)

    def application(self, port: int) -> "WSGIApplication | None":
        """Return what listens on a port in every MicroVM."""
        with self._lock:
            return self._applications.get(port)

    def serve(self, port: int, application: "WSGIApplication") -> None:
        """Make an application listen on a port in every MicroVM."""
        with self._lock:
            self._applications[port] = application

    def clear(self) -> None:
        """Clear all conditions."""
        with self._lock:
            self._lags.clear()
            self._rates.clear()
            self._applications.clear()
            self.settings = Settings()


conditions = Conditions()
