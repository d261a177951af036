"""The local service's clock: the machine's clock, which a test can move forward."""

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

# Times computed from the clock, such as the end of a MicroVM, must still be valid dates.
_LAST = datetime(9000, 1, 1, tzinfo=timezone.utc)


class Clock:
    """The clock that the local service uses."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the current time of the local service.

        Returns:
            The machine's time in UTC, plus the time by which the clock was moved forward.
        """
        return datetime.now(timezone.utc) + self._ahead

    def http_date(self) -> str:
        """Return the current time as a `Date` header."""
        return format_datetime(self.now(), usegmt=True)

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Args:
            seconds: By how much; not negative, and not beyond the year 9000.

        Raises:
            ValueError: `seconds` is negative or too large.
        """
        if not 0 <= seconds <= (_LAST - self.now()).total_seconds():
            msg = f"the clock moves forward only, not beyond {_LAST.year}: not by {seconds} seconds"
            raise ValueError(msg)
        self._ahead += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Return to the machine's time."""
        self._ahead = timedelta()


clock = Clock()
