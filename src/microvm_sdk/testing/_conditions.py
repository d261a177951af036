"""What tests set for good, until they unset it: reads that lag, and the quota of builds."""

import threading
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Lag:
    """How far the reads of one operation lag behind a change.

    Attributes:
        reads: How many calls of the operation, after each change, do not show it.
        delay: How long they do not show it.
    """

    reads: int
    delay: timedelta


class Conditions:
    """The conditions of the local service.

    Attributes:
        most_builds: How many versions an account may build at once; `None` for no limit.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lags: dict[str, Lag] = {}
        self.most_builds: int | None = None

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

    def clear(self) -> None:
        """Remove all lags and the quota."""
        with self._lock:
            self._lags.clear()
        self.most_builds = None


conditions = Conditions()
