"""The local service's clock: the machine's, which a test can put forward."""

from datetime import datetime, timedelta, timezone

# What follows by the clock, such as the end of a MicroVM, must still have a date.
_LAST = datetime(9000, 1, 1, tzinfo=timezone.utc)


class Clock:
    """The time that the local service goes by."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Tell the time.

        Returns:
            The machine's time in UTC, plus what the clock was put forward.
        """
        return datetime.now(timezone.utc) + self._ahead

    def advance(self, seconds: float) -> None:
        """Put the clock forward.

        Args:
            seconds: By how much; not negative, and no further than the year 9000.

        Raises:
            ValueError: `seconds` is negative or too large.
        """
        if not 0 <= seconds <= (_LAST - self.now()).total_seconds():
            msg = f"the clock goes forward only, not beyond {_LAST.year}: not by {seconds} seconds"
            raise ValueError(msg)
        self._ahead += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Go by the machine's time again."""
        self._ahead = timedelta()


clock = Clock()
