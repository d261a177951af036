"""Settings that apply until the next reset: lag, the quota of builds, software in MicroVMs."""

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


@dataclass(frozen=True)
class Lag:
    """How far the reads of one operation lag behind a change."""

    reads: int
    """How many calls of the operation, after each change, do not show it."""
    delay: timedelta
    """How long they do not show it."""


class Conditions:
    """The conditions of the local service."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lags: dict[str, Lag] = {}
        self._applications: dict[int, WSGIApplication] = {}
        self.calls_hooks = False
        """Whether the service calls the hooks that versions have enabled."""
        self.most_builds: int | None = None
        """How many versions an account may build at once; `None` for no limit."""
        self.boot_time = timedelta()
        """How long after a MicroVM's start the software in it begins to listen."""

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

    def application(self, port: int) -> "WSGIApplication | None":
        """Return what listens on a port in every MicroVM."""
        with self._lock:
            return self._applications.get(port)

    def serve(self, port: int, application: "WSGIApplication") -> None:
        """Make an application listen on a port in every MicroVM."""
        with self._lock:
            self._applications[port] = application

    def clear(self) -> None:
        """Remove all of it."""
        with self._lock:
            self._lags.clear()
            self._applications.clear()
        self.calls_hooks = False
        self.most_builds = None
        self.boot_time = timedelta()


conditions = Conditions()
